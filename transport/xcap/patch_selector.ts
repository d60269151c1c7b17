import { ncNameEnd } from "./names.ts";
import { PatchProblem } from "./patch_operation.ts";

/** A name as it stands in a selector of RFC 5261. */
export interface PatchName {
  readonly prefix: string;
  readonly name: string;
}

export type PatchPredicate =
  | { readonly kind: "position"; readonly position: number }
  | { readonly kind: "attribute"; readonly name: PatchName; readonly value: string }
  | { readonly kind: "child"; readonly name: PatchName; readonly value: string }
  | { readonly kind: "self"; readonly value: string };

export interface PatchStep {
  /** Null: `*`. */
  readonly name: PatchName | null;
  readonly predicates: readonly PatchPredicate[];
}

/** What the last step may be beside an element. `position` 0: none. */
export type PatchLast =
  | { readonly kind: "text" | "comment"; readonly position: number }
  | { readonly kind: "instruction"; readonly target: string | null; readonly position: number }
  | { readonly kind: "attribute"; readonly name: PatchName }
  | { readonly kind: "namespace"; readonly prefix: string };

export interface PatchSelector {
  readonly steps: readonly PatchStep[];
  /** Null: the element of the steps. */
  readonly last: PatchLast | null;
}

const LIMITS = { characters: 8192, steps: 64, predicates: 8 };

/** The subset of XPath that `sel` may hold (RFC 5261 §4.1, §8); `id()` is not known here. Throws PatchProblem. */
export function parsePatchSelector(text: string): PatchSelector {
  if (text.length > LIMITS.characters) throw refusal(`longer than ${LIMITS.characters} characters`);
  const reader = new Reader(text);
  return reader.selector();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  selector(): PatchSelector {
    this.#take("/");
    const steps: PatchStep[] = [];
    for (;;) {
      const last = this.#last();
      if (last !== null) {
        if (this.#at < this.#text.length) throw this.#unexpected("the end");
        return { steps, last };
      }
      steps.push(this.#step());
      if (steps.length > LIMITS.steps) throw refusal(`more than ${LIMITS.steps} steps`);
      if (this.#at === this.#text.length) return { steps, last: null };
      if (!this.#take("/")) throw this.#unexpected('"/" or the end');
    }
  }

  #last(): PatchLast | null {
    if (this.#take("@")) return { kind: "attribute", name: this.#name() };
    if (this.#take("namespace::")) return { kind: "namespace", prefix: this.#ncName() };
    if (this.#take("text()")) return { kind: "text", position: this.#optionalPosition() };
    if (this.#take("comment()")) return { kind: "comment", position: this.#optionalPosition() };
    if (this.#take("processing-instruction(")) {
      const target = this.#text[this.#at] === ")" ? null : this.#literal();
      this.#expect(")");
      return { kind: "instruction", target, position: this.#optionalPosition() };
    }
    if (this.#text.startsWith("id(", this.#at)) {
      throw new PatchProblem("unsupported-id-function", "selector: id() is not known here");
    }
    return null;
  }

  #step(): PatchStep {
    const name = this.#take("*") ? null : this.#name();
    const predicates: PatchPredicate[] = [];
    while (this.#take("[")) {
      predicates.push(this.#predicate());
      if (predicates.length > LIMITS.predicates) throw refusal(`more than ${LIMITS.predicates} predicates of a step`);
      this.#expect("]");
    }
    return { name, predicates };
  }

  #predicate(): PatchPredicate {
    if (isDigit(this.#text.charCodeAt(this.#at))) return { kind: "position", position: this.#number() };
    if (this.#take(".")) return { kind: "self", value: this.#comparison() };
    const kind = this.#take("@") ? "attribute" : "child";
    return { kind, name: this.#name(), value: this.#comparison() };
  }

  #comparison(): string {
    this.#expect("=");
    return this.#literal();
  }

  #optionalPosition(): number {
    if (!this.#take("[")) return 0;
    if (!isDigit(this.#text.charCodeAt(this.#at))) throw this.#unexpected("a position");
    const position = this.#number();
    this.#expect("]");
    return position;
  }

  #number(): number {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    const position = Number(this.#text.slice(start, this.#at));
    if (position === 0) throw refusal("positions count from 1");
    return position;
  }

  /** XPath 1.0 §3.7: no escapes. */
  #literal(): string {
    const quote = this.#text[this.#at];
    const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) throw this.#unexpected("a value in quotes");
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #name(): PatchName {
    const first = this.#ncName();
    return this.#take(":") ? { prefix: first, name: this.#ncName() } : { prefix: "", name: first };
  }

  #ncName(): string {
    const end = ncNameEnd(this.#text, this.#at);
    if (end === this.#at) throw this.#unexpected("a name");
    const name = this.#text.slice(this.#at, end);
    this.#at = end;
    return name;
  }

  #take(what: string): boolean {
    if (!this.#text.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  #expect(what: string): void {
    if (!this.#take(what)) throw this.#unexpected(`"${what}"`);
  }

  #unexpected(wanted: string): PatchProblem {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 20)}"` : "the end";
    return refusal(`character ${this.#at + 1}: ${found} where ${wanted} should be`);
  }
}

function refusal(message: string): PatchProblem {
  return new PatchProblem("invalid-attribute-value", `selector: ${message}`);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
