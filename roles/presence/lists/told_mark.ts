import { stateTag } from "../../../transport/presence/mod.ts";

/** Characters of a mark. */
export const MARK = 4;

/** The mark of a member of whom nothing was told. */
export const NO_MARK = "----";

/**
 * What was told of a member, as short as can be, to be kept over a restart: another text has the same mark once in 1.7 million
 * times, and then a change that happened just then is told with the next one.
 */
export function markOf(text: string): string {
  // The last digits of one of its hashes: the first ones of it take few values.
  return stateTag(text).slice(3, 3 + MARK);
}
