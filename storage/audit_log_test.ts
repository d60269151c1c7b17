import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { silentLog } from "../foundation/mod.ts";
import { chained } from "./audit_chain.ts";
import { type AuditBlob, decodeAuditBlob, encodeAuditBlob } from "./audit_codec.ts";
import { KvAuditLog } from "./audit_log.ts";
import { BlobStore, DamageError } from "./kv/blob_store.ts";
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

/** The blob under a number, opened, changed and sealed again: what somebody can do who has the key. */
async function forge({ kv, sealer }: World, seq: number, change: (blob: AuditBlob) => AuditBlob | null): Promise<void> {
  const blobs = new BlobStore(kv, sealer, "audit");
  const forged = change(decodeAuditBlob((await blobs.read(seq))!.plain));
  if (forged === null) return await kv.delete(["log", "audit", seq, 0]);
  await kv.set(["log", "audit", seq, 0], blobs.seal(seq, encodeAuditBlob({ ...forged, before: forged.before! }))[0]);
}

/** A log of four blobs with three entries each. */
async function chainedWorld(): Promise<{ world: World; audit: KvAuditLog }> {
  const world = await memoryWorld();
  const audit = await open(world);
  for (let n = 1; n <= 12; n++) {
    audit.append(entry(world, n));
    if (n % 3 === 0) await audit.list({ limit: 1 });
  }
  return { world, audit };
}

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

Deno.test("entries are chained by SHA-256 as the documentation says, over a restart", async () => {
  const { world, audit } = await chainedWorld();
  const again = await reopen(world);
  const at = world.time.now();
  again.append({ at, event: "é", actor: "cli", facts: { "10": 1, "9": "x", a: 0.5 } });
  const records = await gathered(again.walk());
  assert.deepEqual(records.map(({ id }) => id), Array.from({ length: 13 }, (_, i) => i + 1));
  let chain = "0".repeat(64);
  for (const { id, at, event, actor, facts, chain: found } of records.slice(0, 12)) {
    chain = createHash("sha256").update(chain + JSON.stringify([id, at, event, actor, facts])).digest("hex");
    assert.equal(found, chain);
  }
  const last = `[13,${at},"é","cli",{"10":1,"9":"x","a":0.5}]`;
  assert.equal(records[12].chain, createHash("sha256").update(chain + last).digest("hex"));
  assert.deepEqual(await again.verify(), { ok: true, entries: 13, first: 1, last: 13, head: records[12].chain });
  assert.deepEqual(await again.list({ limit: 1 }), [records[12]]);
  assert.deepEqual(await gathered(again.walk(8)), records.slice(7));
  assert.deepEqual(await gathered(again.walk(14)), []);
  assert.deepEqual(await gathered(audit.walk(1)), records.slice(0, 12));
  world.kv.close();
});

Deno.test("an empty log is whole", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  assert.deepEqual(await audit.verify(), { ok: true, entries: 0, first: 0, last: 0, head: "0".repeat(64) });
  assert.deepEqual(await gathered(audit.walk()), []);
  world.kv.close();
});

