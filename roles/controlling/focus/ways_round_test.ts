import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { REFUSALS } from "../policy/exports.ts";
import { FakePolicy, type FakeRoom } from "./testing/fake_rooms.ts";
import { FACTORY, FocusWorld, GROUP, listPart, take } from "./testing/focus_world.ts";
import { WholeWorld } from "./testing/whole_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";
const UNAUTHORISED = '399 example.test "127 Service not authorised"';

/** The group with alice in its room, who may do everything the policy does not refuse. */
async function inGroup(terms: ConstructorParameters<typeof FakePolicy>[0] = {}) {
  const world = new FocusWorld(), policy = new FakePolicy(terms);
  world.groups.set(GROUP, policy);
  const invited = await joins(world, "alice");
  return { world, policy, invited, room: world.rooms.ofGroup(GROUP)! };
}

async function joins(world: FocusWorld, from: string, headers = ""): Promise<Received> {
  const invited = world.invite(GROUP, { from, headers });
  await world.quiet();
  assert.deepEqual(invited.statuses, [200]);
  world.within(invited, "ACK");
  return invited;
}

function refer(world: FocusWorld, invited: Received, uri: string): Received {
  return world.within(invited, "REFER", `Refer-To: <${uri}>\r\n`);
}

/** The last thing that NOTIFYs said; each is answered. */
function lastTold(world: FocusWorld): string {
  for (let at = 0; at < world.requests("NOTIFY").length; at++) {
    const notify = world.requests("NOTIFY")[at];
    if (notify.pending) notify.answer(200);
  }
  return toLatin1(world.requests("NOTIFY").at(-1)!.request.body).trim();
}

function seatsOf(room: FakeRoom, aor: string): number {
  return room.seats.filter(({ participant }) => participant.aor === aor).length;
}

Deno.test("the address of a device is no way past its user's rules: nobody is invited there, by number or by name [PRI-8]", () => {
  const world = new FocusWorld();
  world.register("bob");
  const { host, port } = world.bindings(BOB)[0].source;
  world.names.set("nice.test", [{ transport: "udp", host, port, tlsName: "" }]);
  const before = world.requests("INVITE").length;
  const invited = world.invite(FACTORY, { list: [`sip:bob@${host}:${port}`, "sip:bob@nice.test"] });
  assert.equal(invited.last.status, 200);
  assert.equal(world.requests("INVITE").length, before);
  world.within(invited, "ACK");
  refer(world, invited, `sip:x@elsewhere.test;maddr=${host}`);
  assert.equal(lastTold(world), "SIP/2.0 403 Forbidden");
  assert.equal(world.requests("INVITE").length, before);
});

Deno.test("who was put out is brought back by who may put out, and by nobody else [CHAT-20]", async () => {
  const world = new FocusWorld();
  const { invited, room, asked } = world.chat("bob", "carol");
  for (const sent of asked) take(sent);
  assert.deepEqual(refer(world, invited, `${BOB};method=BYE`).statuses, [202]);
  const friend = world.from(asked[1], "REFER", `Refer-To: <${BOB}>\r\n`).answer;
  assert.deepEqual([friend.status, friend.get("Warning")], [403, UNAUTHORISED]);
  assert.equal(room.isBarred(BOB), true);
  assert.deepEqual(refer(world, invited, BOB).statuses, [202]);
  assert.equal(room.isBarred(BOB), false);

  const group = await inGroup();
  group.room.barred.add(BOB);
  group.policy.refusals.set("expel", REFUSALS.unauthorised);
  assert.equal(refer(group.world, group.invited, BOB).answer.status, 403);
  assert.equal(group.room.isBarred(BOB), true);
});

Deno.test("in a room of aliases a REFER does not tell who is there, nor who was put out [PRI-2][PRI-4]", async () => {
  const { world, policy, room, invited } = await inGroup({ hidesIdentity: true });
  await joins(world, "bob");
  assert.deepEqual(refer(world, invited, BOB).statuses, [202]);
  assert.match(lastTold(world), /^SIP\/2.0 480/);
  // Just as of somebody who is not here at all.
  assert.deepEqual(refer(world, invited, CAROL).statuses, [202]);
  assert.match(lastTold(world), /^SIP\/2.0 480/);
  policy.refusals.set("expel", REFUSALS.unauthorised);
  room.barred.add(CAROL);
  assert.deepEqual(refer(world, invited, CAROL).statuses, [202]);
  assert.match(lastTold(world), /^SIP\/2.0 480/);
  assert.equal(room.isBarred(CAROL), true);
});

