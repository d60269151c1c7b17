import { concatBytes, EMPTY, letGo, type Log, randomHex, type Timers } from "../foundation/mod.ts";
import { CHUNK_OCTETS, chunkKey, chunksOf, type ContentKeys, contentKeys, openChunk } from "./contents_chunks.ts";
import { ChunkRemoval } from "./contents_removal.ts";
import { ChunkWriter, type WriterOwner } from "./contents_writer.ts";
import { BlobCache } from "./kv/blob_cache.ts";
import { DamageError } from "./kv/blob_store.ts";
import { type GroupCommit, type KvStore, storageErrorOf } from "./kv/group_commit.ts";
import { patiently } from "./kv/patience.ts";
import { placeOf, type Sealer } from "./kv/sealer.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { type Contents, type ContentWriter, StorageError, type StoredContent } from "./repositories.ts";

export interface ContentsOptions {
  readonly kv: KvStore;
  readonly commit: GroupCommit;
  readonly sealer: Sealer;
  readonly timers: Timers;
  readonly log: Log;
  /** How long a read may take. */
  readonly patience_ms?: number;
}

const MAX_WRITERS = 64;
/** Chunks that may wait for the store: of one writer two writes, of all together 8 MB; two are left to each however many they are. */
const ONE_WAITING = 16;
const ALL_WAITING = 128;
const LEAST_WAITING = 2;
/** Chunks kept as text: readers ask for less than a chunk at a time. */
const CACHE_OCTETS = 4 * 1024 * 1024;
/** Chunks of one content that the numbering of the cache has room for. */
const CACHE_SPAN = 2 ** 24;
/** Of each commit: a segment of a log goes in beside eight chunks, so that a message does not wait for one commit more. */
const LEFT_TO_OTHERS = 280_000;
/** The most one read gives. */
const MOST_READ = 1024 * 1024;
const PATIENCE_MS = 10_000;

/** A content that is whole. */
interface Held {
  readonly keys: ContentKeys;
  readonly octets: number;
  /** Numbers it for the cache. */
  readonly serial: number;
  claims: number;
}

