import assert from "node:assert/strict";
import fc from "fast-check";
import { ContentMatcher } from "./content_matcher.ts";
import type { Particle } from "./grammar.ts";
import { all, anyOf, choice, element, many, maybe, one, type Part, sequence, some, times } from "./grammar_builders.ts";

const of = (name: string) => element("u", name);

/** Whether the children, one letter each, are what the particle says; a capital is of namespace `v`. */
function fits(particle: Particle, children: string): boolean {
  const matcher = new ContentMatcher();
  matcher.begin({ kind: "sequence", min: 1, max: 1, parts: [particle] }, "u");
  for (const child of children) {
    if (matcher.next(child < "a" ? "v" : "u", child.toLowerCase()) === null) return false;
  }
  return matcher.complete;
}

for (
  const [name, particle, good, bad] of [
    ["one", one(of("a")), ["a"], ["", "aa", "b", "A"]],
    ["optional", maybe(of("a")), ["", "a"], ["aa"]],
    ["a number", times(of("a"), 2, 3), ["aa", "aaa"], ["a", "aaaa"]],
    ["a sequence", sequence([of("a"), maybe(of("b")), some(of("c"))]), ["abc", "accc"], ["a", "abb", "bc", "abca"]],
    ["sequences over and over", many(sequence([of("a"), maybe(of("b"))])), ["", "abaab"], ["b", "abb"]],
    ["a choice", choice([of("a"), some(of("b"))]), ["a", "b", "bbb"], ["", "ab", "ba"]],
    ["choices over and over", many(choice([of("a"), of("b")])), ["", "abba", "bbbb"], ["c", "abc"]],
    ["a choice of nothing", choice([maybe(of("a")), of("b")]), ["", "a", "b"], ["ab"]],
    ["all", all([of("a"), of("b"), maybe(of("c"))]), ["ab", "bca", "cab"], ["", "a", "abb", "aab"]],
    ["all or nothing", maybe(all([of("a"), of("b")])), ["", "ba"], ["a"]],
    [
      "others behind",
      sequence([many(of("a")), many(anyOf({ namespaces: "other", process: "lax" }))]),
      ["", "aA", "AB"],
      ["Aa", "b"],
    ],
    ["anything", many(anyOf({ namespaces: "any", process: "lax" })), ["", "aAb"], []],
    ["of one namespace", one(anyOf({ namespaces: ["v"], process: "lax" })), ["A"], ["a", ""]],
    ["a pair a number of times", times(sequence([of("a"), of("b")]), 2, 3), ["abab", "ababab"], [
      "ab",
      "abababab",
      "aba",
    ]],
    ["nothing a number of times", times(sequence([maybe(of("a"))]), 3, 3), ["", "a", "aaa"], ["aaaa"]],
    ["a long row that ends", sequence([times(of("a"), 0, 5), of("b")]), ["b", "aaaaab"], ["aaaaaab"]],
    ["a row in a row", times(some(of("a")), 1, 1), ["a", "aaaaaaa"], [""]],
  ] as readonly [string, Particle, readonly string[], readonly string[]][]
) {
  Deno.test(`content: ${name}`, () => {
    assert.deepEqual(good.filter((children) => !fits(particle, children)), []);
    assert.deepEqual(bad.filter((children) => fits(particle, children)), []);
  });
}

/** Particles in which no two elements have one name, so that the next child decides; and the regular expression for each. */
const particle: fc.Arbitrary<[Part, string]> = fc.nat(1_000_000).map((seed) => {
  let state = seed;
  const next = (below: number) =>
    (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) >>> 8 % 2 ? state % below : 0;
  const names = [..."abcdefghijklmnopqrstuvwxyzαβγδεζηθ"];
  const make = (depth: number): [Part, string] => {
    const kind = depth === 0 || names.length < 5 ? 0 : next(3);
    let part: Particle, source: string;
    if (kind === 0) {
      const name = names.shift()!;
      [part, source] = [one(of(name)), name];
    } else {
      const made = Array.from({ length: 1 + next(3) }, () => make(depth - 1));
      part = kind === 1 ? sequence(made.map(([p]) => p)) : choice(made.map(([p]) => p));
      source = `(?:${made.map(([, s]) => s).join(kind === 1 ? "" : "|")})`;
    }
    const how = next(5);
    return how === 0
      ? [part, source]
      : how === 1
      ? [maybe(part), `(?:${source})?`]
      : how === 2
      ? [many(part), `(?:${source})*`]
      : how === 3
      ? [some(part), `(?:${source})+`]
      : [part.kind === "element" ? times(part, 2, 2) : part, part.kind === "element" ? `(?:${source}){2}` : source];
  };
  return make(3);
});

Deno.test("property: content is what the regular expression of the model says", () => {
  fc.assert(
    fc.property(
      particle,
      fc.array(fc.string({ unit: fc.constantFrom(..."abcdefg"), maxLength: 8 })),
      ([part, source], words) => {
        const whole = new RegExp(`^(?:${source})$`);
        for (const word of words) {
          assert.equal(
            fits(part as Particle, word),
            whole.test(word),
            `${source} with ${word}`,
          );
        }
      },
    ),
    { numRuns: 3000 },
  );
});
