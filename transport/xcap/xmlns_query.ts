import { blankEnd, blankStart, ncNameEnd } from "./names.ts";
import { percentDecoded, percentEncodedQuery } from "./percent.ts";
import { XcapProblem } from "./xcap_problem.ts";

/** Characters of a query, and bindings in it. */
export const QUERY_LIMITS = { characters: 4096, bindings: 32 };

/**
 * Prefixes that the query part of an XCAP URI binds (RFC 4825 §6.4): XPointer parts of the scheme `xmlns`; parts of other
 * schemes are ignored, and so are bindings of `xml` and `xmlns`, as the scheme says. The last binding of a prefix holds.
 * `query` as it stands in the URI, without its "?". Throws XcapProblem 400.
 */
export function parseXmlnsQuery(query: string): ReadonlyMap<string, string> {
  const bindings = new Map<string, string>();
  if (query.length > QUERY_LIMITS.characters) {
    throw new XcapProblem(400, `query: longer than ${QUERY_LIMITS.characters} characters`);
  }
  const text = percentDecoded(query);
  let at = blankEnd(text, 0);
  while (at < text.length) {
    const nameEnd = schemeEnd(text, at);
    // A shorthand pointer, a bare name, is an XPointer, too, but none of the scheme.
    if (nameEnd > at && nameEnd === text.length && at === 0) break;
    if (nameEnd === at || text[nameEnd] !== "(") {
      throw new XcapProblem(
        400,
        `query: "${text.slice(at, at + 30)}" is no XPointer part such as xmlns(prefix=namespace)`,
      );
    }
    const part = schemeData(text, nameEnd + 1);
    if (text.slice(at, nameEnd) === "xmlns") bind(bindings, part.data);
    if (bindings.size > QUERY_LIMITS.bindings) {
      throw new XcapProblem(400, `query: more than ${QUERY_LIMITS.bindings} namespace bindings`);
    }
    at = blankEnd(text, part.end);
  }
  return bindings;
}

/** The query part for these bindings, percent-encoded, without "?"; "" for none. */
export function xmlnsQuery(namespaces: ReadonlyMap<string, string>): string {
  let query = "";
  for (const [prefix, namespace] of namespaces) query += `xmlns(${prefix}=${namespace.replace(/[\^()]/g, "^$&")})`;
  return percentEncodedQuery(query);
}

/** A scheme's name is a QName (XPointer framework §3.1). */
function schemeEnd(text: string, at: number): number {
  const end = ncNameEnd(text, at);
  if (end === at || text[end] !== ":") return end;
  const local = ncNameEnd(text, end + 1);
  return local === end + 1 ? at : local;
}

/** What stands in the parentheses, `^(`, `^)` and `^^` taken back; balanced ones may stand as they are. */
function schemeData(text: string, from: number): { data: string; end: number } {
  let data = "", depth = 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === "^") {
      const escaped = text[++at];
      if (escaped !== "(" && escaped !== ")" && escaped !== "^") {
        throw new XcapProblem(400, 'query: "^" stands before none of "(", ")" and "^"');
      }
      data += escaped;
    } else if (character === ")" && --depth === 0) {
      return { data, end: at + 1 };
    } else {
      if (character === "(") depth++;
      data += character;
    }
  }
  throw new XcapProblem(400, "query: a parenthesis is not closed");
}

/** `S? NCName S? "=" S? name` (XPointer xmlns() scheme §3). */
function bind(bindings: Map<string, string>, data: string): void {
  const start = blankEnd(data, 0), end = ncNameEnd(data, start);
  const equals = blankEnd(data, end);
  if (end === start || data[equals] !== "=") {
    throw new XcapProblem(400, `query: xmlns(${data.slice(0, 60)}) is not of the form prefix=namespace`);
  }
  const prefix = data.slice(start, end);
  const namespaceStart = blankEnd(data, equals + 1);
  if (prefix === "xml" || prefix === "xmlns") return;
  bindings.set(prefix, data.slice(namespaceStart, Math.max(namespaceStart, blankStart(data, data.length))));
}
