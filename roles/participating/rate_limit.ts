import type { Clock } from "../../foundation/mod.ts";
import type { RateLimit } from "./pager_settings.ts";

/** Senders remembered; the ones longest idle go first, and begin anew with a full allowance. */
const MAX_SENDERS = 20_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each sender: bursts up to the allowance, and its mean rate over time. */
export class SenderRate {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** 0 when the sender may send now, else the whole seconds until it may. */
  take(sender: string): number {
    const { messages, per_s } = this.#limit;
    const now = this.#clock.monotonic();
    let bucket = this.#buckets.get(sender);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_SENDERS) this.#buckets.delete(this.#buckets.keys().next().value!);
      bucket = { tokens: messages, at: now };
    } else {
      this.#buckets.delete(sender);
      bucket.tokens = Math.min(messages, bucket.tokens + (now - bucket.at) * messages / (per_s * 1000));
      bucket.at = now;
    }
    // Last in the map is the one heard last.
    this.#buckets.set(sender, bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - bucket.tokens) * per_s / messages));
  }
}
