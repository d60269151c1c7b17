import { letGo } from "../../../foundation/mod.ts";
import type { Contents, StoredContent } from "../../../storage/mod.ts";
import type { BlockReader } from "../../../transport/msrp/session/mod.ts";

/** Octets of a content that are asked of the store at once: one chunk of it. */
export const BLOCK = 60_000;

/** What is stored is not whole, and never will be. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && error.name === "DamageError";
}

/** A content block by block, from an offset on. Whoever reads is done with a block when it asks for the one after the next. */
export class ContentBlocks implements BlockReader {
  readonly #contents: Pick<Contents, "read">;
  readonly #content: StoredContent;
  #at: number;
  #first: Uint8Array | null;
  /** The last two that were given; the older one is done with at the next call. */
  #given: [Uint8Array | null, Uint8Array | null] = [null, null];

  /** `first`: what goes before the octets at `from`. */
  constructor(contents: Pick<Contents, "read">, content: StoredContent, from: number, first: Uint8Array | null = null) {
    this.#contents = contents;
    this.#content = content;
    this.#at = from;
    this.#first = first;
  }

  async read(): Promise<Uint8Array | null> {
    const first = this.#first;
    this.#first = null;
    if (first !== null && first.length > 0) return first;
    if (this.#at >= this.#content.octets) return null;
    const block = await this.#contents.read(this.#content, this.#at, BLOCK);
    if (block.length === 0) throw new Error(`the content ends after ${this.#at} of ${this.#content.octets} octets`);
    this.#at += block.length;
    const [done, last] = this.#given;
    if (done !== null) letGo(done);
    this.#given = [last, block];
    return block;
  }
}
