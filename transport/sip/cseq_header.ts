import { digits, skipBlanks, tokenEnd } from "./grammar.ts";
import { methodAt } from "./method.ts";

/** CSeq (RFC 3261 §20.16): a number below 2^31 and a method. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

const MAX = 2 ** 31 - 1;

/** Throws SyntaxError for anything that is not a CSeq. */
export function parseCSeq(text: string): CSeq {
  const end = tokenEnd(text, 0);
  const number = digits(text, 0, end, MAX);
  if (number < 0) {
    throw new SyntaxError(/^[0-9]+[ \t]/.test(text) ? "the number is not below 2**31" : "not a number and a method");
  }
  const start = skipBlanks(text, end);
  if (start === end || start === text.length || tokenEnd(text, start) !== text.length) {
    throw new SyntaxError("not a number and a method");
  }
  return { number, method: methodAt(text, start, text.length) };
}
