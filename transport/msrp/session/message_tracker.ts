import { type Clock, detached } from "../../../foundation/mod.ts";

interface Outcome {
  status: number;
  readonly since: number;
}

/**
 * Messages of one peer that are done with, by Message-ID: what is sent again after a lost connection (RFC 4975 §5.4) is
 * answered again, and told nobody twice. Handed from a session to the one that replaces it.
 */
export class MessageTracker {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #keep: number;
  /** In the order in which they were done with. */
  readonly #outcomes = new Map<string, Outcome>();

  /** `most`: ids remembered, the oldest goes first. `keep_ms`: how long at most. */
  constructor(clock: Clock, most = 256, keep_ms = 600_000) {
    this.#clock = clock;
    this.#most = most;
    this.#keep = keep_ms;
  }

  get size(): number {
    return this.#outcomes.size;
  }

  /** 200, the status it was refused with, LATER while its taker has not said; undefined for a message that is not known. */
  outcome(messageId: string): number | undefined {
    const outcome = this.#outcomes.get(messageId);
    if (outcome === undefined) return undefined;
    if (this.#clock.monotonic() - outcome.since < this.#keep) return outcome.status;
    this.#outcomes.delete(messageId);
    return undefined;
  }

  done(messageId: string, status: number): void {
    const known = this.#outcomes.get(messageId);
    if (known !== undefined) {
      known.status = status;
      return;
    }
    const now = this.#clock.monotonic();
    for (const [id, { since }] of this.#outcomes) {
      if (this.#outcomes.size < this.#most && now - since < this.#keep) break;
      this.#outcomes.delete(id);
    }
    this.#outcomes.set(detached(messageId), { status, since: now });
  }

  /** The sender may send it again from the start. */
  forget(messageId: string): void {
    this.#outcomes.delete(messageId);
  }
}
