import type { Clock, Log, Timed, Timer, Timers } from "../../foundation/mod.ts";
import type { History } from "../../storage/mod.ts";
import type { Row } from "../sip_core/mod.ts";
import type { PushDeps } from "../session_media/mod.ts";
import { HistoryDocuments } from "./documents/history_documents.ts";
import type { HistorySettings } from "./history_settings.ts";
import { retrievalRow } from "./retrieval/retrieval_element.ts";
import { Retrievals } from "./retrieval/retrievals.ts";
import { CONV_HISTORY_AUID, CONV_HISTORY_NAME, isRecordingReference } from "./service_names.ts";

export interface RecordedConversationsParts {
  readonly history: Pick<History, "list" | "find" | "read" | "change" | "remove">;
  /** Live. */
  readonly settings: HistorySettings;
  readonly push: PushDeps;
  /** A user's document is another one: `documentRemade` of XDM. */
  readonly remade: (key: { readonly auid: string; readonly owner: string; readonly name: string }) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Documents that changed are told so much later, each once: a conversation that goes on changes its document with each message. */
const TELL_MS = 500;

/**
 * Recorded conversations, as their owners get them back (oma-reference §3.5, §5.8): the document, retrieval and deletion. All of it is
 * made from the store each time. What is recorded can be had and deleted also while nothing may be recorded.
 */
export class RecordedConversations implements Timed {
  /** For the document server. */
  readonly documents: HistoryDocuments;
  /** For the routing table, before "subscribe" and before the row of commands. */
  readonly row: Row;
  readonly #parts: RecordedConversationsParts;
  readonly #retrievals: Retrievals;
  /** Owners whose document is another one since it was told last. */
  readonly #changed = new Set<string>();
  #telling: Timer | null = null;

  constructor(parts: RecordedConversationsParts) {
    this.#parts = parts;
    const { history, settings, push, clock, log } = parts;
    this.documents = new HistoryDocuments({ history, settings, clock });
    this.#retrievals = new Retrievals({ push, history, log });
    this.row = retrievalRow({ clock, retrieve: (exchange, aor) => this.#retrievals.begin(exchange, aor) });
  }

  /** A user's recordings are others: to be called by `History.onChanged`. */
  changed(owner: string): void {
    this.#changed.add(owner);
    this.#telling ??= this.#parts.timers.start(TELL_MS, this, 0);
  }

  onTimer(): void {
    this.#telling = null;
    const owners = [...this.#changed];
    this.#changed.clear();
    for (const owner of owners) this.#parts.remade({ auid: CONV_HISTORY_AUID, owner, name: CONV_HISTORY_NAME });
  }

  // What `sip:delete@domain` deletes besides messages that wait (`OtherReferences` of roles/deferred).

  isOne(reference: string): boolean {
    return isRecordingReference(reference);
  }

  hasAll(aor: string, references: readonly string[]): boolean {
    return references.every((reference) => this.#parts.history.find(aor, reference) !== undefined);
  }

  async remove(aor: string, references: readonly string[]): Promise<void> {
    await this.#parts.history.remove(aor, references);
  }

  /** A user may receive no longer, or not with the password of before. */
  end(aor: string): void {
    this.#retrievals.end(aor);
  }

  /** Retrievals end. While the doors are open. */
  stop(): void {
    this.#telling?.stop();
    this.#telling = null;
    this.#retrievals.stop();
  }
}
