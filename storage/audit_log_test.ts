import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { KvAuditLog } from "./audit_log.ts";
import { DamageError } from "./kv/blob_store.ts";
import type { AuditEntry } from "./repositories.ts";
import { commitOver, FaultyKv, memoryWorld, type World } from "./testing.ts";

const DAY = 86_400_000;

function open({ kv, sealer, commit, time }: World, limits = { days: 30, count: 1000 }): Promise<KvAuditLog> {
  return KvAuditLog.open({ kv, sealer, commit, clock: time, timers: time.timers, log: silentLog, limits });
}
function reopen(world: World): Promise<KvAuditLog> {
  return open({ ...world, commit: commitOver(world.kv, world.time) });
}
function entry(world: World, n: number, event = "login", actor = "sip:a@x"): AuditEntry {
  return { at: world.time.now(), event, actor, facts: { n } };
}

Deno.test("entries are listed newest first, by page, event and actor, over a restart", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  for (let n = 1; n <= 1200; n++) {
    audit.append(entry(world, n, n % 100 === 0 ? "user.add" : "login", n % 2 === 0 ? "cli" : "sip:a@x"));
  }
  for (const log of [audit, await (await audit.list({ limit: 1 }), reopen(world))]) {
    const newest = await log.list({ limit: 3 });
    assert.deepEqual(newest.map((one) => [one.id, one.facts.n]), [[1200, 1200], [1199, 1199], [1198, 1198]]);
    assert.deepEqual((await log.list({ limit: 2, before: 600 })).map((one) => one.id), [599, 598]);
    assert.deepEqual((await log.list({ limit: 2, before: 501 })).map((one) => one.id), [500, 499]);
    assert.deepEqual((await log.list({ limit: 9, before: 2 })).map((one) => one.id), [1]);
    assert.deepEqual(await log.list({ limit: 9, before: 1 }), []);
    assert.deepEqual((await log.list({ limit: 3, event: "user.add" })).map((one) => one.id), [1200, 1100, 1000]);
    assert.equal((await log.list({ limit: 1, actor: "sip:a@x" }))[0].id, 1199);
    assert.deepEqual(await log.list({ limit: 5, event: "user.add", actor: "sip:a@x" }), []);
  }
  world.kv.close();
});

Deno.test("an entry is written within a second", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  audit.append(entry(world, 1));
  world.time.advance(1000);
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal((await (await reopen(world)).list({ limit: 1 }))[0].facts.n, 1);
  world.kv.close();
});

Deno.test("old entries and too many entries go", async () => {
  const world = await memoryWorld();
  const audit = await open(world, { days: 30, count: 1000 });
  const append = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      audit.append(entry(world, n));
      if (n % 100 === 99) await audit.list({ limit: 1 });
    }
  };
  await append(0, 3000);
  for (let i = 0; i < 20; i++) await append(3000 + i * 100, 3100 + i * 100);
  const kept = await audit.list({ limit: 10_000 });
  assert.ok(kept.length >= 1000 && kept.length <= 1300, `${kept.length} kept`);
  assert.equal(kept[0].facts.n, 4999);
  world.time.jump(31 * DAY);
  assert.deepEqual(await audit.list({ limit: 10 }), [], "too old ones are not shown");
  for (let i = 0; i < 4; i++) {
    audit.append(entry(world, 5000 + i));
    await audit.list({ limit: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let blobs = 0;
  for await (const _ of world.kv.list({ prefix: ["log", "audit"] })) blobs++;
  assert.ok(blobs <= 5, `${blobs} blobs left`);
  assert.deepEqual((await (await reopen(world)).list({ limit: 9 })).map((one) => one.facts.n), [
    5003,
    5002,
    5001,
    5000,
  ]);
  world.kv.close();
});

Deno.test("entries outlast a full disk", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const audit = await open(world);
  faulty.fault = new TypeError("database or disk is full");
  audit.append(entry(world, 1));
  assert.deepEqual(await audit.list({ limit: 9 }), []);
  audit.append(entry(world, 2));
  faulty.fault = null;
  world.time.advance(7000);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual((await audit.list({ limit: 9 })).map((one) => one.facts.n), [2, 1]);
  world.kv.close();
});

Deno.test("facts that are too long are left out, and that is said", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  audit.append({ ...entry(world, 1), facts: { text: "x".repeat(10_000) } });
  const [one] = await audit.list({ limit: 1 });
  assert.equal(one.event, "login");
  assert.ok(Number(one.facts.tooLong) > 10_000);
  world.kv.close();
});

Deno.test("what is taken out or changed is noticed", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  for (let n = 0; n < 4; n++) {
    audit.append(entry(world, n));
    await audit.list({ limit: 1 });
  }
  const second = (await world.kv.get(["log", "audit", 2, 0])).value;
  await world.kv.delete(["log", "audit", 2, 0]);
  await assert.rejects(audit.list({ limit: 9 }), /blob 2 is missing/);
  await world.kv.set(["log", "audit", 2, 0], (await world.kv.get(["log", "audit", 3, 0])).value);
  await assert.rejects(audit.list({ limit: 9 }), DamageError);
  await world.kv.set(["log", "audit", 2, 0], second);
  assert.equal((await audit.list({ limit: 9 })).length, 4);
  await world.kv.delete(["log", "audit", 1, 0]);
  await assert.rejects(reopen(world), /begins with blob 2, and should with 1/);
  world.kv.close();
});
