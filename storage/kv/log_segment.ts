import type { Committed } from "../repositories.ts";
import { RECORD_HEAD, writeRecord } from "./log_blob.ts";

/** Octets of records that go into one blob: two of them and a compaction fit into a commit. */
export const SEGMENT_OCTETS = 256 * 1024;

const FIRST_OCTETS = 16 * 1024;

/** Records that wait for the next blob, already in its form, and who waits for them. */
export class LogSegment {
  buffer = new Uint8Array(FIRST_OCTETS);
  length = 0;
  readonly waiting: (Committed | null)[] = [];
  /** Who waits has been told that it failed, before that was known. */
  despaired = false;

  /** False when the record belongs into another segment. */
  fits(size: number): boolean {
    return this.length === 0 || this.length + RECORD_HEAD + size <= SEGMENT_OCTETS;
  }

  add(kind: number, id: number, payload: Uint8Array | null, done: Committed | null): void {
    const end = this.length + RECORD_HEAD + (payload === null ? 0 : payload.length);
    if (end > this.buffer.length) this.#grow(end);
    this.length = writeRecord(this.buffer, this.length, kind, id, payload);
    this.waiting.push(done);
  }

  clear(): void {
    this.length = 0;
    this.waiting.length = 0;
    this.despaired = false;
  }

  #grow(needed: number): void {
    let size = this.buffer.length;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}
