import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import type { KvContents } from "./contents.ts";
import type { DeferredLimits } from "./deferred_limits.ts";
import { LogDeferredMessages } from "./deferred_messages.ts";
import { type DeferredMessage, StorageError, type StoredContent, type StoreOutcome } from "./repositories.ts";
import { commitOver, contentsOver, deferred, FaultyKv, memoryWorld, told, type World } from "./testing.ts";
import { octetsOf, readContent, removed, sha256, storedChunks, writeContent } from "./testing_contents.ts";

const LIMITS: DeferredLimits = { count: 5, octets: 1_000_000, totalCount: 20, totalOctets: 2_500_000 };
const BOB = "sip:bob@example.test";

interface Both {
  readonly contents: KvContents;
  readonly messages: LogDeferredMessages;
}

async function open(world: World, limits = LIMITS): Promise<Both> {
  const { kv, sealer, commit, time } = world;
  const contents = contentsOver(world);
  const messages = await LogDeferredMessages.open({
    kv,
    sealer,
    commit,
    log: silentLog,
    clock: time,
    contents,
    limits,
  });
  await contents.begin();
  return { contents, messages };
}
/** As after a restart. */
async function reopen(world: World, limits = LIMITS): Promise<Both> {
  const both = await open({ ...world, commit: commitOver(world.kv, world.time) }, limits);
  await removed(both.contents);
  return both;
}
function large(n: number, content: StoredContent, more: Partial<DeferredMessage> = {}): DeferredMessage {
  return deferred(n, { mode: "file", messageId: `m${n}`, body: new Uint8Array(), content, ...more });
}
function store({ messages }: Both, message: DeferredMessage): Promise<StoreOutcome> {
  return new Promise((resolve) => messages.store(message, resolve));
}
async function stored(both: Both, message: DeferredMessage): Promise<number> {
  const outcome = await store(both, message);
  assert.equal(outcome.kind, "stored");
  return (outcome as { id: number }).id;
}
/** Contents in the store, once all removals are done. */
async function left({ contents }: Both, world: World): Promise<number> {
  await removed(contents);
  return (await storedChunks(world.kv)).size;
}

Deno.test("a message with content is read whole over a restart: mode, Message-ID, content and size as they were", async () => {
  const world = await memoryWorld();
  let both = await open(world);
  const octets = octetsOf(300_000);
  const content = await writeContent(both.contents, octets);
  const message = large(1, content);
  const id = await stored(both, message);
  for (let restart = 0; restart < 2; restart++) {
    const [entry] = both.messages.pending(BOB);
    assert.deepEqual([entry.id, entry.mode, entry.arrivedAt], [id, "file", message.arrivedAt]);
    assert.equal(entry.size, message.headers.length + 300_000);
    assert.equal(both.messages.bytes, entry.size);
    assert.deepEqual({ ...await both.messages.read(id) }, { ...message });
    assert.equal(sha256(await readContent(both.contents, content)), sha256(octets));
    assert.equal(both.contents.octets, 300_000);
    both = await reopen(world);
  }
  world.kv.close();
});

Deno.test("the content goes with its message: removed, or expired; over a restart nothing of it is left", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  const now = world.time.now();
  const contents = await Promise.all([1, 2, 3].map((seed) => writeContent(both.contents, octetsOf(200_000, seed))));
  const first = await stored(both, large(1, contents[0]));
  await stored(both, large(2, contents[1], { expiresAt: now + 1000 }));
  await stored(both, large(3, contents[2]));
  assert.equal(await told((done) => both.messages.remove(first, done)), null);
  assert.equal(await left(both, world), 2);
  world.time.advance(1000);
  assert.equal(both.messages.expire(world.time.now()).length, 1);
  await world.commit.flush();
  assert.equal(await left(both, world), 1);
  const again = await reopen(world);
  assert.equal(await left(again, world), 1);
  assert.equal(again.contents.octets, 200_000);
  assert.equal(sha256(await readContent(again.contents, contents[2])), contents[2].sha256);
  world.kv.close();
});

Deno.test("what is not stored takes its content with it: a duplicate, one over quota, one that cannot be encoded", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  const write = (seed: number, length = 100_000) => writeContent(both.contents, octetsOf(length, seed));
  const kept = await write(1);
  const [first, twin] = await Promise.all([
    store(both, large(1, kept)),
    store(both, large(1, await write(2))),
  ]);
  assert.deepEqual([first.kind, twin.kind], ["stored", "duplicate"]);
  assert.equal((await store(both, large(1, await write(3)))).kind, "duplicate");
  const over = await store(both, large(2, await write(4, 950_000)));
  assert.deepEqual(over, { kind: "quota", limit: "bytes", allowed: 1_000_000 });
  assert.equal((await store(both, large(3, await write(5), { headers: "\u0141" }))).kind, "failed");
  assert.equal(await left(both, world), 1);
  assert.equal(sha256(await readContent(both.contents, kept)), kept.sha256);
  const gone = await store(both, large(4, await write(6), { sender: "s".repeat(70_000) }));
  assert.ok(gone.kind === "failed" && /sender has/.test(gone.error.message));
  world.kv.close();
});

