import assert from "node:assert/strict";
import { ConferenceWorld, user } from "./testing/conference_world.ts";
import { fakePolicy, type FakeRoom } from "./testing/fake_rooms.ts";

const GROUP = "sip:friends@groups.example.test";

/** A room with Alice and Bob in it. */
function world(
  parts: Parameters<ConferenceWorld["rooms"]["open"]>[0] = {},
): { world: ConferenceWorld; room: FakeRoom } {
  const world = new ConferenceWorld();
  const room = world.rooms.open({ now: () => world.sip.time.now(), ...parts });
  room.put(user("alice"), { joinedBy: "dialed-in" });
  room.put(user("bob"), { joinedBy: "dialed-out" });
  return { world, room };
}

Deno.test("the first NOTIFY tells all, the next ones what changed, each with the next version [NOT-10]", () => {
  const { world: all, room } = world({ subject: "Lunch", terms: { displayName: "The Four" } });
  const alice = all.watch("alice");
  assert.equal(alice.answer.status, 200);
  const [{ info, text }] = alice.told;
  assert.deepEqual([info!.state, info!.version, info!.entity], ["full", 1, room.uri]);
  assert.deepEqual(info!.description, {
    displayText: "The Four",
    subject: "Lunch",
    confUris: { state: "full", entries: [{ uri: room.uri, purpose: "participation" }] },
    maximumUserCount: 20,
    availableMedia: [{ label: "chat", type: "message", status: "sendrecv" }],
  });
  assert.deepEqual(info!.conferenceState, { userCount: 2, active: true, locked: false });
  assert.match(text, /<joining-method>dialed-out<\/joining-method><joining-info><when>2026-01-01T00:00:00Z<\/when>/);

  room.put(user("carol"), { standing: "dialing-out", joinedBy: "dialed-out" });
  room.put(user("carol"), { standing: "alerting" });
  all.after(1000);
  const partial = alice.told[1].info!;
  assert.deepEqual([partial.state, partial.version, partial.users!.state], ["partial", 2, "partial"]);
  assert.deepEqual(partial.users!.users.map(({ entity, state }) => [entity, state]), [[user("carol"), "full"]]);
  assert.equal(partial.description, undefined);
  assert.deepEqual(alice.sees, ["alice connected", "bob connected", "carol alerting"]);

  room.put(user("carol"), { standing: "connected" });
  room.put(user("bob"), { standing: "disconnected", leftBy: "departed" });
  all.after(5000);
  assert.deepEqual(alice.sees, ["alice connected", "bob disconnected", "carol connected"]);
  assert.equal(alice.roster.find(user("bob"))!.endpoints[0].disconnectionMethod, "departed");
  assert.equal(alice.roster.info!.conferenceState!.userCount, 2);
  assert.equal(alice.told.length, 3);
  assert.deepEqual(alice.told.map(({ info }) => info!.version), [1, 2, 3]);
});

Deno.test("what changes in one interval comes in one NOTIFY, the first after a quiet time at once (RFC 4575 §3.9)", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  all.after(10_000);
  const times: number[] = [];
  for (let i = 0; i < 150; i++) {
    room.put(user(`u${i % 15}`), { standing: i % 2 === 0 ? "connected" : "alerting" });
    const before = alice.told.length;
    all.after(100);
    if (alice.told.length > before) times.push(i * 100);
  }
  assert.deepEqual(times.length, 3, times.join());
  assert.ok(times[0] <= 300 && times[1] - times[0] >= 5000 && times[2] - times[1] >= 5000, times.join());
});

Deno.test("statuses, how they came and how they left", () => {
  const { world: all, room } = world();
  const standings = ["pending", "dialing-out", "alerting", "dialing-in", "connected", "absent"] as const;
  for (const standing of standings) room.put(user(standing), { standing });
  for (const leftBy of ["departed", "booted", "failed", "busy"] as const) {
    room.put(user(leftBy), { standing: "disconnected", leftBy });
  }
  const alice = all.watch("alice");
  const facts = alice.roster.users.map(({ entity, endpoints: [{ status, disconnectionMethod = "" }] }) =>
    `${entity.slice(4, entity.indexOf("@"))} ${status} ${disconnectionMethod}`.trim()
  );
  assert.deepEqual(facts.slice(2), [
    "pending pending",
    "dialing-out dialing-out",
    "alerting alerting",
    "dialing-in dialing-in",
    "connected connected",
    "absent pending failed",
    "departed disconnected departed",
    "booted disconnected booted",
    "failed disconnected failed",
    "busy disconnected busy",
  ]);
  assert.equal(alice.roster.info!.conferenceState!.userCount, 3);
});

