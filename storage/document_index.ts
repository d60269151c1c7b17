import { detached } from "../foundation/mod.ts";
import type { DocumentFacts } from "./repositories.ts";

/** A document's place. */
export type DocumentKey = Pick<DocumentFacts, "auid" | "owner" | "name">;

/** One version of a document as memory knows it, without its text. */
export interface DocumentVersion extends DocumentFacts {
  /** Of the text, in UTF-16 code units. */
  readonly length: number;
  /** Id of the record with the text that the edits stand on. */
  readonly base: number;
  /** Id of the record with the edits; 0: there are none. */
  readonly edits: number;
  /** Ids of the records that `base`'s text is in, where it is not in that one itself. */
  readonly parts: readonly number[] | null;
}

/** One owner's documents, in order of usage and name. The array is replaced, never changed: who walks along it is not disturbed. */
interface Tree {
  readonly owner: string;
  documents: readonly DocumentVersion[];
  octets: number;
}

/** Texts kept once for all documents that have them: usages, and names such as `index`. */
const MAX_SHARED = 1000;

/** Which documents there are: by owner, and within an owner in order. About 200 octets a document. */
export class DocumentIndex {
  readonly #trees = new Map<string, Tree>();
  readonly #shared = new Map<string, string>();
  count = 0;
  octets = 0;

  /** Takes up many at once, of any owners in any order, each document once; only while it is empty. */
  fill(versions: Iterable<DocumentVersion>): void {
    const trees = new Map<string, DocumentVersion[]>();
    for (const version of versions) {
      const tree = trees.get(version.owner);
      if (tree === undefined) trees.set(version.owner, [version]);
      else tree.push(version);
    }
    for (const [owner, documents] of trees) {
      documents.sort(compare);
      let octets = 0;
      for (const { size } of documents) octets += size;
      // A copy is as long as it has to be; an array that grew is longer.
      this.#trees.set(owner, { owner, documents: documents.slice(), octets });
      this.count += documents.length;
      this.octets += octets;
    }
  }

  find(auid: string, owner: string, name: string): DocumentVersion | undefined {
    const documents = this.#trees.get(owner)?.documents;
    if (documents === undefined) return undefined;
    const found = documents[placeOf(documents, auid, name)];
    return found !== undefined && found.auid === auid && found.name === name ? found : undefined;
  }

  list(owner: string, auid?: string): DocumentVersion[] {
    const documents = this.#trees.get(owner)?.documents ?? [];
    return auid === undefined ? documents.slice() : documents.filter((document) => document.auid === auid);
  }

  *ofUsage(auid: string): Iterable<DocumentVersion> {
    for (const { documents } of this.#trees.values()) {
      for (let at = placeOf(documents, auid, ""); at < documents.length && documents[at].auid === auid; at++) {
        yield documents[at];
      }
    }
  }

  *all(): Iterable<DocumentVersion> {
    for (const { documents } of this.#trees.values()) yield* documents;
  }

  totals(owner: string): { readonly count: number; readonly octets: number } {
    const tree = this.#trees.get(owner);
    return tree === undefined ? { count: 0, octets: 0 } : { count: tree.documents.length, octets: tree.octets };
  }

  /** Adds a document, or puts another version in its place. */
  set(version: DocumentVersion): void {
    let tree = this.#trees.get(version.owner);
    if (tree === undefined) {
      this.#trees.set(version.owner, tree = { owner: version.owner, documents: [], octets: 0 });
    }
    const at = placeOf(tree.documents, version.auid, version.name);
    const before = tree.documents[at];
    if (before !== undefined && compare(before, version) === 0) {
      tree.documents = tree.documents.with(at, version);
      this.#count(tree, 0, version.size - before.size);
    } else {
      tree.documents = tree.documents.toSpliced(at, 0, version);
      this.#count(tree, 1, version.size);
    }
  }

  remove({ auid, owner, name, size }: DocumentVersion): void {
    const tree = this.#trees.get(owner)!;
    tree.documents = tree.documents.toSpliced(placeOf(tree.documents, auid, name), 1);
    this.#count(tree, -1, -size);
    if (tree.documents.length === 0) this.#trees.delete(owner);
  }

  removeOwner(owner: string): void {
    const tree = this.#trees.get(owner);
    if (tree === undefined) return;
    this.#count(tree, -tree.documents.length, -tree.octets);
    this.#trees.delete(owner);
  }

  /** The same key in texts that may be kept: in memory of their own, and once for all documents that have them. */
  keep({ auid, owner, name }: DocumentKey): DocumentKey {
    const tree = this.#trees.get(owner);
    return { auid: this.#share(auid), owner: tree?.owner ?? detached(owner), name: this.#share(name) };
  }

  #share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    const own = detached(text);
    if (this.#shared.size < MAX_SHARED) this.#shared.set(own, own);
    return own;
  }

  #count(tree: Tree, documents: number, octets: number): void {
    tree.octets += octets;
    this.count += documents;
    this.octets += octets;
  }
}

type Named = Pick<DocumentFacts, "auid" | "name">;

function compare(a: Named, b: Named): number {
  if (a.auid !== b.auid) return a.auid < b.auid ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** Where it is, or where it would have to be put. */
function placeOf(documents: readonly Named[], auid: string, name: string): number {
  const sought = { auid, name };
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(documents[middle], sought) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
