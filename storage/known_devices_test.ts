import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { type DeviceDays, RecordedDevices } from "./known_devices.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { RecordKinds } from "./records.ts";
import { commitOver, FaultyKv, memoryWorld, type World } from "./testing.ts";

const DAY = 86_400_000;
const BOB = "sip:bob@example.test";

/** As after a start. */
async function open(world: World): Promise<RecordedDevices> {
  const { kv, sealer, time } = world;
  const kinds = new RecordKinds({ kv, queue: new WriteQueue(kv, world.commit), sealer });
  const records = await kinds.open<DeviceDays>("known_devices", 1000);
  return new RecordedDevices({ records, clock: time, timers: time.timers, log: silentLog });
}
async function reopen(world: World): Promise<RecordedDevices> {
  return await open({ ...world, commit: commitOver(world.kv, world.time) });
}
async function count(world: World): Promise<number> {
  let records = 0;
  for await (const _ of world.kv.list({ prefix: ["records"] })) records++;
  return records;
}

Deno.test("devices that were seen are known, the latest first, also after a restart; forgotten ones are not", async () => {
  const world = await memoryWorld();
  const devices = await open(world);
  const now = world.time.now();
  devices.seen(BOB, "<urn:uuid:1>", now);
  devices.seen(BOB, "<urn:uuid:2>", now + DAY);
  devices.seen("sip:carol@example.test", "<urn:uuid:3>", now);
  devices.seen(BOB, "<urn:uuid:1>", now + 2 * DAY);
  for (const one of [devices, (await devices.flush(), await reopen(world))]) {
    assert.deepEqual(one.of(BOB, now + 2 * DAY), ["<urn:uuid:1>", "<urn:uuid:2>"]);
    assert.deepEqual(one.of("sip:nobody@example.test", now), []);
  }
  devices.forget(BOB);
  assert.deepEqual(devices.of(BOB, now), []);
  await devices.flush();
  const again = await reopen(world);
  assert.deepEqual(again.of(BOB, now), []);
  assert.deepEqual(again.of("sip:carol@example.test", now), ["<urn:uuid:3>"]);
  world.kv.close();
});

Deno.test("a device is known for 30 days after it was seen; then its record goes by itself", async () => {
  const world = await memoryWorld();
  const devices = await open(world);
  const now = world.time.now();
  devices.seen(BOB, "<urn:uuid:1>", now);
  devices.seen(BOB, "<urn:uuid:2>", now + 10 * DAY);
  assert.equal(devices.of(BOB, now + 29 * DAY).length, 2);
  assert.deepEqual(devices.of(BOB, now + 30 * DAY), ["<urn:uuid:2>"]);
  await devices.flush();
  assert.equal(await count(world), 1);
  world.time.jump(41 * DAY);
  const again = await reopen(world);
  world.time.advance(2_000);
  assert.deepEqual(again.of(BOB, now), [], "the sweep took it");
  await again.flush();
  assert.equal(await count(world), 0);
  world.kv.close();
});

Deno.test("eight devices are known of one user: the one that was away longest makes room; an instance that is too long is none", async () => {
  const world = await memoryWorld();
  const devices = await open(world);
  const now = world.time.now();
  for (let n = 0; n < 12; n++) devices.seen(BOB, `<urn:uuid:${n}>`, now + n * DAY);
  devices.seen(BOB, "x".repeat(300), now + 12 * DAY);
  devices.seen(BOB, "", now + 12 * DAY);
  assert.deepEqual(
    devices.of(BOB, now + 12 * DAY),
    [11, 10, 9, 8, 7, 6, 5, 4].map((n) => `<urn:uuid:${n}>`),
  );
  world.kv.close();
});

Deno.test("a device is written once a day however often it comes, and many users share a commit", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const devices = await open(world);
  const now = world.time.now();
  for (let user = 0; user < 150; user++) devices.seen(`sip:${user}@x`, "<urn:uuid:1>", now);
  assert.equal(faulty.commits, 0, "later, all together");
  await devices.flush();
  assert.equal(faulty.commits, 1);
  for (let hour = 0; hour < 20; hour++) devices.seen("sip:1@x", "<urn:uuid:1>", now + hour * 3_600_000);
  await devices.flush();
  assert.equal(faulty.commits, 1);
  devices.seen("sip:1@x", "<urn:uuid:1>", now + DAY);
  await devices.flush();
  assert.equal(faulty.commits, 2);
  world.kv.close();
});

Deno.test("what cannot be written is known all the same, and tried again", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const devices = await open(world);
  const now = world.time.now();
  faulty.fault = new TypeError("database or disk is full");
  devices.seen(BOB, "<urn:uuid:1>", now);
  await devices.flush();
  assert.deepEqual(devices.of(BOB, now), ["<urn:uuid:1>"]);
  faulty.fault = null;
  world.time.advance(60_000);
  await world.commit.flush();
  assert.equal(await count(world), 1);
  world.kv.close();
});
