import { isXmlBlank } from "../xml/mod.ts";
import { ncNameEnd } from "./names.ts";
import type { NameTest, NodeSelector, Step } from "./selector.ts";
import { XcapProblem } from "./xcap_problem.ts";

/** Characters of a node selector when decoded, and its steps. */
export const SELECTOR_LIMITS = { characters: 8192, steps: 64 };

/** A position that no element has: what `[0]` and positions beyond all numbers are read as. */
export const NO_POSITION = Number.MAX_SAFE_INTEGER;

const PREDEFINED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * A node selector (RFC 4825 §6.3), percent-decoded: `list[@name="friends"]/entry[2]/@uri`. `namespaces` are the bindings of
 * the query. Throws XcapProblem 400 where it cannot be read or a prefix is not bound (§8), 404 for an extension selector
 * (§8). Takes time linear in the text.
 */
export function parseNodeSelector(text: string, namespaces: ReadonlyMap<string, string>): NodeSelector {
  return new SelectorReader(text, namespaces).selector();
}

class SelectorReader {
  readonly #text: string;
  readonly #namespaces: ReadonlyMap<string, string>;
  #at = 0;

  constructor(text: string, namespaces: ReadonlyMap<string, string>) {
    if (text.length > SELECTOR_LIMITS.characters) {
      throw new XcapProblem(400, `node selector: longer than ${SELECTOR_LIMITS.characters} characters`);
    }
    this.#text = text;
    this.#namespaces = namespaces;
  }

  selector(): NodeSelector {
    const steps: Step[] = [];
    let node: NodeSelector["node"] = { kind: "element" };
    for (;;) {
      if (steps.length > 0 && this.#text[this.#at] === "@") {
        this.#at++;
        const { prefix, name } = this.#name();
        node = { kind: "attribute", prefix, name };
        this.#end();
        break;
      }
      if (steps.length > 0 && this.#text.startsWith("namespace::*", this.#at)) {
        this.#at += "namespace::*".length;
        node = { kind: "namespaces" };
        this.#end();
        break;
      }
      steps.push(this.#step());
      if (steps.length > SELECTOR_LIMITS.steps) {
        throw new XcapProblem(400, `node selector: more than ${SELECTOR_LIMITS.steps} steps`);
      }
      if (this.#at === this.#text.length) break;
      if (this.#text[this.#at++] !== "/") this.#refuse(this.#at - 1, 'a "/" or the end');
    }
    return { steps, node, namespaces: this.#namespaces, text: this.#text };
  }

  #step(): Step {
    const test = this.#text[this.#at] === "*" ? this.#any() : this.#name();
    let position = 0;
    let attribute: Step["attribute"] = null;
    if (this.#text[this.#at] === "[" && isDigit(this.#text.charCodeAt(this.#at + 1))) {
      this.#at++;
      position = this.#position();
      this.#expect("]");
    }
    if (this.#text[this.#at] === "[") {
      this.#at++;
      this.#expect("@");
      const { prefix, name } = this.#name();
      this.#expect("=");
      attribute = { prefix, name, value: this.#value() };
      this.#expect("]");
    }
    return { ...test, position, attribute };
  }

  #any(): NameTest {
    this.#at++;
    return { prefix: "", name: "*" };
  }

  #name(): NameTest {
    const start = this.#at;
    const first = this.#ncName(start, "a name");
    if (this.#text[this.#at] !== ":" || this.#text[this.#at + 1] === ":") {
      // What looks like a function or an axis is an extension selector, and those we do not know are a 404 (§8).
      if (this.#text[this.#at] === "(" || this.#text[this.#at] === ":") {
        throw new XcapProblem(404, `node selector: extension selectors such as "${first}" are not known here`);
      }
      return { prefix: "", name: first };
    }
    this.#at++;
    const name = this.#ncName(this.#at, "a local name");
    if (first !== "xml" && !this.#namespaces.has(first)) {
      throw new XcapProblem(400, `node selector: the query does not bind the prefix "${first}": xmlns(${first}=…)`);
    }
    return { prefix: first, name };
  }

  #ncName(start: number, wanted: string): string {
    const end = ncNameEnd(this.#text, start);
    if (end === start) this.#refuse(start, wanted);
    this.#at = end;
    return this.#text.slice(start, end);
  }

  #position(): number {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    const position = Number(this.#text.slice(start, this.#at));
    return position === 0 || position > NO_POSITION ? NO_POSITION : position;
  }

  /**
   * An AttValue (XML 1.0 §2.3) with its references expanded and its white space normalised, as it would be in a document.
   */
  #value(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") this.#refuse(this.#at, "a quoted value");
    const start = this.#at + 1;
    const end = this.#text.indexOf(quote, start);
    if (end < 0) throw new XcapProblem(400, "node selector: a quoted value does not end");
    const raw = this.#text.slice(start, end);
    if (raw.includes("<")) throw new XcapProblem(400, 'node selector: "<" in a value must be written &lt;');
    this.#at = end + 1;
    return expanded(raw);
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) this.#refuse(this.#at, `"${character}"`);
    this.#at++;
  }

  #end(): void {
    if (this.#at < this.#text.length) this.#refuse(this.#at, "the end");
  }

  #refuse(at: number, wanted: string): never {
    const found = at < this.#text.length ? `"${this.#text.slice(at, at + 20)}"` : "the end";
    throw new XcapProblem(400, `node selector, character ${at + 1}: ${found} where ${wanted} should be`);
  }
}

function expanded(raw: string): string {
  let value = "";
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (isXmlBlank(code)) {
      value += " ";
    } else if (code !== 38) {
      value += raw[at];
    } else {
      // The longest reference that means something is short: `&#x10FFFF;` with some zeros.
      const end = raw.indexOf(";", at);
      const name = end < 0 || end - at > 32 ? "" : raw.slice(at + 1, end);
      value += characterOf(name, raw.slice(at, at + 12));
      at = end;
    }
  }
  return value;
}

function characterOf(reference: string, shown: string): string {
  if (Object.hasOwn(PREDEFINED, reference)) return PREDEFINED[reference];
  const digits = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(reference);
  const code = digits === null ? NaN : digits[1] === undefined ? Number(digits[2]) : parseInt(digits[1], 16);
  const isCharacter = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0xD7FF) ||
    (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
  if (!isCharacter) throw new XcapProblem(400, `node selector: "${shown}" is no reference that is known here`);
  return String.fromCodePoint(code);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
