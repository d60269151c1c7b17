import assert from "node:assert/strict";
import fc from "fast-check";
import type { Communication } from "../../participating/mod.ts";
import type { Condition, Rule } from "../usages/ruleset_reader.ts";
import { NS } from "../usages/identifiers.ts";
import { personOf } from "./person.ts";
import { Ruleset } from "./ruleset.ts";
import { said } from "./testing/rules_world.ts";
import { judgeSender, type UserRules } from "./user_rules.ts";

const DOMAINS = new Set(["a.test"]);
const PEOPLE = ["sip:u1@a.test", "sip:u2@a.test", "sip:u3@b.test", "tel:+15550100", "sip:u4@b.test"];
const LISTS: Record<string, string[]> = { l0: [], l1: [PEOPLE[0], PEOPLE[3]], l2: [PEOPLE[1], PEOPLE[2]] };

const person = fc.constantFrom(...PEOPLE);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(
      fc.oneof(
        person.map((aor) => ({ kind: "one" as const, uri: aor, aor })),
        fc.record({
          kind: fc.constant("many" as const),
          domain: fc.constantFrom(null, "a.test", "b.test"),
          exceptAors: fc.array(person, { maxLength: 2 }).map((aors) => new Set(aors)),
          exceptDomains: fc.constantFrom(new Set<string>(), new Set(["b.test"])),
        }),
      ),
      { maxLength: 3 },
    ).map((any) => ({ kind: "identity" as const, any })),
  },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom("l0", "l1", "l2", "gone"), { maxLength: 2 })
      .map((anchors) => ({ kind: "external-list" as const, anchors })),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "other-identity" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "anonymous-request" as const }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ from: fc.nat(10), until: fc.nat(10) }), { maxLength: 2 })
      .map((spans) => ({ kind: "validity" as const, spans })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "sphere" as const, values: ["work"] }) },
  { weight: 1, arbitrary: fc.constant({ kind: "unknown" as const, namespace: "urn:x", name: "y" }) },
);
const element = { children: [], attributes: [] } as never;
const action = fc.constantFrom(
  { namespace: NS.omaExtensions, name: "allow-reject-invite", value: "true", element },
  { namespace: NS.omaExtensions, name: "allow-reject-invite", value: "false", element },
  { namespace: NS.pocRules, name: "allow-invite", value: "reject", element },
  { namespace: NS.pocRules, name: "allow-invite", value: "pass", element },
  { namespace: NS.pocRules, name: "allow-invite", value: "accept", element },
  { namespace: NS.omaExtensions, name: "allow-manual-answer-override", value: "true", element },
);
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.constant("r"),
  conditions: fc.array(condition, { maxLength: 2 }),
  actions: fc.uniqueArray(action, { maxLength: 2, selector: ({ name }) => name }),
  transformations: fc.constant([]),
});

interface Asked {
  readonly rules: readonly Rule[];
  readonly from: string;
  readonly anonymous: boolean;
  readonly at: number;
  readonly blocked: readonly string[];
  readonly contacts: readonly string[];
  readonly contactsOnly: boolean | null;
  readonly polite: boolean;
  readonly reception: "everyone" | "contacts";
}

const asked: fc.Arbitrary<Asked> = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  from: fc.constantFrom("", ...PEOPLE, "sip:+15550100@a.test"),
  anonymous: fc.boolean(),
  at: fc.nat(10),
  blocked: fc.array(person, { maxLength: 1 }),
  contacts: fc.array(person, { maxLength: 3 }),
  contactsOnly: fc.constantFrom(null, true, false),
  polite: fc.boolean(),
  reception: fc.constantFrom("everyone", "contacts"),
});

