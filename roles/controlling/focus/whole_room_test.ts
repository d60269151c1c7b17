import assert from "node:assert/strict";
import { answer, FACTORY, mediaOf, offer, take } from "./testing/focus_world.ts";
import { WholeWorld } from "./testing/whole_world.ts";

const BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";
const SDP = "Content-Type: application/sdp\r\n";

/** alice's chat with bob and carol, who have taken it. */
async function chat() {
  const world = await WholeWorld.make();
  for (const name of ["bob", "carol"]) world.register(name);
  const { talker: alice, invited } = await world.joins("alice", FACTORY, [BOB, CAROL]);
  const [toBob, toCarol] = world.requests("INVITE");
  const bob = await world.takes("bob", toBob), carol = await world.takes("carol", toCarol);
  const room = [...world.table.now.all()][0];
  return { world, alice, bob, carol, room, invited, toBob, toCarol };
}

Deno.test("three people by SIP and MSRP: what one says the others hear, in one order; BYE until too few are left [CHAT-1][DLV-2]", async () => {
  const { world, alice, bob, carol, room, toBob, toCarol } = await chat();
  alice.say("one", room.uri);
  await world.settled();
  bob.say("two", room.uri);
  carol.say("three", room.uri);
  await world.settled();
  assert.deepEqual(alice.fates.concat(bob.fates, carol.fates), [200, 200, 200]);
  assert.deepEqual(alice.heard, ["two", "three"]);
  assert.deepEqual(bob.heard, ["one", "three"]);
  assert.deepEqual(carol.heard, ["one", "two"]);
  assert.deepEqual(world.from(toBob, "BYE").statuses, [200]);
  assert.equal(room.ended, false);
  assert.deepEqual(world.from(toCarol, "BYE").statuses, [200]);
  await world.settled();
  world.time.advance(2_000);
  assert.equal(room.ended, true);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /Too few are left/);
  assert.equal(world.focus.size, 0);
});

Deno.test("all connections break: who comes again in time stays, the others are away, and who joins again misses nothing [CHAT-19]", async () => {
  const { world, alice, bob, carol, room, toBob } = await chat();
  bob.session.close("cut");
  for (const cut of world.cuts.splice(0)) cut();
  await world.settled();
  assert.equal(room.find(BOB)!.standing, "connected");
  world.time.advance(500);
  const back = world.talker("bob");
  const moved = offer({ path: back.path, version: 2, more: ["a=setup:active"] });
  assert.equal(world.from(toBob, "UPDATE", SDP, moved).last.status, 200);
  back.connect(mediaOf(toBob.request).path);
  await world.settled();
  world.time.advance(16_000);
  await world.settled();
  assert.equal(room.find(BOB)!.standing, "connected");
  assert.deepEqual([room.find(CAROL)!.standing, room.find("sip:alice@example.test")!.standing], ["absent", "absent"]);
  back.say("anybody?", room.uri);
  await world.settled();
  assert.deepEqual(back.fates, [200]);
  const again = await world.joins("alice", room.uri);
  assert.deepEqual(again.talker.heard, ["anybody?"]);
  assert.deepEqual([alice.heard, carol.heard], [[], []]);
});

