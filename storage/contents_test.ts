import assert from "node:assert/strict";
import fc from "fast-check";
import type { KvContents } from "./contents.ts";
import { DamageError } from "./kv/blob_store.ts";
import { type ContentWriter, StorageError, type StoredContent } from "./repositories.ts";
import { commitOver, contentsOver, FaultyKv, memoryWorld, type World } from "./testing.ts";
import {
  finished,
  octetsOf,
  readContent,
  removed,
  room,
  sha256,
  storedChunks,
  writeContent,
} from "./testing_contents.ts";

const CHUNK = 60_000;

async function begun(world: World): Promise<KvContents> {
  const contents = contentsOver(world);
  await contents.begin();
  return contents;
}
/** As after a restart, where `claimed` are what the records name. */
async function reopened(world: World, claimed: readonly StoredContent[] = []): Promise<KvContents> {
  const contents = contentsOver({ ...world, commit: commitOver(world.kv, world.time) });
  for (const content of claimed) contents.claim(content);
  await contents.begin();
  await removed(contents);
  return contents;
}
function failure(kind: StorageError["kind"], pattern: RegExp) {
  return (error: unknown) => error instanceof StorageError && error.kind === kind && pattern.test(error.message);
}

Deno.test("a content of any length, in pieces of any size, comes back octet for octet, over a restart too", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_234_567]) {
    const octets = octetsOf(length, length + 1);
    const content = await writeContent(contents, octets, 7_001);
    assert.deepEqual([content.octets, content.sha256], [length, sha256(octets)]);
    assert.match(content.id, /^[0-9a-f]{64}$/);
    assert.deepEqual(await readContent(contents, content), octets);
    const again = contentsOver({ ...world, commit: commitOver(world.kv, world.time) });
    again.claim(content);
    assert.deepEqual(await readContent(again, content, 999_999), octets);
  }
  world.kv.close();
});

Deno.test("any range is read as it was written, however many read at once", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const octets = octetsOf(5 * CHUNK + 17);
  const content = await writeContent(contents, octets);
  const range = fc.record({ offset: fc.nat(octets.length + 10), most: fc.nat(3 * CHUNK) });
  await fc.assert(fc.asyncProperty(fc.array(range, { maxLength: 8 }), async (ranges) => {
    const read = await Promise.all(ranges.map(({ offset, most }) => contents.read(content, offset, most)));
    ranges.forEach(({ offset, most }, i) => assert.deepEqual(read[i], octets.slice(offset, offset + most)));
  }));
  const large = await writeContent(contents, octetsOf(2_000_000, 2));
  assert.equal((await contents.read(large, 0, 9e9)).length, 1024 * 1024, "never more than 1 MB at a time");
  world.kv.close();
});

Deno.test("nothing of a content stands in the store as it is, nor the id that opens it", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const content = await writeContent(contents, new Uint8Array(2 * CHUNK).fill(65));
  for await (const { key, value } of world.kv.list<Uint8Array>({ prefix: [] })) {
    const text = new TextDecoder("latin1").decode(value);
    assert.ok(!text.includes("AAAAAAAA") && !text.includes(content.id) && !JSON.stringify(key).includes(content.id));
  }
  world.kv.close();
});

Deno.test("a content stays as long as something claims it; with the last claim its chunks are gone from the store", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const content = await writeContent(contents, octetsOf(100 * CHUNK));
  const other = await writeContent(contents, octetsOf(CHUNK, 2));
  contents.claim(content);
  contents.claim(content);
  contents.claim(other);
  assert.equal(contents.octets, 101 * CHUNK, "each is counted once");
  contents.release(content);
  assert.equal((await contents.read(content, 0, 10)).length, 10);
  contents.release(content);
  assert.equal(contents.octets, CHUNK);
  await assert.rejects(contents.read(content, 0, 10), failure("failed", /not there/));
  assert.throws(() => contents.claim(content), failure("failed", /not there/));
  await removed(contents);
  assert.deepEqual([...(await storedChunks(world.kv)).values()], [1]);
  // Once too often is no harm to others.
  contents.release(content);
  assert.equal(contents.octets, CHUNK);
  assert.equal((await readContent(contents, other)).length, CHUNK);
  world.kv.close();
});

