import type { History, ReadMark, Recording } from "../../../storage/mod.ts";
import type { ReadMarkView } from "../../admin/services/mod.ts";
import { isOwn } from "./conversation_views.ts";

/** Messages looked at for one mark, and for all marks of one answer. */
const EACH = 500, ALL = 5000;
/** Read at once. */
const PAGE = 100;
const NOTHING_READ: ReadMark = { at: 0, reference: "", seq: 0 };

/** How far a user has read, and how much has come since, counted from what is recorded. */
export class UnreadCount {
  readonly #history: Pick<History, "read">;
  readonly #owner: string;
  #left = ALL;

  constructor(history: Pick<History, "read">, owner: string) {
    this.#history = history;
    this.#owner = owner;
  }

  /** @param recordings with that one, the latest first. Rejects with StorageError and DamageError. */
  async of(peer: string, recordings: readonly Recording[], mark = NOTHING_READ): Promise<ReadMarkView> {
    let unread = 0, left = Math.min(EACH, this.#left), more = false;
    for (const recording of recordings) {
      const here = recording.reference === mark.reference;
      if (!here && recording.endedAt <= mark.at) continue;
      for (let after = here ? mark.seq : 0;;) {
        if (left <= 0) {
          more = true;
          break;
        }
        const page = await this.#history.read(this.#owner, recording.reference, after, Math.min(PAGE, left));
        if (page.length === 0) break;
        for (const message of page) {
          if (!isOwn(message, recording) && (here || message.at > mark.at)) unread++;
        }
        after = page[page.length - 1].seq;
        left -= page.length;
        this.#left -= page.length;
      }
      if (more) break;
    }
    return { with: peer, at: mark.at, reference: mark.reference, seq: mark.seq, unread, more };
  }
}
