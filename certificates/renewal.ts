import type { Clock, Log } from "../foundation/mod.ts";
import { renewalDue, renewsItself } from "./alarms.ts";
import type { InternalAuthority } from "./internal_authority.ts";
import type { LivePair } from "./live_pair.ts";
import type { OwnPair } from "./own_pair.ts";
import { type Shelf, storedPair } from "./shelf.ts";

const DAY_MS = 86_400_000;
const RETRY_MS = 3_600_000;

/** What a renewal works on. */
export interface RenewalParts {
  readonly live: LivePair;
  readonly own: OwnPair;
  readonly shelf: Shelf;
  readonly authority: InternalAuthority;
  readonly clock: Clock;
  readonly log: Log;
}

/** Renews what is in use, where the box made it and its time has come. A failure is told and tried again in an hour. */
export class Renewal {
  readonly #parts: RenewalParts;
  #retryAt = 0;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** True when a new pair is live. */
  async whenDue(): Promise<boolean> {
    const { live, clock, log } = this.#parts;
    const { source, pair } = live.held;
    if (!renewsItself(source) || clock.now() < renewalDue(pair) || clock.monotonic() < this.#retryAt) return false;
    this.#retryAt = clock.monotonic() + RETRY_MS;
    try {
      if (!await this.#renew()) return false;
      live.note("renewal", null);
      this.#retryAt = 0;
      return await live.settle();
    } catch (error) {
      const text = `the renewal of the certificate in use (${source}) failed: ${(error as Error).message}`;
      live.note("renewal", { code: "certificate.bad/renewal", text });
      log.error("certificate could not be renewed", { error: (error as Error).message });
      return false;
    }
  }

  async #renew(): Promise<boolean> {
    const { live, own, shelf, authority, clock } = this.#parts;
    const { id, source, pair } = live.held;
    if (source === "self-signed") {
      await own.renew();
      return true;
    }
    const stored = shelf.certificate(id);
    if (stored === undefined) return false;
    // What the authority issues ends with itself: then nothing would be won.
    if (authority.pair !== null && authority.pair.notAfter < pair.notAfter + DAY_MS) return false;
    const renewed = await authority.issue(stored.names, stored.days);
    await shelf.replace(id, storedPair("internal CA", renewed, clock.now(), stored.names, stored.days));
    return true;
  }
}
