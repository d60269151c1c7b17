import type { Clock } from "../../foundation/mod.ts";
import { Admission, type AdmissionLimits } from "../../transport/net/mod.ts";

const LIMITS = { connections: 1, garbage_cost: 1, sources: 20_000, exempt: [] };
/** Links that lead nowhere: one in six seconds, after thirty at once. They cannot be guessed; this bounds the trying. */
const WRONG_LINKS: AdmissionLimits = { ...LIMITS, rate: 1 / 6, burst: 30 };
/** Sign-ups that were accepted: one in ten minutes, after five at once (a family behind one address). */
const SIGN_UPS: AdmissionLimits = { ...LIMITS, rate: 1 / 600, burst: 5 };
/** Forms that are sent at all: one in two seconds, after thirty at once. Each may cost a look through the records. */
const FORMS: AdmissionLimits = { ...LIMITS, rate: 1 / 2, burst: 30 };

/** How much one source may try; a source is an IPv4 address or an IPv6 /64. */
export class PublicThrottle {
  readonly #clock: Clock;
  readonly #wrongLinks: Admission;
  readonly #signUps: Admission;
  readonly #forms: Admission;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wrongLinks = new Admission(clock, WRONG_LINKS);
    this.#signUps = new Admission(clock, SIGN_UPS);
    this.#forms = new Admission(clock, FORMS);
  }

  /** Counts a link that leads nowhere; false where the source has tried too many. */
  wrongLink(host: string): boolean {
    return this.#wrongLinks.source(host).take(this.#clock.monotonic());
  }

  /** Counts a sign-up that would be accepted; false where the source has had its share. */
  signUp(host: string): boolean {
    return this.#signUps.source(host).take(this.#clock.monotonic());
  }

  form(host: string): boolean {
    return this.#forms.source(host).take(this.#clock.monotonic());
  }
}
