import { letGo } from "../foundation/mod.ts";
import { readU32, writeU32 } from "./kv/log_blob.ts";

const SHELF_OCTETS = 1024 * 1024;

/** Copies of records, many in one piece of memory, which is given back at once. */
export class Shelves {
  readonly #shelves: Uint8Array[] = [];
  #used = SHELF_OCTETS;

  /** Gives where it is. */
  put(record: Uint8Array): number {
    const size = 4 + record.length;
    if (this.#used + size > SHELF_OCTETS) {
      this.#shelves.push(new Uint8Array(SHELF_OCTETS));
      this.#used = 0;
    }
    const shelf = this.#shelves[this.#shelves.length - 1];
    writeU32(shelf, this.#used, record.length);
    shelf.set(record, this.#used + 4);
    const at = (this.#shelves.length - 1) * SHELF_OCTETS + this.#used;
    this.#used += size;
    return at;
  }

  get(at: number): Uint8Array {
    const shelf = this.#shelves[Math.floor(at / SHELF_OCTETS)];
    const start = at % SHELF_OCTETS + 4;
    return shelf.subarray(start, start + readU32(shelf, start - 4));
  }

  clear(): void {
    for (const shelf of this.#shelves.splice(0)) letGo(shelf);
  }
}
