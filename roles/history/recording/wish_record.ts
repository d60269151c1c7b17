import type { RecordWish } from "./wishes.ts";

/** What a user has set and ordered, by address-of-record. */
export interface WishRecord {
  /** Null: what the operator's setting says. */
  readonly record: RecordWish | null;
  /** With whom messages are recorded, and with whom they are not, by command; folded addresses, the latest last. */
  readonly pairs: readonly string[];
  readonly without: readonly string[];
}

/** The kind of records they are, and how many users may have some. */
export const HISTORY_WISHES = { name: "history_wishes", max: 1_000_000 } as const;

/** Commands of one user that are remembered. */
const MOST = 500;
/** Characters of all their addresses: they are one record. */
const MOST_CHARACTERS = 40_000;

/**
 * With a command: the last one for an address holds. `otherwise`: without a command something would be recorded, so that a `stop` has to
 * be remembered. Throws RangeError where there are too many.
 */
export function withOrder(
  stored: WishRecord,
  other: string,
  action: "start" | "stop",
  otherwise: boolean,
): WishRecord {
  const pairs = stored.pairs.filter((address) => address !== other);
  const without = stored.without.filter((address) => address !== other);
  if (action === "start") pairs.push(other);
  else if (otherwise) without.push(other);
  const next = { ...stored, pairs, without };
  if (pairs.length + without.length > MOST || lengthOf(pairs) + lengthOf(without) > MOST_CHARACTERS) {
    throw new RangeError(`A user has at most ${MOST} conversations recorded, or not, by command`);
  }
  return next;
}

function lengthOf(addresses: readonly string[]): number {
  return addresses.reduce((sum, { length }) => sum + length, 0);
}
