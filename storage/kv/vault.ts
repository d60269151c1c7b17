import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";
import type { Timed, Timers } from "../../foundation/mod.ts";
import { StorageError } from "../repositories.ts";
import { fileInfo, writeDurably } from "./durable_file.ts";
import type { Place } from "./place.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

/** Octets of a slot: a key. */
export const SLOT_OCTETS = 32;
/** Slots that are made at once. */
const BLOCK = 1024;
/** With fewer that are free, more are made in the background. */
const LOW = 512;
const HEAD_OCTETS = 64;
const MAGIC = Buffer.from("parley vault file 1\n", "latin1");
const ID_AT = 24;
const ID_OCTETS = 16;
const RESTORED_AT = 48;
const RETRY_MS = 5_000;
/** More than this are in no backup. */
const MAX_SLOTS = 4 * 1024 * 1024;
const COUNT_OCTETS = 4;
const PACKED_OCTETS = COUNT_OCTETS + SLOT_OCTETS;

/** Beside the key file, and by its name. */
export function vaultPath({ keyFile }: Pick<Place, "keyFile">): string {
  return `${keyFile}.vault`;
}

/** Keys that can be destroyed. */
export interface Slots {
  /** A slot that nobody uses, whose key is on disk. Throws StorageError where none can be made. */
  claim(): number;
  /** Its 32 octets; valid until it is renewed. */
  key(slot: number): Uint8Array;
  /**
   * Whoever used them needs them no longer: they are overwritten with fresh random octets, and free again. Resolves when that is on
   * disk. Rejects with StorageError; then it is tried again, and what is not done by the next start is done there.
   */
  renew(slots: readonly number[]): Promise<void>;
}

