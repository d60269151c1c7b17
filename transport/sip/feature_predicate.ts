import { unquote } from "./grammar.ts";
import { splitList } from "./lists.ts";
import type { Params } from "./params.ts";

/** Feature tags that are written without a `+` (RFC 3840 §9). */
const BASE = new Set(
  ("audio automata class duplex data control mobility description events priority methods extensions schemes " +
    "application video language type isfocus actor text").split(" "),
);

/** One value a feature may have. Numbers are ranges; text in `<>` is compared octet by octet, tokens in any case. */
type Term =
  | { readonly kind: "token"; readonly text: string; readonly not: boolean }
  | { readonly kind: "number"; readonly from: number; readonly to: number; readonly not: boolean }
  | { readonly kind: "string"; readonly text: string };

/** A feature set as a conjunction (RFC 3841 §8): for each tag, in lower case and without its `+`, the values it may have. */
export type FeaturePredicate = ReadonlyMap<string, readonly Term[]>;

/** The predicate that header parameters of a Contact, Accept-Contact or Reject-Contact stand for; others are left out. */
export function featurePredicate(params: Params): FeaturePredicate {
  const predicate = new Map<string, readonly Term[]>();
  for (const [name, value] of params) {
    const plus = name.startsWith("+");
    if (!plus && !BASE.has(name)) continue;
    const tag = plus ? name.slice(1) : name;
    // A base tag wins over the same with a plus (RFC 3841 §7.2.3); and `+sip.audio` is `audio` (§8).
    const key = tag.startsWith("sip.") && BASE.has(tag.slice(4)) ? tag.slice(4) : tag;
    if (!predicate.has(key) || !plus) predicate.set(key, termsOf(unquote(value)));
  }
  return predicate;
}

/**
 * True when no tag that both know rules the other out (RFC 2533 §4): a tag that only one of them has constrains nothing.
 */
export function predicatesMatch(a: FeaturePredicate, b: FeaturePredicate): boolean {
  for (const [tag, terms] of a) {
    const others = b.get(tag);
    if (others !== undefined && !terms.some((term) => others.some((other) => meets(term, other)))) return false;
  }
  return true;
}

function termsOf(value: string): Term[] {
  // A tag without a value is a boolean that is true.
  if (value === "") return [{ kind: "token", text: "true", not: false }];
  if (value.startsWith("<")) return [{ kind: "string", text: value.replace(/^<|>$/g, "") }];
  const values: string[] = [];
  splitList(value, values);
  return values.map(termOf);
}

function termOf(value: string): Term {
  const not = value.startsWith("!");
  const text = not ? value.slice(1) : value;
  const match = /^#(>=|<=|=|[+-]?[0-9]{1,15}(?:\.[0-9]{0,9})?:)([+-]?[0-9]{1,15}(?:\.[0-9]{0,9})?)$/.exec(text);
  if (match === null) return { kind: "token", text: text.toLowerCase(), not };
  const [, relation, limit] = match;
  const number = Number(limit);
  if (relation === ">=") return { kind: "number", from: number, to: Infinity, not };
  if (relation === "<=") return { kind: "number", from: -Infinity, to: number, not };
  return { kind: "number", from: relation === "=" ? number : Number(relation.slice(0, -1)), to: number, not };
}

/** True when some value satisfies both. */
function meets(a: Term, b: Term): boolean {
  if (a.kind === "string") return b.kind === "string" && a.text === b.text;
  if (b.kind === "string") return false;
  if (a.kind === "token" && b.kind === "token") {
    if (a.not && b.not) return true;
    return (a.text === b.text) !== (a.not || b.not);
  }
  if (a.kind === "token" || b.kind === "token") return a.not || b.not;
  if (a.not && b.not) return true;
  if (a.not) return b.from < a.from || b.to > a.to;
  if (b.not) return a.from < b.from || a.to > b.to;
  return a.from <= b.to && b.from <= a.to;
}