Deno.test("a content that is there no more cannot be stored", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  const content = await writeContent(both.contents, octetsOf(1000));
  await told((done) => void stored(both, large(1, content)).then((id) => both.messages.remove(id, done)));
  const outcome = await store(both, large(2, content));
  assert.ok(outcome.kind === "failed" && /not there/.test(outcome.error.message));
  assert.equal(both.messages.count, 0);
  world.kv.close();
});

Deno.test("one content for several recipients goes with the last of its messages", async () => {
  const world = await memoryWorld();
  let both = await open(world);
  const content = await writeContent(both.contents, octetsOf(100_000));
  both.contents.claim(content);
  const ids = [
    await stored(both, large(1, content)),
    await stored(both, large(1, content, { device: "<urn:uuid:2>" })),
    await stored(both, large(1, content, { recipient: "sip:carol@example.test" })),
  ];
  both.contents.release(content);
  both = await reopen(world);
  for (const id of ids) {
    assert.equal(sha256(await readContent(both.contents, content)), content.sha256);
    assert.equal(await told((done) => both.messages.remove(id, done)), null);
  }
  assert.equal(await left(both, world), 0);
  world.kv.close();
});

Deno.test("`refusal` says what `store` would, contents counted: for the recipient, and for all together", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  assert.equal(both.messages.refusal(BOB, 1_000_000), null);
  assert.deepEqual(both.messages.refusal(BOB, 1_000_001), { kind: "quota", limit: "bytes", allowed: 1_000_000 });
  for (let n = 0; n < 3; n++) {
    const content = await writeContent(both.contents, octetsOf(700_000, n));
    await stored(both, large(n, content, { recipient: `sip:${n}@example.test` }));
  }
  const refused = both.messages.refusal(BOB, 500_000);
  assert.ok(refused?.kind === "failed" && refused.error.kind === "full");
  assert.match(refused.error.message, /octets wait for delivery \(at most 2500000\)/);
  const outcome = await store(both, large(9, await writeContent(both.contents, octetsOf(500_000))));
  assert.ok(outcome.kind === "failed" && outcome.error.kind === "full");
  assert.equal(both.messages.refusal(BOB, 300_000), null);
  for (let n = 10; n < 15; n++) await stored(both, deferred(n));
  assert.deepEqual(both.messages.refusal(BOB, 1), { kind: "quota", limit: "count", allowed: 5 });
  const again = await reopen(world);
  assert.equal(again.messages.refusal("sip:other@example.test", 500_000)?.kind, "failed", "counted anew at the start");
  world.kv.close();
});

Deno.test("a removal that could not be written keeps the content until it is; a full disk gives it back at once", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const both = await open(world);
  const content = await writeContent(both.contents, octetsOf(100_000));
  const refused = await writeContent(both.contents, octetsOf(100_000, 2));
  const id = await stored(both, large(1, content));
  faulty.fault = new TypeError("database or disk is full");
  assert.equal((await told((done) => both.messages.remove(id, done)))?.kind, "full");
  assert.equal((await store(both, large(2, refused))).kind, "failed");
  assert.throws(() => both.contents.claim(refused), StorageError);
  await world.commit.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  faulty.fault = null;
  world.time.advance(10_000);
  await removed(both.contents);
  assert.equal((await storedChunks(world.kv)).size, 1);
  const again = await reopen(world);
  assert.equal(again.messages.pending(BOB).length, 1);
  assert.equal(sha256(await readContent(again.contents, content)), content.sha256, "its record is still there");
  both.messages.expire(world.time.now());
  await world.commit.flush();
  assert.equal(await left(both, world), 0);
  world.kv.close();
});

Deno.test("a record whose fate is not known goes before its content does", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const both = await open(world);
  const content = await writeContent(both.contents, octetsOf(100_000));
  faulty.fault = new TypeError("database is locked");
  assert.equal((await store(both, large(1, content))).kind, "failed");
  await world.commit.flush();
  assert.equal((await both.contents.read(content, 0, 10)).length, 10, "it stays while the record may be there");
  faulty.fault = null;
  both.messages.expire(world.time.now());
  await world.commit.flush();
  assert.equal(await left(both, world), 0);
  assert.equal((await reopen(world)).messages.count, 0);
  world.kv.close();
});

Deno.test("a message does not wait behind contents on their way in: it goes into the first commit beside them", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  for (let round = 0; round < 6; round++) {
    const writers = Array.from({ length: 4 }, () => both.contents.write());
    for (const writer of writers) writer.write(octetsOf(16 * 60_000));
    const before = world.commit.commits;
    const id = await stored(both, deferred(round));
    assert.equal(world.commit.commits, before + 1);
    for (const writer of writers) writer.abandon();
    await world.commit.flush();
    await told((done) => both.messages.remove(id, done));
    await removed(both.contents);
  }
  world.kv.close();
});
