/** CSeq (RFC 3261 §20.16): a number below 2^31 and a method. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

const CSEQ = /^([0-9]{1,10})[ \t]+([A-Za-z0-9\-.!%*_+`'~]+)$/;

/** Throws SyntaxError for anything that is not a CSeq. */
export function parseCSeq(text: string): CSeq {
  const match = CSEQ.exec(text);
  if (match === null) throw new SyntaxError("not a number and a method");
  const number = Number(match[1]);
  if (number >= 2 ** 31) throw new SyntaxError("the number is not below 2**31");
  return { number, method: match[2] };
}
