/**
 * The value of `accept-types` or `accept-wrapped-types` (RFC 4975 §8.6): media types, `type/*`, or `*`, without parameters, in
 * any case.
 */
export class AcceptedTypes {
  /** Null: all of them. */
  readonly #types: ReadonlySet<string> | null;
  /** What was asked last and let pass: a session's messages are nearly all of one type. */
  #last: string | null = null;

  constructor(types: readonly string[]) {
    this.#types = types.includes("*") || types.includes("*/*") ? null : new Set(types.map(bareType));
  }

  /** `contentType` as on the wire, with parameters. A body without a type (RFC 4975 §7.1: none is there) is let pass. */
  allows(contentType: string): boolean {
    if (this.#types === null || contentType === "" || contentType === this.#last) return true;
    const type = bareType(contentType);
    const allowed = this.#types.has(type) || this.#types.has(`${type.slice(0, type.indexOf("/"))}/*`);
    if (allowed) this.#last = contentType;
    return allowed;
  }
}

/** `Text/Plain; charset=utf-8` as `text/plain`. */
export function bareType(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
