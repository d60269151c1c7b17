import assert from "node:assert/strict";
import { LATER } from "../../transport/msrp/session/mod.ts";
import { fileLines } from "./intake/file_lines.ts";
import { ALICE, BOB, DeviceEnd, PushWorld } from "./testing/push_world.ts";

Deno.test("what one device is too small for goes to another; a device that comes later is asked, too", async () => {
  const world = new PushWorld();
  await world.stored({ text: "x".repeat(5_000) });
  await world.stored({ text: "short" });
  world.register("203.0.113.1", { instance: "phone" });
  await world.pass(200);
  const phone = await world.take(world.last("INVITE"), { more: ["a=max-size:2000"] });
  await world.pass(2_000);
  assert.deepEqual(phone.texts, ["short"]);
  assert.equal(world.store.count, 1);
  assert.equal(world.delivery.waiting(BOB), null, "it holds up nobody");
  world.register("203.0.113.1", { instance: "phone" });
  await world.pass(2_000);
  assert.equal(world.requests("INVITE").length, 1, "who has refused it is not asked again");
  world.register("203.0.113.2", { instance: "desk" });
  await world.pass(200);
  assert.equal(world.requests("INVITE").length, 2);
  assert.match(world.last("INVITE").request.uri, /203\.0\.113\.2/);
  const desk = await world.take(world.last("INVITE"));
  await world.pass(1_000);
  assert.equal(desk.texts.length, 1);
  assert.equal(world.store.count, 0);
});

Deno.test("a device that was called off because another said no for all is asked later for what only it can take", async () => {
  const world = new PushWorld();
  await world.stored({ text: "x".repeat(5_000) });
  world.register("203.0.113.1", { instance: "phone" });
  world.register("203.0.113.2", { instance: "desk" });
  await world.pass(200);
  const [first, second] = world.requests("INVITE");
  first.answer(603);
  second.answer(487);
  await world.pass(1_000);
  assert.equal(world.requests("INVITE").length, 2);
  await world.pass(31_000);
  assert.equal(world.requests("INVITE").length, 3);
  assert.equal(world.last("INVITE").request.uri, second.request.uri);
  await world.take(world.last("INVITE"));
  await world.pass(1_000);
  assert.equal(world.store.count, 0);
});

Deno.test("a stop in order waits for what is on its way, and gives out nothing more: nothing comes twice", async (t) => {
  await t.step("session", async () => {
    const world = new PushWorld();
    for (let i = 0; i < 100; i++) await world.stored({ text: `${i}` });
    world.register();
    await world.pass(200);
    const end = new DeviceEnd();
    let stopped = false;
    end.answers = (count) => {
      if (count === 10) world.delivery.stop().then(() => stopped = true);
      return 200;
    };
    await world.take(world.last("INVITE"), { end });
    await world.pass(1_000);
    assert.equal(stopped, true);
    assert.ok(end.bodies.length > 10 && end.bodies.length < 100, `${end.bodies.length}`);
    assert.equal(world.store.count, 100 - end.bodies.length, "each one that came is gone");
    assert.equal(world.requests("BYE").length, 1);
    assert.equal(world.board.size, 0);
  });
  await t.step("pager", async () => {
    const world = new PushWorld();
    await world.stored({ text: "one", mode: "pager" });
    await world.stored({ text: "two", mode: "pager" });
    world.register();
    await world.pass(200);
    let stopped = false;
    world.delivery.stop().then(() => stopped = true);
    await world.pass(500);
    assert.equal(stopped, false);
    world.last("MESSAGE").answer(200);
    await world.quiet();
    assert.equal(stopped, true);
    assert.equal(world.store.count, 1);
    assert.equal(world.requests("MESSAGE").length, 1, "the next one does not begin");
  });
  await t.step("nothing under way", async () => {
    await new PushWorld().delivery.stop();
  });
  await t.step("a silent device is not waited for long", async () => {
    const world = new PushWorld();
    await world.stored({ text: "one", mode: "pager" });
    world.register();
    await world.pass(200);
    let stopped = false;
    world.delivery.stop().then(() => stopped = true);
    await world.pass(2_500);
    assert.equal(stopped, true);
  });
});

Deno.test("a device that is registered no longer is given nothing more; what it has been sent counts", async () => {
  const world = new PushWorld();
  for (let i = 0; i < 100; i++) await world.stored({ text: `${i}` });
  const binding = world.register("203.0.113.1", { instance: "phone" });
  await world.pass(200);
  const end = new DeviceEnd();
  end.answers = (count) => {
    if (count === 10) {
      world.places.set(BOB, []);
      world.coreEvents.emit("unregistered", { aor: BOB, binding, why: "rejected", at: world.time.now() });
    }
    return 200;
  };
  await world.take(world.last("INVITE"), { end });
  await world.pass(1_000);
  assert.ok(end.bodies.length > 10 && end.bodies.length < 100, `${end.bodies.length}`);
  assert.equal(world.store.count, 100 - end.bodies.length);
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("a device that moves to another address keeps its session", async () => {
  const world = new PushWorld();
  for (let i = 0; i < 100; i++) await world.stored({ text: `${i}` });
  const binding = world.register("203.0.113.1", { instance: "phone" });
  await world.pass(200);
  const end = new DeviceEnd();
  end.answers = (count) => {
    if (count === 10) {
      world.places.set(BOB, []);
      world.register("203.0.113.9", { instance: "phone" });
      world.coreEvents.emit("unregistered", { aor: BOB, binding, why: "removed", at: world.time.now() });
    }
    return 200;
  };
  await world.take(world.last("INVITE"), { end });
  await world.pass(1_000);
  assert.equal(end.bodies.length, 100);
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test("a file that a device has whole is not offered again after a stop; one it has in part is", async () => {
  for (const whole of [true, false]) {
    const world = new PushWorld();
    const lines = fileLines({ selector: { name: "a.png", type: "image/png", size: 5, hashes: [] } });
    const headers = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nContent-Type: image/png\r\n${lines}`;
    await world.stored({ mode: "file", text: "octet", headers });
    world.register();
    await world.pass(200);
    const end = new DeviceEnd();
    // It takes the octets and says nothing more of them.
    end.answers = () => LATER;
    await world.take(world.last("INVITE"), { end, types: "*", connects: whole });
    assert.equal(world.store.count, 1);
    await world.delivery.stop();
    await world.quiet();
    assert.equal(world.store.count, whole ? 0 : 1);
    assert.equal(world.requests("BYE").length, 1);
  }
});

Deno.test("a file stops where its device is registered no longer, and is offered another time", async () => {
  const world = new PushWorld();
  const lines = fileLines({ selector: { name: "a.png", type: "image/png", size: 5, hashes: [] } });
  const headers = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nContent-Type: image/png\r\n${lines}`;
  await world.stored({ mode: "file", text: "octet", headers });
  const binding = world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { types: "*", connects: false });
  world.places.set(BOB, []);
  world.coreEvents.emit("unregistered", { aor: BOB, binding, why: "rejected", at: world.time.now() });
  await world.quiet();
  assert.equal(world.requests("BYE").length, 1);
  assert.equal(world.delivery.filesOpen.full, false);
  world.register();
  await world.pass(200);
  assert.equal(world.requests("INVITE").length, 2);
});
