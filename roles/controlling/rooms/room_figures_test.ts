import assert from "node:assert/strict";
import type { CountedRoom } from "./room_figures.ts";
import type { RoomRecorder } from "./room_recorder.ts";
import { aor, Device, RoomsWorld } from "./testing/rooms_world.ts";

/** Those record who are named. */
function recorderOf(names: readonly string[]): RoomRecorder {
  const own = new Set(names.map(aor));
  return {
    idle: false,
    open: () => ({
      records: (aors) => [...aors].some((one) => own.has(one)),
      join: () => {},
      leave: () => {},
      said: (_saying, _aors, done) => queueMicrotask(done),
      close: () => {},
    }),
  };
}

function figuresIn(world: RoomsWorld, id: string): CountedRoom["figures"] {
  return world.table.find(id)!.figures;
}

/** What waits for each, and their devices: `bob 2/1`. */
function waiting(world: RoomsWorld, id: string): string {
  const { figures, participants } = world.table.find(id)!;
  return [...participants].map((one) =>
    `${one.aor.slice(4, one.aor.indexOf("@"))} ${figures.waitingFor(one)}/${figures.devicesOf(one)}`
  ).join(", ");
}

Deno.test("what waits is counted for each by place: for all, for one alone, not from whom it has blocked, nothing for who has left", async () => {
  const world = await RoomsWorld.make();
  world.blocked.add(`${aor("dave")} ${aor("bob")}`);
  const room = world.adhoc();
  const [alice, bob, carol, dave, erin] = ["alice", "bob", "carol", "dave", "erin"].map((name) =>
    Device.join(world, room, name)
  );
  Device.join(world, room, "alice");
  await world.settled();
  assert.equal(await alice.say("0"), 200);
  carol.cut();
  dave.cut();
  erin.seat.leave("departed");
  assert.equal(waiting(world, room.id), "alice 0/2, bob 0/1, carol 0/0, dave 0/0, erin 0/0");
  assert.equal(await alice.say("1"), 200);
  assert.equal(await bob.say("2"), 200);
  assert.equal(await alice.say("to carol alone", { to: aor("carol") }), 200);
  assert.equal(await alice.say("to bob alone", { to: aor("bob") }), 200);
  assert.equal(waiting(world, room.id), "alice 0/2, bob 0/1, carol 3/0, dave 1/0, erin 0/0");
  const { kept, keptOctets, saidAt } = figuresIn(world, room.id);
  assert.ok(kept >= 4 && keptOctets > 0);
  assert.equal(saidAt, world.time.now());
  await Device.joined(world, room, "carol");
  assert.equal(waiting(world, room.id), "alice 0/2, bob 0/1, carol 0/1, dave 1/0, erin 0/0");
  world.end();
});

Deno.test("figures are of the moment they are asked for, and tell who records by number alone, of those who are there", async () => {
  const world = await RoomsWorld.make({ recorder: recorderOf(["bob", "carol", "zoe"]) });
  const room = world.adhoc();
  const [alice, , carol] = ["alice", "bob", "carol"].map((name) => Device.join(world, room, name));
  await world.settled();
  const before = figuresIn(world, room.id);
  assert.deepEqual([before.recorders, before.saidAt, before.kept], [2, 0, 0]);
  world.time.advance(5000);
  assert.equal(await alice.say("1"), 200);
  carol.seat.leave("departed");
  const after = figuresIn(world, room.id);
  assert.deepEqual([after.recorders, after.saidAt], [1, world.time.now()]);
  assert.equal(before.saidAt, 0);
  world.end();
});

Deno.test("after a kill the last message that still waits says when something was said", async () => {
  const world = await RoomsWorld.make();
  const room = world.adhoc();
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await world.settled();
  bob.cut();
  assert.equal(await alice.say("1"), 200);
  const at = world.time.now();
  await world.settled();
  world.time.advance(3000);
  await world.restart();
  assert.equal(figuresIn(world, room.id).saidAt, at);
  assert.match(waiting(world, room.id), /bob 1\/0/);
  world.end();
});