/** Who waits for slots to be written anew. */
interface Waiting {
  readonly slots: readonly number[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Keys in a file of their own that is overwritten in place, so that what was encrypted with one can be made unreadable for good, whatever
 * the database, its log and its free pages still hold.
 *
 *     magic (24), id of the key file (16), zeros (8), 1 if it comes from a backup (1), zeros (15)
 *     32 random octets a slot
 *
 * A slot is on disk before it is used: they are made in blocks. Nothing says which are in use but the records that name them.
 */
export class Vault implements Slots, Timed {
  readonly path: string;
  /** It comes from a backup, whose database is some moments older: what does not open had been removed by then. */
  readonly restored: boolean;
  readonly #timers: Timers;
  #octets: Uint8Array;
  readonly #free: number[] = [];
  #used = new Uint8Array(0);
  #file: Deno.FsFile;
  /** Slots that are being made: on disk perhaps, and nobody's yet. */
  #block: Uint8Array | null = null;
  #growing: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  #renewing: Promise<void> | null = null;
  #closed = false;

  private constructor(path: string, octets: Uint8Array, restored: boolean, timers: Timers) {
    this.path = path;
    this.#timers = timers;
    this.restored = restored;
    this.#octets = octets;
    this.#used = new Uint8Array(octets.length / SLOT_OCTETS);
    this.#file = Deno.openSync(path, { read: true, write: true });
  }

  /** Null where there is none. Throws StoreRefusal for one that is damaged, or belongs to another key file. */
  static open(path: string, ringId: string, timers: Timers): Vault | null {
    const info = fileInfo(path);
    if (info === null) return null;
    if (!info.isFile) throw new StoreRefusal(path, "is not a file");
    const content = Deno.readFileSync(path);
    const head = Buffer.from(content.buffer, content.byteOffset, Math.min(HEAD_OCTETS, content.length));
    if (head.length < HEAD_OCTETS || !head.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new StoreRefusal(path, "is a damaged vault, or none (it does not begin as one); restore it from a backup");
    }
    const id = head.toString("latin1", ID_AT, ID_AT + ID_OCTETS);
    if (id !== ringId) {
      throw new StoreRefusal(path, `is the vault of another database: it belongs to key file ${id}, not ${ringId}`);
    }
    // What a crash left of a block that was being made is not whole, and was never used.
    const slots = Math.floor((content.length - HEAD_OCTETS) / SLOT_OCTETS);
    const octets = content.slice(HEAD_OCTETS, HEAD_OCTETS + slots * SLOT_OCTETS);
    return new Vault(path, octets, head[RESTORED_AT] === 1, timers);
  }

  static create(path: string, ringId: string, timers: Timers): Vault {
    const octets = new Uint8Array(BLOCK * SLOT_OCTETS);
    randomFillSync(octets);
    writeDurably(path, encode(ringId, false, octets));
    const vault = new Vault(path, octets, false, timers);
    for (let slot = BLOCK - 1; slot >= 0; slot--) vault.#free.push(slot);
    return vault;
  }

  /** Slots there are. */
  get size(): number {
    return this.#used.length;
  }

  /** Those in use. */
  get used(): number {
    let used = 0;
    for (const one of this.#used) used += one;
    return used;
  }

  key(slot: number): Uint8Array {
    return this.#octets.subarray(slot * SLOT_OCTETS, (slot + 1) * SLOT_OCTETS);
  }

  /** Before `begin`: that slot is in use. */
  use(slot: number): void {
    this.#used[slot] = 1;
  }

  /** All slots in use have been named: the others are written anew, and can be claimed when that is on disk. */
  begin(): void {
    const others: number[] = [];
    for (let slot = this.size - 1; slot >= 0; slot--) if (this.#used[slot] === 0) others.push(slot);
    for (const slot of others) randomFillSync(this.key(slot));
    try {
      for (const [at, octets] of runsOf(this.#octets, others)) writeAt(this.#file, at, octets);
      this.#file.syncDataSync();
    } catch (cause) {
      throw new StoreRefusal(this.path, `cannot be written: ${reasonOf(cause)}`, { cause });
    }
    for (const slot of others) this.#free.push(slot);
  }

  /** What a restored one does not open is gone from the database: from now on that is damage. Throws StorageError. */
  trust(): void {
    if (this.#closed) return;
    try {
      writeAt(this.#file, RESTORED_AT, Uint8Array.of(0));
      this.#file.syncDataSync();
    } catch (cause) {
      throw new StorageError("failed", `the vault cannot be written: ${reasonOf(cause)}`, { cause });
    }
  }

  claim(): number {
    if (this.#free.length < LOW) {
      if (this.#free.length === 0) this.#growNow();
      else this.#growSoon();
    }
    const slot = this.#free.pop()!;
    this.#used[slot] = 1;
    return slot;
  }

  renew(slots: readonly number[]): Promise<void> {
    if (slots.length === 0) return Promise.resolve();
    // Another process may have it open by now. Its start renews them.
    if (this.#closed) return Promise.reject(new StorageError("closed", "the vault is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ slots, resolve, reject });
    // Soon, so that all that go in one turn go in one write.
    this.#renewing ??= Promise.resolve().then(() => this.#renew());
    return promise;
  }

  /** Slots in use, each with its number, as a backup takes them along: how many slots there are (4), then number (4) and key of each. */
  packed(): Uint8Array {
    const packed = new Uint8Array(COUNT_OCTETS + this.used * PACKED_OCTETS);
    const view = new DataView(packed.buffer);
    view.setUint32(0, this.size);
    let at = COUNT_OCTETS;
    for (let slot = 0; slot < this.size; slot++) {
      if (this.#used[slot] === 0) continue;
      view.setUint32(at, slot);
      packed.set(this.key(slot), at + COUNT_OCTETS);
      at += PACKED_OCTETS;
    }
    return packed;
  }

  onTimer(): void {
    if (!this.#closed) this.#renewing ??= this.#renew();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#renewing;
    await this.#growing;
    this.#file.close();
  }

  async #renew(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Slots of a block that is being written might else be written over by it.
      await this.#growing;
      const batch = this.#waiting.splice(0);
      const slots = [...new Set(batch.flatMap(({ slots }) => slots))].filter((slot) => this.#used[slot] === 1);
      for (const slot of slots) randomFillSync(this.key(slot));
      try {
        await write(this.path, runsOf(this.#octets, slots));
      } catch (cause) {
        const error = new StorageError("failed", `the vault cannot be written: ${reasonOf(cause)}`, { cause });
        for (const { reject } of batch) reject(error);
        this.#again(slots);
        break;
      }
      for (const slot of slots) {
        this.#used[slot] = 0;
        this.#free.push(slot);
      }
      for (const { resolve } of batch) resolve();
    }
    this.#renewing = null;
  }

  #again(slots: readonly number[]): void {
    if (this.#closed) return;
    // Nobody waits for it any more.
    const nobody = () => {};
    this.#waiting.push({ slots, resolve: nobody, reject: nobody });
    this.#timers.start(RETRY_MS, this, 0);
  }

  #growNow(): void {
    // Where one is being written it is the same one, at the same place.
    const block = this.#block ?? newBlock();
    try {
      writeAt(this.#file, HEAD_OCTETS + this.#octets.length, block);
      this.#file.syncDataSync();
    } catch (cause) {
      const kind = /no space left|quota exceeded/i.test(reasonOf(cause)) ? "full" : "failed";
      throw new StorageError(kind, `the vault cannot grow: ${reasonOf(cause)}`, { cause });
    }
    this.#block = null;
    this.#add(block);
  }

  #growSoon(): void {
    if (this.#growing !== null || this.#closed) return;
    const block = this.#block = newBlock();
    this.#growing = write(this.path, [[HEAD_OCTETS + this.#octets.length, block]]).then(
      () => {
        if (this.#block === block) this.#add(block);
      },
      // Whoever finds no slot left tries again, and has the error.
      () => {},
    ).finally(() => {
      this.#growing = null;
      if (this.#block === block) this.#block = null;
    });
  }

  #add(block: Uint8Array): void {
    const first = this.size;
    const octets = new Uint8Array(this.#octets.length + block.length);
    octets.set(this.#octets);
    octets.set(block, this.#octets.length);
    this.#octets = octets;
    const used = new Uint8Array(octets.length / SLOT_OCTETS);
    used.set(this.#used);
    this.#used = used;
    for (let slot = used.length - 1; slot >= first; slot--) this.#free.push(slot);
  }
}

/** A vault file for a restore, from `packed`: slots that were not in use are zeros. Throws RangeError for what is not packed. */
export function restoredVault(ringId: string, packed: Uint8Array): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const count = view.getUint32(0);
  if ((packed.length - COUNT_OCTETS) % PACKED_OCTETS !== 0 || count > MAX_SLOTS) {
    throw new RangeError(`${packed.length} octets are no packed vault of ${count} slots`);
  }
  const octets = new Uint8Array(count * SLOT_OCTETS);
  for (let at = COUNT_OCTETS; at < packed.length; at += PACKED_OCTETS) {
    octets.set(packed.subarray(at + COUNT_OCTETS, at + PACKED_OCTETS), view.getUint32(at) * SLOT_OCTETS);
  }
  return encode(ringId, true, octets);
}

/** A packed vault without slots. */
export const NO_SLOTS: Uint8Array = new Uint8Array(4);

function encode(ringId: string, restored: boolean, octets: Uint8Array): Uint8Array {
  const content = Buffer.alloc(HEAD_OCTETS + octets.length);
  MAGIC.copy(content);
  content.write(ringId, ID_AT, ID_OCTETS, "latin1");
  content[RESTORED_AT] = restored ? 1 : 0;
  content.set(octets, HEAD_OCTETS);
  return content;
}

function newBlock(): Uint8Array {
  return randomFillSync(new Uint8Array(BLOCK * SLOT_OCTETS));
}

type Run = readonly [at: number, octets: Uint8Array];

/** Where slots stand in the file, neighbours together. */
function runsOf(octets: Uint8Array, slots: readonly number[]): Run[] {
  const runs: Run[] = [];
  const order = Uint32Array.from(slots).sort();
  for (let i = 0; i < order.length;) {
    let end = i + 1;
    while (end < order.length && order[end] === order[end - 1] + 1) end++;
    const from = order[i] * SLOT_OCTETS;
    runs.push([HEAD_OCTETS + from, octets.subarray(from, (order[end - 1] + 1) * SLOT_OCTETS)]);
    i = end;
  }
  return runs;
}

function writeAt(file: Deno.FsFile, at: number, octets: Uint8Array): void {
  file.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < octets.length;) done += file.writeSync(octets.subarray(done));
}

/** Writes in place, and syncs, beside everything else that goes on. */
async function write(path: string, runs: readonly Run[]): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (const [at, octets] of runs) {
    await file.seek(at, Deno.SeekMode.Start);
    for (let done = 0; done < octets.length;) done += await file.write(octets.subarray(done));
  }
  await file.syncData();
}
