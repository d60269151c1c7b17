import assert from "node:assert/strict";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { ALICE, INSTANCE, RegisterWorld } from "./testing/register_world.ts";

const PHONE = "Contact: <sip:phone@192.0.2.1>";
const DESK = "Contact: <sip:desk@192.0.2.2>";

Deno.test("a new binding is answered and seen only once it is on disk", () => {
  const world = new RegisterWorld();
  const transaction = world.send(PHONE);
  assert.equal(transaction.answered, false);
  assert.deepEqual(world.contacts(), []);
  assert.deepEqual(world.happened, []);
  world.registrations.commit();
  assert.equal(transaction.answer.status, 200);
  assert.deepEqual(world.contacts(), ["sip:phone@192.0.2.1"]);
  assert.deepEqual(world.happened, ["registered sip:phone@192.0.2.1 first"]);
});

Deno.test("a refresh that only extends is answered at once and written lazily", () => {
  const world = new RegisterWorld();
  world.register(PHONE);
  const durable = world.registrations.durableSaves;
  world.time.advance(5_000);
  assert.equal(world.send(PHONE).answer.status, 200);
  assert.equal(world.registrations.durableSaves, durable);
  assert.equal(world.registrations.lazySaves, 1);
  assert.equal(world.happened.at(-1), "refreshed sip:phone@192.0.2.1");
});

Deno.test("what changes a binding is committed: shorter, other parameters, other Call-ID, other Path", () => {
  const changes: [string, string?][] = [
    [`${PHONE};expires=600`],
    [`${PHONE};q=0.2`],
    [PHONE, "another"],
    [`${PHONE}\nPath: <sip:edge.test;lr>`],
    [`${PHONE};expires=0`],
  ];
  for (const [lines, callId] of changes) {
    const world = new RegisterWorld();
    world.register(PHONE);
    assert.equal(world.send(lines, { callId }).answered, false, lines);
    assert.equal(world.registrations.pending, 1, lines);
  }
});

Deno.test("what cannot be stored is refused with 503, and nothing has changed", () => {
  const world = new RegisterWorld();
  world.register(PHONE, { callId: "a" });
  for (const lines of [DESK, `${PHONE};expires=0`, "Contact: *\nExpires: 0"]) {
    const transaction = world.send(lines, { callId: "a" });
    world.registrations.fail();
    assert.equal(transaction.answer.status, 503);
    assert.equal(transaction.answer.get("Retry-After"), "5");
    assert.deepEqual(world.contacts(), ["sip:phone@192.0.2.1"]);
  }
  assert.deepEqual(world.happened, ["registered sip:phone@192.0.2.1 first"]);
  assert.deepEqual(world.restarted().contacts(), ["sip:phone@192.0.2.1"]);
});

Deno.test("two REGISTERs at once for one user: both are there, in their order", () => {
  const world = new RegisterWorld();
  const first = world.send(PHONE, { callId: "a" });
  const second = world.send(DESK, { callId: "b" });
  const query = world.send("", { callId: "c" });
  assert.equal(world.registrations.pending, 1);
  world.registrations.commit();
  assert.equal(first.answer.getAll("Contact").length, 1);
  assert.equal(second.answered, false);
  assert.equal(query.answered, false);
  world.registrations.commit();
  assert.equal(second.answer.getAll("Contact").length, 2);
  assert.equal(query.answer.getAll("Contact").length, 2);
  assert.deepEqual(world.restarted().contacts(), ["sip:desk@192.0.2.2", "sip:phone@192.0.2.1"]);
});

Deno.test("the second of two REGISTERs goes on when the first one fails", () => {
  const world = new RegisterWorld();
  const first = world.send(PHONE, { callId: "a" });
  const second = world.send(DESK, { callId: "b" });
  world.registrations.fail();
  world.registrations.commit();
  assert.equal(first.answer.status, 503);
  assert.deepEqual(second.answer.getAll("Contact"), ["<sip:desk@192.0.2.2>;expires=3600"]);
});

Deno.test("REGISTERs that wait are bounded", () => {
  const world = new RegisterWorld({ max_waiting: 2 });
  world.send(PHONE, { callId: "a" });
  const waiting = ["b", "c", "d"].map((callId) => world.send(DESK, { callId }));
  assert.deepEqual(waiting.map((transaction) => transaction.answered), [false, false, true]);
  assert.equal(waiting[2].answer.status, 503);
});

Deno.test("users do not wait for each other", () => {
  const world = new RegisterWorld();
  world.send(PHONE);
  world.send("Contact: <sip:b@192.0.2.9>", { user: "sip:bob@example.test", callId: "b" });
  assert.equal(world.registrations.pending, 2);
});

