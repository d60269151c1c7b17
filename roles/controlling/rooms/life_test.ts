import assert from "node:assert/strict";
import type { RoomTerms } from "../policy/terms.ts";
import { aor, Device, DOMAIN, GROUP, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

Deno.test("[CHAT-7] an ad hoc chat ends when fewer than two are left after there were two; who is away or rings counts", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  world.time.advance(3_600_000);
  assert.equal(room.ended, false, "there were not two yet");
  const bob = Device.join(world, room, "bob");
  const carol = Device.invite(world, room, "carol");
  bob.seat.leave("departed");
  assert.equal(room.ended, false, "carol may answer yet");
  carol.seat.leave("failed");
  assert.deepEqual([room.ended, world.ends, alice.dismissed.length], [true, ["too-few"], 1]);
  assert.match(alice.dismissed[0], /^SIP;cause=200;text="[A-Za-z ]+"$/);
  assert.deepEqual([world.table.find(room.uri), world.table.isOver(room.uri), world.table.size], [undefined, true, 0]);
  const late = new Device(world, room, "bob").ask("bob");
  assert.equal("status" in late && late.status, 404);
  world.end();
});

Deno.test("an ad hoc chat that nobody but its creator ever joined ends when that one leaves, or never comes", async () => {
  const world = await RoomsWorld.make();
  Device.join(world, world.adhoc(), "alice").seat.leave("departed");
  assert.deepEqual(world.ends, ["empty"]);
  const nobody = world.adhoc();
  world.time.advance(62_000);
  assert.ok(nobody.ended);
  assert.deepEqual([world.ends.length, world.began, world.table.isOver(nobody.uri)], [1, 1, false], "it never began");
  world.end();
});

Deno.test("[CHAT-7] a group's session stays empty for a while, and begins anew after that", async () => {
  const world = await RoomsWorld.make({ settings: { empty_seconds: 60 } });
  const room = world.group();
  Device.join(world, room, "alice").seat.leave("departed");
  world.time.advance(50_000);
  Device.join(world, room, "bob").seat.leave("departed");
  world.time.advance(55_000);
  assert.equal(room.ended, false);
  assert.ok(world.table.ofGroup(GROUP) === room);
  world.time.advance(10_000);
  assert.deepEqual(world.ends, ["empty"]);
  assert.equal(world.table.ofGroup(GROUP), undefined);
  assert.notEqual(world.group().uri, room.uri);
  world.end();
});

async function groupWith(terms: Partial<RoomTerms>, idle_seconds = 0) {
  const world = await RoomsWorld.make({ settings: { idle_seconds } });
  const room = world.group(groupPolicy(terms));
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  // A store that does not answer for so long would refuse everything.
  await world.settled();
  return { world, room, alice, bob, carol };
}

Deno.test("a session ends: by duration, by silence, without a required participant, with fewer than the least", async () => {
  const timed = await groupWith({ endsAt: Date.UTC(2026, 0, 1, 1) });
  timed.world.time.advance(3_599_000);
  assert.deepEqual(timed.world.ends, []);
  timed.world.time.advance(2000);
  assert.deepEqual(timed.world.ends, ["duration"]);
  timed.world.end();

  const idle = await groupWith({}, 60);
  idle.world.time.advance(50_000);
  assert.equal(await idle.alice.say("Still there?"), 200);
  idle.world.time.advance(50_000);
  assert.deepEqual(idle.world.ends, []);
  idle.world.time.advance(11_000);
  assert.deepEqual(idle.world.ends, ["idle"]);
  idle.world.end();

  const required = await groupWith({ required: [aor("bob"), aor("never")] });
  required.bob.cut();
  assert.deepEqual(required.world.ends, []);
  required.world.time.advance(602_000);
  assert.deepEqual(required.world.ends, ["required"]);
  required.world.end();

  const least = await groupWith({ minParticipants: 3 });
  least.carol.seat.leave("departed");
  assert.deepEqual(least.world.ends, ["too-few"]);
  least.world.end();
});

Deno.test("[CHAT-20] the group's document changes: who may no longer be in goes; gone: the session ends", async () => {
  const { world, room, alice, bob } = await groupWith({});
  world.policies.set(GROUP, groupPolicy({ subject: "New", nicknames: false }, [bob.aor]));
  world.table.groupChanged(GROUP);
  await world.settled();
  assert.deepEqual([bob.dismissed.length, alice.dismissed.length], [1, 0]);
  assert.equal(room.find(bob.aor)!.leftBy, "booted");
  assert.equal(alice.nickname('"Ada"'), 403);
  world.documentsFail = true;
  world.table.groupChanged(GROUP);
  await world.settled();
  assert.equal(room.ended, false);
  world.documentsFail = false;
  world.policies.delete(GROUP);
  world.time.advance(1100);
  await world.settled();
  assert.deepEqual(world.ends, ["gone"]);
  world.end();
});

