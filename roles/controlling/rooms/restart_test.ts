import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { aor, Device, GROUP, groupPolicy, HIDDEN, RoomsWorld } from "./testing/rooms_world.ts";

for (const how of ["killed", "stopped"] as const) {
  Deno.test(`after the box was ${how} rooms stand, everybody is away, and what they missed waits`, async () => {
    const world = await RoomsWorld.make();
    const room = world.adhoc("alice", "Lunch");
    const alice = Device.join(world, room, "alice");
    const bob = Device.join(world, room, "bob", { hidden: true });
    const carol = Device.join(world, room, "carol");
    const dave = Device.invite(world, room, "dave");
    dave.seat.says("alerting");
    carol.nickname('"Cleo"');
    await alice.say("1");
    bob.leg.stalled = true;
    await alice.say("2");
    await alice.say("x".repeat(100_000));
    room.rename("Dinner");
    carol.seat.leave("departed");
    await world.settled();
    world.time.advance(2100);
    await world.settled();
    await world.restart(how);
    const after = world.again(room);
    assert.deepEqual(
      [after.kind, after.subject, after.creator, after.createdAt, after.uri, after.legs],
      ["ad-hoc", "Dinner", aor("alice"), room.createdAt, room.uri, 0],
    );
    assert.deepEqual(
      [...after.participants].map((
        { id, shown, standing, hidden, leftBy, nickname },
      ) => [id, shown.name, standing, hidden, leftBy, nickname]),
      [
        [1, "Alice", "absent", false, null, ""],
        [2, "Bob", "absent", true, null, ""],
        [3, "Carol", "disconnected", false, "departed", "Cleo"],
        [4, "Dave", "disconnected", false, "failed", ""],
      ],
    );
    assert.deepEqual((await Device.joined(world, after, "alice")).got, []);
    const again = await Device.joined(world, after, "bob");
    assert.deepEqual(again.got.map((text) => text.length), [1, 100_000]);
    assert.equal(await again.say("3"), 200);
    world.time.advance(2100);
    assert.equal(world.messages.count, 0);
    world.end();
  });
}

Deno.test("who does not come again after a restart is gone after the same time as anybody who was cut off", async () => {
  const world = await RoomsWorld.make({ settings: { rejoin_seconds: 60 } });
  const room = world.adhoc();
  for (const name of ["alice", "bob"]) Device.join(world, room, name);
  await world.settled();
  await world.restart();
  world.time.advance(50_000);
  Device.join(world, world.again(room), "alice");
  world.time.advance(12_000);
  assert.deepEqual(world.ends, ["too-few"]);
  world.end();
});

Deno.test("after a restart a group's rules are read anew; gone: the room ends; not readable: nobody new, and nothing is lost", async () => {
  const world = await RoomsWorld.make();
  const room = world.group(groupPolicy({ ...HIDDEN, maxParticipants: 7 }));
  const bob = Device.join(world, room, "bob");
  const alice = Device.join(world, room, "alice");
  bob.cut();
  await alice.say("1");
  await world.settled();
  world.documentsFail = true;
  await world.restart();
  const closed = world.again(room);
  assert.deepEqual([closed.terms.hidesIdentity, closed.terms.endsAt, closed.terms.maxParticipants], [
    true,
    Infinity,
    7,
  ]);
  assert.equal(closed.policy!.mayJoin({ aor: aor("zoe"), number: "", anonymous: false }, 0)?.status, 503);
  assert.deepEqual((await Device.joined(world, closed, "bob")).got, ["1"]);
  world.documentsFail = false;
  world.time.advance(1100);
  await world.settled();
  assert.equal(world.again(room).policy!.mayJoin({ aor: aor("zoe"), number: "", anonymous: false }, 0), null);
  assert.ok(world.table.ofGroup(GROUP) === world.again(room));
  world.policies.delete(GROUP);
  await world.restart();
  assert.deepEqual([world.ends, world.table.isOver(room.uri), world.messages.count], [["gone"], true, 0]);
  world.end();
});

Deno.test("numbers and places in the order are never given twice, over restarts either", async () => {
  const world = await RoomsWorld.make();
  let room = world.adhoc();
  let highest = 0;
  for (let life = 0; life < 4; life++) {
    const alice = Device.join(world, room, "alice");
    const bob = Device.join(world, room, "bob");
    const guest = Device.join(world, room, `guest${life}`);
    assert.equal(room.find(guest.aor)!.id, 3 + life);
    guest.seat.leave("departed");
    for (let n = 0; n < 5; n++) assert.equal(await alice.say(`${n}`), 200);
    // Before them it may have got again what it had.
    const seqs = bob.leg.got.slice(-5).map(({ seq }) => seq);
    assert.ok(seqs[0] > highest, `${seqs} after ${highest}`);
    highest = seqs[4];
    world.time.advance(1100);
    await world.settled();
    await world.restart();
    room = world.again(room);
  }
  world.end();
});

