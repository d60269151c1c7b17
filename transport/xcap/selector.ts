/** A name test of a step: the namespace by its prefix as the query part says; "" is the document's default namespace. */
export interface NameTest {
  readonly prefix: string;
  /** `*` for any. */
  readonly name: string;
}

/** One step of a node selector (RFC 4825 §6.3): `entry`, `*`, `entry[2]`, `entry[@uri="…"]`, `entry[2][@uri="…"]`. */
export interface Step extends NameTest {
  /** From 1; 0 where there is none. */
  readonly position: number;
  readonly attribute: { readonly prefix: string; readonly name: string; readonly value: string } | null;
}

/** What a node selector names: the element of its steps, one of its attributes, or the namespaces in scope there. */
export interface NodeSelector {
  readonly steps: readonly Step[];
  readonly node:
    | { readonly kind: "element" }
    | { readonly kind: "attribute"; readonly prefix: string; readonly name: string }
    | { readonly kind: "namespaces" };
  /** Prefixes of the query part (`xmlns(p=uri)`). */
  readonly namespaces: ReadonlyMap<string, string>;
  /** As it came, percent-decoded: for messages and for `sel` in xcap-diff. */
  readonly text: string;
}

/** What an XCAP URI names, below the root. */
export interface XcapTarget {
  readonly auid: string;
  /** Null for a usage's whole collection (`resource-lists/`), which can be watched but not fetched. */
  readonly tree: "users" | "global" | null;
  /**
   * The XUI, percent-decoded as a whole; null for the global tree, and for the collection of all users
   * (`resource-lists/users/`).
   */
  readonly xui: string | null;
  /**
   * Path of the document below the XUI or `global`, percent-decoded; ends with "/" for a collection, and is "/" for the
   * collection that the rest names.
   */
  readonly document: string;
  /** Null for the whole document. */
  readonly selector: NodeSelector | null;
}
