import { createHash } from "node:crypto";
import { concatBytes, type Log, randomHex } from "../../foundation/mod.ts";
import { StorageError } from "../repositories.ts";
import { DamageError } from "./blob_store.ts";
import type { KvStore } from "./group_commit.ts";
import { placeOf, type Sealer, SealError } from "./sealer.ts";
import type { Mutation, WriteQueue } from "./write_queue.ts";

/** What publishes a large value: without it, its chunks are nothing. Stored sealed, as JSON. */
interface Manifest {
  /** Names the chunks; each version of a value has its own. */
  readonly generation: string;
  readonly chunks: number;
  readonly octets: number;
  readonly sha256: string;
  /** The value's own id, which its KV key hides. */
  readonly id: string;
}

const CHUNK_OCTETS = 60_000;
/** Chunks that go into one commit. */
const CHUNKS_A_COMMIT = 12;
/** DenoKV gives at most this many values at a time. */
const GET_MANY = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Values larger than a commit. Chunks are written first, `["chunk", generation, n]`; then one commit writes the manifest,
 * `["large", kind, hidden id]`, and the value is there, or its new version is. A crash before that leaves chunks that no
 * manifest names: the sweeper removes them. All of it is sealed.
 */
export class LargeValues {
  readonly #kv: KvStore;
  readonly #queue: WriteQueue;
  readonly #sealer: Sealer;
  readonly #log: Log;
  readonly #nameOf: (text: string) => string;
  readonly #writing = new Set<string>();

  constructor(queue: WriteQueue, sealer: Sealer, log: Log) {
    this.#kv = queue.kv;
    this.#queue = queue;
    this.#sealer = sealer;
    this.#log = log;
    this.#nameOf = sealer.namer("large values");
  }

  /** Writes or replaces a value. Rejects with StorageError; then the old version is still the one that holds. */
  async put(kind: string, id: string, value: Uint8Array): Promise<void> {
    const generation = randomHex(16);
    const chunks = Math.ceil(value.length / CHUNK_OCTETS);
    this.#writing.add(generation);
    try {
      for (let first = 0; first < chunks; first += CHUNKS_A_COMMIT) {
        const last = Math.min(chunks, first + CHUNKS_A_COMMIT);
        await this.#queue.written(this.#sealedChunks(generation, value, first, last));
      }
      const key = this.#manifestKey(kind, id);
      const before = await this.#manifestAt(key);
      const sha256 = createHash("sha256").update(value).digest("hex");
      const manifest: Manifest = { generation, chunks, octets: value.length, sha256, id };
      await this.#queue.written([{ key, value: this.#seal(key, encoder.encode(JSON.stringify(manifest))) }]);
      if (before !== null) await this.#leaveBehind(before);
    } finally {
      this.#writing.delete(generation);
    }
  }

  /** Null when there is none. Rejects with DamageError when it is not whole. */
  async get(kind: string, id: string): Promise<Uint8Array | null> {
    const key = this.#manifestKey(kind, id);
    for (let attempt = 0;; attempt++) {
      const manifest = await this.#manifestAt(key);
      if (manifest === null) return null;
      const value = await this.#collect(manifest);
      if (value !== null) return value;
      // Replaced or removed while it was read: the manifest says what holds now.
      if (attempt === 3) {
        throw new DamageError(`value ${placeOf(key)} is damaged: a chunk of ${manifest.generation} is missing`);
      }
    }
  }

  /** False when there was none. */
  async remove(kind: string, id: string): Promise<boolean> {
    const key = this.#manifestKey(kind, id);
    const manifest = await this.#manifestAt(key);
    if (manifest === null) return false;
    await this.#queue.written([{ key }]);
    await this.#leaveBehind(manifest);
    return true;
  }

  /** The ids of one kind. */
  async *list(kind: string): AsyncGenerator<string> {
    for await (const entry of this.#kv.list<Uint8Array>({ prefix: ["large", kind] })) {
      yield this.#decode(entry.key, entry.value).id;
    }
  }

