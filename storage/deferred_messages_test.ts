import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import type { DeferredLimits } from "./deferred_limits.ts";
import { LogDeferredMessages } from "./deferred_messages.ts";
import type { DeferredMessage, StoreOutcome } from "./repositories.ts";
import { commitOver, contentsOver, deferred, FaultyKv, memoryWorld, told, type World } from "./testing.ts";

const LIMITS: DeferredLimits = { count: 5, octets: 10_000, totalCount: 20 };

function open(world: World, limits = LIMITS): Promise<LogDeferredMessages> {
  const { kv, sealer, commit, time } = world;
  const contents = contentsOver(world);
  return LogDeferredMessages.open({ kv, sealer, commit, log: silentLog, clock: time, contents, limits });
}
/** As after a restart. */
function reopen(world: World): Promise<LogDeferredMessages> {
  return open({ ...world, commit: commitOver(world.kv, world.time) });
}
function store(messages: LogDeferredMessages, message: DeferredMessage): Promise<StoreOutcome> {
  return new Promise((resolve) => messages.store(message, resolve));
}
async function stored(messages: LogDeferredMessages, message: DeferredMessage): Promise<number> {
  const outcome = await store(messages, message);
  assert.equal(outcome.kind, "stored");
  return (outcome as { id: number }).id;
}
function remove(messages: LogDeferredMessages, id: number) {
  return told((done) => messages.remove(id, done));
}
/** As it is read: with all that a plain pager message leaves out. */
function whole(n: number, more: Partial<DeferredMessage>): DeferredMessage {
  return { mode: "pager", messageId: "", content: null, ...deferred(n, more) };
}
const BOB = "sip:bob@example.test";

Deno.test("messages wait in order of arrival, are read whole, and are gone once removed, over restarts too", async () => {
  const world = await memoryWorld();
  let messages = await open(world);
  const body = new Uint8Array(256).map((_, i) => i);
  const ids = [
    await stored(messages, deferred(1, { body, headers: "Subject: d\xe9j\xe0 vu\r\n", device: "<urn:uuid:1>" })),
    await stored(messages, deferred(2)),
    await stored(messages, deferred(3, { recipient: "sip:carol@example.test" })),
    await stored(messages, deferred(4)),
  ];
  for (let restart = 0; restart < 2; restart++) {
    assert.deepEqual(messages.pending(BOB).map((entry) => entry.id), [ids[0], ids[1], ids[3]]);
    assert.equal(messages.pending(BOB)[0].device, "<urn:uuid:1>");
    assert.deepEqual([...messages.recipients()].sort(), [BOB, "sip:carol@example.test"]);
    const first = await messages.read(ids[0]);
    assert.deepEqual(first, whole(1, { body, headers: "Subject: d\xe9j\xe0 vu\r\n", device: "<urn:uuid:1>" }));
    assert.equal(messages.count, 4);
    const size = messages.pending(BOB).reduce((sum, entry) => sum + entry.size, 0);
    assert.equal(messages.bytes, size + messages.pending("sip:carol@example.test")[0].size);
    messages = await reopen(world);
  }
  assert.equal(await remove(messages, ids[1]), null);
  assert.deepEqual(messages.pending(BOB).map((entry) => entry.id), [ids[0], ids[3]]);
  assert.equal(await messages.read(ids[1]), null);
  assert.equal(messages.count, 3);
  messages = await reopen(world);
  assert.deepEqual(messages.pending(BOB).map((entry) => entry.id), [ids[0], ids[3]]);
  assert.ok(await stored(messages, deferred(5)) > ids[3]);
  world.kv.close();
});

Deno.test("a message of 64 KiB with binary content comes back octet for octet", async () => {
  const world = await memoryWorld();
  const messages = await open(world, { ...LIMITS, octets: 1e6 });
  const body = crypto.getRandomValues(new Uint8Array(65_536));
  const id = await stored(messages, deferred(1, { body }));
  assert.deepEqual((await messages.read(id))?.body, body);
  assert.deepEqual((await (await reopen(world)).read(id))?.body, body);
  world.kv.close();
});