Deno.test("an entry that is altered, removed, added, moved or cut off is found, and where", async () => {
  const swap = (blob: AuditBlob, i: number, j: number): AuditBlob => {
    const records = [...blob.records];
    [records[i], records[j]] = [records[j], records[i]];
    return { ...blob, records };
  };
  const altered = (blob: AuditBlob, i: number): AuditBlob => ({
    ...blob,
    records: blob.records.map((record, at) => at === i ? { ...record, actor: "somebody" } : record),
  });
  /** With chain values that fit again, up to the end of the blob. */
  const rechained = (blob: AuditBlob): AuditBlob => ({
    ...blob,
    records: chained(blob.before!, blob.firstId, blob.records),
  });
  const cases: [string, number, (blob: AuditBlob) => AuditBlob | null, number][] = [
    ["altered", 2, (blob) => altered(blob, 1), 5],
    ["altered, the last of all", 4, (blob) => altered(blob, 2), 12],
    ["altered and chained anew", 2, (blob) => rechained(altered(blob, 1)), 7],
    ["swapped", 3, (blob) => swap(blob, 0, 2), 7],
    ["swapped and chained anew", 3, (blob) => rechained(swap(blob, 0, 2)), 10],
    ["one removed", 2, (blob) => ({ ...blob, records: blob.records.toSpliced(1, 1) }), 5],
    ["the last of a blob removed", 2, (blob) => ({ ...blob, records: blob.records.slice(0, 2) }), 6],
    ["added", 2, (blob) => rechained({ ...blob, records: [...blob.records, blob.records[0]] }), 8],
    ["a blob removed", 3, () => null, 7],
    ["the first blob removed", 1, () => null, 1],
    ["the last blob removed while the box runs", 4, () => null, 10],
    ["another chain begun", 3, (blob) => rechained({ ...blob, before: "7".repeat(64) }), 7],
  ];
  for (const [what, seq, change, at] of cases) {
    const { world, audit } = await chainedWorld();
    assert.equal((await audit.verify()).ok, true);
    await forge(world, seq, change);
    const report = await audit.verify();
    assert.ok(!report.ok, what);
    assert.equal(report.at, at, `${what}: ${report.reason}`);
    world.kv.close();
  }
  const { world, audit } = await chainedWorld();
  await world.kv.set(["log", "audit", 3, 0], (await world.kv.get(["log", "audit", 2, 0])).value);
  const moved = await audit.verify();
  assert.ok(!moved.ok);
  assert.equal(moved.at, 7);
  assert.match(moved.reason, /record .* is damaged/);
  world.kv.close();
});

Deno.test("what is left when the oldest have gone is verified still", async () => {
  const world = await memoryWorld();
  const audit = await open(world, { days: 30, count: 20 });
  for (let n = 1; n <= 200; n++) {
    audit.append(entry(world, n));
    if (n % 5 === 0) {
      await audit.list({ limit: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  for (
    const log of [audit, await open({ ...world, commit: commitOver(world.kv, world.time) }, { days: 30, count: 20 })]
  ) {
    const report = await log.verify();
    assert.ok(report.ok, JSON.stringify(report));
    assert.ok(report.first > 100 && report.last === 200, JSON.stringify(report));
    const records = await gathered(log.walk(report.first + 2));
    assert.deepEqual(
      records.map(({ id }) => id),
      Array.from({ length: 199 - report.first }, (_, i) => report.first + 2 + i),
    );
    assert.equal(records.at(-1)!.chain, report.head);
  }
  world.kv.close();
});

Deno.test("a log from before the chain is read still, and the chain begins behind it", async () => {
  const world = await memoryWorld();
  const blobs = new BlobStore(world.kv, world.sealer, "audit");
  const old = (n: number) => ({ at: world.time.now(), event: "login", actor: "old", facts: { n } });
  for (const [seq, firstId] of [[1, 1], [2, 3]]) {
    const text = new TextEncoder().encode(JSON.stringify([old(firstId), old(firstId + 1)]));
    const plain = new Uint8Array(13 + text.length);
    plain.set([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, firstId]);
    plain.set(text, 13);
    await world.kv.set(["log", "audit", seq, 0], blobs.seal(seq, plain)[0]);
  }
  const audit = await open(world);
  assert.deepEqual(await audit.verify(), { ok: true, entries: 0, first: 0, last: 0, head: "0".repeat(64) });
  audit.append(entry(world, 5));
  audit.append(entry(world, 6));
  const records = await gathered(audit.walk());
  assert.deepEqual(records.map(({ id, facts }) => [id, facts.n]), [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6]]);
  assert.deepEqual(records.slice(0, 4).map(({ chain }) => chain), ["", "", "", ""]);
  for (const log of [audit, await reopen(world)]) {
    assert.deepEqual(await log.verify(), { ok: true, entries: 2, first: 5, last: 6, head: records[5].chain });
  }
  await forge(world, 3, (blob) => ({ ...blob, records: [{ ...blob.records[0], actor: "x" }, blob.records[1]] }));
  const report = await audit.verify();
  assert.equal(!report.ok && report.at, 5);
  world.kv.close();
});

Deno.test("many long entries at once go into blobs that the store takes", async () => {
  const world = await memoryWorld();
  const audit = await open(world);
  for (let n = 0; n < 600; n++) audit.append({ ...entry(world, n), facts: { n, text: "é".repeat(3900) } });
  assert.equal((await audit.list({ limit: 1000 })).length, 600);
  assert.equal((await audit.verify()).ok, true);
  world.kv.close();
});
