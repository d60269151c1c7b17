import { type Clock, latin1Into, type Timed, type Timers, toLatin1 } from "../../foundation/mod.ts";
import { keyHash } from "./key_table.ts";

const CHUNK = 1 << 20;
/** Head of an entry: where the one before in its chain is and when it is due (64 bits each), then six words of 32 bits. */
const PREVIOUS = 0, DUE = 1;
const HASH = 4, SIZE = 5, KEY = 6, TEXT = 7, BODY = 8, REFERENCE = 9;
const HEADER = 40;
const BUCKETS = 1 << 17;

/** One piece of memory, filled from its beginning. */
class Chunk<Reference> {
  readonly octets = new Uint8Array(CHUNK);
  readonly words = new Uint32Array(this.octets.buffer);
  readonly numbers = new Float64Array(this.octets.buffer);
  /** The objects its entries name; neighbours often name the same one. */
  readonly references: Reference[] = [];
  used = 0;
}

/** What was put in under a key. */
export interface Held<Reference> {
  readonly text: string;
  readonly body: Uint8Array;
  readonly reference: Reference;
}

/**
 * Octets under keys, each held for the same time, outside the heap of the collector: a transaction that is over and only
 * waits for a repetition is no object that has to be marked and moved for its 32 s, but some hundred octets in a log. Old
 * ones leave at one end, new ones join at the other, in chunks of 1 MB that come and go with the load.
 *
 * An index of buckets leads to the newest entry of each, every entry to the one before it. What lies before the beginning of
 * the log has left, so nothing is ever taken out of the index. Keys are latin1 text, and not put in twice.
 */
export class HeldOctets<Reference> implements Timed {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #lifetime: number;
  readonly #limit: number;
  /** Positions are octets since the beginning; the first chunk is number 1, so that 0 is nowhere. */
  readonly #newest = new Float64Array(BUCKETS);
  #chunks: Chunk<Reference>[] = [];
  /** The number of `#chunks[0]`. */
  #number = 1;
  /** Where the oldest entry is. */
  #begin = CHUNK;
  #waiting = false;
  #size = 0;

  /** `lifetime` in ms; `octets`: the most memory it takes, some of which may be unused. */
  constructor(clock: Clock, timers: Timers, lifetime: number, octets: number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#lifetime = lifetime;
    this.#limit = Math.max(2, Math.floor(octets / CHUNK));
  }

  /** Entries held. */
  get size(): number {
    return this.#size;
  }

  /** Memory taken, in octets. */
  get octets(): number {
    return this.#chunks.length * CHUNK;
  }

  /** True when there is no room for more but that of entries younger than `age` ms. */
  full(age: number): boolean {
    const chunks = this.#chunks;
    if (chunks.length < this.#limit || chunks[chunks.length - 1].used < CHUNK / 2) return false;
    return this.#clock.monotonic() - (this.#oldestDue() - this.#lifetime) < age;
  }

  /** Puts an entry in; where there is no room the oldest ones go for it. What is longer than a chunk is not kept. */
  add(key: string, text: string, body: Uint8Array, reference: Reference): void {
    const size = (HEADER + key.length + text.length + body.length + 7) & ~7;
    if (size > CHUNK) return;
    const chunk = this.#chunkFor(size);
    const at = chunk.used;
    chunk.used += size;
    const hash = keyHash(key);
    const bucket = hash & (BUCKETS - 1);
    const number = at >>> 3;
    chunk.numbers[number + PREVIOUS] = this.#newest[bucket];
    chunk.numbers[number + DUE] = this.#clock.monotonic() + this.#lifetime;
    const word = at >>> 2;
    const { words, references } = chunk;
    words[word + HASH] = hash;
    words[word + SIZE] = size;
    words[word + KEY] = key.length;
    words[word + TEXT] = text.length;
    words[word + BODY] = body.length;
    if (references.length === 0 || references[references.length - 1] !== reference) references.push(reference);
    words[word + REFERENCE] = references.length - 1;
    latin1Into(key + text, chunk.octets, at + HEADER);
    if (body.length > 0) chunk.octets.set(body, at + HEADER + key.length + text.length);
    this.#newest[bucket] = (this.#number + this.#chunks.length - 1) * CHUNK + at;
    this.#size++;
    if (!this.#waiting) this.#wait(this.#lifetime);
  }

  /** True when there is an entry under that key. */
  has(key: string): boolean {
    return this.#find(key) > 0;
  }

  /** The entry under a key, copied out; null when there is none. */
  get(key: string): Held<Reference> | null {
    const position = this.#find(key);
    if (position === 0) return null;
    const chunk = this.#chunkAt(position);
    const at = position % CHUNK;
    const word = at >>> 2;
    const textAt = at + HEADER + chunk.words[word + KEY];
    const bodyAt = textAt + chunk.words[word + TEXT];
    return {
      text: toLatin1(chunk.octets, textAt, bodyAt),
      body: chunk.octets.slice(bodyAt, bodyAt + chunk.words[word + BODY]),
      reference: chunk.references[chunk.words[word + REFERENCE]],
    };
  }

  /** The oldest entries are due. */
  onTimer(): void {
    this.#waiting = false;
    const now = this.#clock.monotonic();
    while (this.#size > 0 && this.#oldestDue() <= now) this.#dropOldest();
    if (this.#size > 0) this.#wait(this.#oldestDue() - now);
  }

  #wait(delay: number): void {
    this.#waiting = true;
    this.#timers.start(delay, this, 0);
  }

  #find(key: string): number {
    if (this.#size === 0) return 0;
    const hash = keyHash(key);
    for (let position = this.#newest[hash & (BUCKETS - 1)]; position >= this.#begin;) {
      const chunk = this.#chunkAt(position);
      const at = position % CHUNK;
      const word = at >>> 2;
      if (chunk.words[word + HASH] === hash && chunk.words[word + KEY] === key.length && same(key, chunk.octets, at)) {
        return position;
      }
      position = chunk.numbers[(at >>> 3) + PREVIOUS];
    }
    return 0;
  }

  #chunkAt(position: number): Chunk<Reference> {
    return this.#chunks[Math.floor(position / CHUNK) - this.#number];
  }

  #chunkFor(size: number): Chunk<Reference> {
    const chunks = this.#chunks;
    const last = chunks.length === 0 ? null : chunks[chunks.length - 1];
    if (last !== null && last.used + size <= CHUNK) return last;
    while (chunks.length >= this.#limit) this.#dropOldest();
    const chunk = new Chunk<Reference>();
    chunks.push(chunk);
    return chunk;
  }

  #oldestDue(): number {
    return this.#chunks[0].numbers[((this.#begin % CHUNK) >>> 3) + DUE];
  }

  #dropOldest(): void {
    const chunk = this.#chunks[0];
    const at = this.#begin % CHUNK;
    const size = chunk.words[(at >>> 2) + SIZE];
    this.#size--;
    if (at + size < chunk.used) this.#begin += size;
    else {
      this.#chunks.shift();
      this.#number++;
      this.#begin = this.#number * CHUNK;
    }
  }
}

function same(key: string, octets: Uint8Array, entryAt: number): boolean {
  const at = entryAt + HEADER;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) !== octets[at + i]) return false;
  return true;
}