Deno.test("the quota counts messages and octets, those in flight too, and says which is full", async () => {
  const world = await memoryWorld();
  const messages = await open(world);
  const outcomes = await Promise.all(Array.from({ length: 7 }, (_, n) => store(messages, deferred(n))));
  assert.equal(outcomes.filter((outcome) => outcome.kind === "stored").length, 5);
  assert.deepEqual(outcomes[6], { kind: "quota", limit: "count", allowed: 5 });
  const carol = { recipient: "sip:carol@example.test", body: new Uint8Array(6000) };
  const [first, second] = await Promise.all([
    store(messages, deferred(11, carol)),
    store(messages, deferred(12, carol)),
  ]);
  assert.equal(first.kind, "stored");
  assert.deepEqual(second, { kind: "quota", limit: "bytes", allowed: 10_000 });
  // What was refused was not stored: it is not known, and a place that becomes free can be taken.
  assert.equal(messages.knows(deferred(12).transaction), false);
  await remove(messages, (first as { id: number }).id);
  assert.equal((await store(messages, deferred(12, carol))).kind, "stored");
  const again = await reopen(world);
  assert.deepEqual(await store(again, deferred(99)), { kind: "quota", limit: "count", allowed: 5 });
  world.kv.close();
});

Deno.test("a recipient's own quota takes the place of the common one, and may be changed while messages wait", async () => {
  const world = await memoryWorld();
  let own: { count: number; octets: number } | null = { count: 1, octets: 1e6 };
  const quotaOf = (recipient: string) => recipient === BOB ? own : null;
  const messages = await open(world, { ...LIMITS, quotaOf });
  await stored(messages, deferred(1));
  assert.deepEqual(await store(messages, deferred(2)), { kind: "quota", limit: "count", allowed: 1 });
  own = { count: 9, octets: 300 };
  await stored(messages, deferred(3));
  const large = deferred(4, { body: new Uint8Array(250) });
  assert.deepEqual(await store(messages, large), { kind: "quota", limit: "bytes", allowed: 300 });
  own = { count: 9, octets: 1e6 };
  for (let n = 5; n < 12; n++) await stored(messages, deferred(n));
  assert.equal((await store(messages, deferred(12))).kind, "quota");
  for (let n = 0; n < 5; n++) await stored(messages, deferred(20 + n, { recipient: "sip:carol@example.test" }));
  const more = await store(messages, deferred(25, { recipient: "sip:carol@example.test" }));
  assert.deepEqual(more, { kind: "quota", limit: "count", allowed: 5 }, "others have the common one");
  own = null;
  assert.deepEqual(await store(messages, deferred(30)), { kind: "quota", limit: "count", allowed: 5 });
  world.kv.close();
});

Deno.test("over all recipients there is a limit too", async () => {
  const world = await memoryWorld();
  const messages = await open(world);
  for (let n = 0; n < 20; n++) await stored(messages, deferred(n, { recipient: `sip:${n}@example.test` }));
  const outcome = await store(messages, deferred(21, { recipient: "sip:other@example.test" }));
  assert.ok(outcome.kind === "failed" && outcome.error.kind === "full");
  assert.match(outcome.error.message, /20 messages wait/);
  world.kv.close();
});

Deno.test("the same transaction is stored once: while it waits, after its removal, and after a restart", async () => {
  const world = await memoryWorld();
  let messages = await open(world);
  const [first, twin] = await Promise.all([store(messages, deferred(1)), store(messages, deferred(1))]);
  assert.deepEqual(first, { kind: "stored", id: 1 });
  assert.deepEqual(twin, { kind: "duplicate", id: 1 });
  assert.deepEqual(await store(messages, deferred(1)), { kind: "duplicate", id: 1 });
  messages = await reopen(world);
  assert.equal(messages.knows(deferred(1).transaction), true);
  assert.deepEqual(await store(messages, deferred(1)), { kind: "duplicate", id: 1 });
  await remove(messages, 1);
  assert.deepEqual(await store(messages, deferred(1)), { kind: "duplicate", id: 1 });
  messages = await reopen(world);
  assert.equal(messages.pending(BOB).length, 0);
  assert.equal(messages.knows(deferred(1).transaction), true);
  assert.deepEqual(await store(messages, deferred(1)), { kind: "duplicate", id: 1 });
  world.time.advance(3_600_000);
  messages.expire(world.time.now());
  assert.equal(messages.knows(deferred(1).transaction), false, "an hour later it is forgotten");
  assert.equal((await store(messages, deferred(1))).kind, "stored");
  world.kv.close();
});

Deno.test("one transaction may be stored for several devices and several recipients", async () => {
  const world = await memoryWorld();
  const messages = await open(world);
  assert.equal((await store(messages, deferred(1, { device: "<urn:uuid:1>" }))).kind, "stored");
  assert.equal((await store(messages, deferred(1, { device: "<urn:uuid:2>" }))).kind, "stored");
  assert.equal((await store(messages, deferred(1, { recipient: "sip:carol@example.test" }))).kind, "stored");
  assert.equal((await store(messages, deferred(1, { device: "<urn:uuid:2>" }))).kind, "duplicate");
  assert.equal(messages.count, 3);
  world.kv.close();
});

