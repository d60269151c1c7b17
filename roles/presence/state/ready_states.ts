import type { PresentityState } from "./presentity_state.ts";

/**
 * A composition and its views cost about as much as its documents again, and so much beside them; what is shown of who is not there
 * costs so much alone: octets, as measured.
 */
const COMPOSED = 1, COMPOSED_ALONE = 1500;

/** What is kept ready of presentities, within what memory there is for it: what was not used for longest is put aside. */
export class ReadyStates {
  readonly #most: number;
  readonly #putAside: (state: PresentityState) => void;
  /** Those used longest ago first, roughly. */
  readonly #states = new Set<PresentityState>();
  #cost = 0;

  /** @param most octets, roughly */
  constructor(most: number, putAside: (state: PresentityState) => void) {
    this.#most = most;
    this.#putAside = putAside;
  }

  get size(): number {
    return this.#states.size;
  }

  /** Octets, roughly. */
  get cost(): number {
    return this.#cost;
  }

  /** @param documents what the parsed documents of this state cost */
  weigh(state: PresentityState, documents: number): void {
    let cost = state.composition === null ? documents : documents * (1 + COMPOSED) + COMPOSED_ALONE;
    if (state.offline !== null) cost += COMPOSED_ALONE;
    if (state.hidden !== null) cost += COMPOSED_ALONE;
    this.#cost += cost - state.cost;
    state.cost = cost;
    if (cost === 0) this.#states.delete(state);
    else this.#states.add(state);
    if (this.#cost > this.#most) this.#shrink(state);
  }

  delete(state: PresentityState): void {
    if (!this.#states.delete(state)) return;
    this.#cost -= state.cost;
    state.cost = 0;
  }

  #shrink(newest: PresentityState): void {
    // Each at most twice: those used since the last time get a second chance.
    for (let left = 2 * this.#states.size; left > 0 && this.#cost > this.#most; left--) {
      const [oldest] = this.#states;
      if (oldest.used || oldest === newest) {
        oldest.used = false;
        this.#states.delete(oldest);
        this.#states.add(oldest);
      } else {
        this.delete(oldest);
        this.#putAside(oldest);
      }
    }
  }
}
