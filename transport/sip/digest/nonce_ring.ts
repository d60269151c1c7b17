import { type Clock, randomHex } from "../../../foundation/mod.ts";

/** Sizes and times. Configuration. */
export interface NonceRingOptions {
  /** Nonces that can be live at once, 28 octets each; the oldest gives way. At most 2^24. */
  readonly slots?: number;
  /** Life of a nonce in ms from its making, used or not. */
  readonly lifetime?: number;
}

const DEFAULT_SLOTS = 65_536;
const DEFAULT_LIFETIME = 300_000;
/** Counts below the highest one seen that may still come: UDP reorders. */
const WINDOW = 32;
const BOOT_DIGITS = 8, SLOT_DIGITS = 6, MARK_DIGITS = 16;

/**
 * The nonces given out, in a ring of typed arrays: bounded, nothing to sweep, no object for each. A nonce is text of 30
 * hexadecimal digits: the boot, the slot, and 64 random bits that tell one use of the slot from the next.
 */
export class NonceRing {
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #slots: number;
  readonly #boot = randomHex(BOOT_DIGITS / 2);
  readonly #madeAt: Float64Array;
  /** Two for each slot; both 0 where the slot was never used. */
  readonly #mark: Uint32Array;
  /** The highest count seen, and which of the 32 counts up to it: bit n is the count n below it. */
  readonly #highest: Uint32Array;
  readonly #seen: Uint32Array;
  #next = 0;

  constructor(clock: Clock, { slots = DEFAULT_SLOTS, lifetime = DEFAULT_LIFETIME }: NonceRingOptions = {}) {
    if (!(slots >= 1 && slots <= 2 ** (4 * SLOT_DIGITS))) {
      throw new RangeError(`${slots} nonces; allowed are 1 to 2^24`);
    }
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#slots = slots;
    this.#madeAt = new Float64Array(slots);
    this.#mark = new Uint32Array(2 * slots);
    this.#highest = new Uint32Array(slots);
    this.#seen = new Uint32Array(slots);
  }

  /** A fresh nonce. */
  issue(): string {
    const slot = this.#next;
    this.#next = slot + 1 === this.#slots ? 0 : slot + 1;
    const mark = randomHex(MARK_DIGITS / 2);
    this.#madeAt[slot] = this.#clock.monotonic();
    this.#mark[2 * slot] = parseInt(mark.slice(0, 8), 16);
    this.#mark[2 * slot + 1] = parseInt(mark.slice(8), 16);
    this.#highest[slot] = 0;
    this.#seen[slot] = 0;
    return this.#boot + slot.toString(16).padStart(SLOT_DIGITS, "0") + mark;
  }

  /** The slot of a live nonce; -1 for any other text. */
  find(nonce: string): number {
    if (nonce.length !== BOOT_DIGITS + SLOT_DIGITS + MARK_DIGITS || !nonce.startsWith(this.#boot)) return -1;
    const slot = hexNumber(nonce, BOOT_DIGITS, SLOT_DIGITS);
    if (slot < 0 || slot >= this.#slots) return -1;
    if (this.#mark[2 * slot] !== hexNumber(nonce, BOOT_DIGITS + SLOT_DIGITS, 8)) return -1;
    if (this.#mark[2 * slot + 1] !== hexNumber(nonce, BOOT_DIGITS + SLOT_DIGITS + 8, 8)) return -1;
    return this.#clock.monotonic() - this.#madeAt[slot] < this.#lifetime ? slot : -1;
  }

  /**
   * Takes note of a count (1 to 2^32-1). False when it was used before, or is so far below the highest one that nobody
   * knows. To be called only once the digest was found right: else a stranger could use up somebody's counts.
   */
  use(slot: number, count: number): boolean {
    const ahead = count - this.#highest[slot];
    if (ahead > 0) {
      this.#seen[slot] = ahead >= WINDOW ? 1 : (this.#seen[slot] << ahead) | 1;
      this.#highest[slot] = count;
      return true;
    }
    if (ahead <= -WINDOW) return false;
    const bit = (1 << -ahead) >>> 0;
    if ((this.#seen[slot] & bit) !== 0) return false;
    this.#seen[slot] |= bit;
    return true;
  }
}

/** -1 when one of the characters is no lower-case hexadecimal digit: ours are never written otherwise. */
function hexNumber(text: string, at: number, length: number): number {
  let number = 0;
  for (let i = at; i < at + length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) number = number * 16 + c - 48;
    else if (c >= 97 && c <= 102) number = number * 16 + c - 87;
    else return -1;
  }
  return number;
}
