import { createHash } from "node:crypto";
import type { HistoryMessage } from "../../../storage/mod.ts";
import { KeyedHash } from "./keyed_hash.ts";

/** Messages of one conversation that are known again. */
const MOST_KNOWN = 64;
/** Longer bodies are hashed by the runtime. */
const LONG_OCTETS = 2048;

const hash = new KeyedHash();

/**
 * What a message is known again by, in this boot, when it is sent again: who says it, its Call-ID and CSeq, and its octets. The other side,
 * or a device that counts badly, may give the same name to something else, which was not said before.
 */
export function markOf({ messageId, from, contentType, body, content }: HistoryMessage): number {
  hash.begin().text(messageId).text(from.uri).text(contentType);
  if (content !== null) return hash.text(content.sha256).value();
  return hash.octets(body.length > LONG_OCTETS ? createHash("sha256").update(body).digest() : body).value();
}

/** The latest messages of a conversation between two, by their marks, each with those who have it. */
export class KnownMessages {
  readonly #marks: number[] = [];
  /** A bit for each of the owners, who are two at most. */
  readonly #haves: number[] = [];
  readonly #owners: string[] = [];
  /** The place of the oldest, once there are many. */
  #oldest = 0;

  /** Its place, which holds until another one is looked for; nobody has it where it was not known before. */
  placeOf(mark: number): number {
    const at = this.#marks.indexOf(mark);
    if (at >= 0) return at;
    if (this.#marks.length < MOST_KNOWN) {
      this.#haves.push(0);
      return this.#marks.push(mark) - 1;
    }
    const oldest = this.#oldest;
    this.#marks[oldest] = mark;
    this.#haves[oldest] = 0;
    this.#oldest = (oldest + 1) % MOST_KNOWN;
    return oldest;
  }

  /** True where this owner has the one at this place already, or is about to. */
  has(place: number, owner: string): boolean {
    return (this.#haves[place] & this.#bitOf(owner)) !== 0;
  }

  /** It is kept for this owner, or about to be. */
  note(place: number, owner: string): void {
    this.#haves[place] |= this.#bitOf(owner);
  }

  /** Of all of these, for `isNew` and `noteAll`. */
  bitsOf(owners: readonly string[]): number {
    let bits = 0;
    for (const owner of owners) bits |= this.#bitOf(owner);
    return bits;
  }

  /** True where none of them has the one at this place. */
  isNew(place: number, bits: number): boolean {
    return (this.#haves[place] & bits) === 0;
  }

  noteAll(place: number, bits: number): void {
    this.#haves[place] |= bits;
  }

  /** It was not kept after all. */
  forget(mark: number, owner: string): void {
    const at = this.#marks.indexOf(mark);
    if (at >= 0) this.#haves[at] &= ~this.#bitOf(owner);
  }

  #bitOf(owner: string): number {
    let at = this.#owners.indexOf(owner);
    if (at < 0) at = this.#owners.push(owner) - 1;
    return 1 << at;
  }
}