/** One sentence of the specification after the other, with nothing prepared. */
function naive({ rules, at, anonymous, contactsOnly, polite, reception, ...asked }: Asked): string {
  const from = asked.from === "sip:+15550100@a.test" ? "tel:+15550100" : asked.from;
  const domain = asked.from.startsWith("sip:") ? asked.from.split("@")[1] : "";
  const has = (rule: Rule, kind: Condition["kind"]) => rule.conditions.some((condition) => condition.kind === kind);
  const means = (condition: Condition): boolean => {
    switch (condition.kind) {
      case "identity":
        return from !== "" &&
          condition.any.some((identity) =>
            identity.kind === "one"
              ? identity.aor === from
              : (identity.domain === null || identity.domain === domain) &&
                !identity.exceptAors.has(from) && !identity.exceptDomains.has(domain)
          );
      case "external-list":
        return condition.anchors.some((anchor) => (LISTS[anchor] ?? []).includes(from));
      case "validity":
        return condition.spans.some((span) => span.from <= at && at < span.until);
      case "anonymous-request":
      case "other-identity":
        return true;
      default:
        return false;
    }
  };
  const named = (rule: Rule) => has(rule, "identity") || has(rule, "external-list");
  const hiding = (rule: Rule) => has(rule, "anonymous-request");
  const other = (rule: Rule) => has(rule, "other-identity");
  const applying = rules.filter((rule) =>
    rule.conditions.every(means) && !(named(rule) && (hiding(rule) || other(rule)))
  );
  const values = (some: readonly Rule[], name: string) =>
    some.flatMap(({ actions }) => actions.filter((action) => action.name === name).map(({ value }) => value));
  const opinion = (some: readonly Rule[]): "no" | "yes" | "nothing" => {
    const rejects = values(some, "allow-reject-invite"), invite = values(some, "allow-invite");
    if (rejects.includes("true")) return "no";
    if (invite.length > 0 && invite.every((value) => value === "reject")) return "no";
    return rejects.length + invite.length > 0 ? "yes" : "nothing";
  };
  const byIdentity = applying.filter((rule) => has(rule, "identity"));
  const byList = applying.filter((rule) => !has(rule, "identity") && has(rule, "external-list"));
  const tier = byIdentity.length > 0 ? byIdentity : byList;
  const hidden = applying.filter((rule) => !named(rule) && hiding(rule));
  const others = applying.filter((rule) => !named(rule) && !hiding(rule) && other(rule));
  const everybody = applying.filter((rule) => !named(rule) && !hiding(rule) && !other(rule));
  const no = polite ? "drop" : "refuse: rules of the recipient";
  const yes = (some: readonly Rule[]) =>
    !anonymous && values([...some, ...everybody], "allow-manual-answer-override").length > 0
      ? "allow overriding"
      : "allow";

  if (asked.blocked.includes(from)) return no;
  if (opinion(tier) === "no") return no;
  if (opinion(tier) === "yes" && !anonymous) return yes(tier);
  if (contactsOnly ?? reception === "contacts") {
    if (!asked.contacts.includes(from)) {
      return polite && contactsOnly === true ? "drop" : "refuse: recipient takes messages from contacts only";
    }
    if (anonymous) return "anonymity";
  }
  if (anonymous && opinion(hidden) === "no") return "anonymity";
  if (anonymous && opinion(hidden) === "yes") return "allow";
  const last = tier.length > 0 && !anonymous ? tier : others;
  if (opinion(last) === "no") return no;
  if (opinion(last) === "nothing" && opinion(everybody) === "no") return no;
  return yes(last);
}

Deno.test("whatever the rules, the verdict is that of a naive reading of them", () => {
  fc.assert(
    fc.property(asked, (facts) => {
      const rules: UserRules = {
        ruleset: Ruleset.of(facts.rules, DOMAINS, (anchor) => new Set(LISTS[anchor] ?? [])),
        blocked: new Set(facts.blocked),
        contacts: new Set(facts.contacts),
        contactsOnly: facts.contactsOnly,
        polite: facts.polite,
      };
      const circumstances = { at: facts.at, kind: "pager" as Communication["kind"] };
      const settings = { reception: facts.reception, strangers: "allowed", blocked_both_ways: true } as never;
      const sender = personOf(facts.from, "", DOMAINS);
      assert.equal(said(judgeSender(rules, sender, facts.anonymous, circumstances, settings)), naive(facts));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a user's number is the user, whichever of both a rule names", () => {
  const ruleOf = (aor: string): Rule => ({
    id: "r",
    conditions: [{ kind: "identity", any: [{ kind: "one", uri: aor, aor }] }],
    actions: [{ namespace: NS.pocRules, name: "allow-invite", value: "reject", element }],
    transformations: [],
  });
  for (const named of ["tel:+15550100", "sip:+15550100@a.test", "sip:u1@a.test"]) {
    const rules = Ruleset.of([ruleOf(named)], DOMAINS, () => new Set());
    const { blocks } = rules.named(personOf("sip:u1@a.test", "+15550100", DOMAINS), { at: 0, kind: "pager" });
    assert.ok(blocks, named);
  }
});
