import { namespacesInScope, type XmlDocument, type XmlElement } from "../xml/mod.ts";

/** Prefixes, "" for the default namespace. */
export type Namespaces = ReadonlyMap<string, string>;

/**
 * One patch operation (RFC 5261 §4). `sel` is a selector of that RFC, not of XCAP. `content` is XML as it stands in the diff
 * document: nodes, or character data where it is for an attribute, a namespace or a text. `namespaces` are those in scope
 * there, for the selector, for `type` and for the content.
 */
export type PatchOperation =
  | {
    readonly kind: "add";
    readonly sel: string;
    /** Null: as the last of the element's nodes. */
    readonly pos: "before" | "after" | "prepend" | null;
    /** `@name` or `namespace::prefix` for an attribute or a declaration; null for nodes. */
    readonly type: string | null;
    readonly content: string;
    readonly namespaces: Namespaces;
  }
  | { readonly kind: "replace"; readonly sel: string; readonly content: string; readonly namespaces: Namespaces }
  | {
    readonly kind: "remove";
    readonly sel: string;
    /** Which white space goes, too. */
    readonly ws: "before" | "after" | "both" | null;
    readonly namespaces: Namespaces;
  };

/** Why a patch cannot be applied: an error element of RFC 5261 §5.1. */
export class PatchProblem extends Error {
  readonly element: PatchError;
  constructor(element: PatchError, message: string) {
    super(message);
    this.name = "PatchProblem";
    this.element = element;
  }
}

export type PatchError =
  | "invalid-attribute-value"
  | "invalid-diff-format"
  | "invalid-namespace-prefix"
  | "invalid-namespace-uri"
  | "invalid-node-types"
  | "invalid-patch-directive"
  | "invalid-root-element-operation"
  | "invalid-whitespace-directive"
  | "unlocated-node"
  | "unsupported-id-function";

/**
 * The operations that stand in an element: those of its children that are `add`, `replace` and `remove` in the element's own
 * namespace. Throws PatchProblem for a directive that is not known.
 */
export function readPatchOperations(document: XmlDocument, parent: XmlElement): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const element of parent.children) {
    if (element.namespace !== parent.namespace) continue;
    const operation = readOperation(document, element);
    if (operation !== null) operations.push(operation);
  }
  return operations;
}

function readOperation(document: XmlDocument, element: XmlElement): PatchOperation | null {
  const { name } = element;
  if (name !== "add" && name !== "replace" && name !== "remove") return null;
  const sel = attribute(element, "sel");
  if (sel === null) throw new PatchProblem("invalid-attribute-value", `${name} without sel`);
  const namespaces = namespacesInScope(element);
  const content = document.text.slice(element.contentStart, element.contentEnd);
  if (name === "replace") return { kind: name, sel, content, namespaces };
  if (name === "remove") {
    const ws = attribute(element, "ws");
    if (ws !== null && ws !== "before" && ws !== "after" && ws !== "both") {
      throw new PatchProblem("invalid-attribute-value", `remove with ws="${ws}"; allowed: before, after, both`);
    }
    return { kind: name, sel, ws, namespaces };
  }
  const pos = attribute(element, "pos");
  if (pos !== null && pos !== "before" && pos !== "after" && pos !== "prepend") {
    throw new PatchProblem("invalid-attribute-value", `add with pos="${pos}"; allowed: before, after, prepend`);
  }
  return { kind: name, sel, pos, type: attribute(element, "type"), content, namespaces };
}

function attribute(element: XmlElement, name: string): string | null {
  return element.attributes.find((one) => one.name === name && one.namespace === "")?.value ?? null;
}
