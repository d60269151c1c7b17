import type { Timed, Timers } from "../foundation/mod.ts";
import type { SealedLog } from "./kv/sealed_log.ts";

/** A record that is to go. */
interface Leaving {
  readonly id: number;
  /** Grows by one with each. */
  readonly turn: number;
}

/** How long records may wait for a write with which they can go. */
const PATIENCE_MS = 30_000;

/**
 * Records of versions that hold no more. To remove them costs a commit of its own, so they go with the next write, or after a
 * while by themselves. They are known again when the log is opened: nothing is lost with this list.
 *
 * What stands against older records (the word that a document is gone) goes last: only when everything that was to go before it
 * has gone, whatever fails in between, for an old version without it would be back.
 */
export class DocumentLeavings implements Timed {
  readonly #log: SealedLog;
  readonly #timers: Timers;
  #turn = 0;
  #waiting: Leaving[] = [];
  /** Turns of all that has not gone, waiting or on its way; the first is the oldest. */
  readonly #here = new Set<number>();
  #last: Leaving[] = [];
  #armed = false;

  constructor(log: SealedLog, timers: Timers) {
    this.#log = log;
    this.#timers = timers;
  }

  /** Records that have not gone. */
  get size(): number {
    return this.#here.size + this.#last.length;
  }

  leave(id: number): void {
    const leaving = { id, turn: ++this.#turn };
    this.#here.add(leaving.turn);
    this.#wait(leaving);
  }

  /** Goes when all that is here now has gone. */
  leaveLast(id: number): void {
    this.#last.push({ id, turn: ++this.#turn });
    this.#arm();
  }

  /** To be called when a write has just been given to the log: this goes with it. */
  go(): void {
    this.#free();
    const leaving = this.#waiting;
    if (leaving.length === 0) return;
    this.#waiting = [];
    for (const one of leaving) {
      this.#log.remove(one.id, null, true, (error) => {
        if (error !== null) {
          if (error.kind !== "closed") this.#wait(one);
          return;
        }
        this.#here.delete(one.turn);
        if (this.#last.length > 0) this.#arm();
      });
    }
  }

  onTimer(): void {
    this.#armed = false;
    this.go();
  }

  /** Lets those go that had to wait for others. */
  #free(): void {
    if (this.#last.length === 0) return;
    const [oldest = Infinity] = this.#here;
    const kept = this.#last.filter(({ turn }) => turn > oldest);
    for (const leaving of this.#last) {
      if (leaving.turn > oldest) continue;
      this.#here.add(leaving.turn);
      this.#waiting.push(leaving);
    }
    this.#last = kept;
  }

  #wait(leaving: Leaving): void {
    this.#waiting.push(leaving);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#timers.start(PATIENCE_MS, this, 0);
  }
}
