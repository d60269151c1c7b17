import { CPIM_TYPE, cpimContentType, IMDN_TYPE, mediaType, readCpimHead } from "../../transport/payload/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import { NOT_AUTHORISED, refusal } from "../participating/mod.ts";
import { addressOf, type Element, type Exchange } from "../sip_core/mod.ts";
import type { ServiceGate } from "./service_gate.ts";
import { SYSTEM_USER } from "./system_message.ts";

export interface GateElementParts {
  readonly gate: Pick<ServiceGate, "idle" | "standing">;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
}

/** What passes always: the registration that brings the message, and the end of what was begun. */
const ALWAYS: ReadonlySet<string> = new Set(["REGISTER", "ACK", "BYE", "CANCEL"]);
/** What says nothing to anybody: who watches what, and what one's own devices are. */
const RECEIVES: ReadonlySet<string> = new Set(["SUBSCRIBE", "PUBLISH", "OPTIONS"]);

const WAITS = "a system message waits for your answer";
const RECEIVE_ONLY = "you may receive, and not send";
const CLOSED = "the service is closed to you";

/**
 * To stand behind "sender state": who has a system message to answer first may do nothing but register, answer, and end what was begun;
 * who has answered, what the answer grants (SMSG-4, SMSG-9, SMSG-12). Where nobody has one it costs a comparison.
 */
export function serviceGate({ gate, host }: GateElementParts): Element {
  return (next) => (exchange) => {
    if (gate.idle) return next(exchange);
    const { subscriber, request: { method } } = exchange;
    if (subscriber === null || ALWAYS.has(method)) return next(exchange);
    const { open, level } = gate.standing(subscriber.aor);
    const why = open
      ? WAITS
      : level === "none"
      ? CLOSED
      : level === "receive" && isSending(exchange)
      ? RECEIVE_ONLY
      : "";
    if (why === "" || isForSystem(exchange)) return next(exchange);
    exchange.reply(403, refusal(host, why.charAt(0).toUpperCase() + why.slice(1), NOT_AUTHORISED, why));
  };
}

/** An answer to the service: MESSAGE to `sip:system@` a domain of ours, outside of a dialog. */
export function isForSystem({ request, target, ours, routes }: Exchange): boolean {
  if (request.method !== "MESSAGE" || !ours || routes.length > 0) return false;
  const uri = tryParseUri(target);
  // Escapes undone: `%73ystem` is the same name (RFC 3261 §19.1.4).
  return uri !== null && addressOf(uri).user === SYSTEM_USER;
}

/** What is said of a message that was received belongs to receiving it. Nothing in sessions does: in them one could send. */
function isSending({ request }: Exchange): boolean {
  if (RECEIVES.has(request.method)) return false;
  return request.method !== "MESSAGE" || !isReport(mediaType(request.get("Content-Type") ?? ""), request.body);
}

/** A disposition notification by its type alone: a disposition is only what the sender calls it. */
function isReport(type: string, body: Uint8Array): boolean {
  if (type === IMDN_TYPE) return true;
  if (type !== CPIM_TYPE) return false;
  try {
    const head = readCpimHead(body);
    return head !== null && mediaType(cpimContentType(head)) === IMDN_TYPE;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
