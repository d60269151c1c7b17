export const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
export const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";

/** What a prefix stands for; "" asks for the default namespace. Undefined: it is not declared. */
export type PrefixLookup = (prefix: string) => string | undefined;

/** Why `prefix` may not be declared as `namespace` (Namespaces in XML 1.0 §3); null where it may. */
export function declarationFault(prefix: string, namespace: string): string | null {
  if (prefix === "xmlns") return "the prefix xmlns may not be declared";
  if (namespace === XMLNS_NAMESPACE) return `the namespace ${XMLNS_NAMESPACE} may not be declared`;
  if ((prefix === "xml") !== (namespace === XML_NAMESPACE)) {
    return `the prefix xml and ${XML_NAMESPACE} belong together`;
  }
  return namespace === "" && prefix !== "" ? `the prefix ${prefix} may not be taken back` : null;
}

/** The namespaces in scope while a document is read. A look-up costs the same however deep the document is. */
export class NamespaceScope {
  readonly #outer: PrefixLookup | null;
  readonly #inner = new Map<string, string>();
  /** Prefix and what it was before, by turns. */
  readonly #undo: (string | undefined)[] = [];

  constructor(outer: PrefixLookup | null = null) {
    this.#outer = outer;
  }

  namespaceOf(prefix: string): string | undefined {
    const namespace = this.#inner.get(prefix);
    if (namespace !== undefined) return namespace;
    if (prefix === "xml") return XML_NAMESPACE;
    const outer = this.#outer === null ? undefined : this.#outer(prefix);
    return outer === undefined && prefix === "" ? "" : outer;
  }

  declare(prefix: string, namespace: string): void {
    this.#undo.push(prefix, this.#inner.get(prefix));
    this.#inner.set(prefix, namespace);
  }

  /** Where the declarations are now: for `back`. */
  get mark(): number {
    return this.#undo.length;
  }

  back(mark: number): void {
    while (this.#undo.length > mark) {
      const namespace = this.#undo.pop();
      const prefix = this.#undo.pop()!;
      if (namespace === undefined) this.#inner.delete(prefix);
      else this.#inner.set(prefix, namespace);
    }
  }
}
