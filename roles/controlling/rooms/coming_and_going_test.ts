import assert from "node:assert/strict";
import { aor, Device, groupPolicy, RoomsWorld } from "./testing/rooms_world.ts";

Deno.test("[CHAT-19] who was cut off comes again under the same number and gets what it missed, in order, once", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  await alice.say("1");
  bob.leg.stalled = true;
  await alice.say("typed", { content: "Content-Type: application/im-iscomposing+xml" });
  bob.cut();
  const { id, standing } = room.find(bob.aor)!;
  assert.deepEqual([standing, room.present, room.ended], ["absent", 2, false]);
  await alice.say("2");
  await alice.say("secret", { to: bob.aor });
  await alice.say("typing", { content: "Content-Type: application/im-iscomposing+xml" });
  const again = await Device.joined(world, room, "bob");
  await alice.say("3");
  assert.deepEqual([bob.got, again.got], [["1"], ["2", "secret", "3"]]);
  assert.deepEqual([room.find(bob.aor)!.id, room.find(bob.aor)!.standing], [id, "connected"]);
  world.time.advance(2000);
  assert.equal(world.messages.count, 0, "everybody has had everything");
  world.end();
});

Deno.test("[CHAT-19] only in time: after that it is gone, and what it missed with it", async () => {
  const world = await RoomsWorld.make({ settings: { rejoin_seconds: 30 } });
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  Device.join(world, room, "carol");
  const bob = Device.join(world, room, "bob");
  bob.cut();
  await alice.say("1");
  world.time.advance(29_000);
  assert.deepEqual([room.find(bob.aor)!.standing, world.messages.count], ["absent", 1]);
  world.time.advance(3000);
  const { standing, leftBy } = room.find(bob.aor)!;
  assert.deepEqual([standing, leftBy, world.messages.count], ["disconnected", "failed", 0]);
  assert.deepEqual((await Device.joined(world, room, "bob")).got, []);
  world.end();
});

Deno.test("a device whose connection broke and whose dialog waits gets the rest on its next one", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  await alice.say("1");
  bob.leg.fail("lost");
  assert.deepEqual(bob.media, ["lost"]);
  await alice.say("2");
  world.time.advance(3000);
  bob.connect();
  await alice.say("3");
  bob.connect();
  await alice.say("4");
  assert.deepEqual([bob.got, bob.media], [["1", "2", "3", "4"], ["lost"]]);
  assert.equal(room.legs, 2);
  world.end();
});

Deno.test("two devices of one participant: each has its own place; the best standing is shown; one roster entry", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const first = Device.join(world, room, "bob");
  const second = Device.join(world, room, "bob");
  await alice.say("1");
  second.cut();
  await alice.say("2");
  assert.equal(room.find(first.aor)!.standing, "connected");
  first.seat.leave("departed");
  assert.equal(room.find(first.aor)!.standing, "absent");
  await alice.say("3");
  const third = await Device.joined(world, room, "bob");
  assert.deepEqual([first.got, second.got, third.got], [["1", "2"], ["1"], ["2", "3"]]);
  assert.equal([...room.participants].length, 2);
  const ringing = Device.invite(world, room, "carol");
  const other = Device.invite(world, room, "carol");
  ringing.seat.says("alerting");
  assert.equal(room.find(ringing.aor)!.standing, "alerting");
  other.seat.leave("busy");
  assert.equal(room.find(ringing.aor)!.standing, "alerting");
  ringing.seat.leave("failed");
  assert.deepEqual([room.find(ringing.aor)!.standing, room.find(ringing.aor)!.leftBy], ["disconnected", "failed"]);
  world.end();
});

Deno.test("newcomers get the last messages to all where the room has it so; who was there before gets none twice", async () => {
  const world = await RoomsWorld.make();
  const room = world.group(groupPolicy({ history: 2 }));
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  for (const text of ["1", "2", "3"]) await alice.say(text);
  await alice.say("private", { to: bob.aor });
  assert.deepEqual((await Device.joined(world, room, "carol")).got, ["2", "3"]);
  bob.seat.leave("departed");
  await alice.say("4");
  const again = await Device.joined(world, room, "bob");
  assert.deepEqual(again.got, ["4"]);
  world.time.advance(2000);
  assert.equal(world.messages.count, 3, "the last two to all, and what stands between them");
  await world.settled();
  await world.restart();
  assert.deepEqual((await Device.joined(world, world.again(room), "dave")).got, ["3", "4"]);
  world.end();
});

Deno.test("without history a newcomer gets nothing of before, and who left and comes again nothing of meanwhile", async () => {
  const world = await RoomsWorld.make();
  const room = world.group();
  const alice = Device.join(world, room, "alice");
  const away = Device.join(world, room, "away");
  const bob = Device.join(world, room, "bob");
  away.cut();
  await alice.say("1");
  bob.seat.leave("departed");
  await alice.say("2");
  assert.deepEqual((await Device.joined(world, room, "bob")).got, []);
  assert.deepEqual((await Device.joined(world, room, "carol")).got, []);
  assert.deepEqual((await Device.joined(world, room, "away")).got, ["1", "2"]);
  world.end();
});