Deno.test("[PRI-2] a room of names becomes one that hides them: the session ends, and all begin anew; over a restart too", async () => {
  for (const restarts of [false, true]) {
    const { world, room } = await groupWith({});
    world.policies.set(GROUP, groupPolicy(HIDDEN));
    if (restarts) await world.restart();
    else world.table.groupChanged(GROUP);
    await world.settled();
    assert.deepEqual([world.ends, world.table.find(room.uri)], [["owner"], undefined]);
    const anew = Device.join(world, world.group(groupPolicy(HIDDEN)), "alice");
    assert.equal(anew.room.find(anew.aor)!.shown.name, "Anonymous 1");
    world.end();
  }
});

Deno.test("somebody leaves the service: out of all rooms; whose group it was, its session ends", async () => {
  const { world, room, alice } = await groupWith({ owner: aor("owner") });
  const other = world.adhoc("bob");
  const second = Device.join(world, other, "alice");
  Device.join(world, other, "bob");
  Device.join(world, other, "carol");
  world.table.userGone(alice.aor);
  assert.deepEqual([alice.dismissed.length, second.dismissed.length, other.ended, room.ended], [1, 1, false, false]);
  world.table.userGone(aor("owner"));
  assert.deepEqual([room.ended, world.ends], [true, ["owner"]]);
  world.end();
});

Deno.test("the URI of a room that is over is known for a day, over a restart too; so many of them", async () => {
  const world = await RoomsWorld.make({ limits: { over: 3 } });
  const rooms = ["a", "b", "c", "d"].map((name) => {
    const room = world.adhoc(name);
    Device.join(world, room, name);
    world.time.advance(1000);
    room.end("operator");
    return room;
  });
  const over = () => rooms.map(({ uri }) => world.table.isOver(uri));
  assert.deepEqual(over(), [false, true, true, true]);
  await world.settled();
  world.time.advance(1100);
  await world.settled();
  await world.restart();
  assert.deepEqual(over(), [false, true, true, true]);
  world.time.advance(24 * 3_600_000 + 120_000);
  assert.deepEqual(over(), [false, false, false, false]);
  await world.settled();
  await world.restart();
  assert.equal(world.states.size, 0);
  world.end();
});

Deno.test("a room is found by its URI however that is written", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  assert.match(room.id, /^conf-[0-9a-f]{32}$/);
  assert.equal(room.uri, `sip:${room.id}@${DOMAIN}`);
  for (
    const uri of [room.uri, room.id, `${room.uri};gr`, `sip:${room.id}`, `sips:${room.id}@192.0.2.1:5061;transport=tls`]
  ) {
    assert.ok(world.table.find(uri) === room, uri);
  }
  for (const uri of ["", "sip:", "sip:conf-1@example.test", `tel:${room.id}`]) {
    assert.equal(world.table.find(uri), undefined);
  }
  world.end();
});

Deno.test("nothing stays of a room that has ended: no text, no participants, no place in memory", async () => {
  const world = await RoomsWorld.make();
  for (let n = 0; n < 20; n++) {
    const room = world.adhoc();
    const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
    bob.cut();
    await alice.say("x".repeat(n % 2 === 0 ? 100 : 100_000));
    const late = alice.say("late");
    room.end("operator");
    assert.equal(await late, 481);
  }
  world.time.advance(1100);
  await world.settled();
  assert.deepEqual([world.table.size, world.messages.count, world.messages.octets], [0, 0, 0]);
  assert.equal(world.states.size, 20, "when each of them ended");
  await world.restart();
  assert.deepEqual([world.table.size, world.messages.count, world.states.size], [0, 0, 20]);
  world.end();
});

Deno.test("an ad hoc chat of too few stands until those who are left have what was acknowledged, or do not come again", async () => {
  const world = await RoomsWorld.make({ settings: { rejoin_seconds: 60 } });
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  await world.settled();
  bob.cut();
  assert.equal(await alice.say("Good bye"), 200);
  alice.seat.leave("departed");
  world.time.advance(2000);
  assert.equal(room.ended, false, "bob may come again for it");
  await world.settled();
  await world.restart();
  const after = world.again(room);
  assert.deepEqual((await Device.joined(world, after, "bob")).got, ["Good bye"]);
  world.time.advance(2000);
  assert.deepEqual([after.ended, world.ends, world.messages.count], [true, ["too-few"], 0]);

  const other = world.adhoc();
  const carol = Device.join(world, other, "carol");
  const dave = Device.join(world, other, "dave");
  dave.leg.stalled = true;
  await carol.say("To who does not come");
  dave.cut();
  carol.seat.leave("departed");
  world.time.advance(59_000);
  assert.equal(other.ended, false);
  world.time.advance(3000);
  assert.ok(other.ended);
  world.end();
});