Deno.test("nothing is acknowledged before it is written who is in the room; a write that fails is tried again", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = Device.join(world, room, "alice");
  await world.settled();
  world.heldSaves = [];
  const bob = Device.join(world, room, "bob");
  let status = 0;
  const said = alice.say("1").then((answer) => status = answer);
  await world.settled();
  world.time.advance(1100);
  await world.settled();
  assert.deepEqual([status, bob.got, world.messages.count], [0, [], 1]);
  const failed = world.heldSaves;
  world.heldSaves = null;
  for (const done of failed) done(new StorageError("failed", "not now"));
  await world.settled();
  assert.deepEqual([status, bob.got], [0, []]);
  world.time.advance(1100);
  await said;
  assert.deepEqual([status, bob.got], [200, ["1"]]);
  world.end();
});

Deno.test("how far a device was that has left meanwhile does not count after a crash", async () => {
  const world = await RoomsWorld.make();
  const room = world.group();
  const alice = Device.join(world, room, "alice");
  Device.join(world, room, "bob");
  const other = Device.join(world, room, "bob");
  other.leg.stalled = true;
  for (const text of ["1", "2"]) await alice.say(text);
  world.time.advance(2100);
  await world.settled();
  world.time.advance(1100);
  await world.settled();
  other.seat.leave("departed");
  await world.settled();
  await world.restart();
  assert.deepEqual((await Device.joined(world, world.again(room), "bob")).got, []);
  world.end();
});

/** What happens, step by step; `acknowledged` says what was. Each step may be the last one. */
async function life(world: RoomsWorld, acknowledged: string[]): Promise<void> {
  const room = world.group(groupPolicy({ history: 0 }));
  const alice = Device.join(world, room, "alice");
  const bob = Device.join(world, room, "bob");
  const say = async (device: Device, text: string, to?: string) => {
    const status = await Promise.race([device.say(text, to === undefined ? {} : { to }), world.death]);
    if (status === 200) acknowledged.push(text);
  };
  await say(alice, "1");
  bob.cut();
  await say(alice, "2");
  Device.join(world, room, "carol");
  await say(alice, "3".repeat(70_000));
  await say(alice, "4", bob.aor);
  await Promise.all([say(alice, "5"), say(alice, "6".repeat(130_000)), say(alice, "7")]);
  alice.nickname('"Ada"');
  await say(alice, "8");
  world.time.advance(2100);
  await Promise.race([world.settled(), world.death]);
  await say(alice, "9");
}

Deno.test("a crash at every write: whoever was away gets everything that was acknowledged, once, in order; names and numbers hold", async () => {
  let crashes = 0;
  for (const after of [false, true]) {
    for (let at = 1;; at++) {
      const world = await RoomsWorld.make();
      world.dieAt(at, after);
      const acknowledged: string[] = [];
      await life(world, acknowledged);
      const died = world.store.dead;
      await world.restart();
      const room = world.table.ofGroup(GROUP);
      if (acknowledged.length > 0) assert.ok(room, `the room is gone after a crash at write ${at}`);
      if (room !== undefined) {
        const people = [...room.participants].map(({ id, aor }) => [id, aor]);
        assert.deepEqual(people, [[1, aor("alice")], [2, aor("bob")], [3, aor("carol")]].slice(0, people.length));
        const bob = await Device.joined(world, room, "bob");
        const missed = bob.got;
        const order = [..."123456789"];
        const firsts = missed.map((text) => text[0]);
        assert.deepEqual(firsts, order.filter((one) => firsts.includes(one)), `in order, once, after write ${at}`);
        const wanted = acknowledged.map((text) => text[0]).filter((one) => one !== "1");
        for (const one of wanted) {
          assert.ok(firsts.includes(one), `${one} was acknowledged and is lost after write ${at}`);
        }
        const alice = Device.join(world, room, "alice");
        assert.equal(await alice.say("alive"), 200);
        assert.equal(bob.got.at(-1), "alive");
      }
      world.end();
      if (!died) break;
      crashes++;
    }
  }
  assert.ok(crashes > 20, `${crashes} crashes`);
});

Deno.test("a device's messages flow when it is stored that it is in: whoever has had something is known after a crash", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const alice = await Device.joined(world, room, "alice");
  world.heldSaves = [];
  const bob = Device.join(world, room, "bob");
  await world.settled();
  assert.deepEqual([alice.leg.open, bob.leg.open], [true, false]);
  const gone = Device.join(world, room, "carol");
  gone.seat.leave("departed");
  const held = world.heldSaves;
  world.heldSaves = null;
  for (const done of held) done(null);
  assert.deepEqual([bob.leg.open, gone.leg.open], [true, false]);
  world.end();
});

Deno.test("who was invited is known to have been, however it came since, and after a restart [CHAT-19]", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  Device.join(world, room, "alice");
  Device.join(world, room, "carol");
  Device.invite(world, room, "bob").seat.leave("departed");
  Device.join(world, room, "bob");
  const invited = (one: typeof room) => [...one.participants].map((person) => [person.invited, person.joinedBy]);
  const known = [[false, "dialed-in"], [false, "dialed-in"], [true, "dialed-in"]];
  assert.deepEqual(invited(room), known);
  await world.settled();
  await world.restart("killed");
  assert.deepEqual(invited(world.again(room)), known);
  world.end();
});
