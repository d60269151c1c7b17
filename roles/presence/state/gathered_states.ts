import type { Clock } from "../../../foundation/mod.ts";
import type { DurableState, DurableStates } from "../../../transport/sip/mod.ts";
import { Beat } from "../beat.ts";

/** So many in a beat are company enough: from then on the log's own gathering does. */
const COMPANY = 24;
/** Milliseconds between two lots while there is much to write. */
const BEAT_MS = 20;

type Save = Parameters<DurableStates["save"]>;

/**
 * States that go to their log in lots: a commit costs a quarter of a millisecond however little is in it, and publications come one by
 * one. One that comes after a quiet time goes on at once; who waits for it waits some milliseconds longer where many come. The order is
 * kept. Values and octets are not to be changed after `save`.
 */
export class GatheredStates implements DurableStates {
  readonly #states: DurableStates;
  readonly #later: (work: () => void, wait_ms: number) => void;
  readonly #beat: Beat;
  #waiting: Save[] = [];
  /** How many have waited since the beat began. */
  #company = 0;
  #isDue = false;
  readonly #due = () => {
    this.#isDue = false;
    this.#company = 0;
    this.flush();
  };

  /** @param later runs work after so many ms */
  constructor(states: DurableStates, clock: Clock, later: (work: () => void, wait_ms: number) => void) {
    this.#states = states;
    this.#later = later;
    this.#beat = new Beat(clock, BEAT_MS);
  }

  load(): Iterable<DurableState> {
    return this.#states.load();
  }

  save(...save: Save): void {
    const [name, value, isLazy, done, octets] = save;
    if (!this.#isDue) {
      const wait_ms = isLazy ? 0 : this.#beat.take();
      if (wait_ms === 0) return this.#states.save(name, value, isLazy, done, octets);
      this.#isDue = true;
      this.#later(this.#due, wait_ms);
    }
    if (this.#company === COMPANY) return this.#states.save(name, value, isLazy, done, octets);
    this.#waiting.push(save);
    if (++this.#company === COMPANY) this.flush();
  }

  /** What waits for company goes on without more of it. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const save of waiting) this.#states.save(...save);
  }
}
