import type { Clock, Log, Timed, Timers } from "../../../foundation/mod.ts";
import type { StorageError } from "../../../storage/mod.ts";
import type { Teller } from "../../deferred/mod.ts";

export interface StoreTroubleParts {
  readonly teller: Teller;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const CAUSE = "history.failed";
const TEXT =
  "Something of what you wanted recorded could not be kept: the service's store had a fault. It was delivered all the same.";
const EVERY_MS = 60_000;
/** Recorders that are to be told. */
const MOST = 10_000;

/**
 * What the store could not keep: logged once a minute at most. Recorders are told once, when the store can keep the notice; again only
 * after something of theirs was kept meanwhile.
 */
export class StoreTrouble implements Timed {
  readonly #parts: StoreTroubleParts;
  /** To be told at the next turn. */
  readonly #due = new Set<string>();
  readonly #told = new Set<string>();
  #loggedAt = -Infinity;
  /** Not logged since. */
  #missed = 0;
  #waiting = false;
  #stopped = false;

  constructor(parts: StoreTroubleParts) {
    this.#parts = parts;
  }

  failed(owners: Iterable<string>, error: StorageError): void {
    for (const owner of owners) {
      this.#missed++;
      if (!this.#told.has(owner) && this.#due.size < MOST) this.#due.add(owner);
    }
    this.#log(error);
    this.#wait();
  }

  /** Something was kept for this one again. */
  kept(owner: string): void {
    if (this.#told.size === 0 || !this.#told.delete(owner)) return;
    this.#parts.teller.forget(owner, CAUSE).catch((error: unknown) => this.#untold(owner, error));
  }

  onTimer(): void {
    this.#waiting = false;
    if (this.#stopped) return;
    const due = [...this.#due];
    this.#due.clear();
    for (const owner of due) {
      if (this.#told.size >= MOST) this.#told.clear();
      this.#told.add(owner);
      this.#parts.teller.tell(owner, CAUSE, TEXT).catch((error: unknown) => this.#untold(owner, error));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #log(error: StorageError): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#loggedAt < EVERY_MS) return;
    this.#loggedAt = now;
    this.#parts.log.error("what is said is delivered, but cannot be recorded", {
      kind: error.kind,
      messages: this.#missed,
      error: error.message,
    });
    this.#missed = 0;
  }

  #wait(): void {
    if (this.#waiting || this.#due.size === 0 || this.#stopped) return;
    this.#waiting = true;
    this.#parts.timers.start(EVERY_MS, this, 0);
  }

  /** The notice itself could not be kept, most likely for the same reason: later. */
  #untold(owner: string, error: unknown): void {
    this.#told.delete(owner);
    this.#due.add(owner);
    this.#parts.log.debug("a recorder could not be told that something is missing", {
      user: owner,
      error: String(error),
    });
    this.#wait();
  }
}
