import type { Clock } from "../../../foundation/mod.ts";

/** Milliseconds that work takes at a time: nobody else waits longer for it. */
const BUDGET_MS = 8;
/** Steps between two looks at the clock, which costs as much as a small one. */
const STEPS = 8;

/** What slices stand on. */
export interface SlicesParts<T> {
  readonly clock: Clock;
  /** Runs work in a turn of the event loop of its own, soon. */
  readonly nextTurn: (work: () => void) => void;
  /** The same for what begins when there was nothing to do; asked again when that is done. Default: `nextTurn`. */
  readonly begin?: (work: () => void) => void;
  /** The work there is for one, in steps that are short each; asked for when its turn has come. */
  readonly steps: (item: T) => Iterator<void>;
  readonly onError: (error: unknown, item: T) => void;
}

/**
 * Work for many, one after the other in the order in which it came up, so much at a time as takes a few milliseconds. One that
 * gets more work while its own is done comes again at the end of the line.
 */
export class Slices<T> {
  readonly #parts: SlicesParts<T>;
  readonly #line = new Set<T>();
  #current: T | null = null;
  #steps: Iterator<void> | null = null;
  #isDue = false;
  readonly #turn = () => this.#work();

  constructor(parts: SlicesParts<T>) {
    this.#parts = parts;
  }

  /** Those in line, the one at work not among them. */
  get size(): number {
    return this.#line.size;
  }

  add(item: T): void {
    this.#line.add(item);
    if (this.#isDue) return;
    this.#isDue = true;
    const { begin, nextTurn } = this.#parts;
    (begin ?? nextTurn)(this.#turn);
  }

  #work(): void {
    let isLeft = false;
    try {
      isLeft = this.#workSome();
    } finally {
      this.#isDue = isLeft;
    }
    // What has begun waits for nothing but others' turns.
    if (isLeft) this.#parts.nextTurn(this.#turn);
  }

  /** True where something is left to do. */
  #workSome(): boolean {
    const { clock } = this.#parts;
    const until = clock.monotonic() + BUDGET_MS;
    for (let left = STEPS; this.#step(); left--) {
      if (left > 1) continue;
      if (clock.monotonic() >= until) return true;
      left = STEPS + 1;
    }
    return false;
  }

  /** False where nothing is left to do. */
  #step(): boolean {
    if (this.#steps === null) {
      const next = this.#line.values().next();
      if (next.done === true) return false;
      this.#current = next.value;
      this.#line.delete(next.value);
      this.#steps = this.#parts.steps(next.value);
    }
    try {
      if (this.#steps.next().done === true) this.#steps = null;
    } catch (error) {
      // One that fails stops nobody behind it.
      this.#steps = null;
      this.#parts.onError(error, this.#current!);
    }
    return true;
  }
}