  /** Removes chunks that no manifest names and nobody is writing; gives how many. */
  async sweep(): Promise<number> {
    // Chunks first, manifests after: a value published meanwhile is found.
    const orphans = new Map<string, Deno.KvKey[]>();
    const inWork = new Set(this.#writing);
    for await (const { key } of this.#kv.list({ prefix: ["chunk"] }, { batchSize: GET_MANY })) {
      const generation = key[1] as string;
      if (inWork.has(generation)) continue;
      orphans.set(generation, [...(orphans.get(generation) ?? []), key]);
    }
    for await (const { key, value } of this.#kv.list<Uint8Array>({ prefix: ["large"] })) {
      orphans.delete(this.#decode(key, value).generation);
    }
    let removed = 0;
    for (const keys of orphans.values()) {
      for (let at = 0; at < keys.length; at += 500) {
        await this.#queue.written(keys.slice(at, at + 500).map((key) => ({ key })));
      }
      removed += keys.length;
    }
    if (removed > 0) this.#log.info("chunks of unfinished values removed", { chunks: removed });
    return removed;
  }

  #sealedChunks(generation: string, value: Uint8Array, first: number, last: number): Mutation[] {
    const list: Mutation[] = [];
    for (let n = first; n < last; n++) {
      const key = ["chunk", generation, n];
      list.push({ key, value: this.#seal(key, value.subarray(n * CHUNK_OCTETS, (n + 1) * CHUNK_OCTETS)) });
    }
    return list;
  }

  /** Null when a chunk is missing. */
  async #collect({ generation, chunks, octets, sha256 }: Manifest): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    for (let first = 0; first < chunks; first += GET_MANY) {
      const keys: Deno.KvKey[] = [];
      for (let n = first; n < Math.min(chunks, first + GET_MANY); n++) keys.push(["chunk", generation, n]);
      for (const { key, value } of await this.#kv.getMany<Uint8Array[]>(keys)) {
        if (value === null) return null;
        parts.push(this.#open(key, value));
      }
    }
    const value = concatBytes(parts);
    if (value.length !== octets || createHash("sha256").update(value).digest("hex") !== sha256) {
      throw new DamageError(`value ${generation} is damaged: its content does not match its manifest`);
    }
    return value;
  }

  /** The value is replaced or gone already: what cannot be removed now is the sweeper's. */
  async #leaveBehind(manifest: Manifest): Promise<void> {
    try {
      await this.#removeChunks(manifest);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log.warn("chunks are left for the sweeper", { chunks: manifest.chunks, reason: error.message });
    }
  }

  async #removeChunks({ generation, chunks }: Manifest): Promise<void> {
    for (let first = 0; first < chunks; first += 500) {
      const list: Mutation[] = [];
      for (let n = first; n < Math.min(chunks, first + 500); n++) list.push({ key: ["chunk", generation, n] });
      await this.#queue.written(list);
    }
  }

  #manifestKey(kind: string, id: string): Deno.KvKey {
    return ["large", kind, this.#nameOf(id)];
  }

  async #manifestAt(key: Deno.KvKey): Promise<Manifest | null> {
    const { value } = await this.#kv.get<Uint8Array>(key);
    return value === null ? null : this.#decode(key, value);
  }

  #decode(key: Deno.KvKey, sealed: Uint8Array): Manifest {
    return JSON.parse(decoder.decode(this.#open(key, sealed))) as Manifest;
  }

  #seal(key: Deno.KvKey, plain: Uint8Array): Uint8Array {
    return this.#sealer.seal(plain, placeOf(key));
  }

  #open(key: Deno.KvKey, sealed: Uint8Array): Uint8Array {
    try {
      return this.#sealer.open(sealed, placeOf(key));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new DamageError(`record ${placeOf(key)} is damaged: ${error.message}`, { cause: error });
    }
  }
}
