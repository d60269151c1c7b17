import type { DocumentFacts, Documents } from "../../storage/mod.ts";
import type { XmlDocument } from "../../transport/xml/mod.ts";

/**
 * The documents of one usage that a role of the box makes of what it keeps itself: they are stored nowhere else. Whoever may
 * read and write them, conditions and node selectors are the document server's business; what an edit does is the role's. When one
 * of them is another, the role emits `documentRemade`.
 */
export interface ServedDocuments {
  readonly auid: string;
  /** Undefined where the owner has none of that name. `etag` changes with the document; `size` is 0 while nobody has read it. */
  find(owner: string, name: string): DocumentFacts | undefined;
  /** An owner's, by name. */
  list(owner: string): DocumentFacts[];
  /** The document's text; null where it is gone. Rejects with StorageError. */
  read(owner: string, name: string): Promise<{ readonly facts: DocumentFacts; readonly text: string } | null>;
  /**
   * Carries out a PUT or DELETE that grammar and usage allow: `after` null removes the whole document. Resolves when it is
   * committed. Rejects with XcapProblem where it cannot be done, then nothing of it is, and with StorageError.
   */
  change(
    owner: string,
    how: "put" | "remove",
    before: XmlDocument | null,
    after: XmlDocument | null,
  ): Promise<void>;
}

/** By AUID; roles that are made after the document server join later. */
export type ServedUsages = ReadonlyMap<string, ServedDocuments>;

/**
 * The stored documents and the served ones as if they were stored, too: what lists and reads documents need not know the
 * difference. Served ones count neither against anybody's room nor as the store's own; writes to them do not come this way.
 */
export function withServed(stored: Documents, served: ServedUsages): Documents {
  return new StoredAndServed(stored, served);
}

class StoredAndServed implements Documents {
  readonly #stored: Documents;
  readonly #served: ServedUsages;

  constructor(stored: Documents, served: ServedUsages) {
    this.#stored = stored;
    this.#served = served;
  }

  get count(): number {
    return this.#stored.count;
  }
  get octets(): number {
    return this.#stored.octets;
  }

  find(auid: string, owner: string, name: string): DocumentFacts | undefined {
    const served = this.#served.get(auid);
    return served === undefined ? this.#stored.find(auid, owner, name) : served.find(owner, name);
  }

  list(owner: string, auid?: string): DocumentFacts[] {
    if (auid !== undefined) return this.#served.get(auid)?.list(owner) ?? this.#stored.list(owner, auid);
    const all = this.#stored.list(owner).filter((facts) => !this.#served.has(facts.auid));
    for (const served of this.#served.values()) all.push(...served.list(owner));
    return all.sort((a, b) => order(a.auid, b.auid) || order(a.name, b.name));
  }

  ofUsage(auid: string): Iterable<DocumentFacts> {
    // Over all owners nobody asks for what is made for one of them.
    return this.#served.has(auid) ? [] : this.#stored.ofUsage(auid);
  }

  totals(owner: string): { readonly count: number; readonly octets: number } {
    return this.#stored.totals(owner);
  }

  read(auid: string, owner: string, name: string): ReturnType<Documents["read"]> {
    return this.#served.get(auid)?.read(owner, name) ?? this.#stored.read(auid, owner, name);
  }

  put(...change: Parameters<Documents["put"]>): ReturnType<Documents["put"]> {
    this.#mustBeStored(change[0].auid);
    return this.#stored.put(...change);
  }

  remove(...change: Parameters<Documents["remove"]>): ReturnType<Documents["remove"]> {
    this.#mustBeStored(change[0].auid);
    return this.#stored.remove(...change);
  }

  removeOwner(owner: string): Promise<void> {
    return this.#stored.removeOwner(owner);
  }

  #mustBeStored(auid: string): void {
    if (this.#served.has(auid)) throw new TypeError(`documents of ${auid} are written through their role`);
  }
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
