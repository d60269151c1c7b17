import assert from "node:assert/strict";
import fc from "fast-check";
import {
  eitherProvided,
  NOTHING_PROVIDED,
  PresenceRights,
  type ProvidedPresence,
} from "../../../transport/presence/mod.ts";
import { ANONYMOUS, external, many, one, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import type { SubHandling } from "../presentity.ts";
import { ALLOWED, ALLOWED_WITH_LOCATION } from "./decisions.ts";
import { presenceRule, PresenceRulesWorld, said, sphere } from "./testing/presence_rules_world.ts";

const PEOPLE = ["sip:u1@example.test", "sip:u2@example.test", "sip:u3@b.test", "tel:+15550100", "sip:u4@b.test"];
const LISTS: Record<string, string[]> = { l0: [], l1: [PEOPLE[0], PEOPLE[3]], l2: [PEOPLE[1], PEOPLE[2]] };
const HANDLINGS: readonly SubHandling[] = ["block", "confirm", "polite-block", "allow"];
const DAY = 86_400_000, BEGIN = Date.UTC(2026, 5, 1);

type Condition =
  | { readonly kind: "one"; readonly aors: readonly string[] }
  | { readonly kind: "many"; readonly domain: string | null; readonly except: string | null }
  | { readonly kind: "lists"; readonly names: readonly string[] }
  | { readonly kind: "others" | "anonymous" | "unknown" }
  | { readonly kind: "sphere"; readonly value: string }
  /** In days from BEGIN. */
  | { readonly kind: "validity"; readonly from: number; readonly days: number };

interface RuleSpec {
  readonly conditions: readonly Condition[];
  readonly handling: SubHandling | "";
  readonly provided: ProvidedPresence;
}

const person = fc.constantFrom(...PEOPLE);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("one" as const), aors: fc.array(person, { minLength: 1, maxLength: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("many" as const),
      domain: fc.constantFrom(null, "example.test", "b.test"),
      except: fc.option(person),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("lists" as const),
      names: fc.subarray(["l0", "l1", "l2", "gone"], { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("others" as const, "anonymous" as const, "unknown" as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("sphere" as const),
      value: fc.constantFrom("work", "home", "Home  work"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("validity" as const),
      from: fc.nat(9),
      days: fc.integer({ min: 1, max: 5 }),
    }),
  },
);
const provided: fc.Arbitrary<ProvidedPresence> = fc.record({
  services: fc.constantFrom<ProvidedPresence["services"]>("all", [], [{ by: "class", value: "c" }]),
  persons: fc.constantFrom<ProvidedPresence["persons"]>("all", [], [{ by: "class", value: "d" }]),
  devices: fc.constant([]),
  attributes: fc.oneof(
    { weight: 5, arbitrary: fc.subarray(["mood", "note", "geopriv"] as const) },
    { weight: 1, arbitrary: fc.constant("all" as const) },
  ),
  userInput: fc.constantFrom("false", "bare", "full"),
  unknown: fc.subarray([{ namespace: "urn:v", name: "foo" }]),
});
const rule: fc.Arbitrary<RuleSpec> = fc.record({
  conditions: fc.array(condition, { maxLength: 3 }),
  handling: fc.constantFrom("", ...HANDLINGS, "allow"),
  provided,
});

const world = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  blocked: fc.subarray(PEOPLE, { maxLength: 1 }),
  contacts: fc.subarray(PEOPLE),
  locators: fc.subarray(PEOPLE),
  chosen: fc.record({ "show-status": fc.boolean(), locatable: fc.boolean(), "polite-block": fc.boolean() }, {
    requiredKeys: [],
  }),
  show_status: fc.boolean(),
  locatable: fc.boolean(),
  strangers: fc.constantFrom(...HANDLINGS),
  sphere: fc.constantFrom(undefined, "home", "Work"),
  day: fc.nat(14),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

/** One sentence of the specification after the other, with nothing prepared. */
function naive(facts: World, watcher: string): { handling: SubHandling; rights: string } {
  const refused = (handling: SubHandling) => ({ handling, rights: "" });
  const person = watcher === "sip:+15550100@example.test" ? "tel:+15550100" : watcher;
  const domain = watcher.startsWith("sip:") ? watcher.split("@")[1] : "";
  const means = (condition: Condition): boolean => {
    switch (condition.kind) {
      case "one":
        return condition.aors.includes(person);
      case "many":
        return person !== "" && (condition.domain ?? domain) === domain && condition.except !== person;
      case "lists":
        return condition.names.some((name) => (LISTS[name] ?? []).includes(person));
      case "sphere":
        return facts.sphere !== undefined &&
          condition.value.toLowerCase().split(/ +/).includes(facts.sphere.toLowerCase());
      case "validity":
        return facts.day >= condition.from && facts.day < condition.from + condition.days;
      case "anonymous":
        return person === "";
      case "others":
        return person !== "";
      case "unknown":
        return false;
    }
  };
  const has = ({ conditions }: RuleSpec, ...kinds: Condition["kind"][]) =>
    conditions.some(({ kind }) => kinds.includes(kind));
  const matching = facts.rules.filter(({ conditions }) => conditions.every(means));
  const byIdentity = matching.filter((rule) => has(rule, "one", "many") && !has(rule, "others"));
  const byList = matching.filter((rule) => has(rule, "lists") && !has(rule, "one", "many", "others"));
  const rest = matching.filter((rule) => !has(rule, "one", "many", "lists"));
  const others = rest.filter((rule) => has(rule, "others", "anonymous"));
  const everybody = rest.filter((rule) => !has(rule, "others", "anonymous"));
  const tier = byIdentity.length > 0 ? byIdentity : byList.length > 0 ? byList : others;
  const applying = [...tier, ...everybody];

  const location = (facts.chosen.locatable ?? facts.locatable) && facts.locators.includes(person);
  if (facts.blocked.includes(person)) return refused(facts.chosen["polite-block"] === true ? "polite-block" : "block");
  if (applying.length > 0) {
    const place = Math.max(...applying.map(({ handling }) => HANDLINGS.indexOf(handling === "" ? "block" : handling)));
    if (HANDLINGS[place] !== "allow") return refused(HANDLINGS[place]);
    const all = applying.reduce((sum, { provided }) => eitherProvided(sum, provided), NOTHING_PROVIDED);
    return { handling: "allow", rights: new PresenceRights(all, { location }).key };
  }
  const byDefault = { handling: "allow" as const, rights: (location ? ALLOWED_WITH_LOCATION : ALLOWED).rights.key };
  if (person === "") return refused(facts.strangers === "polite-block" ? "polite-block" : "block");
  if (facts.contacts.includes(person)) return byDefault;
  if (facts.chosen["show-status"] ?? facts.show_status) return byDefault;
  return facts.strangers === "allow" ? byDefault : refused(facts.strangers);
}

function conditionXml(condition: Condition): string {
  switch (condition.kind) {
    case "one":
      return one(...condition.aors);
    case "many":
      return many(condition.domain, condition.except === null ? "" : `<cp:except id="${condition.except}"/>`);
    case "lists":
      return external("alice", ...condition.names);
    case "sphere":
      return sphere(condition.value);
    case "validity": {
      const at = (day: number) => new Date(BEGIN + day * DAY).toISOString();
      return `<cp:validity><cp:from>${at(condition.from)}</cp:from><cp:until>${
        at(condition.from + condition.days)
      }</cp:until></cp:validity>`;
    }
    case "anonymous":
      return ANONYMOUS;
    case "others":
      return OTHERS;
    case "unknown":
      return '<x:moon xmlns:x="urn:x"/>';
  }
}

function providedXml({ services, persons, attributes, userInput, unknown }: ProvidedPresence): string {
  const set = (title: string, value: "all" | readonly { readonly by: string; readonly value: string }[]) => {
    const inside = value === "all"
      ? `<pr:all-${title}/>`
      : value.map(({ by, value }) => `<pr:${by}>${value}</pr:${by}>`).join("");
    return `<pr:provide-${title}>${inside}</pr:provide-${title}>`;
  };
  const names = attributes === "all"
    ? ["<pr:provide-all-attributes/>"]
    : attributes.map((name) =>
      name === "geopriv"
        ? "<opr:provide-geopriv>full</opr:provide-geopriv>"
        : `<pr:provide-${name}>true</pr:provide-${name}>`
    );
  const others = unknown.map(({ namespace, name }) =>
    `<pr:provide-unknown-attribute ns="${namespace}" name="${name}">true</pr:provide-unknown-attribute>`
  );
  return set("services", services) + set("persons", persons) + names.join("") + others.join("") +
    `<pr:provide-user-input>${userInput}</pr:provide-user-input>`;
}

Deno.test("whatever the documents and settings, the decision is that of a naive reading of them", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (facts) => {
      const box = await PresenceRulesWorld.open();
      const half = facts.rules.length >> 1;
      const xml = facts.rules.map(({ conditions, handling, provided }) =>
        presenceRule(conditions.map(conditionXml).join(""), handling, providedXml(provided))
      );
      await box.put("alice", xml.slice(0, half));
      await box.putOma("alice", ...xml.slice(half));
      await box.documents.lists("alice", {
        ...Object.fromEntries(Object.entries(LISTS).map(([name, uris]) => [name, { uris }])),
        oma_buddylist: { uris: facts.contacts },
        oma_blockedcontacts: { uris: facts.blocked },
        oma_locationlist: { uris: facts.locators },
      });
      await box.documents.privacy("alice", facts.chosen as Record<string, boolean>);
      Object.assign(box.privacy, { show_status: facts.show_status, locatable: facts.locatable });
      box.settings.strangers = facts.strangers;
      if (facts.sphere !== undefined) box.spheres.set("sip:alice@example.test", facts.sphere);
      box.time.jump(BEGIN + facts.day * DAY - box.time.now());
      for (const watcher of ["", ...PEOPLE, "sip:+15550100@example.test", "sip:stranger@c.test"]) {
        const decision = await box.decision("alice", watcher);
        const expected = naive(facts, watcher);
        assert.equal(decision.handling, expected.handling, `${watcher}: ${said(decision)}`);
        if (decision.handling === "allow") assert.equal(decision.rights.key, expected.rights, watcher);
      }
    }),
    { numRuns: 400 },
  );
});
