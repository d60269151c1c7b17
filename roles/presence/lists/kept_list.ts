/** What outlasts a restart of a subscription to a list: 4 octets for each member, and about 100. */
export interface KeptList {
  /** As of `WatchTerms`. */
  readonly key: string;
  /** When the subscription began, wall time in ms. */
  readonly since: number;
  /** Of the last body told; -1 for none. */
  readonly version: number;
  /** Names the list as it was told; "" where nothing was. */
  readonly list: string;
  /** What was told of each member, in order. */
  readonly marks: string;
}

/** What `keep` gave, as it was read; null where it is nothing of the kind. */
export function readKeptList(kept: unknown): KeptList | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { key, since, version, list, marks } = kept as Partial<Record<keyof KeptList, unknown>>;
  if (typeof key !== "string" || typeof since !== "number" || typeof version !== "number") return null;
  return typeof list !== "string" || typeof marks !== "string" ? null : { key, since, version, list, marks };
}