Deno.test("bindings survive a restart with what they had; their flow does not", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE};q=0.3;${INSTANCE};expires=600\nPath: <sip:edge.test;lr>`);
  world.time.advance(100_000);
  const again = world.restarted();
  const [binding] = again.registrar.location.bindings(ALICE);
  assert.equal(binding.flowId, 0);
  assert.deepEqual(binding.path, ["<sip:edge.test;lr>"]);
  assert.match(again.register("").get("Contact")!, /q=0\.3.*sip\.instance.*expires=500$/);
  again.time.advance(501_000);
  assert.deepEqual(again.contacts(), []);
});

Deno.test("bindings that expired while the box was off are gone", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE};expires=60`);
  world.time.advance(59_000);
  const disk = world.registrations.disk.size;
  world.time.jump(10_000);
  const again = world.restarted();
  assert.equal(disk, 1);
  assert.equal(again.registrar.location.size, 0);
  assert.equal(again.registrations.disk.size, 0);
});

Deno.test("after a restart a WebSocket client is offline until it comes back, and takes its old place", () => {
  const world = new RegisterWorld();
  world.register(`Contact: <sip:x@a1.invalid;transport=ws>;${INSTANCE}`, { flow: new FakeFlow("ws") });
  assert.equal(world.contacts().length, 1);
  const again = world.restarted();
  assert.deepEqual(again.contacts(), []);
  assert.equal(again.registrar.location.size, 0);
  assert.equal(again.register("", { callId: "query" }).getAll("Contact").length, 1);
  again.register(`Contact: <sip:y@b2.invalid;transport=ws>;${INSTANCE}`, { flow: new FakeFlow("ws"), callId: "new" });
  assert.deepEqual(again.contacts(), ["sip:y@b2.invalid;transport=ws"]);
  assert.equal(again.happened.at(-1), "registered sip:y@b2.invalid;transport=ws first");
});

Deno.test("bindings that lead nowhere give way to new ones", () => {
  const world = new RegisterWorld({ max_contacts: 2 });
  for (const callId of ["a", "b"]) {
    world.register(`Contact: <sip:${callId}@x.invalid;transport=ws>`, { flow: new FakeFlow("ws"), callId });
  }
  const again = world.restarted({ max_contacts: 2 });
  assert.equal(again.register(PHONE, { callId: "c" }).status, 200);
  assert.equal(again.register("", { callId: "q" }).getAll("Contact").length, 2);
});

Deno.test("stored values that are not ours are left alone and harm nobody", () => {
  const world = new RegisterWorld();
  world.register(PHONE);
  world.registrations.disk.set("sip:bob@example.test", '{"v":1,"bindings":[{"contact":5}],"gruus":[]}');
  world.registrations.disk.set("sip:carol@other.test", '"?"');
  const again = world.restarted();
  assert.equal(again.registrar.location.size, 1);
  assert.equal(again.registrations.disk.size, 3);
});

Deno.test("bindings expire within a second, with an event, and leave the disk", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE};expires=60, <sip:long@192.0.2.3>;expires=120`);
  world.time.advance(59_900);
  assert.equal(world.contacts().length, 2);
  world.time.advance(100);
  assert.deepEqual(world.contacts(), ["sip:long@192.0.2.3"]);
  world.time.advance(1_000);
  assert.equal(world.happened.at(-1), "unregistered sip:phone@192.0.2.1 expired");
  assert.equal(world.registrations.disk.get(ALICE)!.includes("phone"), false);
  world.time.advance(61_000);
  assert.equal(world.happened.at(-1), "unregistered sip:long@192.0.2.3 expired");
  assert.equal(world.registrations.disk.size, 0);
  assert.equal(world.registrar.location.size, 0);
});

Deno.test("a refreshed binding outlives its first expiry", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE};expires=60`);
  for (let i = 0; i < 5; i++) {
    world.time.advance(40_000);
    world.register(`${PHONE};expires=60`);
  }
  assert.equal(world.contacts().length, 1);
  world.time.advance(61_000);
  assert.equal(world.contacts().length, 0);
  assert.equal(world.happened.filter((text) => text.startsWith("unregistered")).length, 1);
});

Deno.test("setting the clock neither ends nor prolongs registrations", () => {
  for (const step of [86_400_000, -86_400_000]) {
    const world = new RegisterWorld();
    world.register(`${PHONE};expires=600`);
    world.time.jump(step);
    world.time.advance(2_000);
    assert.equal(world.contacts().length, 1, String(step));
    assert.match(world.register("").get("Contact")!, /expires=598$/);
    assert.deepEqual(world.restarted().contacts().length, 1);
    world.time.advance(600_000);
    assert.equal(world.contacts().length, 0, String(step));
  }
});

Deno.test("a binding that expires while another is being committed stays gone", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE};expires=60`, { callId: "a" });
  const transaction = world.send(DESK, { callId: "b" });
  world.time.advance(62_000);
  world.registrations.commit();
  assert.equal(transaction.answer.getAll("Contact").length, 1);
  assert.deepEqual(world.contacts(), ["sip:desk@192.0.2.2"]);
  assert.deepEqual(world.restarted().contacts(), ["sip:desk@192.0.2.2"]);
});

Deno.test("an administrator ends all registrations of a user", () => {
  const world = new RegisterWorld();
  world.register(`${PHONE}, <sip:desk@192.0.2.2>`);
  world.registrar.reject(ALICE);
  assert.deepEqual(world.contacts(), []);
  assert.equal(world.registrations.disk.size, 0);
  assert.ok(world.happened.slice(-2).every((text) => text.endsWith("rejected")));
});