Deno.test("[CHAT-20] [ADM-1] who is expelled is out at once with all devices, and comes in again only when invited", async () => {
  const world = await RoomsWorld.make();
  const room = world.group();
  const alice = Device.join(world, room, "alice");
  const devices = [Device.join(world, room, "bob"), Device.join(world, room, "bob")];
  Device.join(world, room, "bob").cut();
  room.expel(room.find(aor("bob"))!, 'SIP;cause=200;text="x"');
  assert.deepEqual(devices.map(({ dismissed }) => dismissed.length), [1, 1]);
  assert.deepEqual([room.find(aor("bob"))!.standing, room.find(aor("bob"))!.leftBy], ["disconnected", "booted"]);
  assert.equal(await devices[0].say("Still here?"), 481);
  await alice.say("1");
  assert.deepEqual(devices[0].got, []);
  assert.ok(room.isBarred(aor("bob")));
  await world.settled();
  await world.restart();
  const after = world.again(room);
  const refused = new Device(world, after, "bob").ask("bob", { how: "dialed-in" });
  assert.deepEqual("status" in refused && [refused.status, refused.warning.slice(0, 3)], [403, "106"]);
  const invited = Device.invite(world, after, "bob");
  invited.connect();
  assert.deepEqual([after.isBarred(aor("bob")), after.find(aor("bob"))!.standing], [false, "connected"]);
  world.end();
});

Deno.test("bounds: participants, devices of one, rooms in all and of one, sessions, who is remembered", async () => {
  const world = await RoomsWorld.make({ settings: { max_rooms: 6, per_user: 3 }, limits: { seats: 2, remembered: 3 } });
  const room = world.group(groupPolicy({ maxParticipants: 3 }));
  for (const name of ["alice", "bob"]) Device.join(world, room, name);
  Device.join(world, room, "carol").cut();
  const full = new Device(world, room, "dave").ask("dave");
  assert.deepEqual("status" in full && [full.status, full.warning], [486, "122 too many participants"]);
  Device.join(world, room, "alice");
  assert.equal("status" in new Device(world, room, "alice").ask("alice"), true);
  const back = Device.join(world, room, "carol");
  world.switchOf(back.leg).full = true;
  const one = Device.invite(world, room, "bob");
  assert.throws(() => one.connect(), RangeError);
  one.seat.leave("failed");
  world.switchOf(back.leg).full = false;
  for (let n = 0; n < 8; n++) {
    back.seat.leave("departed");
    const other = Device.join(world, room, `guest${n}`);
    other.seat.leave("departed");
    Object.assign(back, Device.join(world, room, "carol"));
  }
  assert.equal([...room.participants].length, 6, "three that are there, three that were");
  assert.equal(room.find(aor("guest0")), undefined);
  back.seat.leave("departed");
  Device.join(world, room, "guest0");
  for (let n = 0; n < 2; n++) world.adhoc("alice");
  const plan = { kind: "ad-hoc", group: "", policy: null, creator: aor("alice"), subject: "" } as const;
  const mine = world.table.open(plan);
  assert.equal("status" in mine && mine.status, 486);
  for (let n = 0; n < 3; n++) world.adhoc(`u${n}`);
  const all = world.table.open({ ...plan, creator: aor("u9") });
  assert.equal("status" in all && all.status, 503);
  world.end();
});

Deno.test("who is away too far behind is given up, and the room goes on", async () => {
  const world = await RoomsWorld.make({ limits: { behind: 5, rate: 1e6, burst: 1e6 } });
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const carol = Device.join(world, room, "carol");
  const bob = Device.join(world, room, "bob");
  bob.cut();
  for (let n = 0; n < 5; n++) await alice.say(`${n}`);
  world.time.advance(1100);
  assert.equal(room.find(bob.aor)!.standing, "absent");
  await alice.say("5");
  world.time.advance(1100);
  assert.deepEqual([room.find(bob.aor)!.standing, world.messages.count], ["disconnected", 0]);
  assert.equal(carol.got.length, 6);
  world.end();
});

Deno.test("a slow device: told, its dialog ends, and what it missed waits where it is only away", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  bob.leg.stalled = true;
  await alice.say("1");
  world.time.advance(1100);
  assert.equal(world.messages.count, 1);
  bob.leg.fail("slow");
  assert.deepEqual(bob.media, ["slow"]);
  bob.seat.leave("absent");
  bob.seat.leave("departed");
  assert.deepEqual((await Device.joined(world, room, "bob")).got, ["1"]);
  world.end();
});

Deno.test("what others see of changes: version grows, and who changed is told", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  const before = room.version;
  const bob = Device.join(world, room, "bob");
  assert.deepEqual(room.changedSince(before).map(({ aor }) => aor), [bob.aor]);
  const then = room.version;
  const changes = world.changes;
  room.rename("Dinner");
  room.rename("Dinner");
  assert.deepEqual([room.subject, room.version > then, world.changes - changes], ["Dinner", true, 1]);
  assert.deepEqual(room.changedSince(room.version), []);
  await alice.say("x");
  assert.equal(room.version, room.version);
  assert.deepEqual(world.said.map(({ recipients, isPrivate, contentType }) => [recipients, isPrivate, contentType]), [
    [1, false, "text/plain"],
  ]);
  assert.deepEqual(world.table.of(bob.aor).map(({ id }) => id), [room.id]);
  bob.seat.leave("departed");
  assert.deepEqual(world.table.of(bob.aor), []);
  world.end();
});
