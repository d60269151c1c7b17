import type { Params } from "../params.ts";

/** How often a subscriber is told, in notifications a second; 0 where it is not said (RFC 6446). */
export interface EventRates {
  readonly maxRate: number;
  readonly minRate: number;
  readonly adaptiveMinRate: number;
}

/** What this notifier lets subscribers have. */
export interface RatePolicy {
  /** Nobody is told more often: RFC 3856 §6.10 says once in 5 s. */
  readonly maxRate: number;
  /** Nobody is told more often that nothing happened. */
  readonly minRate: number;
}

export const RATE_POLICY: RatePolicy = { maxRate: 1 / 5, minRate: 1 / 60 };

/** RFC 6446 §9.2. */
const RATE = /^[0-9]{1,2}(?:\.[0-9]{1,10})?$/;

/** Reads the parameters of an Event value. Throws SyntaxError for a value that is none; 0 is none. */
export function readEventRates(params: Params): EventRates {
  return {
    maxRate: rateOf(params, "max-rate"),
    minRate: rateOf(params, "min-rate"),
    adaptiveMinRate: rateOf(params, "adaptive-min-rate"),
  };
}

function rateOf(params: Params, name: string): number {
  const text = params.get(name);
  if (text === undefined) return 0;
  const rate = RATE.test(text) ? Number(text) : 0;
  if (rate > 0) return rate;
  throw new SyntaxError(`${name} is "${text.slice(0, 40)}"; allowed: 0.0000000001 to 99.9999999999`);
}

/**
 * The rates that hold for a subscription with so many seconds left (RFC 6446 §5.3, §6.3, §7.3, §8): of what was asked for as
 * much as policy allows. `maxRate` is never 0.
 */
export function agreedRates(asked: EventRates, expires_s: number, policy = RATE_POLICY): EventRates {
  // Who asks to hear nothing until the end hears it then, and not later.
  const slow = asked.maxRate === 0 ? policy.maxRate : Math.max(asked.maxRate, 1 / Math.max(expires_s, 1));
  const maxRate = Math.min(slow, policy.maxRate);
  const most = Math.min(maxRate, policy.minRate);
  const isIdle = asked.adaptiveMinRate > 0 && asked.minRate >= asked.adaptiveMinRate;
  return {
    maxRate,
    minRate: isIdle ? 0 : Math.min(asked.minRate, most),
    adaptiveMinRate: Math.min(asked.adaptiveMinRate, most),
  };
}

/** The parameters of Subscription-State that tell the agreed rates: those that were asked for, `;max-rate=0.2`; "" for none. */
export function ratesText(asked: EventRates, agreed: EventRates): string {
  let text = "";
  if (asked.maxRate > 0) text += `;max-rate=${rateText(agreed.maxRate)}`;
  if (asked.minRate > 0 && agreed.minRate > 0) text += `;min-rate=${rateText(agreed.minRate)}`;
  if (asked.adaptiveMinRate > 0) text += `;adaptive-min-rate=${rateText(agreed.adaptiveMinRate)}`;
  return text;
}

function rateText(rate: number): string {
  const text = Math.max(rate, 1e-10).toFixed(10);
  return text.replace(/\.?0+$/, "");
}
