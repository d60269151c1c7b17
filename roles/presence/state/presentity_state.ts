import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Composition } from "../../../transport/presence/mod.ts";
import type { Publication } from "../../../transport/sip/mod.ts";
import type { HiddenState } from "./hidden_state.ts";

/** Whoever composes what is known of presentities. */
export interface Composer {
  /** Something of what was composed has ended by now. */
  ended(state: PresentityState): void;
}

/** Longest wait for something to end; then it is looked again, since clocks may be set. Few different delays keep timers cheap. */
const LONGEST_MS = 60_000;
const STEP_MS = 1000;

/** What is kept ready of one presentity. */
export class PresentityState implements Timed {
  readonly aor: string;
  readonly #composer: Composer;
  composition: Composition | null = null;
  /** Which publications the composition is made of. */
  counted: readonly Publication[] = NONE;
  /** The device that each of `counted` was tied to; "" for none. */
  countedTies: readonly string[] = NO_TIES;
  /** Entity-tag of a composition that was put aside, to know whether a later one says the same; "" for none. */
  tag = "";
  /** Somebody has asked for it since others were told of a change. */
  asked = false;
  /** A composition that was made anew says something else than the one that was put aside. */
  differs = false;
  offline: Composition | null = null;
  /** What that is made from, as text. */
  offlineServices = "";
  /** What those are shown from whom the user hides. */
  hidden: HiddenState | null = null;
  /** As it was told last; null where nobody has asked. */
  invisible: boolean | null = null;
  /** Octets of its documents and what is made of them, roughly. */
  cost = 0;
  /** Since it was last thought of putting it aside. */
  used = false;
  /** When something in the composition ends, wall time in ms. */
  validUntil = Infinity;
  #timer: Timer | null = null;

  constructor(aor: string, composer: Composer) {
    this.aor = aor;
    this.#composer = composer;
  }

  /** Somebody has asked what it is composed to, and what was told of that is known. */
  get isMade(): boolean {
    return this.composition !== null || this.tag !== "";
  }

  /** From now on this is when something ends. */
  holdUntil(validUntil: number, now: number, timers: Timers): void {
    this.#timer?.stop();
    this.#timer = null;
    this.validUntil = validUntil;
    if (validUntil === Infinity) return;
    const wait = Math.ceil(Math.max(validUntil - now, 1) / STEP_MS) * STEP_MS;
    this.#timer = timers.start(Math.min(wait, LONGEST_MS), this, 0);
  }

  onTimer(): void {
    this.#timer = null;
    this.#composer.ended(this);
  }

  /** Nothing is ready any more, and nothing is known of what was. */
  clear(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.validUntil = Infinity;
    this.composition = null;
    this.counted = NONE;
    this.countedTies = NO_TIES;
    this.tag = "";
    this.differs = false;
  }
}

const NONE: readonly Publication[] = [], NO_TIES: readonly string[] = [];
