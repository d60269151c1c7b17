import assert from "node:assert/strict";
import { PublicRooms } from "../../xdm/mod.ts";
import { anchor, many, one, OTHERS } from "../../xdm/rules/testing/rules_world.ts";
import type { RoomRights } from "./terms.ts";
import { aor, caller, groupRule as rule, INITIATE, JOIN, MEMBERS, PolicyWorld, said } from "./testing/policy_world.ts";

const RIGHTS: Readonly<Record<keyof RoomRights, string>> = {
  initiate: INITIATE,
  join: JOIN,
  invite: "allow-invite-users-dynamically",
  seeRoster: "allow-conference-state",
  anonymity: "allow-anonymity",
  privateMessages: "allow-private-message",
  expel: "allow-expelling",
  key: "is-key-participant",
};
const policyXml = (inner: string) => `<oxe:session-active-policy>${inner}</oxe:session-active-policy>`;

/** Names of the rights that somebody has. */
function had(rights: RoomRights): string[] {
  return Object.entries(rights).filter(([, has]) => has).map(([name]) => name).sort();
}

for (const [right, action] of Object.entries(RIGHTS)) {
  Deno.test(`rights of groups: ${action} gives ${right} alone, and only where it is true`, async () => {
    const world = await PolicyWorld.open();
    await world.put("alice", { rules: [rule(one("bob"), action), rule(one("carol"), `!${action}`)] });
    const policy = await world.policy();
    assert.deepEqual(had(policy.rightsOf(caller("bob"))), [right]);
    assert.deepEqual(had(policy.rightsOf(caller("carol"))), []);
    assert.deepEqual(had(policy.rightsOf(caller("dave"))), []);
    assert.deepEqual(had(policy.rightsOf(caller(""))), []);
    assert.deepEqual(had(policy.rightsOf(caller("alice"))), Object.keys(RIGHTS).sort());
  });
}

Deno.test("rules add up, and none takes anything away", async () => {
  const world = await PolicyWorld.open();
  await world.lists("alice", { friends: ["bob"] });
  const friends = `<ocp:external-list><ocp:entry anc="${anchor("alice", "friends")}"/></ocp:external-list>`;
  await world.put("alice", {
    members: ["bob", "carol"],
    rules: [
      rule(one("bob"), JOIN, "!allow-private-message"),
      rule(friends, "allow-expelling"),
      rule(MEMBERS, "allow-private-message"),
      rule(OTHERS, "allow-anonymity"),
      rule("", "allow-conference-state"),
      rule("<unknown-condition/>", INITIATE),
    ],
  });
  const policy = await world.policy();
  assert.deepEqual(had(policy.rightsOf(caller("bob"))), ["expel", "join", "privateMessages", "seeRoster"]);
  assert.deepEqual(had(policy.rightsOf(caller("carol"))), ["anonymity", "privateMessages", "seeRoster"]);
  assert.deepEqual(had(policy.rightsOf(caller("dave"))), ["anonymity", "seeRoster"]);
});

Deno.test("a number in a list or rule is the user who has it, by whatever name they come", async () => {
  const world = await PolicyWorld.open();
  world.numbers.set(aor("bob"), "+15550100");
  await world.put("alice", {
    members: ["tel:+1-555-0100", "bob", "tel:+15550199"],
    rules: [rule(MEMBERS, JOIN), rule(one("tel:+15550100"), "allow-expelling")],
  });
  const policy = await world.policy();
  assert.deepEqual(policy.members, [aor("bob"), "tel:+15550199"]);
  assert.deepEqual(had(policy.rightsOf(caller("bob"))), ["expel", "join"]);
  assert.deepEqual(had(policy.rightsOf(caller("sip:x@b.test", { number: "+15550199" }))), ["join"]);
  assert.deepEqual(had(policy.rightsOf(caller("carol"))), []);
});

// Who everybody is, and who is not.
const OPENNESS: readonly (readonly [title: string, isPublic: boolean, ...rules: string[]])[] = [
  ["all others may join", true, rule(OTHERS, JOIN)],
  ["a rule without conditions", true, rule("", JOIN)],
  ["everybody by identity", true, rule(many(null), JOIN)],
  ["everybody but some", true, rule(many(null, `<cp:except id="${aor("bob")}"/>`), JOIN)],
  [
    "everybody at some time",
    true,
    rule(
      `${OTHERS}<cp:validity><cp:from>2030-01-01T00:00:00Z</cp:from><cp:until>2031-01-01T00:00:00Z</cp:until></cp:validity>`,
      JOIN,
    ),
  ],
  ["everybody who hides", true, rule("<ocp:anonymous-request/>", JOIN)],
  ["all others may watch, and not join", false, rule(OTHERS, "allow-conference-state"), rule(MEMBERS, JOIN)],
  ["all others may not join", false, rule(OTHERS, `!${JOIN}`)],
  ["members", false, rule(MEMBERS, JOIN)],
  ["others, of whom members alone", false, rule(OTHERS + MEMBERS, JOIN)],
  ["one domain", false, rule(many("example.test"), JOIN)],
  ["everybody by another medium", false, rule(`${OTHERS}<oxe:media-list><oxe:poc-speech/></oxe:media-list>`, JOIN)],
  ["nobody", false],
];

