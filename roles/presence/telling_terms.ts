import type { EventPackage, RatePolicy } from "../../transport/sip/mod.ts";

/** Of `[presence]`; read at each use, as the console may change it meanwhile. */
export interface TellingSettings {
  /** Seconds between two NOTIFYs of one subscription that no SUBSCRIBE asked for; RFC 3856 §6.10 and RFC 3857 §4.10 say 5. */
  readonly notify_interval: number;
  /** Longest subscription, seconds. */
  readonly max_expires: number;
}

/** What a watcher may ask for in the way of being told that nothing happened (RFC 6446 §6), a second. */
const MIN_RATE = 1 / 60;

/** How long the packages of presence are subscribed to, and how often they tell, as the operator has set it. */
export class TellingTerms {
  readonly #settings: TellingSettings;
  #pace: { readonly interval_ms: number; readonly burst: number };
  #rates: RatePolicy = { maxRate: 0, minRate: 0 };

  /** `burst`: changes that are told at once to who has been left in peace for a while. */
  constructor(settings: TellingSettings, burst = 1) {
    this.#settings = settings;
    this.#pace = { interval_ms: 0, burst };
  }

  /** RFC 3856 §6.4: an hour where nothing is said. */
  get expires(): EventPackage["expires"] {
    const { max_expires: max } = this.#settings;
    return { default: Math.min(3600, max), min: 60, max };
  }

  /** Asked for each NOTIFY: the same object until the setting is another. */
  get pace(): NonNullable<EventPackage["pace"]> {
    const interval_ms = this.#settings.notify_interval * 1000;
    if (this.#pace.interval_ms !== interval_ms) this.#pace = { ...this.#pace, interval_ms };
    return this.#pace;
  }

  /** What subscribers may ask for (RFC 6446): no more than the pace. */
  get rates(): RatePolicy {
    const maxRate = 1 / Math.max(this.#settings.notify_interval, 0.001);
    if (this.#rates.maxRate !== maxRate) this.#rates = { maxRate, minRate: Math.min(maxRate, MIN_RATE) };
    return this.#rates;
  }
}
