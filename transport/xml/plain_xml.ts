import { KIND, NAME, NAME_START, SPACE, TEXT, VALUE } from "./plain_octets.ts";
import { XML_NAMESPACE, XMLNS_NAMESPACE } from "./namespace_scope.ts";
import { XmlProblem } from "./xml_node.ts";
import { textOfXml } from "./xml_parse.ts";

/** What `next` has found. */
export const PLAIN_START = 1, PLAIN_END = 2, PLAIN_DONE = 3, PLAIN_UNKNOWN = 0;
export type PlainToken = typeof PLAIN_START | typeof PLAIN_END | typeof PLAIN_DONE | typeof PLAIN_UNKNOWN;

/** Well within what whoever reads in full takes; what is larger is read in full. */
const MOST = { octets: 16_384, depth: 16, elements: 250, attributes: 16, declarations: 48 };

const SLASH = 47, COLON = 58, LT = 60, EQUALS = 61, GT = 62, QUESTION = 63, BRACKET = 93;

const DECLARATIONS = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<?xml version="1.0" encoding="utf-8"?>',
  '<?xml version="1.0"?>',
  `<?xml version='1.0' encoding='UTF-8'?>`,
  `<?xml version='1.0' encoding='utf-8'?>`,
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
  '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
].map(plainWord);
const XML = plainWord("xml"), XMLNS = plainWord("xmlns");
const FORBIDDEN = [XML_NAMESPACE, XMLNS_NAMESPACE].map(plainWord);

