/** How a value is compared: dates have an order, of everything else whole values are compared (UPROF-14). */
export type Comparator = "=" | "<" | "<=" | ">" | ">=";

/** One comparison of a field with a value. */
export interface Comparison {
  readonly kind: "compare";
  /** Name of a field of the target. */
  readonly field: string;
  readonly operator: Comparator;
  readonly value: string;
}

/** What is looked for (GM-3): comparisons, joined and turned round to any depth that `CONDITION_LIMITS` allows. */
export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | Comparison;

/** More is refused: what a search costs for each profile is known from its query. */
export const CONDITION_LIMITS = {
  /** Parentheses and not() within each other. */
  depth: 64,
  comparisons: 128,
  /** Characters of a value. */
  value: 256,
} as const;

/** Every comparison in a condition, from left to right. */
export function comparisonsOf(condition: Condition | null): Comparison[] {
  const found: Comparison[] = [];
  const open: Condition[] = condition === null ? [] : [condition];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.kind === "compare") found.push(at);
    else if (at.kind === "not") open.push(at.of);
    else open.push(...at.of.toReversed());
  }
  return found;
}