Deno.test("expired messages are not seen, and the sweep removes them", async () => {
  const world = await memoryWorld();
  const messages = await open(world);
  const now = world.time.now();
  const soon = await stored(messages, deferred(1, { expiresAt: now + 1000 }));
  const late = await stored(messages, deferred(2, { expiresAt: now + 5000 }));
  assert.deepEqual(messages.expire(now), []);
  world.time.advance(1000);
  assert.deepEqual(messages.pending(BOB).map((entry) => entry.id), [late]);
  assert.equal(await messages.read(soon), null);
  assert.deepEqual(messages.expire(world.time.now()).map((entry) => [entry.id, entry.recipient]), [[soon, BOB]]);
  assert.equal(messages.count, 1);
  await world.commit.flush();
  assert.deepEqual((await reopen(world)).pending(BOB).map((entry) => entry.id), [late]);
  world.time.advance(4000);
  assert.equal(messages.expire(world.time.now()).length, 1);
  assert.equal(messages.count, 0);
  assert.equal(messages.bytes, 0);
  assert.deepEqual([...messages.recipients()], []);
  world.kv.close();
});

Deno.test("a full disk: not stored, said so, and nothing left behind; a removal is tried again by the sweep", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const messages = await open(world);
  const id = await stored(messages, deferred(1));
  faulty.fault = new TypeError("database or disk is full");
  const [outcome, twin] = await Promise.all([store(messages, deferred(2)), store(messages, deferred(2))]);
  assert.ok(outcome.kind === "failed" && outcome.error.kind === "full");
  assert.equal(twin.kind, "failed");
  assert.equal(messages.knows(deferred(2).transaction), false);
  assert.equal((await remove(messages, id))?.kind, "full");
  assert.equal(messages.pending(BOB).length, 0, "it was delivered: it is not shown again");
  faulty.fault = null;
  assert.equal((await reopen(world)).pending(BOB).length, 1, "but it is still in the store");
  messages.expire(world.time.now());
  await world.commit.flush();
  assert.equal((await reopen(world)).pending(BOB).length, 0);
  assert.equal((await store(messages, deferred(2))).kind, "stored");
  world.kv.close();
});

Deno.test("removing twice, or what never was, is no error", async () => {
  const world = await memoryWorld();
  const messages = await open(world);
  const id = await stored(messages, deferred(1));
  const [first, second] = await Promise.all([remove(messages, id), remove(messages, id)]);
  assert.equal(first, null);
  assert.equal(second, null);
  assert.equal(await remove(messages, 4711), null);
  assert.equal(messages.count, 0);
  world.kv.close();
});

Deno.test("what is not latin1, or too long for its field, is refused with its reason", async () => {
  const world = await memoryWorld();
  const messages = await open(world, { ...LIMITS, octets: 1e6 });
  const wide = await store(messages, deferred(1, { headers: "Subject: \u0141\r\n" }));
  assert.ok(wide.kind === "failed" && /not latin1/.test(wide.error.message));
  const long = await store(messages, deferred(2, { sender: "s".repeat(70_000) }));
  assert.ok(long.kind === "failed" && /sender has 70000 octets; at most 65535/.test(long.error.message));
  const large = await store(messages, deferred(3, { body: new Uint8Array(300_000) }));
  assert.ok(large.kind === "failed" && /too large/.test(large.error.message));
  assert.equal(messages.count, 0);
  assert.equal(messages.knows(deferred(3).transaction), false);
  world.kv.close();
});

Deno.test("a burst that comes, goes and stays in part survives compaction in order", async () => {
  const world = await memoryWorld();
  const messages = await open(world, { count: 1e6, octets: 1e9, totalCount: 1e6 });
  const stay: number[] = [];
  for (let round = 0; round < 60; round++) {
    const body = new Uint8Array(4000).fill(round);
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, n) => stored(messages, deferred(round * 50 + n, { body }))),
    );
    stay.push(ids[round % 50]);
    await Promise.all(ids.filter((id) => id !== ids[round % 50]).map((id) => remove(messages, id)));
    // What compaction reads must be there before the next burst; under load it may be rounds behind otherwise.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const one of [messages, await reopen(world)]) {
    assert.deepEqual(one.pending(BOB).map((entry) => entry.id), stay);
    assert.deepEqual((await one.read(stay[0]))?.body, new Uint8Array(4000).fill(0));
  }
  let octets = 0;
  for await (const { value } of world.kv.list<Uint8Array>({ prefix: ["log"] })) octets += value.length;
  assert.ok(octets < 6_000_000, `${octets} octets stored after 12 MB came and went`);
  world.kv.close();
});
