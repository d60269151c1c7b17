import assert from "node:assert/strict";
import fc from "fast-check";
import { ANONYMOUS, external, many, one, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import type { Caller, RoomRights } from "./terms.ts";
import { aor, groupRule, MEMBERS, PolicyWorld, said } from "./testing/policy_world.ts";

const OWNER = aor("alice"), TEAM = aor("team");
const PEOPLE = [aor("u1"), aor("u2"), "sip:u3@b.test", "tel:+15550100", aor("u4")];
/** Who asks, and the name under which lists and rules have them. */
const CALLERS: readonly (readonly [asks: string, key: string])[] = [
  ...PEOPLE.map((name) => [name, name] as const),
  [aor("+15550100"), "tel:+15550100"],
  ["sip:stranger@c.test", "sip:stranger@c.test"],
  [OWNER, OWNER],
  ["", ""],
];
const LISTS: Readonly<Record<string, readonly string[]>> = {
  l0: [],
  l1: [PEOPLE[0], PEOPLE[3]],
  l2: [PEOPLE[1], PEOPLE[2]],
};
const ACTIONS: Readonly<Record<keyof RoomRights, string>> = {
  initiate: "allow-initiate-conference",
  join: "join-handling",
  invite: "allow-invite-users-dynamically",
  seeRoster: "allow-conference-state",
  anonymity: "allow-anonymity",
  privateMessages: "allow-private-message",
  expel: "allow-expelling",
  key: "is-key-participant",
};
const HOUR = 3_600_000, DAY = 24 * HOUR, BEGIN = Date.UTC(2026, 5, 1);

type Condition =
  | { readonly kind: "one"; readonly aors: readonly string[] }
  | { readonly kind: "many"; readonly domain: string | null; readonly except: string | null }
  | { readonly kind: "lists"; readonly names: readonly string[] }
  | { readonly kind: "others" | "anonymous" | "members" | "unknown" | "poc" | "im" }
  /** In days from BEGIN. */
  | { readonly kind: "validity"; readonly from: number; readonly days: number };

interface RuleSpec {
  readonly conditions: readonly Condition[];
  readonly says: Readonly<Partial<Record<keyof RoomRights, boolean>>>;
}

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant("one" as const),
    aors: fc.array(fc.constantFrom(...PEOPLE, OWNER), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant("many" as const),
    domain: fc.constantFrom(null, "example.test", "b.test"),
    except: fc.option(fc.constantFrom(...PEOPLE)),
  }),
  fc.record({
    kind: fc.constant("lists" as const),
    names: fc.subarray(["l0", "l1", "l2", "gone"], { minLength: 1, maxLength: 2 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "others" as const,
        "others" as const,
        "anonymous" as const,
        "members" as const,
        "members" as const,
        "unknown" as const,
        "poc" as const,
        "im" as const,
      ),
    }),
  },
  fc.record({ kind: fc.constant("validity" as const), from: fc.nat(9), days: fc.integer({ min: 1, max: 5 }) }),
);
const rule: fc.Arbitrary<RuleSpec> = fc.record({
  conditions: fc.array(condition, { maxLength: 3 }),
  says: fc.record(
    Object.fromEntries(
      Object.keys(ACTIONS).map((right) => [right, fc.constantFrom(true, true, false)]),
    ) as unknown as Record<keyof RoomRights, fc.Arbitrary<boolean>>,
    { requiredKeys: [] },
  ),
});
const span = fc.record({
  from: fc.option(fc.integer({ min: 0, max: 30 })),
  until: fc.option(fc.integer({ min: 31, max: 60 })),
})
  .filter(({ from, until }) => from !== null || until !== null);

const world = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  members: fc.subarray([...PEOPLE, "nested"]),
  nested: fc.subarray(["l0", "l1", "l2"]),
  invites: fc.boolean(),
  max: fc.option(fc.integer({ min: 1, max: 6 })),
  group_size: fc.integer({ min: 1, max: 6 }),
  present: fc.nat(7),
  ages: fc.option(fc.array(span, { maxLength: 2 })),
  public_age: fc.constantFrom(0, 0, 18),
  private_from_public: fc.boolean(),
  /** Years of age of each caller, by the profile and the operator. */
  born: fc.array(fc.array(fc.integer({ min: 5, max: 70 }), { maxLength: 2 }), { minLength: 9, maxLength: 9 }),
  /** Ranges of days. */
  schedule: fc.array(fc.record({ from: fc.nat(12), days: fc.integer({ min: 1, max: 5 }) }), { maxLength: 3 }),
  duration: fc.option(fc.integer({ min: 1, max: 200 })),
  services: fc.constantFrom(null, null, "im", "poc", "all but im", "all but poc"),
  day: fc.nat(14),
  anonymous: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

