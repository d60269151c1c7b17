import type { Clock } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { newRecoveryCodes, newSecret, stepOf } from "./second_factor.ts";
import type { StoredTotp } from "../../../operations/stored/mod.ts";

const LIFE_MS = 15 * 60_000;

/** Second factors that were begun and not confirmed yet, one for each admin; in memory only. */
export class PendingTotp {
  readonly #clock: Clock;
  readonly #issuer: string;
  readonly #begun = new Map<string, { readonly secret: string; readonly until: number }>();

  constructor(clock: Clock, issuer: string) {
    this.#clock = clock;
    this.#issuer = issuer;
  }

  begin(name: string): { secret: string; uri: string } {
    const now = this.#clock.now();
    for (const [other, { until }] of this.#begun) if (until <= now) this.#begun.delete(other);
    const made = newSecret(name, this.#issuer);
    this.#begun.set(name, { secret: made.secret, until: now + LIFE_MS });
    return made;
  }

  /** What to keep, and the recovery codes to tell. Throws OperationError where the code is wrong or nothing was begun. */
  confirm(name: string, code: string): { totp: StoredTotp; codes: readonly string[] } {
    const now = this.#clock.now();
    const begun = this.#begun.get(name);
    if (begun === undefined || begun.until <= now) {
      throw new OperationError(
        "conflict",
        "no second factor is being set up (or it took over 15 minutes): begin again",
      );
    }
    const step = stepOf(code.replace(/\s/g, ""), begun.secret, now);
    if (step === null) {
      throw new OperationError("invalid", "the code is wrong: type the six digits that the authenticator shows now");
    }
    const { codes, hashes } = newRecoveryCodes();
    return { totp: { secret: begun.secret, last_step: step, recovery: hashes }, codes };
  }

  done(name: string): void {
    this.#begun.delete(name);
  }
}
