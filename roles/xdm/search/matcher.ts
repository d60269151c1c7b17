import { xmlCollapsed } from "../../../transport/xml/mod.ts";
import { type Comparison, type Condition, CONDITION_LIMITS } from "./condition.ts";
import { SearchRefusal, shown } from "./search_refusal.ts";
import { fieldIndex, type SearchTarget } from "./search_target.ts";
import { isDay, keyOf, numberIn, type Value } from "./values.ts";

/** What can be found. */
export interface Searched {
  /** What it is called in results, and by what they are in order. */
  readonly id: string;
  /** Folded address, where it has one. */
  readonly aor: string;
  /** By the field's place in the target. */
  readonly values: readonly (readonly Value[])[];
}

type Node =
  | { readonly kind: "all" | "any"; readonly of: readonly Node[] }
  | { readonly kind: "not"; readonly of: Node }
  | {
    readonly kind: "compare";
    readonly field: number;
    readonly operator: Comparison["operator"];
    readonly key: string;
  }
  /** Whoever has a telephone number; "" nobody does, or nobody who may be found by it. */
  | { readonly kind: "person"; readonly aor: string };

/** Who may be found by a telephone number: the folded address, or "". */
export type NumberLookUp = (number: string) => string;

/** A condition, ready to be asked of many. It costs no more than its comparisons for each. */
export class Matcher {
  readonly #root: Node | null;
  readonly #terms: Extract<Node, { kind: "compare" }>[] = [];
  /** Addresses that telephone numbers in the condition led to. */
  readonly byNumber = new Set<string>();
  /** Comparisons. */
  size = 0;

  /** Throws SearchRefusal where a field is none of the target's, or a value does not suit it. */
  constructor(condition: Condition | null, target: SearchTarget, byNumber: NumberLookUp) {
    this.#root = condition === null ? null : this.#compile(condition, target, byNumber, 0);
  }

  matches(one: Searched): boolean {
    return this.#root === null || holds(this.#root, one);
  }

  /** Texts of the values that make a comparison of the condition true: those that the search was based on (PRI-6). */
  basis(one: Searched, field: number): string[] {
    const terms = this.#terms.filter((term) => term.field === field);
    if (terms.length === 0) return [];
    return one.values[field].filter(({ key }) => terms.some((term) => compares(key, term.operator, term.key)))
      .map(({ text }) => text);
  }

  #compile(condition: Condition, target: SearchTarget, byNumber: NumberLookUp, depth: number): Node {
    if (depth > 2 * CONDITION_LIMITS.depth + 2) throw tooDeep();
    switch (condition.kind) {
      case "compare":
        return this.#comparison(condition, target, byNumber);
      case "not":
        return { kind: "not", of: this.#compile(condition.of, target, byNumber, depth + 1) };
      default:
        return {
          kind: condition.kind,
          of: condition.of.map((part) => this.#compile(part, target, byNumber, depth + 1)),
        };
    }
  }

  #comparison({ field, operator, value }: Comparison, target: SearchTarget, byNumber: NumberLookUp): Node {
    if (++this.size > CONDITION_LIMITS.comparisons) {
      throw new SearchRefusal("query", `A search has ${CONDITION_LIMITS.comparisons} comparisons at most.`);
    }
    const index = fieldIndex(target, field);
    if (index < 0) {
      const names = target.fields.map(({ name }) => name).join(", ");
      throw new SearchRefusal("query", `${shown(field)} is nothing to search by; allowed: ${names}.`);
    }
    const { type } = target.fields[index];
    if (value.length > CONDITION_LIMITS.value) {
      throw new SearchRefusal("query", `The value for ${field} is longer than ${CONDITION_LIMITS.value} characters.`);
    }
    if (type === "date" ? !isDay(value) : operator !== "=") {
      throw new SearchRefusal(
        "query",
        type === "date"
          ? `${field} is compared with a day such as "1990-12-31", not with ${shown(value)}.`
          : `${field} is compared by = with a whole value; only dates have an order.`,
      );
    }
    const number = type === "contact" ? numberIn(xmlCollapsed(value)) : "";
    if (number !== "") {
      const aor = byNumber(number);
      if (aor !== "") this.byNumber.add(aor);
      return { kind: "person", aor };
    }
    const term = { kind: "compare", field: index, operator, key: keyOf(value, type) } as const;
    this.#terms.push(term);
    return term;
  }
}

export function tooDeep(): SearchRefusal {
  return new SearchRefusal("query", `Conditions are nested ${CONDITION_LIMITS.depth} deep at most.`);
}

/** As deep as conditions may be. */
function holds(node: Node, one: Searched): boolean {
  switch (node.kind) {
    case "all":
      for (const part of node.of) if (!holds(part, one)) return false;
      return true;
    case "any":
      for (const part of node.of) if (holds(part, one)) return true;
      return false;
    case "not":
      return !holds(node.of, one);
    case "person":
      return node.aor !== "" && node.aor === one.aor;
    case "compare":
      for (const { key } of one.values[node.field]) if (compares(key, node.operator, node.key)) return true;
      return false;
  }
}

function compares(key: string, operator: Comparison["operator"], wanted: string): boolean {
  switch (operator) {
    case "=":
      return key === wanted;
    case "<":
      return key < wanted;
    case "<=":
      return key <= wanted;
    case ">":
      return key > wanted;
    case ">=":
      return key >= wanted;
  }
}
