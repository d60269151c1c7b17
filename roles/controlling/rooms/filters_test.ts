import assert from "node:assert/strict";
import { aor, Device, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

Deno.test("[PRI-8] [FLT-1] [DLV-1] who has blocked somebody gets nothing of theirs, all others do; rules of now hold", async () => {
  const world = await RoomsWorld.make();
  world.blocked.add(`${aor("alice")} ${aor("bob")}`);
  const room = world.adhoc();
  const bob = Device.join(world, room, "bob");
  const carol = Device.join(world, room, "carol");
  const alice = Device.join(world, room, "alice");
  assert.equal(await bob.say("1"), 200);
  assert.equal(await bob.say("psst", { to: alice.aor }), 200, "it is not told that it is blocked");
  assert.equal(await alice.say("2"), 200);
  assert.deepEqual([alice.got, bob.got, carol.got], [[], ["2"], ["1", "2"]]);
  assert.deepEqual(world.said.map(({ recipients }) => recipients), [1, 0, 2]);
  world.blocked.clear();
  world.blocked.add(`${carol.aor} ${alice.aor}`);
  for (const who of [alice, carol]) world.table.rulesChanged(who.aor);
  await bob.say("3");
  await alice.say("4");
  assert.deepEqual([alice.got, bob.got, carol.got], [["3"], ["2", "4"], ["1", "2", "3"]]);
  world.end();
});

Deno.test("whoever has blocked somebody is told once that they are there: found there, or coming in", async () => {
  const world = await RoomsWorld.make();
  for (const name of ["bob", "dave"]) world.blocked.add(`${aor("alice")} ${aor(name)}`);
  const room = world.adhoc();
  Device.join(world, room, "bob");
  const alice = Device.join(world, room, "alice");
  Device.join(world, room, "carol");
  assert.deepEqual(world.told, [alice.aor]);
  const dave = Device.invite(world, room, "dave");
  assert.equal(world.told.length, 1, "only invited");
  dave.connect();
  assert.deepEqual(world.told, [alice.aor, alice.aor]);
  dave.cut();
  Device.join(world, room, "dave");
  world.table.rulesChanged(alice.aor);
  await world.settled();
  await world.restart();
  const after = world.again(room);
  for (const name of ["alice", "bob", "dave"]) Device.join(world, after, name);
  assert.equal(world.told.length, 2, "once");
  world.end();
});

Deno.test("[PRI-2] in a room that hides who is there nobody is told who is: not even of whom they have blocked", async () => {
  const world = await RoomsWorld.make();
  world.blocked.add(`${aor("alice")} ${aor("bob")}`);
  const room = world.group(groupPolicy(HIDDEN));
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await bob.say("1");
  assert.deepEqual([world.told, alice.got], [[], []]);
  world.end();
});

Deno.test("[PRI-8] nothing starts of a newcomer before it is known who filters whom: it gets all it may, and only that", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const [bob, carol] = ["bob", "carol"].map((name) => Device.join(world, room, name));
  const asked: [string, (blocked: boolean) => void][] = [];
  world.answer = (owner, person) => new Promise((resolve) => asked.push([`${owner} ${person}`, resolve]));
  const alice = Device.join(world, room, "alice");
  await bob.say("1");
  await carol.say("2");
  assert.deepEqual([asked.length, alice.leg.open], [4, false]);
  for (const [pair, resolve] of asked.slice(0, 3)) resolve(pair === `${alice.aor} ${bob.aor}`);
  await world.settled();
  assert.equal(alice.leg.open, false);
  world.answer = null;
  world.blocked.add(`${bob.aor} ${alice.aor}`);
  world.blocked.add(`${alice.aor} ${bob.aor}`);
  world.table.rulesChanged(bob.aor);
  asked[3][1](false);
  await world.settled();
  assert.deepEqual([alice.leg.open, alice.got], [true, ["2"]]);
  assert.equal(await alice.say("3"), 200);
  assert.deepEqual([bob.got, carol.got], [["2"], ["1", "3"]], "bob has blocked her meanwhile");
  world.end();
});

Deno.test("rules that cannot be read: asked again; too long, and who comes in is turned away; who is in stays", async () => {
  for (const recovers of [true, false]) {
    const world = await RoomsWorld.make();
    const room = world.adhoc();
    const bob = Device.join(world, room, "bob");
    Device.join(world, room, "carol");
    world.answer = () => Promise.reject(new Error("not now"));
    const alice = Device.join(world, room, "alice");
    await bob.say("1");
    for (let second = 0; second < 5; second++) {
      await world.settled();
      world.time.advance(1000);
    }
    assert.deepEqual([alice.leg.open, alice.dismissed.length], [false, 0]);
    if (recovers) world.answer = null;
    for (let second = 0; second < 12; second++) {
      await world.settled();
      world.time.advance(1000);
    }
    assert.deepEqual([alice.leg.open, alice.got, alice.dismissed.length], recovers ? [true, ["1"], 0] : [false, [], 1]);
    assert.equal(await bob.say("2"), 200);
    world.end();
  }
});

Deno.test("[PRI-8] what somebody said who has left is kept from newcomers who have blocked them, after a restart too", async () => {
  const world = await RoomsWorld.make();
  world.blocked.add(`${aor("alice")} ${aor("bob")}`);
  const room = world.group(groupPolicy({ history: 10 }));
  const carol = Device.join(world, room, "carol");
  const bob = Device.join(world, room, "bob");
  await bob.say("1");
  await carol.say("2");
  bob.seat.leave("departed");
  const alice = await Device.joined(world, room, "alice");
  assert.deepEqual(alice.got, ["2"]);
  alice.leg.stalled = true;
  await world.settled();
  await world.restart();
  assert.deepEqual((await Device.joined(world, world.again(room), "dave")).got, ["1", "2"]);
  const again = await Device.joined(world, world.again(room), "alice");
  assert.equal(again.got.includes("1"), false);
  world.end();
});

Deno.test("who is remembered no longer is in nobody's list: lists do not grow for as long as a room stands", async () => {
  const world = await RoomsWorld.make({ limits: { remembered: 3 } });
  world.answer = (owner) => owner === aor("alice");
  const room = world.group();
  const alice = Device.join(world, room, "alice");
  for (let n = 0; n < 40; n++) Device.join(world, room, `guest${n}`).seat.leave("departed");
  const { skips, told } = room.find(alice.aor) as unknown as { skips: Set<number>; told: Set<number> };
  assert.ok(skips.size <= 4 && told.size <= 4, `${skips.size} ${told.size}`);
  world.end();
});
