/**
 * Why a search is not carried out. `malformed`: the request around the query; `query`: the query itself, or a value in it;
 * `forbidden`: this user may not (UPROF-7), or nobody may; `busy`: too many searches; `unavailable`: it cannot be done now.
 */
export type RefusalKind = "malformed" | "query" | "forbidden" | "busy" | "unavailable";

/** A search that is refused. `message` is for people and says where, what was found and what is allowed. */
export class SearchRefusal extends Error {
  readonly kind: RefusalKind;
  /** Seconds until it is worth another try; 0: none. */
  readonly retryAfter_s: number;
  constructor(kind: RefusalKind, message: string, retryAfter_s = 0) {
    super(message);
    this.name = "SearchRefusal";
    this.kind = kind;
    this.retryAfter_s = retryAfter_s;
  }
}

/** A value in a message: quoted, and no longer than a part of a line. */
export function shown(value: string): string {
  return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
}