/** One sentence of the specification after the other, with nothing prepared. */
function naive(facts: World, asks: string, person: string, dates: readonly string[]) {
  const domain = asks.startsWith("sip:") ? asks.split("@")[1] : "";
  const members = [...facts.members.filter((one) => one !== "nested"), ...facts.nested.flatMap((list) => LISTS[list])];
  const now = BEGIN + facts.day * DAY;
  const isMember = members.includes(person);
  const means = (condition: Condition): boolean => {
    switch (condition.kind) {
      case "one":
        return condition.aors.includes(person);
      case "many":
        return (condition.domain ?? domain) === domain && condition.except !== person;
      case "lists":
        return condition.names.some((name) => (LISTS[name] ?? []).includes(person));
      case "validity":
        return facts.day >= condition.from && facts.day < condition.from + condition.days;
      case "anonymous":
        return facts.anonymous;
      case "members":
        return isMember;
      case "others":
      case "im":
        return true;
      case "unknown":
      case "poc":
        return false;
    }
  };
  const has = ({ conditions }: RuleSpec, ...kinds: Condition["kind"][]) =>
    conditions.some(({ kind }) => kinds.includes(kind));
  const names = (rule: RuleSpec) => has(rule, "one", "many", "lists");
  const matching = facts.rules.filter(({ conditions }) => conditions.every(means));
  // Whom a rule means by identity or external list is none of the others; a rule that means both means nobody.
  const isMeant = matching.some((rule) => names(rule) && !has(rule, "others"));
  const applying = matching.filter((rule) => !has(rule, "others") || (!isMeant && !names(rule)));
  const isPublic = facts.rules.some((rule) =>
    rule.says.join === true && !(names(rule) && has(rule, "others")) &&
    rule.conditions.every((condition) =>
      (condition.kind === "many" && condition.domain === null) ||
      ["others", "anonymous", "validity", "im"].includes(condition.kind)
    )
  );
  const isPrivateTalk = !isPublic || facts.private_from_public;
  const right = (name: keyof RoomRights) =>
    person !== "" && (person === OWNER || applying.some(({ says }) => says[name] === true)) &&
    (name !== "privateMessages" || isPrivateTalk);
  const rights = Object.fromEntries(Object.keys(ACTIONS).map((name) => [name, right(name as keyof RoomRights)]));
  const anything = person === OWNER ||
    (person !== "" && applying.some(({ says }) => Object.values(says).some((value) => value === true)));
  const age = (date: string) => Number(new Date(now).toISOString().slice(0, 4)) - Number(date.slice(0, 4));
  const isOfAge = () => {
    const asked = (facts.ages ?? []).length > 0;
    const least = isPublic ? facts.public_age : 0;
    if (!asked && least === 0) return true;
    return dates.length > 0 && dates.every((date) =>
      age(date) >= least &&
      (!asked || facts.ages!.some(({ from, until }) => age(date) >= (from ?? 0) && age(date) <= (until ?? 999)))
    );
  };
  const isOn = facts.schedule.length === 0 ||
    facts.schedule.some(({ from, days }) => facts.day >= from && facts.day < from + days);
  const most = Math.min(facts.max ?? 999, facts.group_size);
  const late = () =>
    !isOfAge()
      ? "403 100 Function not allowed due to age"
      : !isOn
      ? "403 100 Function not allowed due to schedule"
      : facts.services === "poc" || facts.services === "all but im"
      ? "403 100 Function not allowed due to services"
      : "yes";
  const without = (text: string) => isMember || anything ? `403 ${text}` : "403 116 user is not part of the group";
  const hides = facts.anonymous && !right("anonymity") ? "403 102 Anonymity not allowed" : null;
  const join = (present: number) =>
    !right("join") && !(facts.invites && right("initiate"))
      ? without("106 user not authorised to join chat group")
      : hides ?? (present >= most ? "486 122 too many participants" : late());
  const initiate = !facts.invites
    ? join(0)
    : !right("initiate")
    ? without("119 user is not authorised to initiate the IM session")
    : hides ?? late();
  // The end of the last day in a row, beginning with this one.
  let end = facts.day;
  while (facts.schedule.some(({ from, days }) => end >= from && end < from + days)) end++;
  const scheduled = facts.schedule.length === 0 ? Infinity : BEGIN + end * DAY;
  return {
    rights,
    join: join(facts.present),
    initiate,
    watch: right("seeRoster") ? "yes" : "403 138 subscription of conference events not allowed",
    isPublic,
    most,
    members: [...new Set(members)].slice(0, facts.group_size),
    endsAt: Math.min(scheduled, facts.duration === null ? Infinity : now + facts.duration * HOUR),
  };
}

