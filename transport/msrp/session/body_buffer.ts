import { EMPTY } from "../../../foundation/mod.ts";
import type { OctetBudget } from "./octet_budget.ts";

const SMALLEST = 4096;

/** A body that is put together in memory, in any order. Grows with what has come, never with what was promised. */
export class BodyBuffer {
  readonly #budget: OctetBudget;
  readonly #most: number;
  #octets: Uint8Array = EMPTY;

  /** `most`: no body becomes longer. */
  constructor(budget: OctetBudget, most: number) {
    this.#budget = budget;
    this.#most = most;
  }

  /** False where the octet would be behind `most`, or the budget is used up. */
  write(octets: Uint8Array, offset: number): boolean {
    const end = offset + octets.length;
    if (end > this.#most) return false;
    if (end > this.#octets.length && !this.#grow(end)) return false;
    this.#octets.set(octets, offset);
    return true;
  }

  #grow(needed: number): boolean {
    const size = Math.min(this.#most, Math.max(needed, 2 * this.#octets.length, SMALLEST));
    if (!this.#budget.take(size - this.#octets.length)) return false;
    const larger = new Uint8Array(size);
    larger.set(this.#octets);
    this.#octets = larger;
    return true;
  }

  body(size: number): Uint8Array {
    return this.#octets.subarray(0, size);
  }

  /** Gives its memory back to the budget. What `body` returned may still be used by who has it. */
  free(): void {
    this.#budget.give(this.#octets.length);
    this.#octets = EMPTY;
  }
}