for (const [title, isPublic, ...rules] of OPENNESS) {
  Deno.test(`a group is ${isPublic ? "public" : "private"} where its rules let in: ${title} [CHAT-2, PRI-2]`, async () => {
    const world = await PolicyWorld.open();
    await world.put("alice", { members: ["bob"], rules });
    const { terms } = await world.policy();
    assert.deepEqual([terms.isPublic, terms.hidesIdentity], [isPublic, isPublic]);
  });
}

Deno.test("private messages in public rooms are the operator's to forbid, at once; in private ones they are not [ADM-2]", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [rule(OTHERS, JOIN, "allow-private-message")] });
  await world.put("alice", { uri: "closed", rules: [rule(one("bob"), JOIN, "allow-private-message")] }, "h");
  const policy = await world.policy(), closed = await world.policy("closed");
  const seen = () => [
    policy.terms.privateMessages,
    policy.rightsOf(caller("bob")).privateMessages,
    policy.rightsOf(caller("alice")).privateMessages,
    closed.terms.privateMessages && closed.rightsOf(caller("bob")).privateMessages,
  ];
  assert.deepEqual(seen(), [true, true, true, true]);
  world.settings.private_from_public = false;
  assert.deepEqual(seen(), [false, false, false, true]);
});

Deno.test("terms are those of the document within what the operator allows, by now [ADM-5]", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", {
    name: "The team",
    members: ["bob"],
    invites: true,
    max: 50,
    rules: [rule(MEMBERS, JOIN)],
    more: `<oxe:subject>Chess</oxe:subject>` + policyXml(
      `<oxe:max-duration>PT2H</oxe:max-duration><oxe:required-participants-list><oxe:entry uri="sip:Bob@EXAMPLE.test"/>` +
        `</oxe:required-participants-list><oxe:min-participant-count>3</oxe:min-participant-count>`,
    ),
  });
  const policy = await world.policy(), now = world.time.now();
  assert.deepEqual(policy.terms, {
    owner: aor("alice"),
    displayName: "The team",
    subject: "Chess",
    isPublic: false,
    hidesIdentity: false,
    nicknames: true,
    privateMessages: true,
    invitesMembers: true,
    maxParticipants: 50,
    minParticipants: 3,
    required: ["sip:Bob@example.test"],
    endsAt: now + 7_200_000,
    history: 0,
  });
  Object.assign(world.settings, { group_size: 20, history: 15 });
  world.time.advance(60_000);
  assert.deepEqual([policy.terms.maxParticipants, policy.terms.history], [20, 15]);
  assert.equal(policy.terms.endsAt, now + 60_000 + 7_200_000, "of a session that begins now");
  assert.equal(policy.termsSince(now).endsAt, now + 7_200_000, "of one that has begun");
});

Deno.test("a session ends with its schedule, ranges that touch are one, and at once where there is none any more", async () => {
  const world = await PolicyWorld.open();
  const at = (minutes: number) => new Date(world.time.now() + minutes * 60_000).toISOString();
  const range = (from: string, until: string) =>
    `<oxe:time-range><oxe:start-time>${from}</oxe:start-time><oxe:end-time>${until}</oxe:end-time></oxe:time-range>`;
  const start = world.time.now();
  await world.put("alice", {
    rules: [],
    more: policyXml(
      `<oxe:max-duration>7200</oxe:max-duration><oxe:schedule>${range(at(30), at(60))}${range(at(-5), at(30))}` +
        `${range(at(90), at(600))}</oxe:schedule>`,
    ),
  });
  const policy = await world.policy();
  assert.equal(policy.terms.endsAt, start + 60 * 60_000);
  world.time.jump(61 * 60_000);
  assert.equal(policy.terms.endsAt, world.time.now());
  world.time.jump(39 * 60_000);
  assert.equal(policy.terms.endsAt, world.time.now() + 7_200_000);
});

