import type { Events } from "../../foundation/mod.ts";
import type { StoreOutcome, Subscriber } from "../../storage/mod.ts";
import {
  type CoreServices,
  type Element,
  type Exchange,
  serviceState,
  type Target,
  targetsOf,
} from "../sip_core/mod.ts";
import { type DeferredDelivery, isNotificationBody, mayDefer, type Waiting } from "../deferred/mod.ts";
import { Delivery } from "./delivery.ts";
import { factsOf, type PagerEvents } from "./pager_events.ts";
import type { PagerSettings } from "./pager_settings.ts";
import { answerStored } from "./store_answer.ts";
import { type Straggler, Stragglers } from "./stragglers.ts";
import { RECIPIENT_BUSY, type UnwillingPolicy } from "./unwilling.ts";

export interface TerminatingDeps {
  readonly services: CoreServices;
  readonly deferred: DeferredDelivery;
  readonly settings: PagerSettings;
  readonly events: Events<PagerEvents>;
  /** What users publish about messages that cannot be delivered (oma-reference §2.6); absent: nothing. */
  readonly published?: { user(aor: string): { readonly deferral: "push" | "notify" | "reject" | null | undefined } };
  /** Absent: whoever is here gets what comes. */
  readonly unwilling?: UnwillingPolicy;
}

export const NOT_LOGGED_IN = "Recipient is not logged in";

/** What the recipient's own publication makes of the stored setting: refusing wins, and whoever wants messages gets them. */
export function deferralOf(
  { aor, deferral }: Subscriber,
  published: TerminatingDeps["published"],
): Subscriber["deferral"] {
  const wished = published?.user(aor).deferral ?? null;
  if (wished === null) return deferral;
  return wished === "reject" ? "never" : deferral === "never" ? "offline" : deferral;
}

/**
 * Terminating participating function (oma-reference §3.2, §3.4): a MESSAGE for a user of ours goes to all of their devices at
 * once, or is stored for later.
 */
export function terminating(deps: TerminatingDeps): Element {
  const { services, deferred, events } = deps;
  const stragglers = new Stragglers();

  const store = (exchange: Exchange, aor: string, device: string, why: "offline" | "setting" | "order"): void => {
    stragglers.keepNow(aor);
    deferred.keep(exchange, aor, device, false, (outcome: StoreOutcome) => {
      const stored = answerStored(exchange, outcome);
      if (stored && events.heard("messageDeferred")) {
        events.emit("messageDeferred", { ...factsOf(exchange, aor, services.clock.now()), why });
      }
    });
  };

  const refuse = (exchange: Exchange, aor: string, reason: string, status = 480): void => {
    exchange.reply(status, { reason });
    if (events.heard("messageRefused")) {
      const facts = factsOf(exchange, aor, services.clock.now());
      events.emit("messageRefused", { ...facts, status, by: "recipient rules" });
    }
  };

  return (next) => (exchange) => {
    const { recipient } = exchange;
    if (recipient === null) {
      next(exchange);
      return;
    }
    const { aor } = recipient;
    if (recipient.state !== "active" && serviceState(recipient, services.clock) !== "active") {
      refuse(exchange, aor, "Recipient cannot receive messages at present");
      return;
    }
    if (deferred.knows(exchange, aor)) {
      // A retransmission from before a restart (RFC 3261 §17.2.2): the same answer, and no second copy.
      exchange.reply(202);
      return;
    }
    const deferral = deps.published === undefined ? recipient.deferral : deferralOf(recipient, deps.published);
    const keeps = deferral !== "never" && exchange.storable && mayDefer(exchange.request);
    if (keeps && deferral === "always") {
      store(exchange, aor, exchange.device, "setting");
      return;
    }
    const unwilling = deps.unwilling === undefined ? null : deps.unwilling(aor);
    if (unwilling !== null && unwilling !== "closed" && !isNotification(exchange)) {
      if (unwilling === "defer" && keeps) store(exchange, aor, exchange.device, "setting");
      else refuse(exchange, aor, RECIPIENT_BUSY, 486);
      return;
    }
    let targets: Target[] = unwilling === "closed" ? [] : targetsOf(exchange, services);
    if (targets.length === 0) {
      if (keeps) store(exchange, aor, exchange.device, "offline");
      else refuse(exchange, aor, NOT_LOGGED_IN);
      return;
    }
    // Nothing overtakes what waits already: it goes behind it, and both go on now.
    const waiting = keeps ? deferred.waiting(aor) : null;
    const slow = keeps ? stragglers.of(aor) : null;
    let behind: string[] | null = null;
    if (waiting !== null || slow !== null) {
      const late = waiting !== null && waiting.all
        ? targets
        : targets.filter((target) => isBehind(target, waiting, slow));
      if (late.length === targets.length) {
        store(exchange, aor, exchange.device, "order");
        deferred.kick(aor);
        return;
      }
      if (late.length > 0) {
        stragglers.keepNow(aor);
        behind = late.map((target) => target.binding!.instance);
        targets = targets.filter((target) => !late.includes(target));
      }
    }
    new Delivery(deps, exchange, recipient.aor, keeps, behind, stragglers).start(targets);
  };
}

/** What became of the recipient's own messages disturbs nobody (RFC 5438). */
function isNotification({ request }: Exchange): boolean {
  const type = request.get("Content-Type");
  return type !== undefined && isNotificationBody(type, request.get("Content-Disposition") ?? "", request.body);
}

/** Older messages wait for this device, in the store or on their first way; a device without an instance has no copies. */
function isBehind(target: Target, waiting: Waiting | null, slow: ReadonlySet<Straggler> | null): boolean {
  const { binding } = target;
  if (binding === null || binding.instance === "") return false;
  if (waiting !== null && waiting.devices.has(binding.instance)) return true;
  if (slow === null) return false;
  for (const delivery of slow) if (delivery.lacks(binding.instance)) return true;
  return false;
}