Deno.test("who is anonymous or hidden in a room of names is found by the alias alone [PRI-2]", async () => {
  const { world, room, invited } = await inGroup();
  await joins(world, "bob", "Privacy: id\r\n");
  assert.equal(refer(world, invited, `${BOB};method=BYE`).answer.status, 404);
  assert.deepEqual(refer(world, invited, BOB).statuses, [202]);
  assert.match(lastTold(world), /^SIP\/2.0 480/);
  assert.deepEqual(refer(world, invited, `${room.find(BOB)!.shown.uri};method=BYE`).statuses, [202]);
  assert.equal(room.seatOf("bob").said.at(-1), "left booted");

  const chat = new FocusWorld();
  for (const name of ["bob", "carol"]) chat.register(name);
  chat.invite(FACTORY, {
    list: [`<entry uri="${BOB}" cp:copyControl="bcc"/>`, `<entry uri="${CAROL}" cp:copyControl="to"/>`],
  });
  const [toBob, toCarol] = chat.requests("INVITE");
  take(toBob);
  take(toCarol);
  assert.deepEqual(chat.from(toCarol, "REFER", `Refer-To: <${BOB}>\r\n`).statuses, [202]);
  assert.match(lastTold(chat), /^SIP\/2.0 480/);
});

Deno.test("who is anonymous in a room stays so in what goes out in their name, also outside of the dialog [PRI-2]", () => {
  const world = new FocusWorld();
  for (const name of ["bob", "carol"]) world.register(name);
  const invited = world.invite(FACTORY, { list: [BOB], headers: "Privacy: id\r\n" });
  world.within(invited, "ACK");
  const [room] = world.rooms.made;
  assert.deepEqual(world.outside("REFER", room.uri, `Refer-To: <${CAROL}>\r\nRefer-Sub: false\r\n`).statuses, [202]);
  for (const { request } of world.requests("INVITE")) assert.doesNotMatch(request.head, /alice/);
  assert.equal(world.requests("INVITE").length, 2);
});

Deno.test("an alias is nobody who could be invited: it stays whose it is [PRI-4]", async () => {
  const { world, room, invited } = await inGroup({ hidesIdentity: true });
  const alias = room.find(ALICE)!.shown.uri;
  for (const uri of [alias, "sip:anonymous-2@ANONYMOUS.invalid"]) {
    assert.deepEqual(refer(world, invited, uri).statuses, [202]);
    assert.match(lastTold(world), /^SIP\/2.0 404/);
  }
  const listed = world.within(
    invited,
    "REFER",
    "Refer-To: <cid:x@e>\r\nContent-Type: multipart/mixed;boundary=b\r\n",
    listPart(["sip:anonymous-2@anonymous.invalid"], "x@e"),
  );
  assert.deepEqual(listed.statuses, [202]);
  assert.match(lastTold(world), /^SIP\/2.0 404/);
  assert.equal(room.seats.length, 1);
  const chat = world.invite(FACTORY, { list: ["sip:anonymous-7@anonymous.invalid"] });
  assert.equal(chat.answer.get("Warning"), '399 example.test "131 No destinations"');
});

Deno.test("members whom the group's rules keep out are not invited by the server either [UPROF-10][UPROF-11][CHAT-20]", async () => {
  const world = new FocusWorld(), policy = new FakePolicy({ invitesMembers: true });
  world.groups.set(GROUP, policy);
  policy.members = [ALICE, BOB, CAROL];
  policy.refusals.set(`brought ${BOB}`, REFUSALS.age);
  for (const name of ["bob", "carol"]) world.register(name);
  world.invite(GROUP);
  await world.quiet();
  assert.deepEqual(world.requests("INVITE").map(({ request }) => request.to.uriText), [CAROL]);
  assert.equal(seatsOf(world.rooms.ofGroup(GROUP)!, BOB), 0);
});

Deno.test("who was invited comes again and again; who is kept out by name since then does not [CHAT-19][CHAT-20]", async () => {
  const world = await WholeWorld.make();
  const policy = new FakePolicy();
  world.groups.set(GROUP, policy);
  policy.refusals.set(`join ${BOB}`, REFUSALS.stranger);
  world.register("bob");
  const invited = world.invite(GROUP);
  await world.settled();
  assert.deepEqual(invited.statuses, [200]);
  world.within(invited, "ACK");
  world.within(invited, "REFER", `Refer-To: <${BOB}>\r\nRefer-Sub: false\r\n`);
  await world.takes("bob", world.requests("INVITE")[0]);
  world.from(world.requests("INVITE")[0], "BYE");
  await world.settled();
  const room = [...world.table.now.all()][0];
  for (let times = 0; times < 3; times++) {
    const again = await world.joins("bob", room.uri);
    assert.deepEqual(again.invited.statuses, [200], `${times}`);
    world.within(again.invited, "BYE");
    await world.settled();
  }
  policy.refusals.set(`brought ${BOB}`, REFUSALS.join);
  const { invited: kept } = await world.joins("bob", room.uri);
  assert.deepEqual([kept.last.status, kept.last.get("Warning")], [403, UNAUTHORISED]);
});

