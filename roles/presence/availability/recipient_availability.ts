import type { Clock } from "../../../foundation/mod.ts";
import type { Composition } from "../../../transport/presence/mod.ts";
import type { PresentityStates } from "../presentity.ts";
import { type Willingness, willingnessOf } from "./willingness.ts";

/** `unwilling`: has a device here, and does not want to be reached now. `away`: no device is here. */
export type Availability = "here" | "unwilling" | "away";

/** What becomes of what is sent to somebody who does not want to be reached now. */
export interface AvailabilitySettings {
  /** `deliver`: their devices get it all the same. `defer`: it waits until they want it. `busy`: its sender is told so. */
  readonly unwilling: "deliver" | "defer" | "busy";
}

export const DEFAULT_AVAILABILITY: AvailabilitySettings = { unwilling: "deliver" };

export interface RecipientAvailabilityParts {
  readonly states: Pick<PresentityStates, "composition">;
  /** Any device of theirs is here. */
  readonly isRegistered: (aor: string) => boolean;
  /** Live. */
  readonly settings: AvailabilitySettings;
  readonly clock: Clock;
  /** What waits for this user may go out now. */
  readonly release: (aor: string) => void;
}

/**
 * The Watcher on behalf of the participating function (AD §5.3.2.1.2): what it does with messages and invitations for users who do
 * not want any now (PRE-2, PRE-5), as the operator has set it. That others see somebody as offline changes nothing here (PRI-18).
 */
export class RecipientAvailability {
  readonly #parts: RecipientAvailabilityParts;
  /** Compositions are never changed: what they say is read once. */
  readonly #read = new WeakMap<Composition, Willingness>();
  /** Users for whom something waits until they are willing; at most one for each user of the box. */
  readonly #held = new Set<string>();

  constructor(parts: RecipientAvailabilityParts) {
    this.#parts = parts;
  }

  /** For whoever asks; whatever the policy is. */
  of(aor: string): Availability {
    if (!this.#parts.isRegistered(aor)) return "away";
    return this.#isWilling(aor) ? "here" : "unwilling";
  }

  /** What to do with something for this user; null: nothing else than usual. Who is away is no case of this. */
  policyFor(aor: string): "defer" | "busy" | null {
    const { unwilling } = this.#parts.settings;
    return unwilling === "deliver" || this.of(aor) !== "unwilling" ? null : unwilling;
  }

  /** True: nothing that waits goes out to this user; `release` comes when it may. */
  holds(aor: string): boolean {
    if (this.#parts.settings.unwilling !== "defer" || this.of(aor) !== "unwilling") return false;
    this.#held.add(aor);
    return true;
  }

  /** For `presenceChanged`. */
  changed(aor: string): void {
    if (this.#held.size === 0 || !this.#held.has(aor) || this.policyFor(aor) === "defer") return;
    this.#held.delete(aor);
    this.#parts.release(aor);
  }

  /** The policy may be another one. */
  settingsChanged(): void {
    if (this.#parts.settings.unwilling === "defer") return;
    for (const aor of [...this.#held]) this.changed(aor);
  }

  /** The user is gone. */
  forget(aor: string): void {
    this.#held.delete(aor);
  }

  #isWilling(aor: string): boolean {
    const composition = this.#parts.states.composition(aor);
    const now = this.#parts.clock.now();
    let read = this.#read.get(composition);
    if (read === undefined || read.until <= now) {
      read = willingnessOf(composition, now);
      this.#read.set(composition, read);
    }
    return read.willing;
  }
}
