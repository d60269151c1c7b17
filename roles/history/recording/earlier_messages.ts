import type { Clock } from "../../../foundation/mod.ts";
import type { History } from "../../../storage/mod.ts";
import type { Listener } from "./desk_types.ts";
import { markOf } from "./known_messages.ts";

/** So long after a restart, and before it, a message may be sent again whose sender has no answer (RFC 3261 §17.1.2: 32 s). */
const AGAIN_MS = 300_000;
/** Of the owner's latest conversations; messages of one read for it. */
const MOST_RECORDINGS = 200;
const MOST_MESSAGES = 20_000;
const PAGE = 500;

type Found = readonly (readonly [mark: number, owner: string])[];

/**
 * Messages that were recorded just before the box went down: their senders may not know, and send them again. A store that took a message
 * knows it again, and the history has to, too.
 */
export class EarlierMessages {
  readonly #history: Pick<History, "list" | "read">;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(history: Pick<History, "list" | "read">, clock: Clock) {
    this.#history = history;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** Those of these owners in conversations with the same party; null, the usual case: there can be none. Rejects with StorageError, DamageError. */
  of(owners: readonly Listener[], kind: "pager" | "large"): Promise<Found> | null {
    if (this.#clock.monotonic() - this.#startedAt > AGAIN_MS) return null;
    const since = this.#clock.now() - 2 * AGAIN_MS;
    const named: { readonly owner: string; readonly reference: string }[] = [];
    for (const { aor, with: other } of owners) {
      let looked = 0;
      for (const recording of this.#history.list(aor)) {
        if (++looked > MOST_RECORDINGS) break;
        if (recording.kind !== kind || recording.with !== other || recording.endedAt < since) continue;
        named.push({ owner: aor, reference: recording.reference });
      }
    }
    return named.length === 0 ? null : this.#read(named, since);
  }

  async #read(named: readonly { readonly owner: string; readonly reference: string }[], since: number): Promise<Found> {
    const found: (readonly [number, string])[] = [];
    for (const { owner, reference } of named) {
      for (let after = 0, read = 0; read < MOST_MESSAGES;) {
        const messages = await this.#history.read(owner, reference, after, PAGE);
        if (messages.length === 0) break;
        for (const message of messages) if (message.at >= since) found.push([markOf(message), owner]);
        read += messages.length;
        after = messages[messages.length - 1].seq;
      }
    }
    return found;
  }
}
