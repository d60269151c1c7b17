import type { Documents } from "../../../storage/mod.ts";
import type { DocumentService } from "../document_service.ts";
import { isMade, madeDocument } from "../made_documents.ts";
import { accessOf } from "../permission.ts";
import type { DocumentKey, Principal, Usage } from "../usage.ts";
import type { DocumentVersion } from "../xdm_events.ts";

/** What notifications tell of. */
export interface WatchedDocumentsParts {
  readonly documents: Pick<DocumentService, "peek" | "read">;
  readonly store: Documents;
  readonly usages: ReadonlyMap<string, Usage>;
  readonly domains: ReadonlySet<string>;
  readonly root: () => string;
}

/** Usages whose one document the server makes of an owner's other documents. */
const DIRECTORIES: readonly string[] = ["org.openmobilealliance.xcap-directory", "directory"];
const DIRECTORY_NAME = "directory.xml";
const CAPABILITIES = "xcap-caps";

/** Documents as notifications see them: what is there, of which version, and who may read it. */
export class WatchedDocuments {
  readonly #parts: WatchedDocumentsParts;

  constructor(parts: WatchedDocumentsParts) {
    this.#parts = parts;
  }

  get root(): string {
    return this.#parts.root();
  }

  usage(auid: string): Usage | undefined {
    return this.#parts.usages.get(auid);
  }

  /** Entity tag; null where there is no such document. */
  etag(key: DocumentKey): string | null {
    if (this.#isMade(key)) return madeDocument(key, this.#madeFrom())?.etag ?? null;
    return this.#parts.store.find(key.auid, key.owner, key.name)?.etag ?? null;
  }

  /** The document; null where there is none, undefined where it has to be loaded first. */
  version(key: DocumentKey): DocumentVersion | null | undefined {
    return this.#isMade(key) ? madeDocument(key, this.#madeFrom()) : this.#parts.documents.peek(key);
  }

  /** Rejects with XcapProblem. */
  load(key: DocumentKey): Promise<DocumentVersion | null> {
    return this.#parts.documents.read(key);
  }

  /** Documents of a usage in one tree, by name. */
  names(auid: string, owner: string): string[] {
    if (!this.#isMade({ auid, owner, name: "" })) return this.#parts.store.list(owner, auid).map(({ name }) => name);
    if (owner === "") return auid === CAPABILITIES ? ["index"] : [];
    return DIRECTORIES.includes(auid) ? [DIRECTORY_NAME] : [];
  }

  /** Documents that the server makes anew of what an owner has. */
  directories(owner: string): DocumentKey[] {
    return owner === "" ? [] : DIRECTORIES.map((auid) => ({ auid, owner, name: DIRECTORY_NAME }));
  }

  /** Whether only the document itself says if somebody may read it. */
  saysItself(by: Principal, key: DocumentKey): boolean {
    const usage = this.#parts.usages.get(key.auid);
    if (usage?.documentAccess === undefined) return false;
    return accessOf(by, usage, key, this.#parts.domains) === "none";
  }

  /**
   * Whether somebody may read a document now; undefined where the document itself says so and has to be loaded first. The same
   * rules hold for HTTP (RFC 5875 §7).
   */
  mayRead(by: Principal, key: DocumentKey, version: () => DocumentVersion | null | undefined): boolean | undefined {
    const usage = this.#parts.usages.get(key.auid);
    if (usage === undefined) return false;
    if (accessOf(by, usage, key, this.#parts.domains) !== "none") return true;
    if (usage.documentAccess === undefined) return false;
    const there = version();
    if (there === undefined) return undefined;
    return there !== null && usage.documentAccess(there.document, by) !== "none";
  }

  #isMade(key: DocumentKey): boolean {
    const usage = this.#parts.usages.get(key.auid);
    return usage !== undefined && isMade(usage, key);
  }

  #madeFrom() {
    const { store, usages, root } = this.#parts;
    return { documents: store, usages, root };
  }
}
