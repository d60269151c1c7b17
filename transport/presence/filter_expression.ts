import { detached } from "../../foundation/mod.ts";
import { isXmlBlank, type PrefixLookup } from "../xml/mod.ts";

/** A name in an expression; null for `*`. */
export type FilterName = { readonly namespace: string; readonly name: string } | null;

/** One level of a reference (RFC 4661 §5). */
export interface FilterStep {
  /** After `//`: at any level below. */
  readonly anywhere: boolean;
  readonly name: FilterName;
  readonly condition: FilterCondition | null;
}

/** What an expression selects: elements, or attributes of elements. */
export interface FilterPath {
  /** None only where an attribute of any element is selected (`//@a`). */
  readonly steps: readonly FilterStep[];
  /** Null where it selects elements. */
  readonly attribute: FilterAttribute | null;
}

export interface FilterAttribute {
  readonly namespace: string;
  readonly name: string;
  /** After `//`: of the element or of any in it. */
  readonly anywhere: boolean;
}

/** In square brackets: `or` of `and`s, as XPath 1.0 §3.4 binds them. */
export type FilterCondition = readonly (readonly FilterComparison[])[];

export interface FilterComparison {
  /** Where the value is: from the element down; `self` is `.`, `parent` is `..`. */
  readonly of: "self" | "parent" | readonly FilterName[];
  readonly attribute: Omit<FilterAttribute, "anywhere"> | null;
  readonly operator: "=" | "<" | ">";
  readonly value: string | number;
}

/** Characters, levels and comparisons of one expression: more is refused. */
export const EXPRESSION_LIMITS = { characters: 1024, steps: 12, comparisons: 8 } as const;

/**
 * Reads the restricted XPath of RFC 4661 §5, with white space between its parts. Conditions may stand behind each step, as in
 * the RFC's examples. Throws SyntaxError, saying where.
 */
export function parseFilterPath(text: string, namespaceOf: PrefixLookup): FilterPath {
  return new ExpressionReader(text, namespaceOf).path();
}

class ExpressionReader {
  readonly #text: string;
  readonly #namespaceOf: PrefixLookup;
  #at = 0;
  #comparisons = 0;

  constructor(text: string, namespaceOf: PrefixLookup) {
    this.#text = text;
    this.#namespaceOf = namespaceOf;
  }

  path(): FilterPath {
    const { characters } = EXPRESSION_LIMITS;
    if (this.#text.length > characters) throw new SyntaxError(`more than ${characters} characters`);
    const steps: FilterStep[] = [];
    do {
      if (!this.#takes("/")) throw this.#unexpected("/");
      const anywhere = this.#takes("/", false);
      if (this.#takes("@")) {
        if (steps.length === 0 && !anywhere) throw new SyntaxError("an attribute that is of no element");
        const attribute = { ...this.#qualified(), anywhere };
        if (!this.#isAtEnd()) throw this.#unexpected("the end");
        return { steps, attribute };
      }
      if (steps.length === EXPRESSION_LIMITS.steps) {
        throw new SyntaxError(`more than ${EXPRESSION_LIMITS.steps} levels`);
      }
      steps.push({ anywhere, name: this.#name(), condition: this.#takes("[") ? this.#condition() : null });
    } while (!this.#isAtEnd());
    return { steps, attribute: null };
  }

  #condition(): FilterCondition {
    const any: FilterComparison[][] = [[this.#comparison()]];
    while (!this.#takes("]")) {
      const operator = this.#word();
      if (operator === "and") any[any.length - 1].push(this.#comparison());
      else if (operator === "or") any.push([this.#comparison()]);
      else throw this.#unexpected("and, or or ]");
    }
    return any;
  }

  #comparison(): FilterComparison {
    if (++this.#comparisons > EXPRESSION_LIMITS.comparisons) {
      throw new SyntaxError(`more than ${EXPRESSION_LIMITS.comparisons} comparisons`);
    }
    let of: FilterComparison["of"] = [], attribute: FilterComparison["attribute"] = null;
    if (this.#takes(".")) of = this.#takes(".", false) ? "parent" : "self";
    else if (this.#takes("@")) attribute = this.#qualified();
    else {
      const path = [this.#name()];
      while (this.#takes("/")) {
        if (this.#takes("@")) {
          attribute = this.#qualified();
          break;
        }
        if (path.push(this.#name()) > EXPRESSION_LIMITS.steps) {
          throw new SyntaxError(`more than ${EXPRESSION_LIMITS.steps} levels in a condition`);
        }
      }
      of = path;
    }
    const operator = this.#takes("=") ? "=" : this.#takes("<") ? "<" : this.#takes(">") ? ">" : null;
    if (operator === null) throw this.#unexpected("=, < or >");
    return { of, attribute, operator, value: this.#value() };
  }

  /** In quotes of either kind, or a number. */
  #value(): string | number {
    for (const quote of ['"', "'"]) {
      if (!this.#takes(quote)) continue;
      const end = this.#text.indexOf(quote, this.#at);
      if (end < 0) throw new SyntaxError(`the quote at ${this.#at} is not closed`);
      const value = detached(this.#text.slice(this.#at, end));
      this.#at = end + 1;
      return value;
    }
    this.#skip();
    const number = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0];
    if (number === undefined) throw this.#unexpected("a value in quotes or a number");
    this.#at += number.length;
    return Number(number);
  }

  #name(): FilterName {
    return this.#takes("*") ? null : this.#qualified();
  }

  /** XPath 1.0 §2.3: without a prefix it is in no namespace, whatever the default one is. */
  #qualified(): { namespace: string; name: string } {
    const first = this.#word();
    if (first === "") throw this.#unexpected("a name");
    if (!this.#takes(":", false)) return { namespace: "", name: first };
    const name = isXmlBlank(this.#text.charCodeAt(this.#at)) ? "" : this.#word();
    if (name === "") throw this.#unexpected(`a name behind ${first}:`);
    return { namespace: this.#namespace(first), name };
  }

  #namespace(prefix: string): string {
    const namespace = this.#namespaceOf(prefix);
    if (namespace === undefined) throw new SyntaxError(`the prefix "${prefix}" is not bound in ns-bindings`);
    return namespace;
  }

  /** A run of name characters; "" where there is none. */
  #word(): string {
    this.#skip();
    const word = NAME.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += word.length;
    return detached(word);
  }

  #takes(sign: string, blanks = true): boolean {
    if (blanks) this.#skip();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #isAtEnd(): boolean {
    this.#skip();
    return this.#at === this.#text.length;
  }

  #skip(): void {
    while (this.#at < this.#text.length && isXmlBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #unexpected(wanted: string): SyntaxError {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 20)}"` : "the end";
    return new SyntaxError(`${found} at character ${this.#at + 1} where ${wanted} belongs`);
  }
}

/** NCName, as far as it matters: what is no name selects nothing. */
const NAME = /^[A-Za-z_\u0080-\uffff][A-Za-z0-9._\-\u0080-\uffff]*/;
