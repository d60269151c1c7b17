import assert from "node:assert/strict";
import { ANONYMOUS, many, one, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import type { Caller } from "./terms.ts";
import {
  aor,
  caller,
  groupRule as rule,
  type GroupSpec,
  INITIATE,
  JOIN,
  MEMBERS,
  PolicyWorld,
  said,
} from "./testing/policy_world.ts";

const AGES = (inner: string, understand = true) =>
  `<oxe:age-restrictions must-understand="${understand}">${inner}</oxe:age-restrictions>`;
const ADULTS = AGES('<oxe:age from="18"/>');
const range = (from: string, until: string) =>
  `<oxe:time-range><oxe:start-time>${from}</oxe:start-time><oxe:end-time>${until}</oxe:end-time></oxe:time-range>`;
const SCHEDULE = (...ranges: string[]) =>
  `<oxe:session-active-policy><oxe:schedule>${ranges.join("")}</oxe:schedule></oxe:session-active-policy>`;
const SERVICES = (inner: string) => `<oxe:supported-services>${inner}</oxe:supported-services>`;
const IM = '<oxe:service enabler="org.openmobilealliance:IM-session"/>';
const POC = '<oxe:service enabler="org.openmobilealliance:PoC-session"/>';
const PUBLIC = rule(OTHERS, JOIN);

/** What is asked of a group, and the answer (oma-reference §3.3.2). Alice owns it; the time is the first minute of 2026. */
interface Row {
  readonly title: string;
  readonly group: GroupSpec;
  readonly ask: "join" | "initiate" | "watch" | "watch inside";
  readonly who?: string;
  readonly facts?: Partial<Caller>;
  readonly present?: number;
  readonly born?: readonly string[];
  readonly publicAge?: number;
  readonly gets: string;
}

const ROWS: readonly Row[] = [
  { title: "a chat group, joined by rule", group: { rules: [PUBLIC] }, ask: "join", gets: "yes" },
  {
    title: "a member whom no rule lets in",
    group: { members: ["bob"], rules: [rule(one("carol"), JOIN)] },
    ask: "join",
    gets: "403 106 user not authorised to join chat group",
  },
  {
    title: "somebody who has other rights there, but that",
    group: { rules: [rule(one("bob"), "allow-conference-state")] },
    ask: "join",
    gets: "403 106 user not authorised to join chat group",
  },
  {
    title: "no member, and no rule gives anything",
    group: { members: ["carol"], rules: [rule(MEMBERS, JOIN)] },
    ask: "join",
    gets: "403 116 user is not part of the group",
  },
  {
    title: "no ruleset at all",
    group: { members: ["bob"], rules: null },
    ask: "join",
    gets: "403 106 user not authorised to join chat group",
  },
  {
    title: "somebody whom nobody vouches for",
    group: { rules: [rule("", JOIN), PUBLIC] },
    ask: "join",
    who: "",
    gets: "403 116 user is not part of the group",
  },
  {
    title: "a session that the server invites to, begun by rule",
    group: { members: ["bob"], invites: true, rules: [rule(MEMBERS, INITIATE)] },
    ask: "initiate",
    gets: "yes",
  },
  {
    title: "a session that the server invites to stands, and who might have begun it comes again",
    group: { members: ["bob"], invites: true, rules: [rule(MEMBERS, INITIATE)] },
    ask: "join",
    present: 2,
    gets: "yes",
  },
  {
    title: "the same without the right to begin it",
    group: { members: ["bob"], invites: true, rules: [rule(MEMBERS, JOIN)] },
    ask: "initiate",
    gets: "403 119 user is not authorised to initiate the IM session",
  },
  {
    title: "the same by a stranger",
    group: { invites: true, rules: [rule(MEMBERS, INITIATE)] },
    ask: "initiate",
    gets: "403 116 user is not part of the group",
  },
  { title: "a chat group is begun by who may join", group: { rules: [PUBLIC] }, ask: "initiate", gets: "yes" },
  {
    title: "a chat group is not begun by who may not join",
    group: { members: ["bob"], rules: [rule(MEMBERS, INITIATE)] },
    ask: "initiate",
    gets: "403 106 user not authorised to join chat group",
  },
  {
    title: "an anonymous caller",
    group: { rules: [PUBLIC] },
    ask: "join",
    facts: { anonymous: true },
    gets: "403 102 Anonymity not allowed",
  },
  {
    title: "an anonymous caller who begins it",
    group: { invites: true, rules: [rule(OTHERS, INITIATE)] },
    ask: "initiate",
    facts: { anonymous: true },
    gets: "403 102 Anonymity not allowed",
  },
  {
    title: "an anonymous caller where a rule allows it",
    group: { rules: [rule(OTHERS, JOIN, "allow-anonymity")] },
    ask: "join",
    facts: { anonymous: true },
    gets: "yes",
  },
  {
    title: "a rule for anonymous callers alone does not let in others",
    group: { rules: [rule(ANONYMOUS, JOIN, "allow-anonymity")] },
    ask: "join",
    gets: "403 116 user is not part of the group",
  },
  { title: "one place is left", group: { max: 3, rules: [PUBLIC] }, ask: "join", present: 2, gets: "yes" },
  {
    title: "no place is left",
    group: { max: 3, rules: [PUBLIC] },
    ask: "join",
    present: 3,
    gets: "486 122 too many participants",
  },
  {
    title: "no place is left by the operator's limit",
    group: { max: 100_000, rules: [PUBLIC] },
    ask: "join",
    present: 500,
    gets: "486 122 too many participants",
  },
  {
    title: "an adult among adults",
    group: { rules: [PUBLIC], more: ADULTS },
    ask: "join",
    born: ["2008-01-01"],
    gets: "yes",
  },
  {
    title: "a day too young",
    group: { rules: [PUBLIC], more: ADULTS },
    ask: "join",
    born: ["2008-01-02"],
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "an age that nobody knows",
    group: { rules: [PUBLIC], more: ADULTS },
    ask: "join",
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "an adult by one birth date, a child by the one that the operator vouches for",
    group: { rules: [PUBLIC], more: ADULTS },
    ask: "join",
    born: ["1980-01-01", "2012-01-01"],
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "an adult among children",
    group: { rules: [PUBLIC], more: AGES('<oxe:age from="10" until="15"/><oxe:age from="17" until="17"/>') },
    ask: "join",
    born: ["1980-01-01"],
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "the last day of a span of ages, and one of several",
    group: { rules: [PUBLIC], more: AGES('<oxe:age from="10" until="15"/><oxe:age from="17" until="17"/>') },
    ask: "join",
    born: ["2008-01-02"],
    gets: "yes",
  },
  {
    title: "ages hold also where they need not be understood",
    group: { invites: true, rules: [rule("", INITIATE)], more: AGES('<oxe:age from="18"/>', false) },
    ask: "initiate",
    born: ["2010-01-01"],
    gets: "403 100 Function not allowed due to age",
  },
  { title: "restrictions that name no age", group: { rules: [PUBLIC], more: AGES("") }, ask: "join", gets: "yes" },
  {
    title: "the operator's age for public rooms",
    group: { rules: [PUBLIC] },
    ask: "join",
    born: ["2012-01-01"],
    publicAge: 16,
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "is none for private ones",
    group: { members: ["bob"], rules: [rule(MEMBERS, JOIN)] },
    ask: "join",
    born: ["2012-01-01"],
    publicAge: 16,
    gets: "yes",
  },
  {
    title: "and holds for the owner too, who has all rights",
    group: { rules: [PUBLIC] },
    ask: "join",
    who: "alice",
    publicAge: 16,
    gets: "403 100 Function not allowed due to age",
  },
  {
    title: "within the schedule",
    group: { rules: [PUBLIC], more: SCHEDULE(range("2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z")) },
    ask: "join",
    gets: "yes",
  },
  {
    title: "outside of the schedule",
    group: { rules: [PUBLIC], more: SCHEDULE(range("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z")) },
    ask: "initiate",
    gets: "403 100 Function not allowed due to schedule",
  },
  {
    title: "the end of a range is outside",
    group: {
      invites: true,
      rules: [rule("", INITIATE)],
      more: SCHEDULE(range("2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z")),
    },
    ask: "initiate",
    gets: "403 100 Function not allowed due to schedule",
  },
  {
    title: "services without ours",
    group: { rules: [PUBLIC], more: SERVICES(POC) },
    ask: "join",
    gets: "403 100 Function not allowed due to services",
  },
  { title: "services with ours", group: { rules: [PUBLIC], more: SERVICES(POC + IM) }, ask: "join", gets: "yes" },
  {
    title: "all services but ours",
    group: { rules: [PUBLIC], more: SERVICES(`<oxe:all-services-except>${IM}</oxe:all-services-except>`) },
    ask: "join",
    gets: "403 100 Function not allowed due to services",
  },
  {
    title: "the owner where no rule says anything",
    group: { rules: [] },
    ask: "join",
    who: "alice",
    facts: { anonymous: true },
    gets: "yes",
  },
  {
    title: "the owner, who begins it",
    group: { invites: true, rules: null },
    ask: "initiate",
    who: "alice",
    gets: "yes",
  },
  {
    title: "whoever is kept out by name is none of the others (CHAT-20)",
    group: { rules: [PUBLIC, rule(one("bob"), `!${JOIN}`)] },
    ask: "join",
    gets: "403 116 user is not part of the group",
  },
  {
    title: "a whole domain is let in",
    group: { rules: [rule(many("example.test"), JOIN)] },
    ask: "join",
    gets: "yes",
  },
  {
    title: "nobody watches from outside without a right",
    group: { rules: [PUBLIC] },
    ask: "watch",
    gets: "403 138 subscription of conference events not allowed",
  },
  {
    title: "who may see the roster watches",
    group: { rules: [rule(OTHERS, "allow-conference-state")] },
    ask: "watch",
    gets: "yes",
  },
  {
    title: "who is inside watches where no rule speaks against it",
    group: { rules: [PUBLIC] },
    ask: "watch inside",
    gets: "yes",
  },
  {
    title: "who is inside does not where one does",
    group: { rules: [rule(OTHERS, JOIN, "!allow-conference-state")] },
    ask: "watch inside",
    gets: "403 138 subscription of conference events not allowed",
  },
];

for (const { title, group, ask, who = "bob", facts, present = 0, born = [], publicAge = 0, gets } of ROWS) {
  Deno.test(`refusals of groups: ${title}: ${ask} -> ${gets}`, async () => {
    const world = await PolicyWorld.open();
    world.settings.public_age = publicAge;
    if (born.length > 0) world.births.set(aor("bob"), [...born]);
    await world.put("alice", group);
    const policy = await world.policy();
    const by = caller(who, facts);
    const refusal = ask === "join"
      ? policy.mayJoin(by, present)
      : ask === "initiate"
      ? policy.mayInitiate(by)
      : policy.mayWatch(by, ask === "watch inside");
    assert.equal(said(refusal), gets);
    if (refusal !== null) assert.ok(refusal.reason.length > 10 && !refusal.reason.includes("\n"));
  });
}

Deno.test("a group that has no document is told so, before and after it had one", async () => {
  const world = await PolicyWorld.open();
  const none = { status: 404, reason: "No such group", warning: "113 group document does not exist" };
  assert.deepEqual(await world.policies.policyOf(aor("team")), none);
  assert.equal(world.policies.isGroup(aor("team")), false);
  await world.put("alice", { rules: [PUBLIC] });
  assert.equal(world.policies.isGroup(aor("team")), true);
  assert.equal((await world.policy()).terms.isPublic, true);
  await world.remove("alice");
  assert.equal(world.policies.isGroup(aor("team")), false);
  assert.deepEqual(await world.policies.policyOf(aor("team")), none);
  assert.deepEqual(world.changed, [aor("team")]);
});

Deno.test("more than one reason: who may not come in learns of nothing else", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { max: 2, rules: [rule(one("bob"), JOIN)], more: ADULTS });
  const policy = await world.policy();
  assert.equal(said(policy.mayJoin(caller("carol", { anonymous: true }), 9)), "403 116 user is not part of the group");
  assert.equal(said(policy.mayJoin(caller("bob", { anonymous: true }), 9)), "403 102 Anonymity not allowed");
  assert.equal(said(policy.mayJoin(caller("bob"), 9)), "486 122 too many participants");
  assert.equal(said(policy.mayJoin(caller("bob"), 1)), "403 100 Function not allowed due to age");
});
