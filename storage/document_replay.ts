import { detached } from "../foundation/mod.ts";
import type { Replay } from "./kv/sealed_log.ts";
import {
  decodeEditsHead,
  decodeGone,
  decodeWhole,
  EDITS,
  type EditsHead,
  GONE,
  PART,
  type VersionHead,
  WHOLE,
  type WholeHead,
} from "./document_codec.ts";
import type { DocumentKey, DocumentVersion } from "./document_index.ts";

/** All that is stored of one document: whole texts and edits, the current ones and what was not cleared away. */
interface Stored {
  readonly key: DocumentKey;
  readonly wholes: number[];
  readonly edits: number[];
}

/** What a log came to. */
export interface Replayed {
  readonly versions: DocumentVersion[];
  /** Records that nothing needs. */
  readonly leavings: number[];
  /** Removals, which have to stay until those have gone. */
  readonly removals: number[];
}

/** Gathers what a log holds; then tells which versions hold and what is left over of others. */
export class DocumentReplay implements Replay {
  readonly #keep: (key: DocumentKey) => DocumentKey;
  /** Each owner's name once for all documents of that owner. */
  readonly #owners = new Map<string, string>();
  readonly #wholes = new Map<number, WholeHead>();
  readonly #edits = new Map<number, EditsHead>();
  readonly #parts = new Set<number>();
  readonly #gone = new Map<number, DocumentKey>();

  /** `keep`: gives a key in texts that may be kept. */
  constructor(keep: (key: DocumentKey) => DocumentKey) {
    this.#keep = keep;
  }

  onPut(id: number, record: Uint8Array): void {
    if (record[0] === WHOLE) {
      const head = decodeWhole(record);
      this.#wholes.set(id, { ...head, key: this.#kept(head.key) });
    } else if (record[0] === EDITS) this.#edits.set(id, decodeEditsHead(record));
    else if (record[0] === PART) this.#parts.add(id);
    else if (record[0] === GONE) this.#gone.set(id, decodeGone(record));
  }

  onRemoved(id: number): void {
    this.#wholes.delete(id);
    this.#edits.delete(id);
    this.#parts.delete(id);
    this.#gone.delete(id);
  }

  /**
   * Of each document the record with the highest id is its present version, unless a removal has a higher one: ids are given in
   * the order in which writers of a document took their turns.
   */
  finish(): Replayed {
    const leavings = new Set([...this.#wholes.keys(), ...this.#edits.keys(), ...this.#parts]);
    const removals = this.#removals();
    const versions: DocumentVersion[] = [];
    for (const { key, wholes, edits } of this.#documents()) {
      const head = Math.max(...wholes, ...edits);
      if (head < Math.max(removals.get(nameOf(key)) ?? 0, removals.get(nameOf(allOf(key))) ?? 0)) continue;
      const version = this.#version(key, head);
      versions.push(version);
      for (const id of [version.base, version.edits, ...version.parts ?? []]) leavings.delete(id);
    }
    return { versions, leavings: [...leavings], removals: [...this.#gone.keys()] };
  }

  #kept(key: DocumentKey): DocumentKey {
    const kept = this.#keep(key);
    const owner = this.#owners.get(kept.owner);
    if (owner !== undefined) return { ...kept, owner };
    this.#owners.set(kept.owner, kept.owner);
    return kept;
  }

  #documents(): Iterable<Stored> {
    const documents = new Map<string, Stored>();
    for (const [id, { key }] of this.#wholes) {
      const stored = documents.get(nameOf(key));
      if (stored === undefined) documents.set(nameOf(key), { key, wholes: [id], edits: [] });
      else stored.wholes.push(id);
    }
    for (const [id, { base }] of this.#edits) {
      const whole = this.#wholes.get(base);
      // Without the text they stand on they are what is left of an older version.
      if (whole !== undefined) documents.get(nameOf(whole.key))!.edits.push(id);
    }
    return documents.values();
  }

  /** The last removal of each document, and of all documents of each owner. */
  #removals(): Map<string, number> {
    const removals = new Map<string, number>();
    for (const [id, key] of this.#gone) removals.set(nameOf(key), Math.max(id, removals.get(nameOf(key)) ?? 0));
    return removals;
  }

  #version(key: DocumentKey, head: number): DocumentVersion {
    const edits = this.#edits.get(head);
    const base = edits === undefined ? head : edits.base;
    return versionOf(key, edits ?? this.#wholes.get(head)!, {
      base,
      edits: edits === undefined ? 0 : head,
      parts: this.#wholes.get(base)!.parts,
    });
  }
}

/** A version in memory. */
export function versionOf(
  { auid, owner, name }: DocumentKey,
  { boot, modifiedAt, size, length }: VersionHead,
  { base, edits, parts }: Pick<DocumentVersion, "base" | "edits" | "parts">,
): DocumentVersion {
  // In one piece: the runtime would keep three for a sum.
  const etag = detached(boot + (edits === 0 ? base : edits).toString(36));
  return { auid, owner, name, etag, modifiedAt, size, length, base, edits, parts };
}

/** The key under which the removal of all that an owner has is written down. */
export function allOf({ owner }: Pick<DocumentKey, "owner">): DocumentKey {
  return { auid: "", owner, name: "" };
}

/** A text for each key. */
function nameOf({ auid, owner, name }: DocumentKey): string {
  return JSON.stringify([auid, owner, name]);
}
