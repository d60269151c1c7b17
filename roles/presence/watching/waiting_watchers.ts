import type { Log, Timed, Timers } from "../../../foundation/mod.ts";
import type { Records } from "../../../storage/mod.ts";
import type { WaitingWatcher } from "../../../transport/presence/mod.ts";

/** Who waits, and for whose decision. */
export interface WaitingRecord extends WaitingWatcher {
  readonly presentity: string;
}

/** Records in one write, and when a write that failed is tried again. */
const AT_ONCE = 200, AGAIN_MS = 10_000;

/**
 * Watchers whose subscription ran out before anybody decided about it, in the store (RFC 3857 §4.7.1): the owner learns of them
 * also after a restart. Written behind, the newest state of each; what came and went meanwhile is not written at all.
 */
export class WaitingWatchers implements Timed {
  readonly #records: Records<WaitingRecord>;
  readonly #timers: Timers;
  readonly #log: Log;
  /** By id; null where the record is to go. */
  readonly #dirty = new Map<string, WaitingRecord | null>();
  /** As `waits` and `left` said. */
  #size: number;
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();

  constructor(records: Records<WaitingRecord>, { timers, log }: { readonly timers: Timers; readonly log: Log }) {
    this.#records = records;
    this.#timers = timers;
    this.#log = log;
    this.#size = records.size;
  }

  /** Those who wait. */
  get size(): number {
    return this.#size;
  }

  /** All that are stored. */
  stored(): WaitingRecord[] {
    return [...this.#records.entries()].map(([, record]) => record);
  }

  waits(record: WaitingRecord): void {
    this.#size++;
    this.#dirty.set(record.id, record);
    this.#write();
  }

  left(id: string): void {
    this.#size--;
    this.#dirty.set(id, null);
    this.#write();
  }

  /** Settles when all that is to be written has been, or the store does not take it. */
  async flush(): Promise<void> {
    while (this.#isWriting) await this.#written;
  }

  onTimer(): void {
    this.#write();
  }

  #write(): void {
    if (this.#isWriting || this.#dirty.size === 0) return;
    this.#isWriting = true;
    this.#written = this.#batch().then((isStored) => {
      this.#isWriting = false;
      if (isStored) this.#write();
      else this.#timers.start(AGAIN_MS, this, 0);
    });
  }

  /** False where the store did not take it: it is to be tried again later. */
  async #batch(): Promise<boolean> {
    const batch = [...this.#dirty].slice(0, AT_ONCE);
    for (const [id] of batch) this.#dirty.delete(id);
    const puts = batch.flatMap(([id, record]) => record === null ? [] : [[id, record] as const]);
    const gone = batch.filter(([id, record]) => record === null && this.#records.get(id) !== undefined);
    try {
      if (puts.length > 0) await this.#records.putAll(puts);
      await Promise.all(gone.map(([id]) => this.#records.remove(id)));
      return true;
    } catch (error) {
      this.#log.warn("waiting watchers cannot be stored", {
        error: error instanceof Error ? error.message : String(error),
        watchers: batch.length,
      });
      for (const [id, record] of batch) if (!this.#dirty.has(id)) this.#dirty.set(id, record);
      return false;
    }
  }
}
