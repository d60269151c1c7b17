import { Buffer } from "node:buffer";
import { type Clock, randomToken, type Timers } from "../foundation/mod.ts";
import {
  BOOT_LENGTH,
  decodeText,
  type DocumentEdit,
  EDIT_HEAD,
  encodeEdits,
  encodeGone,
  encodeParts,
  encodeWhole,
  INLINE_OCTETS,
  MAX_EDITS,
  MAX_KEY_OCTETS,
  type VersionHead,
  weightOfEdits,
} from "./document_codec.ts";
import { DocumentIndex, type DocumentKey, type DocumentVersion } from "./document_index.ts";
import { DocumentLeavings } from "./document_leavings.ts";
import { allOf, DocumentReplay, versionOf } from "./document_replay.ts";
import { DocumentTurns } from "./document_turns.ts";
import { storageErrorOf } from "./kv/group_commit.ts";
import { patiently } from "./kv/patience.ts";
import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import { type DocumentFacts, type DocumentOutcome, type Documents, StorageError } from "./repositories.ts";

/** How much may be stored. */
export interface DocumentLimits {
  /** Documents of all owners: their index is in memory, about 300 octets each. */
  readonly count: number;
  /** Octets of all of them. */
  readonly octets: number;
}

export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = { count: 200_000, octets: 4 * 1024 ** 3 };

/** Octets of one document, at most. */
export const MAX_DOCUMENT_OCTETS = 1024 * 1024;

/** A smaller text is written whole: a commit costs the same for it and for one edit. */
const EDITS_FROM_OCTETS = 16_384;
/** Edits may take this part of their document's octets; then it is written whole again. */
const EDITS_SHARE = 1 / 16;
/** Texts of blobs kept for reads, and for the edits that the next one joins. */
const CACHE_OCTETS = 4 * 1024 * 1024;
/** Dead records may take this much beyond the octets of live ones. */
const SLACK_OCTETS = 4 * 1024 * 1024;
const PATIENCE_MS = 10_000;
/** A document that is written again while it is read is read again. */
const READS = 5;

export interface DocumentsOptions extends Omit<SealedLogOptions, "name" | "cacheOctets" | "slackOctets"> {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits?: DocumentLimits;
  /** How long the store may take for an answer to a read. */
  readonly patience_ms?: number;
}

/**
 * Documents as records of a sealed log; in memory what is known of each, without its text. A version is one record: the whole
 * text, or all edits since a whole text. Each version is a new record, and the records of the version before go only when it is
 * committed: whatever becomes of a write, one whole version is there. Texts too large for a record stand in several, written
 * before the one that names them.
 */
export class LogDocuments implements Documents {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #limits: DocumentLimits;
  readonly #patience: number;
  readonly #index = new DocumentIndex();
  readonly #turns = new DocumentTurns();
  /** What tags of this opening begin with: a restored backup does not know what was given out behind it. */
  readonly #boot = randomToken(BOOT_LENGTH);
  #log!: SealedLog;
  #leavings!: DocumentLeavings;
  /** Of writes on their way. */
  #coming = { count: 0, octets: 0 };

  private constructor(options: DocumentsOptions) {
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#limits = options.limits ?? DEFAULT_DOCUMENT_LIMITS;
    this.#patience = options.patience_ms ?? PATIENCE_MS;
  }

