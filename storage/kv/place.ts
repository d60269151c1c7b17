/** Where the store is. */
export interface Place {
  /** The path of an embedded database, the URL of a KV Connect service, or `:memory:`. */
  readonly kv: string;
  /** The path of the key file; made on first start. */
  readonly keyFile: string;
  /** How long a KV Connect service may take to answer at first; default 20 s. */
  readonly connect_ms?: number;
}

export function isRemote(kv: string): boolean {
  return /^https?:\/\//i.test(kv);
}

/** The lock of an embedded store is beside it; a remote one is locked for this machine, beside the key file. */
export function lockPath(place: Place): string {
  return `${isRemote(place.kv) || place.kv === ":memory:" ? place.keyFile : place.kv}.lock`;
}
