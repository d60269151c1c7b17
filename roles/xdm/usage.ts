import type { Grammar, XmlDocument } from "../../transport/xml/mod.ts";
import type { XcapProblem } from "../../transport/xcap/mod.ts";

/**
 * Who asks. `user`: authenticated, with the address-of-record; `operator`: an admin or a setting of the box; `service`: a role of
 * this box on a user's behalf.
 */
export type Principal =
  | { readonly kind: "user"; readonly aor: string }
  | { readonly kind: "operator"; readonly name: string }
  | { readonly kind: "service"; readonly name: string };

/** A document's place. */
export interface DocumentKey {
  readonly auid: string;
  /** XUI, as `addressOf` folds it; "" for the global tree. */
  readonly owner: string;
  readonly name: string;
}

/** What a usage's own rules look at beyond the document itself. */
export interface UsageContext {
  readonly key: DocumentKey;
  /** Base of all XCAP URIs of this box, without a slash at the end: `https://im.example.test/xcap`. */
  readonly root: string;
  /** Domains served here. */
  readonly domains: ReadonlySet<string>;
  /** Whether `uri` (folded) is the identity of another document's service: `list-service@uri`, `service@uri`. */
  takenBy(uri: string): DocumentKey | undefined;
  /** Whether `uri` (folded) is the address of somebody or something else here that has no document: a user, a service of the box. */
  isAddress?(uri: string): boolean;
  /**
   * Where it is known how the document came about: `[start, end)` of the one before, replaced by `inserted` characters. A check may
   * then look at that part alone.
   */
  readonly edit?: { readonly start: number; readonly end: number; readonly inserted: number };
}

/** What somebody may do with the documents in one tree. */
export type Access = "none" | "read" | "write";

/**
 * An application usage (RFC 4825 §5): everything that differs between kinds of documents. The server carries out the rest, so a
 * usage is data and pure functions.
 */
export interface Usage {
  readonly auid: string;
  /** Media type of its documents. */
  readonly mediaType: string;
  /** The default namespace of selectors (§5.3). */
  readonly namespace: string;
  readonly trees: readonly ("users" | "global")[];
  /** The one name a document may have, or a test of names that clients pick. */
  readonly documentName: string | ((name: string) => boolean);
  /** Null: documents are no XML we know (there is none at present) or made by the server. */
  readonly grammar: Grammar | null;
  /** Namespaces it understands beyond its own, for xcap-caps. */
  readonly namespaces: readonly string[];
  /** Octets of one document, and documents of one user. */
  readonly limits: { readonly octets: number; readonly documents: number };
  /** What a principal who is not the owner may do; owners write (and operators and services do) unless `ownerAccess` says less. */
  othersAccess(principal: Principal, key: DocumentKey, domains: ReadonlySet<string>): Access;
  /** Default: `write`. */
  readonly ownerAccess?: Access;
  /** Trees whose documents the server makes when it is asked for them; nobody writes there. */
  readonly made?: readonly ("users" | "global")[];
  /** What a document itself lets somebody do; asked where `othersAccess` says `none` and the document is there. */
  documentAccess?(document: XmlDocument, principal: Principal): Access;
  /**
   * Constraints beyond the grammar (§5.5): uniqueness, references, values. `before` is null for a new document. Throws
   * XcapProblem (409).
   */
  check?(document: XmlDocument, before: XmlDocument | null, context: UsageContext, by: Principal): void;
  /** The same where the whole document is to go. */
  checkRemoval?(before: XmlDocument, context: UsageContext, by: Principal): void;
  /** URIs under which services of the box find this document (§5.6 resource interdependencies), folded. */
  serviceUris?(document: XmlDocument): string[];
}

/** What `check` throws. */
export type UsageBreach = XcapProblem;
