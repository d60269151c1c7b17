const CR = 0x0d;
const LF = 0x0a;
const HYPHEN = 0x2d;
/** What stands before the transaction id: CRLF and seven hyphens. */
const LEAD = 9;

/**
 * Looks for the end of a body: CRLF, seven hyphens, the transaction id, a flag, CRLF (RFC 4975 §7.1). Only every seventh octet
 * is looked at: a run of seven hyphens cannot hide between two of them. An end-line that lies on both sides of a read is
 * remembered as a number, how much of it was there, so no octet is kept or copied.
 */
export class EndLine {
  #tid = "";
  #flag = 0;
  /** Octets of an end-line that the octets so far ended with. */
  #matched = 0;
  /** Of those: how many stood in the head. */
  #inHead = 0;
  /** What `search` found: where the body ends in the octets it was given … */
  bodyEnd = 0;
  /** … and where the next frame begins; -1: no end there. */
  next = -1;

  /** A body begins. Its end-line may follow at once: then the CRLF before it is that of the empty line. */
  begin(tid: string): void {
    this.#tid = tid;
    this.#matched = this.#inHead = 2;
  }

  /** The flag of the end-line that was found. */
  get flag(): "$" | "+" | "#" {
    return this.#flag === 0x24 ? "$" : this.#flag === 0x2b ? "+" : "#";
  }

  /**
   * Searches `octets[from, octets.length)`. Returns octets that were held back before and turn out to belong to the body; they
   * come before `octets[from, bodyEnd)`. Null where there are none.
   */
  search(octets: Uint8Array, from: number): Uint8Array | null {
    let held: Uint8Array | null = null;
    this.next = -1;
    if (this.#matched > 0) {
      const before = this.#matched;
      const at = this.#match(octets, from);
      if (this.#matched === LEAD + this.#tid.length + 3) {
        this.#matched = this.#inHead = 0;
        this.bodyEnd = from;
        this.next = at;
        return null;
      }
      if (at === octets.length) {
        this.bodyEnd = from;
        return null;
      }
      held = this.#heldBack(before);
      this.#matched = this.#inHead = 0;
    }
    this.#scan(octets, from);
    return held;
  }

  /** Goes on matching at `octets[at]`; returns where it stopped. */
  #match(octets: Uint8Array, at: number): number {
    const whole = LEAD + this.#tid.length + 3;
    let matched = this.#matched;
    while (at < octets.length && matched < whole && this.#fits(matched, octets[at])) {
      matched++;
      at++;
    }
    this.#matched = matched;
    return at;
  }

  /** True where `octet` is what stands at `index` of the end-line. */
  #fits(index: number, octet: number): boolean {
    if (index < LEAD) return octet === (index === 0 ? CR : index === 1 ? LF : HYPHEN);
    const tid = this.#tid;
    if (index < LEAD + tid.length) return octet === tid.charCodeAt(index - LEAD);
    if (index === LEAD + tid.length) {
      this.#flag = octet;
      return octet === 0x24 || octet === 0x2b || octet === 0x23;
    }
    return octet === (index === LEAD + tid.length + 1 ? CR : LF);
  }

  /** The octets that were taken for the beginning of an end-line: they are known without having been kept. */
  #heldBack(matched: number): Uint8Array | null {
    const from = this.#inHead;
    if (matched <= from) return null;
    const octets = new Uint8Array(matched - from);
    for (let i = from; i < matched; i++) {
      const tidAt = i - LEAD;
      octets[i - from] = tidAt < 0
        ? (i === 0 ? CR : i === 1 ? LF : HYPHEN)
        : tidAt < this.#tid.length
        ? this.#tid.charCodeAt(tidAt)
        : tidAt === this.#tid.length
        ? this.#flag
        : CR;
    }
    return octets;
  }

  #scan(octets: Uint8Array, from: number): void {
    const { length } = octets;
    // The first place where the last of seven hyphens can stand.
    let at = from + LEAD - 1;
    while (at < length) {
      if (octets[at] !== HYPHEN) {
        at += 7;
        continue;
      }
      let start = at;
      while (start > from && octets[start - 1] === HYPHEN) start--;
      if (start - from >= 2 && octets[start - 1] === LF && octets[start - 2] === CR) {
        this.#matched = 2;
        const stop = this.#match(octets, start);
        if (this.#matched === LEAD + this.#tid.length + 3) {
          this.#matched = 0;
          this.bodyEnd = start - 2;
          this.next = stop;
          return;
        }
        if (stop === length) {
          this.bodyEnd = start - 2;
          return;
        }
        this.#matched = 0;
      }
      while (at < length && octets[at] === HYPHEN) at++;
      at += LEAD - 1;
    }
    this.#holdBack(octets, from);
  }

  /** The last octets may be the CRLF and some hyphens of an end-line. */
  #holdBack(octets: Uint8Array, from: number): void {
    const { length } = octets;
    for (let at = Math.max(from, length - LEAD + 1); at < length; at++) {
      if (octets[at] !== CR) continue;
      this.#matched = 0;
      if (this.#match(octets, at) === length) {
        this.bodyEnd = at;
        return;
      }
      this.#matched = 0;
    }
    this.bodyEnd = length;
  }
}

/** True where the body holds seven hyphens and the transaction id: it would end there for whoever reads it (§7.1). */
export function holdsEndLine(body: Uint8Array, tid: string): boolean {
  const { length } = body;
  for (let at = 6; at < length;) {
    if (body[at] !== HYPHEN) {
      at += 7;
      continue;
    }
    let start = at;
    while (start > 0 && body[start - 1] === HYPHEN) start--;
    while (at < length && body[at] === HYPHEN) at++;
    if (at - start >= 7) {
      let i = 0;
      while (i < tid.length && body[at + i] === tid.charCodeAt(i)) i++;
      if (i === tid.length) return true;
    }
    at += 7;
  }
  return false;
}
