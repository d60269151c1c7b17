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
  /** The XUI, percent-decoded as a whole; null for the global tree. */
  readonly xui: string | null;
  /** Path of the document below the XUI or `global`; ends with "/" for a collection. */
  readonly document: string;
  /** Null for the whole document. */
  readonly selector: NodeSelector | null;
}
