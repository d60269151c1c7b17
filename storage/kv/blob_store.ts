import { concatBytes, letGo } from "../../foundation/mod.ts";
import type { KvStore } from "./group_commit.ts";
import { placeOf, SEAL_OVERHEAD, type Sealer, SealError } from "./sealer.ts";
import { reasonOf } from "./refusal.ts";

/** What is stored does not add up: a blob does not open, or one is missing. */
export class DamageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DamageError";
  }
}

/** Octets of one part of a blob: DenoKV takes 65,536 in a value. */
export const PART_OCTETS = 60_000;
/** Octets counted for a key beside each part. */
export const PART_OVERHEAD = 80;

/** One blob of a log as it is stored. */
export interface StoredBlob {
  readonly seq: number;
  readonly plain: Uint8Array;
  readonly parts: number;
}

/** Parts that a text of this many octets needs when sealed. */
export function partsFor(octets: number): number {
  return Math.ceil((octets + SEAL_OVERHEAD) / PART_OCTETS);
}

/**
 * The numbered, sealed blobs of one log: `["log", name, seq, part]`. A blob is sealed once, for its place `["log", name, seq]`,
 * and cut into parts; a part that is missing, changed or from elsewhere keeps the whole from opening.
 */
export class BlobStore {
  readonly kv: KvStore;
  readonly name: string;
  readonly #sealer: Sealer;

  constructor(kv: KvStore, sealer: Sealer, name: string) {
    this.kv = kv;
    this.#sealer = sealer;
    this.name = name;
  }

  key(seq: number, part: number): Deno.KvKey {
    return ["log", this.name, seq, part];
  }

  seal(seq: number, plain: Uint8Array): Uint8Array[] {
    const sealed = this.#sealer.seal(plain, this.#place(seq));
    if (sealed.length <= PART_OCTETS) return [sealed];
    const parts: Uint8Array[] = [];
    for (let at = 0; at < sealed.length; at += PART_OCTETS) parts.push(sealed.subarray(at, at + PART_OCTETS));
    return parts;
  }

  /** Adds a new blob to a commit, on condition that nobody else wrote that number. */
  append(atomic: Deno.AtomicOperation, seq: number, parts: readonly Uint8Array[]): void {
    atomic.check({ key: this.key(seq, 0), versionstamp: null });
    for (let part = 0; part < parts.length; part++) atomic.set(this.key(seq, part), parts[part]);
  }

  /** True when exactly this blob is what is stored under its number. */
  async holds(seq: number, parts: readonly Uint8Array[]): Promise<boolean> {
    const { value } = await this.kv.get<Uint8Array>(this.key(seq, 0), { consistency: "strong" });
    const mine = parts[0];
    return value instanceof Uint8Array && value.length === mine.length && value.every((octet, i) => octet === mine[i]);
  }

  delete(atomic: Deno.AtomicOperation, seq: number, parts: number): void {
    for (let part = 0; part < parts; part++) atomic.delete(this.key(seq, part));
  }

  /** One blob; null when it is not there. Throws DamageError. */
  async read(seq: number): Promise<StoredBlob | null> {
    const parts: Uint8Array[] = [];
    for await (const { value } of this.kv.list<Uint8Array>({ prefix: ["log", this.name, seq] })) parts.push(value);
    return parts.length === 0 ? null : this.#open(seq, parts);
  }

  /**
   * All blobs from number `from` to before number `before`, oldest first, or newest first with `reverse`. Throws DamageError at
   * one that does not open.
   */
  async *list(
    options: { reverse?: boolean; from?: number; before?: number; limit?: number } = {},
  ): AsyncGenerator<StoredBlob> {
    const { reverse = false, from, before, limit } = options;
    const selector: Deno.KvListSelector = from !== undefined
      ? { start: this.key(from, 0), end: this.key(before ?? Number.MAX_SAFE_INTEGER, 0) }
      : before !== undefined
      ? { prefix: ["log", this.name], end: this.key(before, 0) }
      : { prefix: ["log", this.name] };
    let seq = -1;
    let parts: Uint8Array[] = [];
    let given = 0;
    for await (const entry of this.kv.list<Uint8Array>(selector, { reverse, batchSize: 64 })) {
      const found = entry.key[2];
      if (typeof found !== "number" || !(entry.value instanceof Uint8Array)) {
        throw new DamageError(`record ${placeOf(entry.key)} is not one of this log`);
      }
      if (found !== seq && seq !== -1) {
        yield this.#open(seq, reverse ? parts.reverse() : parts);
        parts = [];
        if (++given === limit) return;
      }
      seq = found;
      parts.push(entry.value);
    }
    if (seq !== -1) yield this.#open(seq, reverse ? parts.reverse() : parts);
  }

  #place(seq: number): string {
    return placeOf(["log", this.name, seq]);
  }

  #open(seq: number, parts: Uint8Array[]): StoredBlob {
    try {
      const sealed = parts.length === 1 ? parts[0] : concatBytes(parts);
      const plain = this.#sealer.open(sealed, this.#place(seq));
      // Whoever lists reads hundreds of them.
      for (const part of parts) letGo(part);
      letGo(sealed);
      return { seq, plain, parts: parts.length };
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new DamageError(`record ${this.#place(seq)} is damaged: ${reasonOf(error)}`, { cause: error });
    }
  }
}
