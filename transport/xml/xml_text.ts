/** XML's white space (XML 1.0 §2.3). */
export function isXmlBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Text without XML's white space around it. */
export function xmlTrim(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isXmlBlank(text.charCodeAt(start))) start++;
  while (end > start && isXmlBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Text with white space as a token's (XML Schema Part 2 §4.3.6 `collapse`): none around, one blank for each run inside. */
export function xmlCollapsed(text: string): string {
  let blank = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 32) blank = false;
    else if (blank || code !== 32) return xmlTrim(text).replace(/[ \t\n\r]+/g, " ");
    else blank = true;
  }
  return blank ? xmlTrim(text) : text;
}

/** Where the reference whose `&` stands at `at` ends; -1 where it is none that we take (XML 1.0 §4.1, §4.6). */
export function referenceEnd(text: string, at: number): number {
  if (text.charCodeAt(at + 1) !== 35) {
    for (const entity of ENTITIES) if (text.startsWith(entity, at)) return at + entity.length;
    return -1;
  }
  const hex = text.charCodeAt(at + 2) === 120;
  const first = at + (hex ? 3 : 2);
  let code = 0;
  for (let i = first;; i++) {
    const c = text.charCodeAt(i);
    if (c === 59) return i > first && isXmlCharacter(code) ? i + 1 : -1;
    const digit = c >= 48 && c <= 57
      ? c - 48
      : hex && c >= 97 && c <= 102
      ? c - 87
      : hex && c >= 65 && c <= 70
      ? c - 55
      : -1;
    if (digit < 0) return -1;
    code = Math.min(code * (hex ? 16 : 10) + digit, 0x110000);
  }
}

const ENTITIES = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
const MEANING: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function isXmlCharacter(code: number): boolean {
  return code >= 32
    ? code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
    : code === 9 || code === 10 || code === 13;
}

/** Character data that was found well-formed, with line ends as one `\n` (XML 1.0 §2.11) and its references expanded. */
export function expandedText(raw: string): string {
  return withReferences(raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw);
}

/** The same for an attribute's value: white space becomes blanks, but not what comes of a reference (XML 1.0 §3.3.3). */
export function expandedValue(raw: string): string {
  return withReferences(/[\t\n\r]/.test(raw) ? raw.replace(/\r\n|[\t\n\r]/g, " ") : raw);
}

function withReferences(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([a-z]+));/g, (_, hex?: string, decimal?: string, name = "") => {
    return hex !== undefined
      ? String.fromCodePoint(parseInt(hex, 16))
      : decimal !== undefined
      ? String.fromCodePoint(Number(decimal))
      : MEANING[name];
  });
}

/** What stands between two tags, found well-formed: comments and instructions left out, CDATA as it is, the rest expanded. */
export function expandedContent(text: string, from: number, to: number): string {
  let all = "";
  let at = from;
  while (at < to) {
    let markup = text.indexOf("<", at);
    if (markup < 0 || markup > to) markup = to;
    if (markup > at) all += expandedText(text.slice(at, markup));
    if (markup === to) break;
    if (text.startsWith("<![CDATA[", markup)) {
      const end = text.indexOf("]]>", markup);
      all += text.slice(markup + 9, end).replace(/\r\n?/g, "\n");
      at = end + 3;
    } else at = text.startsWith("<!--", markup) ? text.indexOf("-->", markup + 4) + 3 : text.indexOf("?>", markup) + 2;
  }
  return all;
}

/** Text for an element or an attribute; what XML cannot hold (control characters, half of a pair) becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}
