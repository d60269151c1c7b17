import { OperationError } from "../../operations/mod.ts";
import type { Documents } from "../../storage/mod.ts";
import type { DocumentService } from "./document_service.ts";
import { operationError } from "./problem_of.ts";
import type { DocumentKey } from "./usage.ts";

/** One document of a user, without what it says. */
export interface DocumentView {
  /** `resource-lists/index`: usage and name. */
  readonly id: string;
  readonly auid: string;
  readonly name: string;
  /** Octets. */
  readonly size: number;
  readonly etag: string;
  readonly modified_at: number;
}

/** A user's documents as an operator manages them. Rejects with OperationError. */
export interface UserDocumentService {
  /** Base of all XCAP URIs, without a slash at the end. */
  readonly root: string;
  /** In order of id. */
  list(owner: string): readonly DocumentView[];
  content(owner: string, id: string, by: string): Promise<{ readonly media_type: string; readonly text: string }>;
  /** `etag`: what was seen; null for whatever there is. */
  remove(owner: string, id: string, etag: string | null, by: string): Promise<void>;
}

export interface UserDocumentsParts {
  readonly documents: Pick<Documents, "list">;
  readonly service: DocumentService;
  readonly root: () => string;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

export class UserDocuments implements UserDocumentService {
  readonly #parts: UserDocumentsParts;

  constructor(parts: UserDocumentsParts) {
    this.#parts = parts;
  }

  get root(): string {
    return this.#parts.root();
  }

  list(owner: string): readonly DocumentView[] {
    return this.#parts.documents.list(owner).map(({ auid, name, size, etag, modifiedAt }) => ({
      id: `${auid}/${name}`,
      auid,
      name,
      size,
      etag,
      modified_at: modifiedAt,
    })).sort((a, b) => a.id < b.id ? -1 : 1);
  }

  async content(
    owner: string,
    id: string,
    by: string,
  ): Promise<{ readonly media_type: string; readonly text: string }> {
    const key = this.#keyOf(owner, id);
    const unconditional = { ifMatch: null, ifNoneMatch: null };
    const found = await this.#parts.service.get({ kind: "operator", name: by }, key, null, unconditional).catch(refuse);
    if ("notModified" in found) throw new OperationError("not-found", "there is no such document");
    // Whoever reads what is private leaves a trace.
    this.#parts.audit("document.read", by, { user: owner, document: id });
    return { media_type: found.mediaType, text: found.body };
  }

  async remove(owner: string, id: string, etag: string | null, by: string): Promise<void> {
    const key = this.#keyOf(owner, id);
    const conditions = { ifMatch: etag === null ? null : [etag], ifNoneMatch: null };
    await this.#parts.service.remove({ kind: "operator", name: by }, key, null, conditions).catch(refuse);
    this.#parts.audit("document.remove", by, { user: owner, document: id });
  }

  #keyOf(owner: string, id: string): DocumentKey {
    const slash = id.indexOf("/");
    const key = { auid: id.slice(0, Math.max(0, slash)), owner, name: id.slice(slash + 1) };
    if (this.list(owner).some((one) => one.id === id)) return key;
    throw new OperationError("not-found", `${owner} has no document "${id.slice(0, 200)}"`);
  }
}

function refuse(error: unknown): never {
  throw operationError(error);
}