Deno.test("what is abandoned is removed: while it is written, when it is whole, and not once a record had it", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const half = contents.write();
  half.write(octetsOf(10 * CHUNK));
  await room(half);
  half.abandon();
  half.write(octetsOf(CHUNK));
  const whole = contents.write();
  whole.write(octetsOf(3 * CHUNK));
  await finished(whole);
  whole.abandon();
  whole.abandon();
  const ending = contents.write();
  ending.write(octetsOf(3 * CHUNK));
  ending.finish(() => assert.fail("told, and it was abandoned"));
  ending.abandon();
  const named = contents.write();
  named.write(octetsOf(3 * CHUNK));
  const content = await finished(named) as StoredContent;
  contents.claim(content);
  named.abandon();
  await world.commit.flush();
  await removed(contents);
  assert.deepEqual([...(await storedChunks(world.kv)).values()], [3]);
  contents.release(content);
  named.abandon();
  await removed(contents);
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("a restart sweeps what no record names, and leaves alone what is claimed or being written", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const kept = await writeContent(contents, octetsOf(150 * CHUNK));
  for (let n = 0; n < 20; n++) await writeContent(contents, octetsOf((1 + n % 3) * CHUNK, n));
  const half = contents.write();
  half.write(octetsOf(10 * CHUNK));
  await world.commit.flush();
  assert.equal((await storedChunks(world.kv)).size, 22);

  const again = contentsOver({ ...world, commit: commitOver(world.kv, world.time) });
  again.claim(kept);
  const sweep = again.begin();
  const meanwhile = await writeContent(again, octetsOf(5 * CHUNK, 99));
  assert.equal(await sweep, 21);
  await removed(again);
  assert.deepEqual([...(await storedChunks(world.kv)).values()].sort(), [150, 5]);
  assert.equal(sha256(await readContent(again, kept)), kept.sha256);
  assert.equal(sha256(await readContent(again, meanwhile)), meanwhile.sha256);
  world.kv.close();
});

