import assert from "node:assert/strict";
import type { DeferredMessage } from "../../storage/mod.ts";
import { ALICE, PushWorld } from "./testing/push_world.ts";

Deno.test("what expires is told with its message, sender and all, before it is removed", async () => {
  const there: boolean[] = [];
  const told: string[] = [];
  let release = (): void => {};
  const read = new Promise<void>((resolve) => release = resolve);
  const world = new PushWorld({
    undelivered: (message: DeferredMessage) => {
      told.push(message.transaction);
      return message.transaction === "t1" ? read : undefined;
    },
  });
  world.events.on("deferredExpired", ({ sender, message, size }) => {
    assert.equal(sender, ALICE);
    assert.ok(size > 5);
    there.push(world.store.messages.size === 3 && message!.body.length === 5);
  });
  await world.stored({ text: "first" });
  await world.stored({ text: "other" });
  await world.stored({ text: "stays", expiresAt: world.time.now() + 30 * 86_400_000 });
  world.time.jump(86_400_000);
  world.delivery.start();
  await world.pass(61_000);
  assert.deepEqual(told, ["t0", "t1"]);
  assert.equal(world.store.count, 3, "its content is being read");
  await world.pass(120_000);
  assert.deepEqual(told, ["t0", "t1"], "each once");
  release();
  await world.quiet();
  assert.equal(world.store.count, 1);
  assert.deepEqual(there, [true, true]);
});

Deno.test("what cannot be read any more, or told, goes all the same", async () => {
  const world = new PushWorld({ undelivered: () => Promise.reject(new Error("nobody listens")) });
  const told: (DeferredMessage | null)[] = [];
  world.events.on("deferredExpired", ({ message }) => told.push(message));
  await world.stored({ text: "first" });
  world.store.read = () => Promise.reject(new Error("no disk"));
  world.time.jump(86_400_000);
  world.delivery.start();
  await world.pass(61_000);
  assert.deepEqual(told, [null]);
  assert.equal(world.store.count, 0);
});

Deno.test("a message goes in the second in which it expires, and is not waited for where none does", async () => {
  const world = new PushWorld();
  const at: number[] = [];
  const from = world.time.now();
  world.events.on("deferredExpired", () => at.push(world.time.now() - from));
  world.delivery.start();
  await world.stored({ text: "late", expiresAt: from + 40_000 });
  await world.stored({ text: "soon", expiresAt: from + 2_500 });
  await world.pass(2_400);
  assert.deepEqual(at, []);
  // In small steps: what comes is told of as it is then.
  for (let i = 0; i < 12; i++) await world.pass(4_000);
  assert.equal(at.length, 2);
  assert.ok(at[0] >= 2_500 && at[0] < 3_700, `the first after ${at[0]} ms`);
  assert.ok(at[1] >= 40_000 && at[1] < 41_300, `the second after ${at[1]} ms`);
});

Deno.test("a clock that is set forward ends nothing for an hour, and nothing at all when it is set right", async () => {
  const world = new PushWorld();
  const told: string[] = [];
  world.events.on("deferredExpired", ({ message }) => told.push(message!.transaction));
  await world.stored({ text: "waits" });
  world.delivery.start();
  world.time.jump(30 * 86_400_000);
  world.time.advance(10 * 60_000);
  await world.quiet();
  assert.equal(world.store.count, 1);
  world.time.jump(-30 * 86_400_000);
  await world.pass(120_000);
  assert.equal(world.store.count, 1);
  world.time.jump(30 * 86_400_000);
  world.time.advance(59 * 60_000);
  await world.quiet();
  assert.deepEqual(told, []);
  await world.pass(3 * 60_000);
  assert.deepEqual(told, ["t0"], "it was meant so");
});

Deno.test("a clock that is set back a day, or runs a little ahead, makes nothing late", async () => {
  const world = new PushWorld();
  world.delivery.start();
  world.time.jump(-86_400_000);
  await world.stored({ text: "soon", expiresAt: world.time.now() + 90_000 });
  await world.pass(40_000);
  world.time.jump(55_000);
  await world.pass(61_000);
  assert.equal(world.store.count, 0);
});

Deno.test("one that cannot be told of takes nobody else's word away", async () => {
  const told: string[] = [];
  const world = new PushWorld({
    undelivered: ({ transaction }) => {
      told.push(transaction);
      if (transaction === "t0") throw new TypeError("an address that is none");
    },
  });
  await world.stored({ text: "first" });
  await world.stored({ text: "second" });
  world.time.jump(86_400_000);
  world.delivery.start();
  await world.pass(61_000);
  assert.deepEqual(told, ["t0", "t1"]);
  assert.equal(world.store.count, 0);
});
