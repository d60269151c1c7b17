import { fromLatin1, toLatin1, utf8 } from "../../../foundation/mod.ts";

const ASCII = /^[\x20-\x7e]*$/;
const decoder = new TextDecoder();

/** Text as it stands in a head: one line, UTF-8, one character an octet. */
export function toHead(text: string): string {
  if (ASCII.test(text)) return text;
  // deno-lint-ignore no-control-regex
  return toLatin1(utf8(text.replace(/[\x00-\x1f\x7f]+/g, " ").trim()));
}

/** The text that a value of a head means; at most so many characters of it. */
export function fromHead(value: string, longest = 256): string {
  const text = ASCII.test(value) ? value : decoder.decode(fromLatin1(value));
  return text.slice(0, longest).toWellFormed();
}
