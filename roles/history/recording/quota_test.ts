import assert from "node:assert/strict";
import { ALICE, BOB, listener, RecordingWorld, said, saying } from "./testing/recording_world.ts";

const QUOTA = 100_000;
const BOTH = [listener(ALICE, BOB), listener(BOB, ALICE)];

async function filled(octets: number, limits = { octets: QUOTA }): Promise<RecordingWorld> {
  const world = await RecordingWorld.open(limits);
  world.settings.quota_bytes = QUOTA;
  await world.wishes.set(ALICE, "everything");
  for (let left = octets; left > 0; left -= 10_000) await fill(world, Math.min(left, 10_000));
  return world;
}

async function fill(world: RecordingWorld, octets: number): Promise<void> {
  await world.pager(saying("x".repeat(octets)), BOTH);
}

Deno.test("a recorder is told at 80 % how much is taken, and when it is full; each once", async () => {
  await using world = await filled(70_000);
  assert.deepEqual(world.teller.told, []);
  await fill(world, 10_000);
  assert.equal(world.teller.to(ALICE).length, 1);
  assert.match(world.teller.to(ALICE)[0], /80 kB of 100 kB/);
  await fill(world, 10_000);
  assert.equal(world.teller.to(ALICE).length, 1);
  await fill(world, 10_000);
  assert.equal(world.teller.to(ALICE).length, 2);
  assert.match(world.teller.to(ALICE)[1], /100 kB of 100 kB.*nothing more is recorded/);
  await fill(world, 1000);
  await fill(world, 1000);
  assert.equal(world.teller.to(ALICE).length, 2);
  assert.equal(world.kept.history.taken(ALICE).octets, 100_000);
  assert.deepEqual(world.teller.to(BOB), []);
});

Deno.test("a message that has no room is the end of the recording: nothing after it is kept, however short", async () => {
  await using world = await filled(70_000);
  await world.wishes.set(BOB, "everything");
  await fill(world, 31_000);
  assert.match(world.teller.to(ALICE)[0], /nothing more is recorded/);
  assert.equal(world.list(ALICE)[0].open, false);
  await fill(world, 10);
  assert.equal(world.kept.history.taken(ALICE).octets, 70_000);
  assert.equal(world.kept.history.taken(BOB).octets, 31_010);
  assert.equal((await world.desk.order(ALICE, "sip:dave@elsewhere.test", "start", ""))?.status, 480);
});

Deno.test("whoever has deleted to the half records again, and is told again", async () => {
  await using world = await filled(100_000);
  assert.equal(world.teller.to(ALICE).length, 2);
  await fill(world, 10);
  await world.kept.history.remove(ALICE, [world.list(ALICE)[0].reference]);
  for (let i = 0; i < 8; i++) await fill(world, 10_000);
  assert.equal(world.kept.history.taken(ALICE).octets, 80_000);
  assert.equal(world.teller.to(ALICE).length, 3);
  assert.match(world.teller.to(ALICE)[2], /80 kB of 100 kB/);
});

Deno.test("between the half and full nothing is told twice, also after a restart", async () => {
  await using world = await filled(80_000);
  await world.pager(saying("y".repeat(10_000)), BOTH, "large");
  const [large] = world.list(ALICE).filter(({ kind }) => kind === "large");
  await world.kept.history.remove(ALICE, [large.reference]);
  assert.equal(world.kept.history.taken(ALICE).octets, 80_000);
  await world.pager(saying("y".repeat(10_000)), BOTH, "large");
  const again = await world.restarted();
  await again.pager(saying("z"), BOTH);
  assert.equal(again.teller.to(ALICE).length, 1);
});

Deno.test("in a room whoever is full drops out and comes in again when there is room; the others go on", async () => {
  await using world = await filled(90_000);
  world.settings.record = "everything";
  const room = world.room(["sip:conf-1@example.test"]);
  const told: boolean[] = [];
  room.onRecords = (recorded) => told.push(recorded);
  for (const aor of [ALICE, BOB]) room.join(listener(aor, "sip:conf-1@example.test"));
  await said(room, saying("x".repeat(10_001)), [ALICE, BOB]);
  assert.equal(room.records([ALICE]), false);
  assert.equal(room.records([BOB]), true);
  assert.equal(world.desk.command(ALICE, "sip:conf-1@example.test", "start", "")?.status, 480);
  await world.kept.history.remove(ALICE, world.list(ALICE).map(({ reference }) => reference));
  assert.equal(room.records([ALICE]), true);
  await said(room, saying("again"), [ALICE, BOB]);
  assert.deepEqual(await world.texts(ALICE), ["again"]);
  assert.equal((await world.texts(BOB)).length, 2);
  assert.deepEqual(told, [true]);
});

Deno.test("where the box is full its recorders are told so, and record again when it has room", async () => {
  await using world = await RecordingWorld.open({ totalOctets: 5000 });
  await world.wishes.set(ALICE, "everything");
  await fill(world, 5001);
  assert.match(world.teller.to(ALICE)[0], /no room for more recordings in the service/);
  await fill(world, 10);
  assert.equal(world.kept.history.taken(ALICE).octets, 0);
  world.time.advance(600_000);
  await fill(world, 10);
  assert.equal(world.kept.history.taken(ALICE).octets, 10);
});

Deno.test("the number of conversations is limited, too: those that go on do", async () => {
  await using world = await RecordingWorld.open({ recordings: 2 });
  world.settings.quota_conversations = 2;
  await world.wishes.set(ALICE, "everything");
  const say = (n: number) => world.pager(saying("x"), [listener(ALICE, `sip:${n}@elsewhere.test`)]);
  await say(1);
  await say(2);
  assert.match(world.teller.to(ALICE)[0], /2 of 2 recorded conversations/);
  await say(3);
  await say(1);
  assert.equal(world.kept.history.taken(ALICE).messages, 3);
  assert.equal(world.teller.to(ALICE).length, 1);
});

Deno.test("recordings go when the operator's settings say so: the default, and no later than the longest", async () => {
  await using world = await RecordingWorld.open();
  await world.wishes.set(ALICE, "everything");
  const expiry = async (keep_days: number, max_days: number, n: number) => {
    Object.assign(world.settings, { keep_days, max_days });
    await world.pager(saying("x"), [listener(ALICE, `sip:${n}@elsewhere.test`)]);
    const [{ expiresAt }] = world.list(ALICE).filter((one) => one.with.startsWith(`sip:${n}@`));
    return (expiresAt - world.time.now()) / 86_400_000;
  };
  assert.equal(await expiry(365, 0, 1), 365);
  assert.equal(await expiry(365, 30, 2), 30);
  assert.equal(await expiry(0, 30, 3), 30);
  assert.equal(await expiry(0, 0, 4), Infinity);
});
