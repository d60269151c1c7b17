import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import type { Condition } from "./condition.ts";
import { Matcher, type Searched } from "./matcher.ts";
import { PEOPLE } from "./search_target.ts";
import { keyOf } from "./values.ts";
import { parseQuery } from "./xquery.ts";

/** A profile as few words, by the place of the field. */
type Plain = Readonly<Record<string, readonly string[]>>;

function searched(plain: Plain): Searched {
  const values = PEOPLE.fields.map(({ name, type }) =>
    (plain[name] ?? []).map((text) => ({ text, key: keyOf(text, type) })).filter(({ key }) => key !== "")
  );
  return { id: "x", aor: "sip:x@example.test", values };
}

const none = () => "";

/** What a condition means, written down as plainly as can be. */
function naive(condition: Condition, plain: Plain): boolean {
  switch (condition.kind) {
    case "all":
      return condition.of.every((part) => naive(part, plain));
    case "any":
      return condition.of.some((part) => naive(part, plain));
    case "not":
      return !naive(condition.of, plain);
    case "compare": {
      const { field, operator, value } = condition;
      const same = (text: string) => text.normalize("NFC").toLowerCase().trim().split(/\s+/).join(" ");
      return (plain[field] ?? []).some((text) => {
        if (operator === "=") return same(text) === same(value);
        const one = Date.parse(text), other = Date.parse(value);
        return operator === "<"
          ? one < other
          : operator === "<="
          ? one <= other
          : operator === ">"
          ? one > other
          : one >= other;
      });
    }
  }
}

/** The same as a query. */
function text(condition: Condition): string {
  switch (condition.kind) {
    case "all":
    case "any":
      return `(${condition.of.map(text).join(condition.kind === "all" ? " and " : " or ")})`;
    case "not":
      return `not(${text(condition.of)})`;
    case "compare": {
      const { path } = PEOPLE.fields.find(({ name }) => name === condition.field)!;
      const literal = condition.value.replaceAll("&", "&amp;").replaceAll('"', '""');
      return `$u/${path.map(({ name }) => name).join("/")} ${condition.operator} "${literal}"`;
    }
  }
}

const word = fc.constantFrom("Ada", "ada", "ÅDA", "a\u030ada", "b", "b  c", "B C", '"q"', "a&b", "<", "ß", "");
const day = fc.constantFrom("1990-01-01", "1990-01-02", "2000-12-31", "1899-02-28");
const comparison: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant("compare" as const),
    field: fc.constantFrom("display-name", "hobby", "country", "gender"),
    operator: fc.constant("=" as const),
    value: word,
  }),
  fc.record({
    kind: fc.constant("compare" as const),
    field: fc.constant("birth-date"),
    operator: fc.constantFrom("=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const),
    value: day,
  }),
);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    comparison,
    fc.record({ kind: fc.constant("not" as const), of: tie("condition") }),
    fc.record({
      kind: fc.constantFrom("all" as const, "any" as const),
      of: fc.array(tie("condition"), { minLength: 1, maxLength: 4 }),
    }),
  ),
}));
const profile: fc.Arbitrary<Plain> = fc.record({
  "display-name": fc.array(word, { maxLength: 1 }),
  hobby: fc.array(word, { maxLength: 4 }),
  country: fc.array(word, { maxLength: 1 }),
  gender: fc.array(word, { maxLength: 1 }),
  "birth-date": fc.array(day, { maxLength: 1 }),
}).map((plain) =>
  Object.fromEntries(Object.entries(plain).map(([name, texts]) => [name, texts.filter((one) => one !== "")]))
);

Deno.test("nested conditions, read from a query, hold for whom a plain reading says they do", () => {
  fc.assert(
    fc.property(condition, fc.array(profile, { minLength: 1, maxLength: 5 }), (condition, profiles) => {
      const query = `declare default element namespace "urn:oma:xml:xdm:user-profile";
        for $u in collection("org.openmobilealliance.user-profile/users/")/user-profiles/user-profile
        where ${text(condition)} return $u`;
      fc.pre(query.length < 8000);
      let read: Condition;
      try {
        read = parseQuery(query).where!;
      } catch (error) {
        fc.pre(!/at most/.test((error as Error).message));
        throw error;
      }
      const matcher = new Matcher(read, PEOPLE, none);
      for (const plain of profiles) equal(matcher.matches(searched(plain)), naive(condition, plain), query);
    }),
    { numRuns: 400 },
  );
});

Deno.test("the basis of a search are the values that make one of its comparisons true, and no others", () => {
  const where: Condition = {
    kind: "any",
    of: [
      { kind: "compare", field: "hobby", operator: "=", value: "chess" },
      { kind: "compare", field: "gender", operator: "=", value: "female" },
      { kind: "not", of: { kind: "compare", field: "birth-date", operator: "<", value: "1990-01-01" } },
    ],
  };
  const matcher = new Matcher(where, PEOPLE, none);
  const one = searched({ hobby: ["Chess", "Go"], gender: ["male"], "birth-date": ["1980-01-01"], country: ["Norway"] });
  const basis = Object.fromEntries(PEOPLE.fields.map(({ name }, i) => [name, matcher.basis(one, i)]));
  deepEqual([basis.hobby, basis.gender, basis["birth-date"], basis.country], [["Chess"], [], ["1980-01-01"], []]);
});

Deno.test("values that do not suit their field, and fields that there are none, are refused", () => {
  const compile = (field: string, value: string, operator: "=" | "<" = "=") =>
    new Matcher({ kind: "compare", field, operator, value }, PEOPLE, none);
  throws(() => compile("password", "x"), /"password" is nothing to search by; allowed: uri, /);
  throws(
    () => compile("birth-date", "1990"),
    /birth-date is compared with a day such as "1990-12-31", not with "1990"/,
  );
  throws(() => compile("birth-date", "1990-02-30"), /a day such as/);
  throws(() => compile("gender", "a", "<"), /compared by = with a whole value/);
  throws(() => compile("gender", "a".repeat(257)), /longer than 256 characters/);
  let deep: Condition = { kind: "compare", field: "gender", operator: "=", value: "a" };
  for (let i = 0; i < 100_000; i++) deep = { kind: "not", of: deep };
  throws(() => new Matcher(deep, PEOPLE, none), /64 deep/);
});

Deno.test("a number finds whom it belongs to, in any writing, and nobody by what they wrote themselves", () => {
  const asked: string[] = [];
  const find = (value: string) =>
    new Matcher({ kind: "compare", field: "comm-addr", operator: "=", value }, PEOPLE, (number) => {
      asked.push(number);
      return number === "+15550100" ? "sip:x@example.test" : "";
    });
  const self = searched({ "comm-addr": ["tel:+15550177", "+1 555 0177", "mail@x.test"] });
  for (
    const written of ["tel:+15550100", "+1 (555) 0100", "+1-555-0100", "sip:+15550100@example.test", " +15550100 "]
  ) {
    equal(find(written).matches(self), true, written);
  }
  for (const written of ["tel:+15550177", "+1 555 0177"]) equal(find(written).matches(self), false, written);
  deepEqual(asked.at(-1), "+15550177");
  equal(find("mailto:MAIL@x.test").matches(self), true);
});
