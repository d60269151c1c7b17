import type { StorageError } from "../repositories.ts";
import type { BlobLedger } from "./blob_ledger.ts";
import { type BlobStore, PART_OVERHEAD } from "./blob_store.ts";
import type { Unit } from "./group_commit.ts";
import type { LogSegment } from "./log_segment.ts";

/** Told once when a blob's commit is over. */
export interface BlobOwner {
  settled(
    seq: number,
    plain: Uint8Array,
    parts: number,
    dropped: number,
    segment: LogSegment | null,
    error: StorageError | null,
  ): void;
  /** The store does not answer: those who wait for the segment are told. */
  despaired(segment: LogSegment, error: StorageError): void;
}

/** One blob of a log on its way into a commit, with the oldest blobs that go in the same commit. */
export class BlobUnit implements Unit {
  readonly mutations: number;
  readonly checks = 1;
  readonly octets: number;
  readonly #owner: BlobOwner;
  readonly #store: BlobStore;
  readonly #ledger: BlobLedger;
  readonly #seq: number;
  readonly #plain: Uint8Array;
  readonly #parts: Uint8Array[];
  readonly #dropped: number;
  readonly #segment: LogSegment | null;

  constructor(
    owner: BlobOwner,
    store: BlobStore,
    ledger: BlobLedger,
    seq: number,
    plain: Uint8Array,
    dropped: number,
    segment: LogSegment | null,
  ) {
    this.#owner = owner;
    this.#store = store;
    this.#ledger = ledger;
    this.#seq = seq;
    this.#plain = plain;
    this.#parts = store.seal(seq, plain);
    this.#dropped = dropped;
    this.#segment = segment;
    const deletes = ledger.partsOfOldest(dropped);
    this.mutations = this.#parts.length + deletes;
    this.octets = plain.length + this.mutations * PART_OVERHEAD;
  }

  apply(atomic: Deno.AtomicOperation): void {
    this.#store.append(atomic, this.#seq, this.#parts);
    const { first } = this.#ledger;
    for (let i = 0; i < this.#dropped; i++) this.#store.delete(atomic, first + i, this.#ledger.partsOf(first + i));
  }

  landed(): Promise<boolean> {
    return this.#store.holds(this.#seq, this.#parts);
  }

  settle(error: StorageError | null): void {
    this.#owner.settled(this.#seq, this.#plain, this.#parts.length, this.#dropped, this.#segment, error);
  }

  despair(error: StorageError): void {
    if (this.#segment !== null) this.#owner.despaired(this.#segment, error);
  }
}