/** Who waits for a part of a chunk. */
interface Waiting {
  readonly start: number;
  readonly end: number;
  readonly resolve: (octets: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Contents in sealed chunks, `["content", name, number]`. Each is sealed with a key of its own, which follows from its id; the id is
 * in the records that name it and nowhere else. So whatever a disk keeps of removed chunks says nothing once the record is gone,
 * and a rotation of the box's key, which seals the records anew, has nothing to do here.
 *
 * Until `begin` the claims of the repositories that open are counted; from then on what nobody claims is removed.
 */
export class KvContents implements Contents, WriterOwner {
  readonly #kv: KvStore;
  readonly #queue: WriteQueue;
  readonly #removal: ChunkRemoval;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #patience: number;
  readonly #keysOf: (id: string) => ContentKeys;
  readonly #held = new Map<string, Held>();
  readonly #writers = new Set<ChunkWriter>();
  /** Of all that are held or being written: the sweep leaves them alone. */
  readonly #names = new Set<string>();
  readonly #cache = new BlobCache(CACHE_OCTETS, letGo);
  readonly #reading = new Map<number, Waiting[]>();
  #begun = false;
  #sweeping: Promise<number> | null = null;
  #serial = 0;
  #octets = 0;

  constructor(options: ContentsOptions) {
    const { kv, commit, sealer, timers, log, patience_ms = PATIENCE_MS } = options;
    this.#kv = kv;
    this.#timers = timers;
    this.#log = log;
    this.#patience = patience_ms;
    this.#keysOf = contentKeys(sealer);
    // Of its own, so that the commits of others are not behind 64 contents in one row.
    this.#queue = new WriteQueue(kv, commit, { impatient: true, leaves: LEFT_TO_OTHERS });
    this.#removal = new ChunkRemoval(this.#queue, timers, log, patience_ms);
  }

  get octets(): number {
    return this.#octets;
  }

  /** Contents that are being written. */
  get writing(): number {
    return this.#writers.size;
  }

  /** Contents whose chunks are still to be removed. */
  get removing(): number {
    return this.#removal.pending;
  }

  get allowance(): number {
    return Math.min(ONE_WAITING, Math.max(LEAST_WAITING, Math.floor(ALL_WAITING / this.#writers.size)));
  }

  write(): ContentWriter {
    if (this.#writers.size >= MAX_WRITERS) {
      throw new StorageError("full", `${MAX_WRITERS} contents are being written; no more are taken in`);
    }
    const id = randomHex(32);
    const keys = this.#keysOf(id);
    const writer = new ChunkWriter(id, keys, this, this.#queue);
    this.#writers.add(writer);
    this.#names.add(keys.name);
    return writer;
  }

  async read(content: StoredContent, offset: number, most: number): Promise<Uint8Array> {
    const held = this.#held.get(content.id);
    if (held === undefined) throw gone();
    const end = Math.min(held.octets, offset + Math.min(most, MOST_READ));
    if (offset >= end) return EMPTY;
    const parts: Uint8Array[] = [];
    for (let at = offset; at < end;) {
      const number = Math.floor(at / CHUNK_OCTETS);
      const start = number * CHUNK_OCTETS;
      const upTo = Math.min(end, start + CHUNK_OCTETS);
      parts.push(await this.#piece(content.id, held, number, at - start, upTo - start));
      at = upTo;
    }
    return parts.length === 1 ? parts[0] : concatBytes(parts);
  }

  /** Throws StorageError where it is not there (any more). */
  claim(content: StoredContent): void {
    let held = this.#held.get(content.id);
    if (held === undefined) {
      if (this.#begun) throw gone();
      held = this.#hold(content, this.#keysOf(content.id));
    }
    if (held.claims++ === 0) this.#octets += held.octets;
  }

  release(content: StoredContent): void {
    const held = this.#held.get(content.id);
    if (held === undefined || held.claims === 0) {
      return this.#log.error("a content was released more often than it was claimed", {});
    }
    if (--held.claims > 0) return;
    this.#octets -= held.octets;
    this.#drop(content.id, held);
  }

  /**
   * All records have been read: from now on a content that loses its last claim is removed. Removes what nobody claims, beside
   * everything else that goes on; gives how many contents those were. Rejects with StorageError.
   */
  begin(): Promise<number> {
    this.#begun = true;
    return this.#sweeping = this.#removal.sweep((name) => this.#names.has(name)).catch((cause) => {
      throw storageErrorOf(cause);
    });
  }

  /** Nothing is read or removed any more. */
  async stop(): Promise<void> {
    this.#removal.stop();
    // Whoever began it has its error.
    await this.#sweeping?.catch(() => {});
  }

  finished(writer: ChunkWriter, content: StoredContent): void {
    this.#writers.delete(writer);
    this.#hold(content, writer.keys);
  }

  dropped(writer: ChunkWriter): void {
    const held = this.#held.get(writer.id);
    if (held !== undefined && held.claims === 0) return this.#drop(writer.id, held);
    // Not where records name it, or named it.
    if (!this.#writers.delete(writer)) return;
    this.#names.delete(writer.keys.name);
    this.#removal.add(writer.keys.name, writer.chunks);
  }

  #hold({ id, octets }: StoredContent, keys: ContentKeys): Held {
    const held = { keys, octets, serial: this.#serial++, claims: 0 };
    this.#held.set(id, held);
    this.#names.add(keys.name);
    return held;
  }

  #drop(id: string, { keys, octets }: Held): void {
    this.#held.delete(id);
    this.#names.delete(keys.name);
    if (this.#begun) this.#removal.add(keys.name, chunksOf(octets));
  }

  /** Copied at once, from the cache or as its chunk comes: the memory of a chunk that leaves the cache is given back. */
  #piece(id: string, held: Held, number: number, start: number, end: number): Promise<Uint8Array> {
    const slot = held.serial * CACHE_SPAN + number;
    const cached = this.#cache.get(slot);
    if (cached !== undefined) return Promise.resolve(cached.slice(start, end));
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const waiting = { start, end, resolve, reject };
    const others = this.#reading.get(slot);
    if (others !== undefined) others.push(waiting);
    else {
      this.#reading.set(slot, [waiting]);
      this.#fetch(id, held, number).then(
        (chunk) => {
          for (const one of this.#arrived(slot)) one.resolve(chunk.slice(one.start, one.end));
          this.#cache.put(slot, chunk);
        },
        (error) => {
          for (const one of this.#arrived(slot)) one.reject(error);
        },
      );
    }
    return promise;
  }

  #arrived(slot: number): readonly Waiting[] {
    const waiting = this.#reading.get(slot)!;
    this.#reading.delete(slot);
    return waiting;
  }

  async #fetch(id: string, held: Held, number: number): Promise<Uint8Array> {
    const key = chunkKey(held.keys.name, number);
    let sealed: Uint8Array | null;
    try {
      sealed = (await patiently(this.#kv.get<Uint8Array>(key), this.#timers, this.#patience)).value;
    } catch (cause) {
      throw storageErrorOf(cause);
    }
    if (sealed === null) {
      if (this.#held.get(id) !== held) throw gone();
      throw new DamageError(`record ${placeOf(key)} is missing`);
    }
    const chunk = openChunk(held.keys, number, sealed);
    letGo(sealed);
    const expected = Math.min(CHUNK_OCTETS, held.octets - number * CHUNK_OCTETS);
    if (chunk.length === expected) return chunk;
    throw new DamageError(`record ${placeOf(key)} is damaged: ${chunk.length} octets, where ${expected} should be`);
  }
}

function gone(): StorageError {
  return new StorageError("failed", "the content is not there (any more)");
}