Deno.test("members: lists in lists of this domain, each person once, nested groups and services left out [GM-10]", async () => {
  const world = await PolicyWorld.open();
  const lists = (inner: string) =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inner}</resource-lists>`;
  const external = (owner: string, list: string, document = "index") =>
    `<external anchor="${anchor(owner, list, document)}"/>`;
  const deep = `<list name="deep"><entry uri="${aor("dave")}"/>${external("alice", "loop", "second")}</list>`;
  await world.write(
    "alice",
    "resource-lists",
    "index",
    lists(`<list name="all"><entry uri="${aor("carol")}"/>${deep}</list>`),
  );
  await world.write(
    "alice",
    "resource-lists",
    "second",
    lists(`<list name="loop">${external("alice", "all")}<entry uri="${aor("erin")}"/></list>`),
  );
  await world.lists("bob", { secret: ["frank"] });
  await world.put("alice", { uri: "other", rules: [] }, "other");
  await world.put("alice", {
    members: ["bob", "carol", "other", "conference-factory", "team", "sip:BOB@other.test", "sip:bob@EXAMPLE.test:5060"],
    list: external("alice", "all") + external("bob", "secret"),
    rules: [rule(MEMBERS, JOIN)],
  });
  const policy = await world.policy();
  assert.deepEqual(policy.members, [aor("bob"), aor("carol"), "sip:BOB@other.test", aor("dave"), aor("erin")]);
  assert.deepEqual(policy.nestedGroups, [aor("other"), aor("team")]);
  assert.equal(said(policy.mayJoin(caller("erin"), 0)), "yes", "who is in a nested list is a member");
  assert.equal(said(policy.mayJoin(caller("frank"), 0)), "403 116 user is not part of the group");
  world.settings.group_size = 2;
  assert.deepEqual(policy.members, [aor("bob"), aor("carol")]);
});

Deno.test("what becomes a group later is no member from then on", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { members: ["bob", "later"], rules: [] });
  const policy = await world.policy();
  assert.deepEqual(policy.members, [aor("bob"), aor("later")]);
  await world.put("carol", { uri: "later", rules: [] });
  assert.deepEqual([policy.members, policy.nestedGroups], [[aor("bob")], [aor("later")]]);
});

Deno.test("who brings in others needs the right; whom they bring needs none, unless kept out by name [CHAT-9, CHAT-20]", async () => {
  const world = await PolicyWorld.open();
  world.births.set(aor("child"), ["2015-01-01"]);
  await world.put("alice", {
    members: ["bob", "carol"],
    max: 3,
    rules: [
      rule(one("frank"), `!${JOIN}`),
      rule(one("frank", "grace"), JOIN),
      rule(one("bob"), JOIN, "allow-invite-users-dynamically"),
      rule(MEMBERS, `!${JOIN}`),
      rule(one("erin"), `!${JOIN}`),
      rule("", `!${JOIN}`),
      rule(many(null), `!${JOIN}`),
    ],
  });
  const policy = await world.policy();
  const asked = (by: string, whom: string, present = 2) => said(policy.mayInvite(caller(by), caller(whom), present));
  assert.equal(asked("bob", "dave"), "yes");
  assert.equal(asked("bob", "carol"), "yes", "what is said of all members is said of nobody by name");
  assert.equal(asked("alice", "dave"), "yes");
  assert.equal(asked("bob", "frank"), "yes", "another rule lets them in");
  assert.equal(asked("carol", "dave"), "403 127 Service not authorised");
  assert.equal(asked("bob", "erin"), "403 106 user not authorised to join chat group");
  assert.equal(asked("alice", "erin"), "403 106 user not authorised to join chat group", "the owner unblocks first");
  assert.equal(asked("bob", "dave", 3), "486 122 too many participants");
  assert.equal(said(policy.mayJoin(caller("dave"), 0)), "403 116 user is not part of the group");
});

Deno.test("nobody is brought in who is not of age [PRI-5]", async () => {
  const world = await PolicyWorld.open();
  world.births.set(aor("child"), ["2015-01-01"]).set(aor("adult"), ["1990-01-01"]);
  await world.put("alice", {
    rules: [],
    more: '<oxe:age-restrictions must-understand="true"><oxe:age from="18"/></oxe:age-restrictions>',
  });
  const policy = await world.policy();
  const asked = (whom: string) => said(policy.mayInvite(caller("alice"), caller(whom), 0));
  assert.equal(asked("adult"), "yes");
  for (const whom of ["child", "sip:unknown@other.test"]) {
    assert.equal(asked(whom), "403 100 Function not allowed due to age");
  }
});

Deno.test("who puts out others needs the right, and nobody puts out the owner [ADM-1, CHAT-20]", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { rules: [rule(one("bob"), "allow-expelling"), rule(OTHERS, JOIN, "is-key-participant")] });
  const policy = await world.policy();
  const asked = (by: string, whom: string) => said(policy.mayExpel(caller(by), caller(whom)));
  assert.deepEqual([asked("bob", "carol"), asked("alice", "bob")], ["yes", "yes"]);
  for (const [by, whom] of [["carol", "bob"], ["bob", "alice"], ["alice", "alice"]]) {
    assert.equal(asked(by, whom), "403 127 Service not authorised", `${by} ${whom}`);
  }
});

Deno.test("the operator's groups have no owner, and their lists may be anybody's [CHAT-5]", async () => {
  const world = await PolicyWorld.open();
  await world.lists("bob", { all: ["carol"] });
  await world.put("", {
    list: `<external anchor="${anchor("bob", "all")}"/>`,
    rules: [rule(MEMBERS, JOIN)],
  });
  const policy = await world.policy();
  assert.equal(policy.terms.owner, "");
  assert.deepEqual(policy.members, [aor("carol")]);
  assert.deepEqual(had(policy.rightsOf(caller("alice"))), []);
  assert.deepEqual(had(policy.rightsOf(caller(""))), []);
});

Deno.test("the operator's public room: everybody may join and hide, moderators put out others, who is blocked stays out [CHAT-5, ADM-1]", async () => {
  const world = await PolicyWorld.open();
  const rooms = new PublicRooms({ documents: world.xdm.documents, service: world.xdm.server, audit: () => {} });
  world.births.set(aor("bob"), ["1990-01-01"]).set(aor("mod"), ["1990-01-01"]).set(aor("rogue"), ["1990-01-01"]);
  await rooms.put(
    "lobby",
    {
      uri: aor("lobby"),
      display_name: "Lobby",
      subject: "Anything",
      minimum_age: 16,
      max_participants: 3,
      searchable: true,
      private_messages: true,
      moderators: [aor("mod")],
      blocked: [aor("rogue")],
    },
    null,
    "admin:ada",
  );
  const policy = await world.policy("lobby"), { terms } = policy;
  assert.deepEqual([terms.isPublic, terms.owner, terms.maxParticipants, terms.subject], [true, "", 3, "Anything"]);
  const join = (name: string) => said(policy.mayJoin(caller(name, { anonymous: true }), 2));
  assert.deepEqual([join("bob"), join("mod")], ["yes", "yes"]);
  assert.equal(join("rogue"), "403 116 user is not part of the group");
  assert.equal(join("child"), "403 100 Function not allowed due to age");
  const invited = said(policy.mayInvite(caller("mod"), caller("rogue"), 0));
  assert.equal(invited, "403 106 user not authorised to join chat group");
  assert.equal(said(policy.mayExpel(caller("mod"), caller("bob"))), "yes");
  assert.equal(said(policy.mayExpel(caller("bob"), caller("mod"))), "403 127 Service not authorised");
});

Deno.test("nobody is brought in without a name where the group is not for that: not by whoever invites, and not by the server [PRI-2]", async () => {
  const world = await PolicyWorld.open();
  await world.put("alice", { members: ["bob"], rules: [rule(one("carol"), "allow-anonymity")] });
  const policy = await world.policy();
  const asked = (whom: string, anonymous: boolean) =>
    said(policy.mayInvite(caller("alice"), caller(whom, { anonymous }), 0));
  assert.deepEqual([asked("bob", false), asked("carol", true)], ["yes", "yes"]);
  assert.equal(asked("bob", true), "403 102 Anonymity not allowed");
  assert.equal(said(policy.mayBeBrought(caller("bob", { anonymous: true }), 0)), "403 102 Anonymity not allowed");
});

Deno.test("the server brings in whom nobody lets in, but nobody whom the rules keep out by name, for age, or for want of room [UPROF-11, CHAT-20]", async () => {
  const world = await PolicyWorld.open();
  world.births.set(aor("bob"), ["1990-01-01"]).set(aor("erin"), ["1990-01-01"]).set(aor("child"), ["2015-01-01"]);
  await world.put("alice", {
    members: ["bob", "erin", "child"],
    invites: true,
    max: 3,
    rules: [rule(one("erin"), `!${JOIN}`)],
    more: '<oxe:age-restrictions must-understand="true"><oxe:age from="18"/></oxe:age-restrictions>',
  });
  const policy = await world.policy();
  const brought = (whom: string, present = 0) => said(policy.mayBeBrought(caller(whom), present));
  assert.equal(brought("bob"), "yes");
  assert.equal(brought("erin"), "403 106 user not authorised to join chat group");
  assert.equal(brought("child"), "403 100 Function not allowed due to age");
  assert.equal(brought("bob", 3), "486 122 too many participants");
});
