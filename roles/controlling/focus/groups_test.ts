import assert from "node:assert/strict";
import { REFUSALS } from "../policy/exports.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import { FakePolicy } from "./testing/fake_rooms.ts";
import { FACTORY, FocusWorld, GROUP, mediaOf, offer, take } from "./testing/focus_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

function group(terms: ConstructorParameters<typeof FakePolicy>[0] = {}): { world: FocusWorld; policy: FakePolicy } {
  const world = new FocusWorld(), policy = new FakePolicy(terms);
  world.groups.set(GROUP, policy);
  return { world, policy };
}

Deno.test("a group that invites its members: who begins it needs the right to, all others are asked [GR-4][CHAT-1]", async () => {
  const { world, policy } = group({ invitesMembers: true, subject: "Openings" });
  policy.members = [ALICE, BOB, "sip:carol@example.test"];
  world.register("bob");
  world.register("carol");
  const invited = world.invite(GROUP);
  await world.quiet();
  assert.deepEqual(invited.statuses, [200]);
  assert.equal(policy.asked[0], "initiate sip:alice@example.test");
  const room = world.rooms.ofGroup(GROUP)!;
  assert.deepEqual([room.kind, room.subject, room.creator], ["group", "Openings", ALICE]);
  assert.match(invited.last.get("Contact")!, /^<sip:conf-1@/);
  const asked = world.requests("INVITE");
  assert.deepEqual(asked.map(({ request }) => request.to.uriText), [BOB, "sip:carol@example.test"]);
  // A session that stands is joined.
  take(asked[0]);
  const joined = world.invite(GROUP, { from: "carol" });
  await world.quiet();
  assert.deepEqual(joined.statuses, [200]);
  assert.equal(policy.asked.at(-1), "join sip:carol@example.test 2");
  assert.equal(world.rooms.made.length, 1);
});

Deno.test("a group that is joined: the first who comes begins it, nobody is asked [CHAT-2][CHAT-16]", async () => {
  const { world, policy } = group();
  policy.members = [BOB];
  world.register("bob");
  const invited = world.invite(GROUP);
  await world.quiet();
  assert.deepEqual(invited.statuses, [200]);
  assert.deepEqual(policy.asked, ["join sip:alice@example.test 0"]);
  assert.equal(world.requests("INVITE").length, 0);
});

Deno.test("where identities are hidden an invitation names the room alone, and nicknames are offered as the terms say [PRI-2][PRI-4]", async () => {
  const { world, policy } = group({ invitesMembers: true, hidesIdentity: true, privateMessages: false });
  policy.members = [BOB];
  world.register("bob");
  const invited = world.invite(GROUP);
  await world.quiet();
  assert.deepEqual(mediaOf(invited.last).chatroom, ["nickname"]);
  const { request } = world.requests("INVITE")[0];
  assert.equal(request.get("P-Asserted-Identity"), `<${world.rooms.made[0].uri}>`);
  assert.doesNotMatch(request.head, /alice/);
  assert.equal(request.has("Referred-By"), false);
});

const ROWS: [name: string, on: string, refusal: RoomRefusal, terms?: { invitesMembers: boolean }][] = [
  ["no right to begin", "initiate", REFUSALS.initiate, { invitesMembers: true }],
  ["no right to join", "join", REFUSALS.join],
  ["not part of the group", "join", REFUSALS.stranger],
  ["anonymous", "join", REFUSALS.anonymity],
  ["full", "join", REFUSALS.full],
  ["too young", "join", REFUSALS.age],
  ["outside of its schedule", "initiate", REFUSALS.schedule, { invitesMembers: true }],
  ["not for messages", "join", REFUSALS.services],
];
for (const [name, on, refusal, terms] of ROWS) {
  Deno.test(`refused by the group: ${name} [GR-4][PRI-5]`, async () => {
    const { world, policy } = group(terms);
    policy.refusals.set(on, refusal);
    const invited = world.invite(GROUP, { headers: "Privacy: id\r\n" });
    await world.quiet();
    assert.equal(invited.answer.status, refusal.status);
    assert.equal(invited.answer.get("Warning"), `399 example.test "${refusal.warning}"`);
    assert.match(policy.asked[0], /\(anonymous\)/);
    assert.equal(world.rooms.size, 0);
  });
}

Deno.test("a group whose document is gone: 404; one that cannot be read: 503", async () => {
  const { world } = group();
  world.unreadable = REFUSALS.noGroup;
  const gone = world.invite(GROUP);
  await world.quiet();
  assert.equal(gone.answer.status, 404);
  assert.equal(gone.answer.get("Warning"), '399 example.test "113 group document does not exist"');
  world.unreadable = new Error("the store fails");
  const unread = world.invite(GROUP);
  await world.quiet();
  assert.equal(unread.answer.status, 503);
});