Deno.test("a claim that was released again before all records were read counts for nothing", async () => {
  const world = await memoryWorld();
  const content = await writeContent(await begun(world), octetsOf(CHUNK));
  const again = contentsOver({ ...world, commit: commitOver(world.kv, world.time) });
  again.claim(content);
  again.release(content);
  assert.equal(again.removing, 0, "nothing is removed yet: a later record may name it");
  await again.begin();
  await removed(again);
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("a writer is full with about 1 MB, and tells when there is room; a source that never holds is cut off", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const writer = contents.write();
  let taken = 0;
  while (!writer.full) {
    writer.write(octetsOf(10_000));
    taken += 10_000;
  }
  assert.ok(taken > 900_000 && taken < 1_100_000, `${taken}`);
  await new Promise<void>((resolve) => writer.onRoom = resolve);
  assert.equal(writer.full, false);
  writer.abandon();

  const rude = contents.write();
  const told = new Promise<void>((resolve) => rude.onRoom = resolve);
  rude.write(octetsOf(10_000_000));
  await told;
  assert.match(String(rude.error), /does not hold/);
  assert.ok(await finished(rude) instanceof StorageError);
  await removed(contents);
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("sixty-four write at once, each its share of the memory, and come out whole; one more is refused", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const writers = Array.from({ length: 64 }, () => contents.write());
  assert.throws(() => contents.write(), failure("full", /64 contents are being written/));
  let most = 0;
  const outcomes = await Promise.all(writers.map(async (writer, n) => {
    const octets = octetsOf(400_000, n);
    for (let at = 0; at < octets.length; at += 30_000) {
      writer.write(octets.subarray(at, at + 30_000));
      most = Math.max(most, world.commit.waitingOctets);
      await room(writer);
    }
    return [await finished(writer) as StoredContent, sha256(octets)] as const;
  }));
  for (const [content, hash] of outcomes) {
    assert.equal(content.sha256, hash);
    assert.equal(sha256(await readContent(contents, content)), hash);
  }
  assert.ok(most < 10_000_000, `${most} octets waited at once`);
  contents.write().abandon();
  world.kv.close();
});

Deno.test("a full disk fails the writer that meets it, and what it wrote goes when there is space; others go on", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const contents = await begun(world);
  const writer = contents.write();
  writer.write(octetsOf(8 * CHUNK));
  await world.commit.flush();
  faulty.fault = new TypeError("database or disk is full");
  const told = new Promise<void>((resolve) => writer.onRoom = resolve);
  writer.write(octetsOf(8 * CHUNK));
  await told;
  assert.equal(writer.error?.kind, "full");
  assert.equal(writer.full, false);
  writer.write(octetsOf(8 * CHUNK));
  const outcome = await finished(writer);
  assert.ok(outcome instanceof StorageError && outcome.kind === "full");
  await world.commit.flush();
  assert.equal((await storedChunks(world.kv)).size, 1, "not even a removal has room");
  faulty.fault = null;
  world.time.advance(10_000);
  await removed(contents);
  assert.equal((await storedChunks(world.kv)).size, 0);
  // Too much for what is left, and little enough.
  faulty.fullAbove = 200_000;
  const large = contents.write();
  large.write(octetsOf(8 * CHUNK));
  assert.ok(await finished(large) instanceof StorageError);
  assert.equal((await writeContent(contents, octetsOf(100_000))).octets, 100_000);
  world.kv.close();
});

Deno.test("a store that does not answer: who writes is told, and nothing is left when it answers again", async () => {
  let held: (() => void)[] | null = null;
  const world = await memoryWorld((kv) => {
    const faulty = new FaultyKv(kv);
    const atomic = faulty.atomic.bind(faulty);
    faulty.atomic = () => {
      const operation = atomic();
      const commit = operation.commit.bind(operation);
      operation.commit = async () => {
        if (held !== null) await new Promise<void>((resolve) => held!.push(resolve));
        return await commit();
      };
      return operation;
    };
    return faulty;
  }, { patience_ms: 5_000 });
  const contents = await begun(world);
  held = [];
  const writer = contents.write();
  writer.write(octetsOf(2 * CHUNK));
  const outcome = finished(writer);
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  world.time.advance(5_000);
  assert.ok(failure("failed", /has not answered/)(await outcome));
  const released = held;
  held = null;
  for (const release of released) release();
  await world.commit.flush();
  await new Promise((resolve) => setTimeout(resolve, 5));
  world.time.advance(10_000);
  await removed(contents);
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("a chunk that is missing, exchanged or changed is damage, and said; the rest can be read", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const content = await writeContent(contents, octetsOf(4 * CHUNK));
  const again = await reopened(world, [content]);
  const chunks: Deno.KvEntry<Uint8Array>[] = [];
  for await (const entry of world.kv.list<Uint8Array>({ prefix: ["content"] })) chunks.push(entry);
  await world.kv.set(chunks[1].key, chunks[2].value);
  await world.kv.delete(chunks[3].key);
  await assert.rejects(again.read(content, CHUNK, 10), DamageError);
  await assert.rejects(again.read(content, 3 * CHUNK, 10), (error) => {
    assert.ok(error instanceof DamageError && /is missing/.test(error.message));
    return true;
  });
  await assert.rejects(again.read(content, CHUNK - 5, 10), DamageError);
  assert.deepEqual(await again.read(content, CHUNK - 5, 5), octetsOf(4 * CHUNK).slice(CHUNK - 5, CHUNK));
  world.kv.close();
});

Deno.test("closing ends the sweep and the removals; what they left is swept at the next start", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const content = await writeContent(contents, octetsOf(200 * CHUNK));
  contents.claim(content);
  contents.release(content);
  await contents.stop();
  await world.commit.flush();
  assert.ok((await storedChunks(world.kv)).size === 1, "some are left");
  await reopened(world);
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("a writer that is finished twice is a mistake of its owner", async () => {
  const world = await memoryWorld();
  const contents = await begun(world);
  const writer: ContentWriter = contents.write();
  await finished(writer);
  assert.throws(() => writer.finish(() => {}), TypeError);
  world.kv.close();
});
