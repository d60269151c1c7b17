import { deltaSeconds, isToken, trimmed } from "./grammar.ts";
import { checkParams, findParam, type Params, parseParams } from "./params.ts";

/** Event (RFC 6665 §8.2.1): a package, possibly with templates (`presence.winfo`), and what tells subscriptions apart. */
export interface EventHeader {
  /** Lower-case. */
  readonly package: string;
  /** The `id` parameter, compared octet by octet; "" when absent. */
  readonly id: string;
  readonly params: Params;
}

/** Throws SyntaxError for anything that is no Event value. */
export function parseEvent(text: string): EventHeader {
  const { token, paramsAt } = tokenWithParams(text, "an event package");
  return {
    package: token.toLowerCase(),
    id: findParam(text, paramsAt, "id") ?? "",
    params: parseParams(text, paramsAt, text.length),
  };
}

/** Subscription-State (RFC 6665 §8.2.3). */
export interface SubscriptionState {
  /** Lower-case: `active`, `pending`, `terminated`, or an extension. */
  readonly state: string;
  /** Lower-case: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, …; "" when absent. */
  readonly reason: string;
  /** Seconds left; undefined when absent. */
  readonly expires: number | undefined;
  /** Seconds to wait before a new try; undefined when absent. */
  readonly retryAfter: number | undefined;
}

/** Throws SyntaxError for anything that is no Subscription-State value. */
export function parseSubscriptionState(text: string): SubscriptionState {
  const { token, paramsAt } = tokenWithParams(text, "a subscription state");
  return {
    state: token.toLowerCase(),
    reason: (findParam(text, paramsAt, "reason") ?? "").toLowerCase(),
    expires: deltaSeconds(findParam(text, paramsAt, "expires")),
    retryAfter: deltaSeconds(findParam(text, paramsAt, "retry-after")),
  };
}

/** A Subscription-State value; what is undefined or "" is left out. */
export function subscriptionStateText(
  { state, reason, expires, retryAfter }: {
    readonly state: string;
    readonly reason?: string;
    readonly expires?: number;
    readonly retryAfter?: number;
  },
): string {
  let text = state;
  if (reason !== undefined && reason !== "") text += `;reason=${reason}`;
  if (expires !== undefined) text += `;expires=${expires}`;
  if (retryAfter !== undefined) text += `;retry-after=${retryAfter}`;
  return text;
}

function tokenWithParams(text: string, what: string): { token: string; paramsAt: number } {
  const semi = text.indexOf(";");
  const paramsAt = semi < 0 ? text.length : semi;
  const token = trimmed(text, 0, paramsAt);
  if (!isToken(token)) throw new SyntaxError(`not ${what}`);
  checkParams(text, paramsAt);
  return { token, paramsAt };
}
