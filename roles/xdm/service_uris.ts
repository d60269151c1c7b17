import type { DocumentKey } from "./usage.ts";

/** Which document answers for a URI: groups by `list-service@uri`, lists of presence by `service@uri`. Server-wide unique. */
export class ServiceUris {
  readonly #owners = new Map<string, DocumentKey>();
  readonly #urisOf = new Map<string, readonly string[]>();

  find(uri: string): DocumentKey | undefined {
    return this.#owners.get(uri);
  }

  /** From now on these URIs are the document's, and no others. One that another document has stays with that one. */
  set(name: string, key: DocumentKey, uris: readonly string[]): void {
    for (const uri of this.#urisOf.get(name) ?? []) this.#owners.delete(uri);
    this.#urisOf.delete(name);
    const own = uris.filter((uri) => !this.#owners.has(uri));
    for (const uri of own) this.#owners.set(uri, key);
    if (own.length > 0) this.#urisOf.set(name, own);
  }

  /**
   * Keeps URIs for a document that is being written, beside those it has: two documents that are written at the same time do not
   * both get one. `set` follows, whatever becomes of the write.
   */
  reserve(name: string, key: DocumentKey, uris: readonly string[]): void {
    const had = this.#urisOf.get(name) ?? [];
    const more = uris.filter((uri) => !this.#owners.has(uri));
    if (more.length === 0) return;
    for (const uri of more) this.#owners.set(uri, key);
    this.#urisOf.set(name, [...had, ...more]);
  }

  /** All of a usage, by its identifier. */
  *ofUsage(auid: string): Iterable<readonly [uri: string, key: DocumentKey]> {
    for (const entry of this.#owners) if (entry[1].auid === auid) yield entry;
  }

  get size(): number {
    return this.#owners.size;
  }
}
