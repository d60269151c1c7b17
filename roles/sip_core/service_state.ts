import type { Clock } from "../../foundation/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { Element } from "./exchange.ts";

/**
 * In which state a user is at this moment: a bar ends by itself when its time is over, whether or not the record says so yet.
 * `active` is one comparison; call it with a clock only for what is not.
 */
export function serviceState(subscriber: Subscriber, clock: Clock): Subscriber["state"] {
  const { state, barredUntil } = subscriber;
  if (state === "barred" && barredUntil !== undefined && barredUntil <= clock.now()) return "active";
  return state;
}

const REASONS: Readonly<Record<Exclude<Subscriber["state"], "active">, string>> = {
  suspended: "Sender is suspended",
  barred: "Sender is barred",
  unsubscribed: "Sender is not subscribed to this service",
};

/**
 * Whoever is not in the service begins nothing in it: 403. The registrar itself answers for REGISTER, which may be what
 * brings a user in (REG-2), and the participating function for MESSAGE, with its own Warning. What belongs to a dialog goes
 * on, so that both ends of it can be ended.
 */
export function senderState(clock: Clock): Element {
  return (next) => (exchange) => {
    const { subscriber, request } = exchange;
    if (subscriber === null || subscriber.state === "active") return next(exchange);
    const { method } = request;
    if (method === "REGISTER" || method === "MESSAGE" || method === "ACK" || method === "CANCEL") return next(exchange);
    const state = serviceState(subscriber, clock);
    if (state === "active" || request.to.tag !== "") return next(exchange);
    exchange.reply(403, { reason: REASONS[state] });
  };
}
