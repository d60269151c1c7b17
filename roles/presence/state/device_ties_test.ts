import assert from "node:assert/strict";
import { deviceAt } from "./device_ties.ts";
import {
  ALICE,
  ALL,
  binding,
  FakeStates,
  note,
  pidf,
  PresentityWorld,
  settled,
  TCP,
  tuple,
  UDP,
} from "./testing/presentity_world.ts";

const PHONE = binding(TCP);
const OPEN = pidf(tuple("open"));

Deno.test("a device is known by its connection, or by where its datagrams come from", () => {
  const udp = binding(UDP, "<urn:uuid:udp>"), tcp = binding(TCP, "<urn:uuid:tcp>");
  assert.equal(deviceAt([udp, tcp], TCP), "i<urn:uuid:tcp>");
  assert.equal(deviceAt([udp, tcp], { ...UDP, flowId: 99 }), "i<urn:uuid:udp>", "its flow was forgotten");
  assert.equal(deviceAt([udp, tcp], { ...TCP, flowId: 99, port: 1 }), "", "another connection from the same host");
  assert.equal(deviceAt([{ ...udp, flowId: 0 }], { ...UDP, flowId: 0, port: 1 }), "", "no flow is no flow");
  assert.equal(deviceAt([udp, { ...tcp, flowId: UDP.flowId }], UDP), "", "several behind one proxy");
  assert.equal(deviceAt([binding(UDP, "")], UDP), "csip:phone@192.0.2.7");
});

Deno.test("online ends when the connection dies, and begins again when the device is back", async () => {
  const world = new PresentityWorld();
  world.registers(PHONE);
  await world.published(OPEN, { origin: TCP });
  assert.equal(world.seen().length, 1);
  world.takeTold();
  world.leaves(PHONE);
  await settled();
  assert.deepEqual([world.takeTold(), world.seen()], [[ALICE], []]);
  world.registers(binding({ ...TCP, flowId: 20, port: 42_000 }));
  await settled();
  assert.deepEqual([world.takeTold(), world.seen().length], [[ALICE], 1]);
});

Deno.test("another device that comes or goes changes nothing", async () => {
  const world = new PresentityWorld();
  const desk = binding(UDP, "<urn:uuid:desk>", "sip:desk@192.0.2.9");
  world.registers(PHONE);
  world.registers(desk);
  await world.published(OPEN, { origin: TCP });
  world.seen();
  world.takeTold();
  world.leaves(desk, "expired");
  world.registers(desk);
  await settled();
  assert.deepEqual([world.takeTold(), world.seen().length], [[], 1]);
});

Deno.test("what no registered device published is tied to nothing, and counts until it expires", async () => {
  const world = new PresentityWorld();
  await world.published(OPEN, { origin: UDP });
  world.registers(PHONE);
  world.leaves(PHONE);
  await settled();
  assert.equal(world.seen().length, 1);
});

Deno.test("what a client published before it registered goes when it goes, also where nobody watched", async () => {
  for (const isWatched of [true, false]) {
    const world = new PresentityWorld();
    await world.published(OPEN, { origin: TCP });
    if (isWatched) assert.equal(world.seen().length, 1);
    world.registers(PHONE);
    await settled();
    world.leaves(PHONE);
    await settled();
    assert.equal(world.seen().length, 0);
  }
});

Deno.test("a client that forgot its first publication is believed when it says that nobody is there", async () => {
  const world = new PresentityWorld();
  world.says(tuple("open", ALICE));
  await world.published(pidf(tuple("open", ALICE)), { origin: TCP });
  world.registers(PHONE);
  const etag = await world.published(pidf(tuple("open", ALICE)), { origin: TCP });
  assert.ok(world.seen().join().includes("open"));
  world.time.advance(1000);
  await world.published(pidf(tuple("closed", ALICE)), { origin: TCP, etag });
  await settled();
  assert.ok(!world.seen().join().includes("open"), world.seen().join());
  await world.published(pidf(tuple("open", "sip:desk@192.0.2.9")), { origin: UDP });
  assert.ok(world.seen().join().includes("open"), "another device counts");
});

Deno.test("a refresh counts wherever it comes from", async () => {
  const world = new PresentityWorld();
  world.registers(PHONE);
  const etag = await world.published(OPEN, { origin: TCP });
  world.leaves(PHONE);
  assert.deepEqual(world.seen(), []);
  world.takeTold();
  await world.published("", { etag, origin: { ...TCP, flowId: 30, port: 1 } });
  assert.deepEqual([world.takeTold(), world.seen().length], [[ALICE], 1]);
});

async function restarted(world: PresentityWorld, durable: FakeStates): Promise<PresentityWorld> {
  await settled();
  world.time.advance(2_000);
  await settled();
  return new PresentityWorld({ time: world.time, durable, before: world });
}

Deno.test("a restart alone changes nothing of anybody, nor what watchers know him by", async () => {
  const durable = new FakeStates();
  const world = new PresentityWorld({ durable });
  const desk = binding(UDP, "<urn:uuid:desk>", "sip:desk@192.0.2.9");
  world.registers(PHONE);
  world.registers(desk);
  const first = await world.published(OPEN, { origin: TCP });
  await world.published(pidf(tuple("open", "sip:desk@192.0.2.9") + note("here")), { origin: UDP });
  await world.published(OPEN, { origin: TCP, etag: first });
  const { text, tag } = world.states.composition(ALICE).view(ALL);
  const again = await restarted(world, durable);
  assert.equal(again.states.composition(ALICE).view(ALL).text, text);
  assert.equal(again.states.composition(ALICE).view(ALL).tag, tag);
  again.time.advance(119_000);
  again.registers(binding({ ...TCP, flowId: 3, port: 43_000 }));
  again.time.advance(3_000);
  await settled();
  assert.deepEqual([again.takeTold(), again.states.composition(ALICE).view(ALL).tag], [[], tag]);
});

Deno.test("whose device does not come back after a restart is not there any more, two minutes later", async () => {
  const durable = new FakeStates();
  const world = new PresentityWorld({ durable });
  world.registers(PHONE);
  await world.published(OPEN, { origin: TCP });
  const again = await restarted(world, durable);
  assert.equal(again.seen().length, 1);
  again.time.advance(119_000);
  await settled();
  assert.deepEqual(again.takeTold(), []);
  again.time.advance(2_000);
  await settled();
  assert.deepEqual([again.takeTold(), again.seen()], [[ALICE], []]);
});

Deno.test("nobody waits for a device whose registration ended after the restart", async () => {
  const durable = new FakeStates();
  const world = new PresentityWorld({ durable });
  world.registers(PHONE);
  await world.published(OPEN, { origin: TCP });
  const again = await restarted(world, durable);
  again.seen();
  again.leaves(PHONE, "expired");
  await settled();
  assert.deepEqual([again.takeTold(), again.seen()], [[ALICE], []]);
});