/** ASCII text in the form in which a reader compares. */
export function plainWord(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Reads, octet by octet and without making anything of it, the XML that clients write every day: elements, attributes, namespaces, text.
 * At all else (references, comments, CDATA, instructions, names beyond ASCII, anything wrong or large) it gives up: what it reads to the
 * end is a well-formed document that `parseXmlOctets` takes, what it does not read may be one or not. For one document at a time.
 */
export class PlainXml {
  readonly #namespaces: readonly Uint8Array[];
  #octets: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Open elements. */
  depth = 0;
  #elements = 0;
  /** The start tag found last was `<a/>`: its end is found next. */
  #empty = false;
  #beyondAscii = false;
  /** Of the element found last: place of its local name, and which of the namespaces it is in, counted from 1; 0: another or none. */
  #nameFrom = 0;
  #nameTo = 0;
  namespace = 0;
  /** Where the text since the last tag stands. Of an element that ends and has no child: what it says, but for white space around it. */
  textFrom = 0;
  textTo = 0;
  /** Of open elements: their names as written, and how many declarations there were outside. */
  readonly #openFrom = new Int32Array(MOST.depth);
  readonly #openTo = new Int32Array(MOST.depth);
  readonly #openMark = new Int32Array(MOST.depth);
  /** Declarations in scope: their prefixes, and what they stand for as `namespace` has it. */
  #declared = 0;
  readonly #prefixFrom = new Int32Array(MOST.declarations);
  readonly #prefixTo = new Int32Array(MOST.declarations);
  readonly #means = new Int32Array(MOST.declarations);
  /** Attributes of the start tag found last: names, prefixes (empty for none) and values. */
  #attributes = 0;
  readonly #attributeFrom = new Int32Array(MOST.attributes);
  readonly #localFrom = new Int32Array(MOST.attributes);
  readonly #localTo = new Int32Array(MOST.attributes);
  readonly #valueFrom = new Int32Array(MOST.attributes);
  readonly #valueTo = new Int32Array(MOST.attributes);

  /** @param namespaces those that are told apart: `namespace` counts them from 1 */
  constructor(namespaces: readonly string[]) {
    this.#namespaces = namespaces.map(plainWord);
  }

  /** Begins with a document; false where it gives up already. The octets are held until `end`. */
  begin(octets: Uint8Array): boolean {
    this.#octets = octets;
    this.#at =
      this.depth =
      this.#elements =
      this.#declared =
        0;
    this.#empty = this.#beyondAscii = false;
    if (octets.length > MOST.octets || octets[0] !== LT) return false;
    if (octets[1] !== QUESTION) return true;
    const declaration = DECLARATIONS.find((known) => this.#stands(0, known));
    if (declaration === undefined) return false;
    this.#at = declaration.length;
    return true;
  }

  /** Lets go of the document. */
  end(): void {
    this.#octets = NOTHING;
  }

  /** Goes on to the next start or end of an element. */
  next(): PlainToken {
    if (this.#empty) {
      this.#empty = false;
      this.textFrom = this.textTo = this.#at;
      return this.#closed();
    }
    const octets = this.#octets, { length } = octets;
    let at = this.textFrom = this.#at;
    let octet = 0;
    if (this.depth === 0) {
      while (at < length && (KIND[octets[at]] & SPACE) !== 0) at++;
      this.#at = at;
      if (at === length) return this.#elements > 0 && this.#isUtf8() ? PLAIN_DONE : PLAIN_UNKNOWN;
      if (octets[at] !== LT || this.#elements > 0) return PLAIN_UNKNOWN;
    } else {
      for (; at < length; at++) {
        octet = octets[at];
        if ((KIND[octet] & TEXT) === 0) {
          if (octet !== BRACKET || octets[at + 1] === BRACKET) break;
        } else if (octet >= 128) this.#beyondAscii = true;
      }
      if (at >= length || octet !== LT) return PLAIN_UNKNOWN;
    }
    this.textTo = at;
    this.#at = at + 1;
    return octets[at + 1] === SLASH ? this.#endTag() : this.#startTag();
  }

  /** Whether the element found last has this local name. */
  isNamed(word: Uint8Array): boolean {
    return this.is(this.#nameFrom, this.#nameTo, word);
  }

  /** Whether those octets are this word. */
  is(from: number, to: number, word: Uint8Array): boolean {
    return to - from === word.length && this.#stands(from, word);
  }

  /** Whether those octets are the same as these. */
  isSame(from: number, to: number, otherFrom: number, otherTo: number): boolean {
    const octets = this.#octets;
    if (to - from !== otherTo - otherFrom) return false;
    for (let i = from, j = otherFrom; i < to; i++, j++) if (octets[i] !== octets[j]) return false;
    return true;
  }

  /** Of the start tag found last: the attribute of this name without a prefix; false for none. Its value becomes the text. */
  findAttribute(word: Uint8Array): boolean {
    for (let i = 0; i < this.#attributes; i++) {
      if (this.#attributeFrom[i] !== this.#localFrom[i] || !this.is(this.#localFrom[i], this.#localTo[i], word)) {
        continue;
      }
      this.textFrom = this.#valueFrom[i];
      this.textTo = this.#valueTo[i];
      return true;
    }
    return false;
  }

  /** Takes white space off the text at both ends. */
  trim(): void {
    const octets = this.#octets;
    while (this.textFrom < this.textTo && (KIND[octets[this.textFrom]] & SPACE) !== 0) this.textFrom++;
    while (this.textTo > this.textFrom && (KIND[octets[this.textTo - 1]] & SPACE) !== 0) this.textTo--;
  }

  /** The text, which is ASCII; null where it is not. */
  text(): string | null {
    const octets = this.#octets;
    let text = "";
    for (let i = this.textFrom; i < this.textTo; i++) {
      if (octets[i] >= 128) return null;
      text += String.fromCharCode(octets[i]);
    }
    return text;
  }

  #startTag(): PlainToken {
    const octets = this.#octets;
    const from = this.#at;
    if (++this.#elements > MOST.elements || this.depth === MOST.depth) return PLAIN_UNKNOWN;
    const mark = this.#declared;
    let colon = this.#name();
    if (colon < 0) return PLAIN_UNKNOWN;
    const to = this.#at;
    this.#attributes = 0;
    for (;;) {
      let at = this.#at;
      while ((KIND[octets[at]] & SPACE) !== 0) at++;
      const isSpaced = at > this.#at;
      this.#at = at;
      const octet = octets[at];
      if (octet === GT) break;
      if (octet === SLASH && octets[at + 1] === GT) {
        this.#empty = true;
        this.#at++;
        break;
      }
      if (!isSpaced || !this.#attribute(mark)) return PLAIN_UNKNOWN;
    }
    this.#at++;
    for (let i = 0; i < this.#attributes; i++) if (!this.#isAttributeSound(i)) return PLAIN_UNKNOWN;
    // Without a prefix the default namespace counts, or none.
    const prefixTo = colon === from ? from : colon - 1;
    colon = colon === from ? from : colon;
    const means = this.#meaning(from, prefixTo);
    if (means < 0 && prefixTo > from) return PLAIN_UNKNOWN;
    this.namespace = Math.max(means, 0);
    this.#nameFrom = colon;
    this.#nameTo = to;
    const { depth } = this;
    this.#openFrom[depth] = from;
    this.#openTo[depth] = to;
    this.#openMark[depth] = mark;
    this.depth = depth + 1;
    return PLAIN_START;
  }

  #endTag(): PlainToken {
    const from = this.#at + 1;
    if (this.depth === 0) return PLAIN_UNKNOWN;
    const open = this.depth - 1;
    const to = from + this.#openTo[open] - this.#openFrom[open];
    if (this.#octets[to] !== GT || !this.isSame(from, to, this.#openFrom[open], this.#openTo[open])) {
      return PLAIN_UNKNOWN;
    }
    this.#at = to + 1;
    return this.#closed();
  }

  #closed(): PlainToken {
    this.#declared = this.#openMark[--this.depth];
    return PLAIN_END;
  }

  /** Passes a name; gives where its local part begins, -1 where there is none. */
  #name(): number {
    const octets = this.#octets;
    let at = this.#at, local = at;
    if ((KIND[octets[at]] & NAME_START) === 0) return -1;
    while ((KIND[octets[at]] & NAME) !== 0) at++;
    if (octets[at] === COLON) {
      local = ++at;
      if ((KIND[octets[at]] & NAME_START) === 0) return -1;
      while ((KIND[octets[at]] & NAME) !== 0) at++;
    }
    this.#at = at;
    return local;
  }

  /** Passes one attribute or declaration; those from `mark` on are of the same element. */
  #attribute(mark: number): boolean {
    const octets = this.#octets;
    const from = this.#at;
    const local = this.#name();
    if (local < 0) return false;
    const to = this.#at;
    const quote = octets[to + 1];
    if (octets[to] !== EQUALS || quote !== 34 && quote !== 39) return false;
    const valueFrom = to + 2;
    let at = valueFrom;
    for (;; at++) {
      const octet = octets[at];
      if (octet === quote) break;
      // Also beyond the end.
      if ((KIND[octet] & VALUE) === 0) return false;
      if (octet >= 128) this.#beyondAscii = true;
    }
    this.#at = at + 1;
    if (local === from) {
      if (this.is(from, to, XMLNS)) return this.#declaration(mark, to, to, valueFrom, at);
    } else if (this.is(from, local - 1, XMLNS)) return this.#declaration(mark, local, to, valueFrom, at);
    const n = this.#attributes;
    if (n === MOST.attributes) return false;
    this.#attributeFrom[n] = from;
    this.#localFrom[n] = local;
    this.#localTo[n] = to;
    this.#valueFrom[n] = valueFrom;
    this.#valueTo[n] = at;
    this.#attributes = n + 1;
    return true;
  }

  #declaration(mark: number, from: number, to: number, valueFrom: number, valueTo: number): boolean {
    const n = this.#declared;
    if (n === MOST.declarations || valueFrom === valueTo) return false;
    if (this.is(from, to, XML) || this.is(from, to, XMLNS)) return false;
    for (const forbidden of FORBIDDEN) if (this.is(valueFrom, valueTo, forbidden)) return false;
    for (let i = mark; i < n; i++) {
      if (this.isSame(from, to, this.#prefixFrom[i], this.#prefixTo[i])) return false;
    }
    let means = 0;
    for (let i = 0; i < this.#namespaces.length && means === 0; i++) {
      if (this.is(valueFrom, valueTo, this.#namespaces[i])) means = i + 1;
    }
    this.#prefixFrom[n] = from;
    this.#prefixTo[n] = to;
    this.#means[n] = means;
    this.#declared = n + 1;
    return true;
  }

  /** Its prefix is declared, and none before it has the same local name: two that have may be the same attribute, or not. */
  #isAttributeSound(n: number): boolean {
    const from = this.#attributeFrom[n], local = this.#localFrom[n], to = this.#localTo[n];
    if (local > from && !this.is(from, local - 1, XML) && this.#meaning(from, local - 1) < 0) return false;
    for (let i = 0; i < n; i++) if (this.isSame(local, to, this.#localFrom[i], this.#localTo[i])) return false;
    return true;
  }

  /** What a prefix stands for, as `namespace` has it; -1 where it is not declared. */
  #meaning(from: number, to: number): number {
    for (let i = this.#declared - 1; i >= 0; i--) {
      if (this.isSame(from, to, this.#prefixFrom[i], this.#prefixTo[i])) return this.#means[i];
    }
    return -1;
  }

  #stands(at: number, word: Uint8Array): boolean {
    const octets = this.#octets;
    for (let i = 0; i < word.length; i++) if (octets[at + i] !== word[i]) return false;
    return true;
  }

  /** Whether what is beyond ASCII are characters that XML knows. */
  #isUtf8(): boolean {
    if (!this.#beyondAscii) return true;
    const octets = this.#octets;
    // Among these are U+FFFE and U+FFFF (XML 1.0 §2.2).
    for (let i = 0; i < octets.length; i++) if (octets[i] === 0xef && octets[i + 1] === 0xbf) return false;
    try {
      textOfXml(octets);
      return true;
    } catch (error) {
      if (error instanceof XmlProblem) return false;
      throw error;
    }
  }
}

const NOTHING = new Uint8Array(0);
