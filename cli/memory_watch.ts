/** What the watch looks at, octets. */
export interface MemoryUse {
  readonly rss: number;
  readonly heapUsed: number;
}

const LOOK_MS = 10_000;
/** Less is not worth the pause: some 20 MB of program pages come back with any traffic. */
const WORTH_OCTETS = 24 * 1024 * 1024;
/** New objects in ten seconds: a few dozen messages a second. */
const QUIET_OCTETS = 4 * 1024 * 1024;
/** After this many looks the next return may come: memory that stays in use must not cost a pause each time. */
const LOOKS_BETWEEN = 6;

/**
 * Returns memory at times when nobody waits: after a burst of work, once hardly anything happens any more. A burst of 10,000
 * registrations leaves some 70 MB of freed memory with the C library, which gives back by itself only what lies at its end.
 */
export class MemoryWatch {
  readonly #use: () => MemoryUse;
  readonly #give: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heap = Infinity;
  /** Resident memory right after the last return. */
  #floor = Infinity;
  #looks = 0;

  /** `give` returns memory to the system. */
  constructor(use: () => MemoryUse, give: () => void) {
    this.#use = use;
    this.#give = give;
  }

  /** Returns memory now, and from then on when it is worth it. Does not keep the process alive. */
  start(): void {
    this.#return();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One look, as each timer makes. */
  look(): void {
    const { rss, heapUsed } = this.#use();
    const grown = heapUsed - this.#heap;
    this.#heap = heapUsed;
    // A heap that shrank was collected a moment ago, in the middle of work.
    const quiet = grown >= 0 && grown < QUIET_OCTETS;
    if (++this.#looks >= LOOKS_BETWEEN && quiet && rss - this.#floor >= WORTH_OCTETS) this.#return();
  }

  #return(): void {
    this.#give();
    const { rss, heapUsed } = this.#use();
    this.#floor = rss;
    this.#heap = heapUsed;
    this.#looks = 0;
  }
}
