import { XcapProblem } from "./xcap_problem.ts";

/** Entity tags that a client may name in one header field. */
const MOST_TAGS = 64;

/**
 * The value of If-Match or If-None-Match (RFC 9110 §13.1): the opaque tags without quotes, or `*` alone for any.
 * `comparison` says what weak tags are worth (§8.8.3.2): `strong` (If-Match) leaves them out, as they match nothing. Throws
 * XcapProblem 400.
 */
export function parseEntityTags(value: string, comparison: "strong" | "weak" = "weak"): string[] {
  const text = value.trim();
  if (text === "*") return ["*"];
  const tags: string[] = [];
  let named = 0;
  // A list may hold empty members (§5.6.1.2).
  const member = /[ \t]*(?:(W\/)?"([\x21\x23-\x7E\x80-\xFF]*)"[ \t]*)?(?:,|$)/y;
  while (member.lastIndex < text.length) {
    const at = member.lastIndex;
    const found = member.exec(text);
    if (found === null) {
      throw new XcapProblem(400, `entity tags: "${text.slice(at, at + 30)}" where a tag in quotes or "*" should be`);
    }
    const [, weak, tag] = found;
    if (tag === undefined) continue;
    if (++named > MOST_TAGS) throw new XcapProblem(400, `entity tags: more than ${MOST_TAGS}`);
    // A tag that is a star is not "any".
    if (weak === undefined || comparison === "weak") tags.push(tag === "*" ? '"*"' : tag);
  }
  if (named === 0) throw new XcapProblem(400, "entity tags: none is named");
  return tags;
}