Deno.test("nicknames, moderators, and a room that is full", () => {
  const policy = fakePolicy({ isKey: (aor) => aor === user("alice"), terms: { maxParticipants: 3 } });
  const { world: all, room } = world({ kind: "group", group: GROUP, policy });
  const alice = all.watch("alice", { resource: GROUP });
  assert.equal(alice.told[0].info!.entity, room.uri);
  assert.deepEqual(alice.roster.info!.description!.confUris!.entries.map(({ uri }) => uri), [room.uri, GROUP]);
  assert.deepEqual(alice.roster.users.map(({ roles }) => roles), [["moderator"], undefined]);
  room.put(user("bob"), { nickname: 'Bo "B" & <co>' });
  room.put(user("carol"));
  all.after(1000);
  const bob = alice.roster.find(user("bob"))!;
  assert.deepEqual([bob.nickname, bob.displayText, bob.endpoints[0].displayText], Array(3).fill('Bo "B" & <co>'));
  assert.equal(alice.roster.info!.conferenceState!.locked, true);

  // Other rules: other moderators, all of it is told anew.
  room.change({ policy: fakePolicy({ isKey: (aor) => aor === user("bob"), terms: { maxParticipants: 3 } }) });
  all.after(6000);
  assert.deepEqual(alice.roster.users.map(({ roles }) => roles), [undefined, ["moderator"], undefined]);
  assert.deepEqual([alice.told.at(-1)!.info!.state, alice.told.at(-1)!.info!.version], ["full", 3]);
});

Deno.test("who begins to watch is told how it is now, also between two turns of telling", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  room.put(user("carol"));
  const carol = all.watch("carol");
  assert.deepEqual(carol.sees, ["alice connected", "bob connected", "carol connected"]);
  room.put(user("bob"), { standing: "absent" });
  all.after(6000);
  for (const { sees } of [alice, carol]) assert.deepEqual(sees, ["alice connected", "bob pending", "carol connected"]);
});

Deno.test("another subject, and a bridge to speak on, are told without the users [CHAT-14]", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  all.settings.speech_uri = "sip:bridge@example.test";
  room.rename("Dinner");
  all.after(1000);
  const { description, users } = alice.told[1].info!;
  assert.equal(description!.subject, "Dinner");
  assert.deepEqual(description!.confUris!.entries[1], {
    uri: "sip:bridge@example.test",
    displayText: "Speech",
    purpose: "participation",
  });
  assert.deepEqual(users!.users, []);
});

Deno.test("a change that nobody sees is told to nobody", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  room.change({});
  all.after(6000);
  assert.equal(alice.told.length, 1);
  room.put(user("carol"), { hidden: true });
  all.after(6000);
  assert.equal(alice.told.length, 1);
  assert.equal(all.conference.size, 1);
});

Deno.test("the end: a last document, and noresource (RFC 4575 §3.3)", () => {
  const { world: all, room } = world();
  const [alice, bob] = [all.watch("alice"), all.watch("bob")];
  room.put(user("carol"), {}, true);
  room.end("too-few");
  all.settle();
  for (const { told, roster } of [alice, bob]) {
    assert.equal(told.length, 2);
    assert.equal(told[1].state, "terminated;reason=noresource");
    const { state, version, conferenceState, users } = told[1].info!;
    assert.deepEqual([state, version, conferenceState, users!.users], ["full", 2, { userCount: 0, active: false }, []]);
    assert.equal(roster.info!.conferenceState!.active, false);
  }
  all.after(10_000);
  assert.deepEqual([alice.told.length, all.conference.size, all.sip.server.size], [2, 0, 0]);
  assert.equal(all.watch("alice").answer.head.split("\r\n")[0], "SIP/2.0 404 This Room Is Over");
});

Deno.test("a refresh brings all of it, a poll too, and who leaves is told the last state", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  assert.equal(alice.refresh().status, 200);
  all.settle();
  assert.deepEqual(alice.told.map(({ info }) => [info!.state, info!.version]), [["full", 1], ["full", 2]]);
  const once = all.watch("bob", { expires: 0 });
  assert.deepEqual(once.told.map(({ state, info }) => [state, info!.users!.users.length]), [[
    "terminated;reason=timeout",
    2,
  ]]);
  alice.refresh(0);
  all.settle();
  assert.equal(alice.told.at(-1)!.state, "terminated;reason=timeout");
  assert.deepEqual([all.conference.size, all.sip.server.size], [0, 0]);
  room.put(user("carol"));
  all.after(6000);
  assert.equal(alice.told.length, 3);
});

Deno.test("a NOTIFY that is lost is made good by a whole document", () => {
  const { world: all, room } = world();
  const alice = all.watch("alice");
  alice.answers = false;
  room.put(user("carol"));
  all.after(1000);
  room.put(user("dave"));
  all.after(6000);
  assert.equal(alice.told.length, 2, "one at a time");
  alice.answers = true;
  alice.refresh();
  all.after(60_000);
  assert.deepEqual(alice.sees, ["alice connected", "bob connected", "carol connected", "dave connected"]);
});

Deno.test("of those who left long ago a whole document says nothing", () => {
  const { world: all, room } = world({ terms: { maxParticipants: 500 } });
  for (let i = 0; i < 80; i++) {
    room.put(user(`u${i}`), { standing: "disconnected", leftBy: "departed", since: i * 1000 }, true);
  }
  const alice = all.watch("alice");
  assert.equal(alice.roster.users.length, 52);
  assert.deepEqual(alice.sees[2], "u30 disconnected");
});
