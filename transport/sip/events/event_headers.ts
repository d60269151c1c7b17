import { type Params, parseParams } from "../params.ts";

/** An Event value (RFC 6665 §8.2.1): the package, and an id that tells subscriptions of one dialog apart. */
export interface EventHeader {
  /** Case-sensitive, templates included: `presence`, `presence.winfo`. */
  readonly name: string;
  /** "" when there is none. */
  readonly id: string;
  readonly params: Params;
}

const NAME = /^[A-Za-z0-9\-!%*_+`'~]+(?:\.[A-Za-z0-9\-!%*_+`'~]+)*$/;

/** Null for text that is no event type. */
export function parseEvent(text: string): EventHeader | null {
  const semicolon = text.indexOf(";");
  const name = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (!NAME.test(name)) return null;
  const params = parseParams(text, semicolon < 0 ? text.length : semicolon, text.length);
  return { name, id: params.get("id") ?? "", params };
}

export function eventText(name: string, id: string): string {
  return id === "" ? name : `${name};id=${id}`;
}

/** Why a subscription ended (RFC 6665 §4.1.3). */
export type EndReason =
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource"
  | "invariant";

/** A Subscription-State value as a subscriber reads it (RFC 6665 §8.2.3). */
export interface SubscriptionStateHeader {
  /** `active`, `pending`, `terminated`, or an extension, which counts as active. */
  readonly state: string;
  /** Seconds left; -1 when not said. */
  readonly expires: number;
  /** "" when not said. */
  readonly reason: string;
  /** Seconds; -1 when not said. */
  readonly retryAfter: number;
}

/** Null for text that is no Subscription-State. */
export function parseSubscriptionState(text: string): SubscriptionStateHeader | null {
  const semicolon = text.indexOf(";");
  const state = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  if (!NAME.test(state)) return null;
  const params = parseParams(text, semicolon < 0 ? text.length : semicolon, text.length);
  return {
    state,
    expires: seconds(params.get("expires")),
    reason: params.get("reason")?.toLowerCase() ?? "",
    retryAfter: seconds(params.get("retry-after")),
  };
}

function seconds(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : -1;
}

/**
 * Those of `offered` that an Accept header admits, in the order of `offered`; all of them without one (`accept` empty).
 * Ranges such as `application/*` count, parameters do not, and `q=0` excludes (RFC 3261 §20.1).
 */
export function acceptable(offered: readonly string[], accept: readonly string[]): string[] {
  if (accept.length === 0) return [...offered];
  const ranges = accept.map((text) => {
    const [type, ...params] = text.toLowerCase().split(";");
    return { type: type.trim(), refused: params.some((param) => /^[ \t]*q[ \t]*=[ \t]*0(?:\.0*)?[ \t]*$/.test(param)) };
  });
  return offered.filter((type) => {
    const lower = type.toLowerCase();
    const candidates = [lower, `${lower.split("/", 1)[0]}/*`, "*/*"];
    for (const candidate of candidates) {
      const range = ranges.find((each) => each.type === candidate);
      if (range !== undefined) return !range.refused;
    }
    return false;
  });
}

/** A media type without its parameters, lower-case. */
export function mediaType(contentType: string): string {
  return contentType.split(";", 1)[0].trim().toLowerCase();
}