function conditionXml(condition: Condition): string {
  const at = (day: number) => new Date(BEGIN + day * DAY).toISOString();
  switch (condition.kind) {
    case "one":
      return one(...condition.aors);
    case "many":
      return many(condition.domain, condition.except === null ? "" : `<cp:except id="${condition.except}"/>`);
    case "lists":
      return external("alice", ...condition.names);
    case "validity":
      return `<cp:validity><cp:from>${at(condition.from)}</cp:from><cp:until>${
        at(condition.from + condition.days)
      }</cp:until></cp:validity>`;
    case "anonymous":
      return ANONYMOUS;
    case "others":
      return OTHERS;
    case "members":
      return MEMBERS;
    case "poc":
      return "<oxe:media-list><oxe:poc-speech/></oxe:media-list>";
    case "im":
      return '<oxe:service-list><oxe:service enabler="org.openmobilealliance:IM-session"/></oxe:service-list>';
    case "unknown":
      return '<x:moon xmlns:x="urn:x"/>';
  }
}

function extensions({ services, ages, schedule, duration }: World): string {
  const at = (day: number) => new Date(BEGIN + day * DAY).toISOString();
  const service = services === null
    ? ""
    : `<oxe:service enabler="org.openmobilealliance:${services.endsWith("im") ? "IM-session" : "PoC-session"}"/>`;
  const spans = (ages ?? []).map(({ from, until }) =>
    `<oxe:age${from === null ? "" : ` from="${from}"`}${until === null ? "" : ` until="${until}"`}/>`
  );
  const ranges = schedule.map(({ from, days }) =>
    `<oxe:time-range><oxe:start-time>${at(from)}</oxe:start-time><oxe:end-time>${
      at(from + days)
    }</oxe:end-time></oxe:time-range>`
  );
  return (services === null
    ? ""
    : `<oxe:supported-services>${
      services.startsWith("all") ? `<oxe:all-services-except>${service}</oxe:all-services-except>` : service
    }</oxe:supported-services>`) +
    (ages === null ? "" : `<oxe:age-restrictions must-understand="true">${spans.join("")}</oxe:age-restrictions>`) +
    `<oxe:session-active-policy>${duration === null ? "" : `<oxe:max-duration>PT${duration}H</oxe:max-duration>`}` +
    `${ranges.length === 0 ? "" : `<oxe:schedule>${ranges.join("")}</oxe:schedule>`}</oxe:session-active-policy>`;
}

Deno.test("whatever a group's document says, its policy is that of a naive reading of it [GR-4, CHAT-2, CHAT-6, UPROF-11]", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (facts) => {
      const box = await PolicyWorld.open();
      const { group_size, public_age, private_from_public } = facts;
      Object.assign(box.settings, { group_size, public_age, private_from_public });
      await box.lists("alice", LISTS);
      await box.put("bob", { uri: "nested", rules: [] });
      const lists = facts.nested.map((name) => external("alice", name).replaceAll(/<\/?ocp:external-list>/g, ""));
      await box.put("alice", {
        members: facts.members,
        list: lists.map((entry) => entry.replace("ocp:entry anc", "external anchor")).join(""),
        invites: facts.invites,
        max: facts.max ?? undefined,
        rules: facts.rules.map(({ conditions, says }) =>
          groupRule(
            conditions.map(conditionXml).join(""),
            ...Object.entries(says).map(([right, value]) => `${value ? "" : "!"}${ACTIONS[right as keyof RoomRights]}`),
          )
        ),
        more: extensions(facts),
      });
      box.time.jump(BEGIN + facts.day * DAY - box.time.now());
      const policy = await box.policy();
      for (const [place, [asks, key]] of CALLERS.entries()) {
        const dates = facts.born[place].map((years) => `${2026 - years}-01-01`);
        box.births.set(asks, dates);
        const caller: Caller = { aor: asks, number: "", anonymous: facts.anonymous };
        const expected = naive(facts, asks, key, dates);
        const { terms } = policy;
        assert.deepEqual(
          {
            rights: policy.rightsOf(caller),
            join: said(policy.mayJoin(caller, facts.present)),
            initiate: said(policy.mayInitiate(caller)),
            watch: said(policy.mayWatch(caller)),
            isPublic: terms.isPublic,
            most: terms.maxParticipants,
            members: policy.members,
            endsAt: terms.endsAt,
          },
          expected,
          asks,
        );
      }
      assert.deepEqual(policy.nestedGroups, facts.members.includes("nested") ? [aor("nested")] : []);
      assert.equal(box.policies.isGroup(TEAM), true);
    }),
    { numRuns: 400 },
  );
});
