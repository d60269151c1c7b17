import type { NodeSelector } from "../../../transport/xcap/mod.ts";
import type { DocumentKey } from "../usage.ts";

/**
 * One thing that a subscription watches (RFC 5875 §4.4). `sel` is its URI below the XCAP root, octet for octet as the subscriber
 * wrote it: what NOTIFYs call it (§4.6).
 */
export type Selection =
  | { readonly kind: "document"; readonly sel: string; readonly key: DocumentKey }
  | { readonly kind: "node"; readonly sel: string; readonly key: DocumentKey; readonly selector: NodeSelector }
  /** All documents of a usage in one tree whose name begins with `prefix`; `sel` ends with "/" and a name follows it. */
  | {
    readonly kind: "collection";
    readonly sel: string;
    readonly auid: string;
    /** "" for the global tree. */
    readonly owner: string;
    readonly prefix: string;
  };

/** Why a list of resources is not watched; `message` is for people, in one line of ASCII. */
export class SelectionProblem extends Error {
  readonly status: 400 | 403 | 404 | 415;
  constructor(status: SelectionProblem["status"], message: string) {
    super(message);
    this.name = "SelectionProblem";
    this.status = status;
  }
}

/** A document's name in tables. */
export function nameOf({ auid, owner, name }: DocumentKey): string {
  return `${auid} ${owner} ${name}`;
}
