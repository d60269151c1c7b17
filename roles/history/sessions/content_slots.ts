import type { Clock } from "../../../foundation/mod.ts";
import { type Contents, type ContentWriter, StorageError } from "../../../storage/mod.ts";

/** Bodies that are written at the same time for all sessions; the store has 64 writers, and what waits for absent users needs most. */
const MOST = 24;
/** Of which nothing has come for so long, its place is another's. */
const STALLED_MS = 30_000;

/** Whoever has a place. */
export interface SlotUser {
  /** When octets came last, monotonic ms. */
  readonly movedAt: number;
  /** Its place is given to another one: its writer is abandoned. */
  displaced(error: StorageError): void;
}

/** Places for bodies that are written while they come in, as fast as their senders send. */
export class ContentSlots {
  readonly #contents: Pick<Contents, "write">;
  readonly #clock: Clock;
  readonly #users = new Set<SlotUser>();

  constructor(contents: Pick<Contents, "write">, clock: Clock) {
    this.#contents = contents;
    this.#clock = clock;
  }

  get size(): number {
    return this.#users.size;
  }

  /** The caller gives it back with `leave`. Throws StorageError where there is no room. */
  take(user: SlotUser): ContentWriter {
    if (this.#users.size >= MOST) this.#displace();
    if (this.#users.size >= MOST) throw new StorageError("full", "too many long messages are being recorded");
    const writer = this.#contents.write();
    this.#users.add(user);
    return writer;
  }

  leave(user: SlotUser): void {
    this.#users.delete(user);
  }

  #displace(): void {
    const before = this.#clock.monotonic() - STALLED_MS;
    for (const user of this.#users) {
      if (user.movedAt > before) continue;
      this.#users.delete(user);
      return user.displaced(new StorageError("full", "a long message did not go on, and others need its place"));
    }
  }
}