Deno.test("a group in a group: 403 [GR-4]", async () => {
  const { world } = group();
  const nested = world.invite(GROUP, { contact: "<sip:focus@198.51.100.9>;isfocus;+g.oma.sip-im" });
  await world.quiet();
  assert.equal(nested.answer.get("Warning"), '399 example.test "104 isfocus already assigned"');
});

Deno.test("an offer that a room cannot have begins none", async () => {
  const { world } = group();
  const invited = world.invite(GROUP, { sdp: offer({ types: "text/plain" }) });
  await world.quiet();
  assert.equal(invited.answer.status, 488);
  assert.equal(world.rooms.made.length, 0);
});

Deno.test("a CANCEL while the group's document is read: 487, and nothing begins", async () => {
  const { world } = group();
  const invited = world.invite(GROUP);
  invited.user!.onCancel(invited, invited.request);
  await world.quiet();
  assert.deepEqual(invited.statuses, [487]);
  assert.equal(world.rooms.made.length, 0);
});

Deno.test("who was in it comes again by its URI, by our Contact, and with another device [CHAT-19]", () => {
  const world = new FocusWorld();
  const { invited, room, asked } = world.chat("bob");
  take(asked[0]);
  world.within(invited, "BYE");
  assert.deepEqual(room.seatOf("alice").said.at(-1), "left departed");
  assert.deepEqual(world.invite(room.uri).statuses, [200]);
  const contact = /<([^>]*)>/.exec(invited.last.get("Contact")!)![1];
  assert.deepEqual(world.invite(contact).statuses, [200]);
  assert.deepEqual(world.invite(room.uri, { from: "bob" }).statuses, [200]);
  assert.equal(room.seats.length, 5);
});

Deno.test("who was never invited does not come in [CHAT-9]", () => {
  const world = new FocusWorld();
  const { room } = world.chat("bob");
  const { answer } = world.invite(room.uri, { from: "carol" });
  assert.equal(answer.status, 403);
  assert.equal(answer.get("Warning"), '399 example.test "127 Service not authorised"');
});

Deno.test("a room that is over: 404, for INVITE and REFER [CHAT-19]", () => {
  const world = new FocusWorld();
  const { room } = world.chat("bob");
  room.end("operator");
  assert.equal(world.invite(room.uri).answer.status, 404);
  assert.equal(world.outside("REFER", room.uri, `Refer-To: <${BOB}>\r\n`).answer.status, 404);
});

Deno.test("OPTIONS says that there is a conference, and nothing of who is there; the factory is none; what is over is 404", () => {
  const { world } = group();
  const { room } = world.chat("bob");
  for (const uri of [room.uri, GROUP]) {
    const { answer } = world.outside("OPTIONS", uri, "");
    assert.equal(answer.status, 200);
    assert.match(answer.get("Contact")!, new RegExp(`^<${uri}>;isfocus;`));
    assert.match(answer.get("Allow")!, /\bREFER\b/);
    assert.equal(answer.get("Allow-Events"), "conference, refer");
    assert.match(new TextDecoder().decode(answer.body), /m=message 0 TCP\/MSRP \*\r\na=accept-types:message\/cpim\r\n/);
  }
  const factory = world.outside("OPTIONS", FACTORY, "").answer;
  assert.deepEqual([factory.status, /isfocus/.test(factory.get("Contact")!)], [200, false]);
  room.end("operator");
  assert.equal(world.outside("OPTIONS", room.uri, "").answer.status, 404);
});

Deno.test("who may no longer come in: 127; the expelled, too; who was invited may, by whoever had the right [CHAT-20]", async () => {
  const { world, policy } = group();
  const first = world.invite(GROUP);
  await world.quiet();
  assert.deepEqual(first.statuses, [200]);
  const room = world.rooms.ofGroup(GROUP)!;
  policy.refusals.set("join", REFUSALS.join);
  assert.match(world.invite(room.uri).answer.get("Warning")!, /127/);
  assert.match(world.invite(room.uri, { from: "carol" }).answer.get("Warning")!, /106/);
  world.register("bob");
  world.within(first, "ACK");
  world.within(first, "REFER", `Refer-To: <${BOB}>\r\nRefer-Sub: false\r\n`);
  take(world.requests("INVITE")[0]);
  assert.deepEqual(world.invite(room.uri, { from: "bob" }).statuses, [200]);
  room.expel(room.find(BOB)!, "Out");
  assert.match(world.invite(room.uri, { from: "bob" }).answer.get("Warning")!, /127/);
});

Deno.test("other requests, and what has a way of its own, go on", () => {
  const { world } = group();
  world.outside("MESSAGE", GROUP, "Content-Type: text/plain\r\n", "hello");
  world.invite("sip:bob@example.test");
  world.invite("sip:conf-unknown@example.test");
  assert.deepEqual(world.passed.map(({ method }) => method), ["MESSAGE", "INVITE", "INVITE"]);
  const inside = world.outside("REFER", "sip:conference-factory@example.test", `Refer-To: <${BOB}>\r\n`);
  assert.deepEqual([inside.answer.status, inside.answer.get("Allow")], [405, "INVITE"]);
});
