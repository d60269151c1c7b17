import { createHash } from "node:crypto";
import type { Clock } from "../../../foundation/mod.ts";
import type { DocumentFacts, History, Recording } from "../../../storage/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import type { XmlDocument } from "../../../transport/xml/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import { CONV_HISTORY_AUID, CONV_HISTORY_NAME } from "../service_names.ts";
import { changesBetween } from "./document_changes.ts";
import { historyDocument } from "./history_document.ts";
import { type RecordingChange, refusalOfChange } from "./recording_change.ts";

export interface HistoryDocumentsParts {
  readonly history: Pick<History, "list" | "find" | "change" | "remove">;
  /** Live. */
  readonly settings: HistorySettings;
  readonly clock: Clock;
}

/** Sizes of documents that were read, by owner. */
const SIZES = 10_000;

/**
 * The documents `org.openmobilealliance.conv-history` (oma-reference §3.5, §5.8): each is what its owner has recorded, made when it
 * is asked for. Names, subject and expiry that are written there are those of the recording; taking a `history` out deletes it with
 * all that was said (HST-2). It has the shape of `ServedDocuments` of roles/xdm, which this room does not know.
 */
export class HistoryDocuments {
  readonly auid = CONV_HISTORY_AUID;
  readonly #parts: HistoryDocumentsParts;
  readonly #sizes = new Map<string, { readonly etag: string; readonly size: number }>();

  constructor(parts: HistoryDocumentsParts) {
    this.#parts = parts;
  }

  /** Where nothing is recorded there is no document. */
  find(owner: string, name: string): DocumentFacts | undefined {
    if (name !== CONV_HISTORY_NAME || owner === "") return undefined;
    return this.#facts(owner, this.#parts.history.list(owner));
  }

  list(owner: string): DocumentFacts[] {
    const facts = this.find(owner, CONV_HISTORY_NAME);
    return facts === undefined ? [] : [facts];
  }

  read(owner: string, name: string): Promise<{ readonly facts: DocumentFacts; readonly text: string } | null> {
    const facts = this.find(owner, name);
    if (facts === undefined) return Promise.resolve(null);
    const { text, size } = historyDocument(this.#parts.history.list(owner));
    this.#sizes.delete(owner);
    this.#sizes.set(owner, { etag: facts.etag, size });
    if (this.#sizes.size > SIZES) this.#sizes.delete(this.#sizes.keys().next().value!);
    return Promise.resolve({ facts: { ...facts, size }, text });
  }

  /**
   * Carries out what was written: changes of recordings, or the removal of those whose `history` is not in `after`. A PUT may take
   * out none, since its writer may not have seen the newest. DELETE of the whole document removes what was listed and is over; what is
   * still recorded stays. Rejects with XcapProblem where something cannot be done, and then nothing is; with StorageError.
   */
  async change(
    owner: string,
    how: "put" | "remove",
    before: XmlDocument | null,
    after: XmlDocument | null,
  ): Promise<void> {
    if (before === null) throw refused("only the server begins this document");
    const { changed, removed, added } = changesBetween(before, after);
    if (added) throw refused("only the server adds entries");
    if (how === "put" && removed.length > 0) throw refused("a PUT removes no recording; DELETE its history element");
    this.#check(owner, changed);
    await this.#changeAll(owner, changed);
    const gone = after === null ? removed.filter((reference) => !this.#isOpen(owner, reference)) : removed;
    if (gone.length > 0) await this.#parts.history.remove(owner, gone);
  }

  #check(owner: string, changed: ReadonlyMap<string, RecordingChange>): void {
    const { history, settings, clock } = this.#parts;
    for (const [reference, change] of changed) {
      const recording = history.find(owner, reference);
      if (recording === undefined) throw refused(`${reference} is not there any more`);
      const reason = refusalOfChange(recording, change, settings, clock.now());
      if (reason !== null) throw refused(`${reference}: ${reason}`);
    }
  }

  /** All of them, or none: what was changed before one fails is put back. */
  async #changeAll(owner: string, changed: ReadonlyMap<string, RecordingChange>): Promise<void> {
    const { history } = this.#parts;
    const done: Recording[] = [];
    try {
      for (const [reference, change] of changed) {
        const before = history.find(owner, reference);
        const now = await history.change(owner, reference, change);
        if (before === undefined || now === null) throw refused(`${reference} is not there any more`);
        done.push(before);
      }
    } catch (error) {
      for (const { reference, name, subject, expiresAt } of done) {
        await history.change(owner, reference, { name, subject, expiresAt });
      }
      throw error;
    }
  }

  #isOpen(owner: string, reference: string): boolean {
    return this.#parts.history.find(owner, reference)?.open === true;
  }

  #facts(owner: string, recordings: readonly Recording[]): DocumentFacts | undefined {
    if (recordings.length === 0) return undefined;
    const etag = tagOf(recordings);
    const known = this.#sizes.get(owner);
    return {
      auid: this.auid,
      owner,
      name: CONV_HISTORY_NAME,
      etag,
      modifiedAt: Math.min(recordings[0].endedAt, this.#parts.clock.now()),
      size: known?.etag === etag ? known.size : 0,
    };
  }
}

/**
 * Never the same for two states: whatever changes or comes has the highest version from then on, and while that one stands, others
 * can only go, which their number tells.
 */
function tagOf(recordings: readonly Recording[]): string {
  let newest = recordings[0];
  for (const recording of recordings) if (recording.version > newest.version) newest = recording;
  const state = `${newest.reference} ${newest.version} ${recordings.length}`;
  return createHash("sha256").update(state).digest("base64url").slice(0, 16);
}

function refused(why: string): XcapProblem {
  return new XcapProblem(
    409,
    `${why}; allowed: to change subject, recording-name and expiry, and to remove a history, or the whole document.`,
    { element: "constraint-failure" },
  );
}
