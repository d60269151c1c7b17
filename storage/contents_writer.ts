import { letGo } from "../foundation/mod.ts";
import { createHash } from "node:crypto";
import { CHUNK_OCTETS, chunkKey, type ContentKeys, sealChunk } from "./contents_chunks.ts";
import type { Mutation, WriteQueue } from "./kv/write_queue.ts";
import { type ContentWriter, StorageError, type StoredContent } from "./repositories.ts";

/** Chunks in one write: as many as all contents together may put into one commit. */
const CHUNKS_A_WRITE = 8;
/** Beyond this a source does not hold when it is told to, and is cut off. */
const MOST_WAITING = 72;

/** What a writer tells and asks of the contents it belongs to. */
export interface WriterOwner {
  /** Chunks that this writer may have waiting now. */
  readonly allowance: number;
  /** All of it is stored. */
  finished(writer: ChunkWriter, content: StoredContent): void;
  /** It goes, and what it wrote is to be removed. */
  dropped(writer: ChunkWriter): void;
}

/** One content on its way in: cut into chunks, each sealed as it is full and written behind the ones before. */
export class ChunkWriter implements ContentWriter {
  readonly id: string;
  readonly keys: ContentKeys;
  readonly #owner: WriterOwner;
  readonly #queue: WriteQueue;
  readonly #hash = createHash("sha256");
  /** The chunk being filled; it is sealed into memory of its own. */
  #plain = new Uint8Array(CHUNK_OCTETS);
  #filled = 0;
  #octets = 0;
  /** Sealed and not given to the queue yet. */
  #sealed: Mutation[] = [];
  #inFlight = 0;
  #error: StorageError | null = null;
  #done: ((outcome: StoredContent | StorageError) => void) | null = null;
  #state: "open" | "finishing" | "over" = "open";
  #content: StoredContent | null = null;
  /** Somebody found it full, and waits to be told. */
  #asked = false;
  onRoom: (() => void) | null = null;
  /** Chunks that were sealed, and so may be in the store. */
  chunks = 0;

  constructor(id: string, keys: ContentKeys, owner: WriterOwner, queue: WriteQueue) {
    this.id = id;
    this.keys = keys;
    this.#owner = owner;
    this.#queue = queue;
  }

  get error(): StorageError | null {
    return this.#error;
  }

  get full(): boolean {
    if (this.#error !== null || this.#state !== "open") return false;
    const full = this.#sealed.length + this.#inFlight >= this.#owner.allowance;
    if (full) this.#asked = true;
    return full;
  }

  write(octets: Uint8Array): void {
    if (this.#state !== "open") return;
    for (let at = 0; at < octets.length && this.#error === null;) {
      const some = octets.subarray(at, at + CHUNK_OCTETS - this.#filled);
      this.#plain.set(some, this.#filled);
      this.#filled += some.length;
      this.#octets += some.length;
      at += some.length;
      if (this.#filled === CHUNK_OCTETS) this.#seal();
    }
  }

  finish(done: (outcome: StoredContent | StorageError) => void): void {
    if (this.#state !== "open") throw new TypeError("The content is finished or abandoned already");
    this.#state = "finishing";
    this.#done = done;
    if (this.#error === null && this.#filled > 0) this.#seal();
    if (this.#inFlight === 0) queueMicrotask(() => this.#conclude());
  }

  abandon(): void {
    if (this.#state === "over" && this.#content === null) return;
    this.#content = null;
    this.#done = null;
    this.#over();
    this.#owner.dropped(this);
  }

  #seal(): void {
    if (this.#sealed.length + this.#inFlight >= MOST_WAITING) {
      return this.#failed(new StorageError("failed", "the source of a content does not hold while the store is busy"));
    }
    const plain = this.#plain.subarray(0, this.#filled);
    this.#hash.update(plain);
    const number = this.chunks++;
    this.#sealed.push({ key: chunkKey(this.keys.name, number), value: sealChunk(this.keys, number, plain) });
    this.#filled = 0;
    this.#pump();
  }

  #pump(): void {
    if (this.#inFlight > 0 || this.#sealed.length === 0) return;
    const list = this.#sealed.splice(0, CHUNKS_A_WRITE);
    this.#inFlight = list.length;
    this.#queue.write(list, (error) => {
      // After an error they may yet be tried again.
      if (error === null) { for (const { value } of list) letGo(value as Uint8Array); }
      this.#written(error);
    });
  }

  #written(error: StorageError | null): void {
    this.#inFlight = 0;
    if (this.#state === "over") return;
    if (error !== null) this.#failed(error);
    else this.#pump();
    if (this.#state === "finishing") this.#conclude();
    else if (this.#asked && this.#error === null && !this.full) this.#room();
  }

  #room(): void {
    this.#asked = false;
    this.onRoom?.();
  }

  #failed(error: StorageError): void {
    this.#error = error;
    this.#sealed = [];
    this.#filled = 0;
    this.#owner.dropped(this);
    // It may have been found inside a call of the source.
    queueMicrotask(() => this.#state === "open" && this.#room());
  }

  /** Tells how it ended, once nothing is on its way any more. */
  #conclude(): void {
    if (this.#state !== "finishing" || this.#inFlight > 0) return;
    const done = this.#done!;
    const content = { id: this.id, octets: this.#octets, sha256: this.#error === null ? this.#hash.digest("hex") : "" };
    this.#over();
    if (this.#error !== null) return done(this.#error);
    this.#content = content;
    this.#owner.finished(this, content);
    done(content);
  }

  #over(): void {
    this.#state = "over";
    this.#sealed = [];
    letGo(this.#plain);
    this.onRoom = null;
  }
}
