import { SearchRefusal, shown } from "./search_refusal.ts";

/** A word of a query. `name` is a QName as written, `variable` comes without its `$`, `string` without quotes, numbers are symbols. */
export interface Token {
  readonly kind: "name" | "variable" | "string" | "symbol" | "end";
  readonly text: string;
  /** Of its first character. */
  readonly at: number;
}

/** Characters of a query, and of its words. */
const LENGTH = 8192;
const TOKENS = 2000;

const BLANK = /[ \t\r\n]+/y;
const NAME = /[\p{L}_][\p{L}\p{N}\p{M}_.-]{0,127}(?::[\p{L}_][\p{L}\p{N}\p{M}_.-]{0,127})?/uy;
const SYMBOL = /[0-9]+|<=|>=|!=|:=|<\/|\/>|\/\/|[()\/@=<>;,{}*\[\]|+.?-]/y;
const REFERENCE = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/g;
const MEANING: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The words of a query (XQuery 1.0 §A.2). Throws SearchRefusal with the place. Takes time linear in its length. */
export function tokensOf(query: string): Token[] {
  if (query.length > LENGTH) {
    throw new SearchRefusal("query", `A query has ${LENGTH} characters at most, not ${query.length}.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skip(query, at);
    if (tokens.length === TOKENS) throw misread(query, at, "a query of so many words is not taken");
    if (at === query.length) break;
    const token = next(query, at);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

/** A refusal that says where: `line 3, column 7: …`. */
export function misread(query: string, at: number, why: string): SearchRefusal {
  const before = query.slice(0, at);
  const line = before.split("\n").length;
  return new SearchRefusal("query", `line ${line}, column ${at - before.lastIndexOf("\n")}: ${why}.`);
}

/** Behind white space and comments, which may stand in each other (XQuery 1.0 §2.6). */
function skip(query: string, from: number): number {
  let at = from;
  for (;;) {
    BLANK.lastIndex = at;
    if (BLANK.test(query)) at = BLANK.lastIndex;
    if (!query.startsWith("(:", at)) return at;
    const start = at;
    let open = 1;
    for (at += 2; open > 0; at++) {
      if (at >= query.length) throw misread(query, start, "the comment does not end");
      if (query.startsWith("(:", at)) open++, at++;
      else if (query.startsWith(":)", at)) open--, at++;
    }
  }
}

function next(query: string, at: number): { readonly token: Token; readonly end: number } {
  const first = query[at];
  if (first === '"' || first === "'") return string(query, at, first);
  const variable = first === "$";
  NAME.lastIndex = variable ? at + 1 : at;
  const name = NAME.exec(query);
  if (name !== null) {
    return { token: { kind: variable ? "variable" : "name", text: name[0], at }, end: NAME.lastIndex };
  }
  SYMBOL.lastIndex = at;
  const symbol = SYMBOL.exec(query);
  if (symbol !== null) return { token: { kind: "symbol", text: symbol[0], at }, end: SYMBOL.lastIndex };
  throw misread(query, at, `${shown(String.fromCodePoint(query.codePointAt(at)!))} begins nothing that is known here`);
}

/** A quote inside is written twice, `&` begins a reference (XQuery 1.0 §3.1.1). */
function string(query: string, at: number, quote: string): { readonly token: Token; readonly end: number } {
  let end = at + 1;
  for (;; end += 2) {
    end = query.indexOf(quote, end);
    if (end < 0) throw misread(query, at, "the string does not end");
    if (query[end + 1] !== quote) break;
  }
  const raw = query.slice(at + 1, end);
  if (raw.replace(REFERENCE, "").includes("&")) {
    throw misread(query, at, "an & in a string is written &amp;");
  }
  const text = raw.replaceAll(quote + quote, quote).replace(
    REFERENCE,
    (_, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) return MEANING[name];
      const code = decimal !== undefined ? Number(decimal) : parseInt(hex!, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
  return { token: { kind: "string", text, at }, end: end + 1 };
}