Deno.test("one REFER that brings one and puts out another leaves the chat standing [CHAT-20]", () => {
  const world = new FocusWorld();
  const { invited, room, asked } = world.chat("bob");
  take(asked[0]);
  world.register("carol");
  const order: string[] = [];
  const expel = room.expel.bind(room), seat = room.seat.bind(room);
  room.expel = (...one) => (order.push("out"), expel(...one));
  room.seat = (...one) => (order.push("in"), seat(...one));
  const both = world.within(
    invited,
    "REFER",
    "Refer-Sub: false\r\nRefer-To: <cid:x@e>\r\nContent-Type: multipart/mixed;boundary=b\r\n",
    listPart([`${BOB};method=BYE`, CAROL], "x@e"),
  );
  assert.deepEqual(both.statuses, [202]);
  assert.deepEqual(order, ["in", "out"]);
});

Deno.test("rules for senders hold for a REFER outside of a dialog as for an INVITE", () => {
  const refusal = {
    status: 403,
    reason: "Sender is suspended",
    headers: [["Warning", UNAUTHORISED]],
    description: null,
  } as const;
  let asked = 0;
  const world = new FocusWorld({ deps: { senders: { senderRefusal: () => ++asked === 1 ? null : refusal } } });
  const { room, asked: [toBob] } = world.chat("bob");
  take(toBob);
  const { answer } = world.outside("REFER", room.uri, `Refer-To: <${CAROL}>\r\n`);
  assert.deepEqual([answer.status, answer.get("Warning"), asked], [403, UNAUTHORISED, 2]);
});

Deno.test("one user's invitations that wait leave room for those of others", () => {
  const world = new FocusWorld({ rules: { adhoc_size: 9 }, settings: { atOnce: 1, perUser: 1, waiting: 8 } });
  const names = ["p", "q", "r", "s", "t", "u", "v"];
  for (const name of names) world.user(name);
  world.invite(FACTORY, { list: names.map((name) => `sip:${name}@other.test`) });
  const mine = world.rooms.made[0].seats.length;
  assert.equal(mine, 1 + 1 + 4);
  world.invite(FACTORY, { from: "bob", list: names.slice(0, 3).map((name) => `sip:${name}@other.test`) });
  assert.equal(world.rooms.made[1].seats.length, 1 + 3);
});

Deno.test("a subject that a group has is not the first comer's to change", async () => {
  const world = new FocusWorld();
  world.groups.set(GROUP, new FakePolicy({ subject: "Openings" }));
  await joins(world, "alice", "Subject: Buy this\r\n");
  assert.equal(world.rooms.ofGroup(GROUP)!.subject, "Openings");
});

Deno.test("an INVITE that takes the place of one's own dialog in the room ends that one; of another's, or of none, 481 (RFC 3891 §3)", () => {
  const world = new FocusWorld();
  const { invited, room, asked } = world.chat("bob");
  take(asked[0]);
  const named = ({ request: { callId, from }, last }: Received) =>
    `Replaces: ${callId};to-tag=${last.to.tag};from-tag=${from.tag}\r\n`;
  for (const headers of ["Replaces: x;to-tag=a;from-tag=b\r\n", named(invited)]) {
    assert.equal(world.invite(room.uri, { from: "bob", headers }).answer.status, 481);
  }
  assert.equal(world.requests("BYE").length, 0);
  const moved = world.invite(room.uri, { headers: `Require: replaces\r\n${named(invited)}` });
  assert.deepEqual(moved.statuses, [200]);
  assert.deepEqual(world.requests("BYE").map(({ request }) => request.callId), [invited.request.callId]);
  assert.equal(room.seatOf("alice").standing, "connected");
});

Deno.test("so many hear how one invitation ends; one more is told to come later", () => {
  const world = new FocusWorld();
  const { invited } = world.chat("bob");
  const head = `Refer-To: <${BOB}>\r\nRefer-Sub: false\r\n`;
  for (let times = 0; times < 100; times++) assert.deepEqual(world.within(invited, "REFER", head).statuses, [202]);
  world.within(invited, "REFER", `Refer-To: <${BOB}>\r\n`);
  assert.match(lastTold(world), /^SIP\/2.0 503/);
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test("an invitation that fails for a fault of ours is over: it keeps no seat, and no turn of others", () => {
  const world = new FocusWorld();
  world.register("bob");
  world.calls.invite = () => {
    throw new Error("a fault");
  };
  const invited = world.invite(FACTORY, { list: [BOB] });
  assert.deepEqual(invited.statuses, [200]);
  assert.equal(world.focus.invitations.size, 0);
  assert.equal(world.rooms.made[0].seatOf("bob").said.at(-1), "left failed");
});
