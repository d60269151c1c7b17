/** What a text is made of, in its order. The texts of all tokens together are the text. */
export type Token =
  | { readonly kind: "text"; readonly text: string }
  /** `href`: as the browser understands it; `host`: in ASCII; `plain`: false where the text could be read as another host than that. */
  | {
    readonly kind: "link";
    readonly text: string;
    readonly href: string;
    readonly host: string;
    readonly plain: boolean;
  };

/** More in one message are not looked for: nobody follows them, and a giant text is drawn in time. */
const MOST_LINKS = 100;
/** Longer ones are text. */
const LONGEST = 2048;
// Neither white space nor what is not to be seen or turns the line may be in one: a link ends before it.
const CANDIDATE = /https?:\/\/[^\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>"`{}|\\^]+/giu;

/** Finds links of http and https. Everything else, and what hides where it leads (a user name before the host), stays text. */
export function linkify(text: string): Token[] {
  const tokens: Token[] = [];
  let done = 0, links = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    if (links >= MOST_LINKS) break;
    // A letter before it: part of a word.
    if (/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, match.index - 2), match.index))) continue;
    if (match[0].length > LONGEST) continue;
    const found = withoutEnd(match[0]);
    const link = linkOf(found);
    if (link === null) continue;
    if (match.index > done) tokens.push({ kind: "text", text: text.slice(done, match.index) });
    tokens.push(link);
    done = match.index + found.length;
    links++;
  }
  if (done < text.length) tokens.push({ kind: "text", text: text.slice(done) });
  return tokens;
}

function linkOf(text: string): Token | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, href, hostname, host } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:") return null;
  if (username !== "" || password !== "" || hostname === "") return null;
  const written = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1].toLowerCase() ?? "";
  // Written as it is, and not as one that only looks so: `xn--…` stands for letters of other scripts.
  const plain = (written === host || written.replace(/:\d*$/, "") === hostname) && !hostname.includes("xn--");
  return { kind: "link", text, href, host, plain };
}

/** Without the end of the sentence that it stands in. */
function withoutEnd(url: string): string {
  let end = url.length;
  for (;;) {
    const last = url[end - 1];
    if (/[.,;:!?'*_~…。，、！？«»“”‘’]/u.test(last)) end--;
    else if (last === ")" && unbalanced(url.slice(0, end), "(", ")")) end--;
    else if (last === "]" && unbalanced(url.slice(0, end), "[", "]")) end--;
    else return url.slice(0, end);
  }
}

function unbalanced(text: string, open: string, close: string): boolean {
  return text.split(close).length > text.split(open).length;
}
