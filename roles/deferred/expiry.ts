import type { Log } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage, DeferredMessages } from "../../storage/mod.ts";
import type { DeliveryNotes } from "./delivery_notes.ts";

export interface ExpiryParts {
  readonly store: Pick<DeferredMessages, "expiring" | "expire" | "read">;
  readonly notes: DeliveryNotes;
  readonly log: Log;
  /** Tells the sender where that was asked for; a promise where the content is read first, which then stays so long. */
  readonly undelivered: (message: DeferredMessage) => void | Promise<void>;
  /** It is gone. */
  readonly forget: (entry: DeferredEntry) => void;
}

/** The end of messages that nobody took in time: told first, then removed, so that a crash between tells it again. */
export class Expiry {
  readonly #parts: ExpiryParts;
  #sweeping = false;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** One at a time; what expires meanwhile is for the next one. */
  sweep(now: number): void {
    if (this.#sweeping) return;
    const { store, log } = this.#parts;
    const entries = store.expiring(now);
    if (entries.length === 0) return this.#remove(now);
    this.#sweeping = true;
    this.#tell(entries).catch((error: Error) => {
      log.error("expired messages could not be told of", { error: error.stack ?? error.message });
    }).finally(() => {
      this.#sweeping = false;
      this.#remove(now);
    });
  }

  async #tell(entries: readonly DeferredEntry[]): Promise<void> {
    const { store, notes, log, undelivered } = this.#parts;
    for (const entry of entries) {
      const message = await store.read(entry.id, true).catch((error: Error) => {
        log.warn("expired message could not be read", { id: entry.id, error: error.message });
        return null;
      });
      notes.expired(entry, message);
      if (message !== null) await undelivered(message);
    }
  }

  #remove(now: number): void {
    for (const entry of this.#parts.store.expire(now)) this.#parts.forget(entry);
  }
}