  /** Reads the whole log. Rejects with DamageError. */
  static async open(options: DocumentsOptions): Promise<LogDocuments> {
    const documents = new LogDocuments(options);
    const replay = new DocumentReplay((key) => documents.#index.keep(key));
    const log = await SealedLog.open({
      ...options,
      name: "documents",
      cacheOctets: CACHE_OCTETS,
      slackOctets: SLACK_OCTETS,
    }, {
      onPut: (id, record) => replay.onPut(id, record),
      onRemoved: (id) => replay.onRemoved(id),
      onLate: (id) => documents.#withdraw(id),
    });
    documents.#log = log;
    documents.#leavings = new DocumentLeavings(log, options.timers);
    const { versions, leavings, removals } = replay.finish();
    documents.#index.fill(versions);
    for (const id of leavings) documents.#leavings.leave(id);
    for (const id of removals) documents.#leavings.leaveLast(id);
    return documents;
  }

  get count(): number {
    return this.#index.count;
  }
  get octets(): number {
    return this.#index.octets;
  }
  /** Octets that the log takes beyond live records, and records that are still to be cleared away; for tests. */
  get waste(): { readonly octets: number; readonly records: number } {
    return { octets: this.#log.deadOctets, records: this.#leavings.size };
  }

  find(auid: string, owner: string, name: string): DocumentFacts | undefined {
    return this.#index.find(auid, owner, name);
  }

  list(owner: string, auid?: string): DocumentFacts[] {
    return this.#index.list(owner, auid);
  }

  ofUsage(auid: string): Iterable<DocumentFacts> {
    return this.#index.ofUsage(auid);
  }

  /** Every document. */
  all(): Iterable<DocumentFacts> {
    return this.#index.all();
  }

  totals(owner: string): { readonly count: number; readonly octets: number } {
    return this.#index.totals(owner);
  }

  async read(
    auid: string,
    owner: string,
    name: string,
  ): Promise<{ readonly facts: DocumentFacts; readonly text: string } | null> {
    for (let attempt = 0; attempt < READS; attempt++) {
      const version = this.#index.find(auid, owner, name);
      if (version === undefined) return null;
      const text = await this.#textOf(version);
      if (text !== null) return { facts: version, text };
    }
    throw new StorageError("failed", `the document "${auid}/${name}" is not where it was written`);
  }

  /** Rejects with StorageError; with RangeError for a text or a key that is too large, or a text that is no Unicode. */
  async put(
    key: DocumentKey,
    text: string,
    expected: string | null,
    edit?: DocumentEdit,
  ): Promise<DocumentOutcome> {
    checkKey(key);
    const size = sizeOf(text);
    return await this.#turns.run(key.owner, size, async () => {
      const now = this.#index.find(key.auid, key.owner, key.name);
      if ((now?.etag ?? null) !== expected) return { kind: "conflict", facts: now ?? null };
      const admitted = { count: now === undefined ? 1 : 0, octets: Math.max(0, size - (now?.size ?? 0)) };
      this.#admit(admitted);
      try {
        const head = { boot: this.#boot, modifiedAt: this.#clock.now(), size, length: text.length };
        const facts = (edit === undefined ? null : await this.#putEdit(now, head, text, edit)) ??
          await this.#putWhole(now, this.#index.keep(key), head, text);
        return { kind: "written", facts };
      } finally {
        this.#coming.count -= admitted.count;
        this.#coming.octets -= admitted.octets;
      }
    });
  }

  async remove(key: DocumentKey, expected: string): Promise<DocumentOutcome> {
    return await this.#turns.run(key.owner, 0, async () => {
      const now = this.#index.find(key.auid, key.owner, key.name);
      if (now?.etag !== expected) return { kind: "conflict", facts: now ?? null };
      await this.#markGone(key, [now], () => this.#index.remove(now));
      return { kind: "written", facts: now };
    });
  }

