import { type Exchange, privacyOf } from "../sip_core/mod.ts";
import type { SipRequest } from "../../transport/sip/mod.ts";
import type { Log } from "../../foundation/mod.ts";
import type { AccessDecision, AccessRules, Communication } from "./access.ts";
import { FUNCTION_NOT_ALLOWED, NO_ANONYMITY } from "./warning.ts";

/** Whose rules a decision is of. */
export type RulesOf = "sender" | "recipient";

/** Told the decision, once: that of the side that says no, or else the last one asked. */
export type Decided = (
  exchange: Exchange,
  communication: Communication,
  decision: AccessDecision,
  of: RulesOf,
) => void;

/** Whom to ask, and what about. */
export interface Question {
  readonly exchange: Exchange;
  readonly communication: Communication;
  /** The sender's side is served here. */
  readonly sender: boolean;
  /** The recipient's side is served here. */
  readonly recipient: boolean;
}

/** Rules that change each time they have been read are asked so often. */
const ATTEMPTS = 4;
const RETRY_AFTER_S = "10";
const YES: AccessDecision = { verdict: "allow", overrides: false };

/**
 * Asks the rules of the sides that are served here, the sender's first (oma-reference §3.2). Mostly the answer is there at once;
 * else the exchange waits for the rules to be read and goes on with them. Where they cannot be read nothing passes: 503.
 */
export function askRules(access: AccessRules, question: Question, decided: Decided, log: Log): void {
  ask(access, question, decided, log, ATTEMPTS);
}

function ask(access: AccessRules, question: Question, decided: Decided, log: Log, attempts: number): void {
  const { exchange, communication, sender, recipient } = question;
  const outgoing = sender ? access.outgoing(communication) : YES;
  if (outgoing === undefined) return wait(access, question, decided, log, attempts);
  if (outgoing.verdict !== "allow") return decided(exchange, communication, outgoing, "sender");
  if (!recipient) return decided(exchange, communication, outgoing, "sender");
  const incoming = access.incoming(communication);
  if (incoming === undefined) return wait(access, question, decided, log, attempts);
  decided(exchange, communication, incoming, "recipient");
}

function wait(access: AccessRules, question: Question, decided: Decided, log: Log, attempts: number): void {
  const { exchange, communication } = question;
  const { transaction } = exchange;
  if (attempts === 0) return refuse(exchange, "Access rules change too fast to be read");
  // Nobody else answers a CANCEL meanwhile (RFC 3261 §9.2).
  const cancelled = { onCancel: () => exchange.reply(487) };
  if (exchange.request.method === "INVITE") transaction.user = cancelled;
  const goOn = (): void => {
    if (transaction.user === cancelled) transaction.user = null;
    if (!transaction.answered) ask(access, question, decided, log, attempts - 1);
  };
  const giveUp = (error: Error): void => {
    if (transaction.user === cancelled) transaction.user = null;
    log.error("access rules could not be read", { callId: exchange.request.callId, error: error.message });
    if (!transaction.answered) refuse(exchange, "Access rules cannot be read at present");
  };
  access.prepare(communication).then(goOn, giveUp).catch((error: unknown) => {
    log.error("request failed behind its access rules", {
      callId: exchange.request.callId,
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    if (!transaction.answered) exchange.reply(500);
  });
}

function refuse(exchange: Exchange, reason: string): void {
  exchange.reply(503, { reason, headers: [["Retry-After", RETRY_AFTER_S]] });
}

/** The number that a trusted hop vouches for; what anybody else says of it is nobody's name. */
export function assertedNumber({ trusted, identity }: Exchange): string {
  return trusted && identity !== null ? identity.number : "";
}

/**
 * The sender asks that those outside the trust domain do not learn who it is (RFC 3323), or gives no name to begin with: an anonymous
 * From is all that the recipient gets to see (§4.1.1.3).
 */
export function isAnonymous(request: SipRequest): boolean {
  if (request.from.uri.host === "anonymous.invalid") return true;
  if (!request.has("Privacy")) return false;
  const privacy = privacyOf(request);
  return !privacy.none && (privacy.id || privacy.user || privacy.header);
}

/** The phrase of a refusal by rules (oma-reference §3.0). */
export function phraseOf(decision: Extract<AccessDecision, { verdict: "refuse" }>): string {
  return decision.anonymity === true ? NO_ANONYMITY : `${FUNCTION_NOT_ALLOWED} ${quotable(decision.reason)}`;
}

/** Words of others in a Warning. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 120);
}
