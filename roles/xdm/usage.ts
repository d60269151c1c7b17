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
  /**
   * Constraints beyond the grammar (§5.5): uniqueness, references, values. `before` is null for a new document. Throws
   * XcapProblem (409).
   */
  check?(document: XmlDocument, before: XmlDocument | null, context: UsageContext, by: Principal): void;
  /** URIs under which services of the box find this document (§5.6 resource interdependencies), folded. */
  serviceUris?(document: XmlDocument): string[];
}

/** What `check` throws. */
export type UsageBreach = XcapProblem;
