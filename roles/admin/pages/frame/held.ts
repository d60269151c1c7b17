import { type Clock, randomToken } from "../../../../foundation/mod.ts";

interface One<T> {
  readonly value: T;
  readonly holder: string;
  readonly size: number;
  readonly until: number;
}

/**
 * What is kept in memory between two forms of one browser, because it may not or cannot stand in a page: by a ticket that the
 * form carries. Bounded in number, size and time; the oldest ones make room.
 */
export class Held<T> {
  readonly #clock: Clock;
  readonly #bounds: { readonly life_ms: number; readonly most: number; readonly octets: number };
  readonly #all = new Map<string, One<T>>();
  #octets = 0;

  /** `octets`: of all together. */
  constructor(clock: Clock, bounds: { life_ms: number; most: number; octets: number }) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Keeps it and gives the ticket. `holder`: the token of that browser's forms; nobody else gets it. */
  put(value: T, holder: string, size = 1): string {
    const { life_ms, most, octets } = this.#bounds;
    const now = this.#clock.monotonic();
    for (const [ticket, one] of this.#all) {
      const full = this.#all.size >= most || this.#octets + size > octets;
      if (one.until <= now || full) this.drop(ticket);
    }
    const ticket = randomToken(32);
    this.#all.set(ticket, { value, holder, size, until: now + life_ms });
    this.#octets += size;
    return ticket;
  }

  /** Null where it is gone, too old, or somebody else's. */
  get(ticket: string, holder: string): T | null {
    const one = this.#all.get(ticket);
    if (one === undefined || one.holder !== holder) return null;
    if (one.until > this.#clock.monotonic()) return one.value;
    this.drop(ticket);
    return null;
  }

  drop(ticket: string): void {
    const one = this.#all.get(ticket);
    if (this.#all.delete(ticket)) this.#octets -= one!.size;
  }

  get size(): number {
    return this.#all.size;
  }
}