Deno.test("a connection that breaks: the device comes to the same place by MSRP alone, and misses nothing [CHAT-19]", async () => {
  const { world, alice, bob, room, invited, toBob } = await chat();
  for (const cut of world.cuts.splice(0)) cut();
  await world.settled();
  assert.deepEqual([alice.closed, bob.closed].includes(""), false);
  world.time.advance(300);
  const first = world.talker("alice", alice.id), back = world.talker("bob", bob.id);
  first.connect(mediaOf(invited.last).path);
  first.say("while you were away", room.uri);
  await world.settled();
  back.connect(mediaOf(toBob.request).path);
  await world.settled();
  world.time.advance(20_000);
  await world.settled();
  assert.equal(room.find(BOB)!.standing, "connected");
  assert.equal(room.find(CAROL)!.standing, "absent");
  assert.deepEqual([first.fates, back.heard], [[200], ["while you were away"]]);
  back.say("here again", room.uri);
  await world.settled();
  assert.deepEqual([back.fates, first.heard], [[200], ["here again"]]);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("a device that is here by MSRP before its 200 is by SIP waits, and is in; whose 200 never comes gets 481", async () => {
  const world = await WholeWorld.make();
  for (const name of ["bob", "carol"]) world.register(name);
  const { talker: alice } = await world.joins("alice", FACTORY, [BOB, CAROL]);
  const room = [...world.table.now.all()][0];
  const [toBob, toCarol] = world.requests("INVITE");
  const bob = world.talker("bob"), carol = world.talker("carol");
  bob.connect(mediaOf(toBob.request).path);
  bob.say("first", room.uri);
  carol.connect(mediaOf(toCarol.request).path);
  carol.say("nobody hears this", room.uri);
  await world.settled();
  assert.deepEqual([bob.fates, bob.closed, alice.heard], [[], "", []]);
  take(toBob, answer({ path: bob.path }));
  toCarol.answer(486);
  await world.settled();
  assert.deepEqual([bob.fates, alice.heard], [[200], ["first"]]);
  assert.notEqual(carol.closed, "");
  assert.equal(world.focus.offered.size, 0);
});

Deno.test("hold over SIP: what is said meanwhile comes when it is taken up again", async () => {
  const { world, alice, bob, room, toBob } = await chat();
  const same = (version: number, direction: string) =>
    offer({ path: bob.path, version, more: ["a=setup:active", `a=${direction}`] });
  assert.equal(world.from(toBob, "UPDATE", SDP, same(2, "inactive")).last.status, 200);
  alice.say("quiet, please", room.uri);
  await world.settled();
  assert.deepEqual([bob.heard, alice.fates], [[], [200]]);
  assert.equal(world.from(toBob, "UPDATE", SDP, same(3, "sendrecv")).last.status, 200);
  await world.settled();
  assert.deepEqual(bob.heard, ["quiet, please"]);
});

Deno.test("somebody is brought in by REFER and hears what is said from then on [CHAT-9]", async () => {
  const { world, alice, room, invited } = await chat();
  alice.say("before", room.uri);
  await world.settled();
  world.user("dave");
  world.register("dave");
  assert.equal(
    world.within(invited, "REFER", "Refer-To: <sip:dave@example.test>\r\nRefer-Sub: false\r\n").last.status,
    202,
  );
  const dave = await world.takes("dave", world.requests("INVITE").at(-1)!);
  alice.say("after", room.uri);
  await world.settled();
  assert.deepEqual(dave.heard, ["after"]);
});

Deno.test("a room that is full takes nobody more; whose invitees all decline, others can be brought into, and it ends with who began it", async () => {
  const world = await WholeWorld.make({ rules: { adhoc_size: 2 } });
  world.register("bob");
  const { invited } = await world.joins("alice", FACTORY, [BOB]);
  const room = [...world.table.now.all()][0];
  const full = world.within(invited, "REFER", `Refer-To: <${CAROL}>\r\n`).answer;
  assert.deepEqual([full.status, full.get("Warning")], [486, '399 example.test "122 too many participants"']);
  world.requests("INVITE")[0].answer(603);
  await world.settled();
  world.time.advance(2_000);
  assert.equal(room.find(BOB)!.leftBy, "failed");
  assert.equal(room.ended, false);
  world.register("carol");
  assert.equal(world.within(invited, "REFER", `Refer-To: <${CAROL}>\r\n`).last.status, 202);
  world.requests("INVITE").at(-1)!.answer(486);
  assert.equal(room.find(CAROL)!.leftBy, "busy");
  world.within(invited, "BYE");
  world.time.advance(2_000);
  await world.settled();
  assert.equal(room.ended, true);
  assert.equal(world.focus.size, 0);
});