  async removeOwner(owner: string): Promise<void> {
    await this.#turns.run(owner, 0, async () => {
      const documents = this.#index.list(owner);
      if (documents.length === 0) return;
      await this.#markGone(allOf({ owner }), documents, () => this.#index.removeOwner(owner));
    });
  }

  /** Writes the edits since the last whole text; null where that cannot be or does not pay. */
  async #putEdit(
    now: DocumentVersion | undefined,
    head: VersionHead,
    text: string,
    edit: DocumentEdit,
  ): Promise<DocumentVersion | null> {
    if (now === undefined || head.size < EDITS_FROM_OCTETS || !isEditOf(now.length, text, edit)) return null;
    const before = now.edits === 0 ? null : this.#log.peek(now.edits) ?? await this.#recordOf(now.edits);
    const weight = before === null ? { count: 0, octets: 0 } : weightOfEdits(before);
    const octets = weight.octets + EDIT_HEAD + Buffer.byteLength(edit.insert, "utf8");
    if (weight.count === MAX_EDITS || octets > head.size * EDITS_SHARE) return null;
    const id = this.#log.newId();
    await this.#write(id, encodeEdits(head, now.base, before, edit));
    const version = versionOf(now, head, { base: now.base, edits: id, parts: now.parts });
    this.#index.set(version);
    if (now.edits !== 0) this.#leavings.leave(now.edits);
    return version;
  }

  async #putWhole(
    now: DocumentVersion | undefined,
    key: DocumentKey,
    head: VersionHead,
    text: string,
  ): Promise<DocumentVersion> {
    const parts = head.size > INLINE_OCTETS ? await this.#putParts(text) : null;
    const id = this.#log.newId();
    try {
      await this.#write(id, encodeWhole(head, key, text, parts));
    } catch (error) {
      for (const part of parts ?? []) this.#leavings.leave(part);
      throw error;
    }
    const version = versionOf(key, head, { base: id, edits: 0, parts });
    this.#index.set(version);
    if (now !== undefined) this.#leave(now);
    return version;
  }

  /** All of them are committed before anything names them: commits of a full disk may fail one by one. */
  async #putParts(text: string): Promise<number[]> {
    const ids: number[] = [];
    const writes = encodeParts(text).map((part) => {
      const id = this.#log.newId();
      ids.push(id);
      return this.#write(id, part);
    });
    const failed = (await Promise.allSettled(writes)).find((outcome) => outcome.status === "rejected");
    if (failed === undefined) return ids;
    for (const id of ids) this.#leavings.leave(id);
    throw failed.reason;
  }

  /** Writes down that documents are gone, which holds from its commit on, in one record for all of them. */
  async #markGone(key: DocumentKey, documents: readonly DocumentVersion[], forget: () => void): Promise<void> {
    const id = this.#log.newId();
    await this.#write(id, encodeGone(key));
    forget();
    for (const version of documents) this.#leave(version);
    this.#leavings.leaveLast(id);
  }

  #leave({ base, edits, parts }: DocumentVersion): void {
    this.#leavings.leave(base);
    if (edits !== 0) this.#leavings.leave(edits);
    for (const id of parts ?? []) this.#leavings.leave(id);
  }

  /** A writer was told that it failed: so the version before it holds. */
  #withdraw(id: number): void {
    this.#leavings.leave(id);
    this.#leavings.go();
  }

  #write(id: number, record: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#log.put(id, record, false, (error) => error === null ? resolve() : reject(error));
      this.#leavings.go();
    });
  }

  /** Null where a record of it is gone: there is a newer version. */
  async #textOf({ base, edits, parts }: DocumentVersion): Promise<string | null> {
    const ids = [base, ...edits === 0 ? [] : [edits], ...parts ?? []];
    const records = await this.#answered(Promise.all(ids.map((id) => this.#log.read(id))));
    if (!records.every((record) => record !== null)) return null;
    const [whole, ...others] = records;
    return decodeText(whole, edits === 0 ? others : others.slice(1), edits === 0 ? null : others[0]);
  }

  async #recordOf(id: number): Promise<Uint8Array> {
    const record = await this.#answered(this.#log.read(id));
    if (record === null) throw new StorageError("failed", `record ${id} of the documents is not where it was written`);
    return record;
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await patiently(answer, this.#timers, this.#patience);
    } catch (cause) {
      throw storageErrorOf(cause);
    }
  }

  #admit({ count, octets }: { readonly count: number; readonly octets: number }): void {
    const { count: documents, octets: most } = this.#limits;
    if (count > 0 && this.count + this.#coming.count + count > documents) {
      throw new StorageError("full", `there are ${this.count} documents; at most ${documents} are allowed`);
    }
    if (octets > 0 && this.octets + this.#coming.octets + octets > most) {
      throw new StorageError("full", `all documents take ${this.octets} octets; at most ${most} are allowed`);
    }
    this.#coming.count += count;
    this.#coming.octets += octets;
  }
}

/** Octets of a text as UTF-8. Throws RangeError. */
function sizeOf(text: string): number {
  if (!text.isWellFormed()) throw new RangeError("The document is no Unicode text: it holds half of a surrogate pair");
  const size = Buffer.byteLength(text, "utf8");
  if (size <= MAX_DOCUMENT_OCTETS) return size;
  throw new RangeError(`The document has ${size} octets; at most ${MAX_DOCUMENT_OCTETS} are allowed`);
}

/** Throws RangeError. */
function checkKey({ auid, owner, name }: DocumentKey): void {
  for (const [what, part, least] of [["usage", auid, 1], ["owner", owner, 0], ["name", name, 1]] as const) {
    const octets = Buffer.byteLength(part, "utf8");
    if (octets >= least && octets <= MAX_KEY_OCTETS && part.isWellFormed()) continue;
    throw new RangeError(
      `The ${what} of a document has ${octets} octets; allowed: ${least} to ${MAX_KEY_OCTETS} of Unicode`,
    );
  }
}

/** False where `text` cannot be what the edit makes of a text of `length`; then the text alone counts. */
function isEditOf(length: number, text: string, { start, end, insert }: DocumentEdit): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= length &&
    text.length === length - (end - start) + insert.length && insert.isWellFormed() && text.startsWith(insert, start);
}
