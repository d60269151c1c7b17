import assert from "node:assert/strict";
import fc from "fast-check";
import { silentLog } from "../../foundation/mod.ts";
import type { StorageError } from "../repositories.ts";
import { commitOver, FaultyKv, memoryWorld, told, type World } from "../testing.ts";
import { DamageError } from "./blob_store.ts";
import type { KvStore } from "./group_commit.ts";
import { MAX_RECORD_OCTETS, type Replay, SealedLog, type SealedLogOptions } from "./sealed_log.ts";

const deaf: Replay = { onPut() {}, onRemoved() {} };

function options(world: World, more: Partial<SealedLogOptions> = {}): SealedLogOptions {
  return { kv: world.kv, sealer: world.sealer, commit: world.commit, log: silentLog, name: "test", ...more };
}

/** What a second look at the store finds, as after a restart. */
async function reopened(world: World): Promise<{ log: SealedLog; found: Map<number, string> }> {
  const found = new Map<number, string>();
  const log = await SealedLog.open(options(world, { commit: commitOver(world.kv, world.time) }), {
    onPut: (id, payload) => found.set(id, text(payload)),
    onRemoved: (id) => found.delete(id),
  });
  return { log, found };
}

function text(payload: Uint8Array): string {
  return payload.length === 0 ? "" : `${payload[0]}x${payload.length}`;
}

function payload(octet: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(octet);
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function put(log: SealedLog, id: number, value: Uint8Array): Promise<StorageError | null> {
  return told((done) => log.put(id, value, false, done));
}
function remove(log: SealedLog, id: number): Promise<StorageError | null> {
  return told((done) => log.remove(id, null, false, done));
}

Deno.test("what was put is read, replaced and removed, and all of one commit is one sealed value", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  const ids = Array.from({ length: 50 }, () => log.newId());
  await Promise.all(ids.map((id) => put(log, id, payload(id, 700))));
  assert.equal(log.blobs, 1);
  assert.equal(log.size, 50);
  assert.deepEqual(await log.read(ids[7]), payload(8, 700));
  await Promise.all([put(log, 3, payload(9, 10)), remove(log, 4), remove(log, 999)]);
  assert.deepEqual(await log.read(3), payload(9, 10));
  assert.equal(await log.read(4), null);
  assert.equal(log.has(4), false);
  const { found, log: again } = await reopened(world);
  assert.equal(found.size, 49);
  assert.equal(found.get(3), "9x10");
  assert.equal(again.newId(), 51, "ids go on where they were");
  for await (const { value } of world.kv.list<Uint8Array>({ prefix: ["log"] })) {
    assert.ok(!new TextDecoder("latin1").decode(value).includes("\x08".repeat(8)), "nothing readable in the store");
  }
  world.kv.close();
});

Deno.test("a write is seen by reads when it is committed, not before", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world, { cacheOctets: 100_000 }), deaf);
  const written = put(log, log.newId(), payload(1, 5));
  assert.equal(log.peek(1), null);
  await written;
  assert.deepEqual(log.peek(1), payload(1, 5));
  world.kv.close();
});

Deno.test("the largest record takes several values; a larger one is refused", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  const large = crypto.getRandomValues(new Uint8Array(60_000));
  const record = new Uint8Array(MAX_RECORD_OCTETS);
  for (let at = 0; at + large.length <= record.length; at += large.length) record.set(large, at);
  const [first, second, third] = await Promise.all([
    put(log, log.newId(), record),
    put(log, log.newId(), new Uint8Array(MAX_RECORD_OCTETS + 1)),
    put(log, log.newId(), payload(3, 3)),
  ]);
  assert.equal(first, null);
  assert.match(second!.message, /too large \(at most 262133\)/);
  assert.equal(third, null);
  const { log: again } = await reopened(world);
  assert.deepEqual(await again.read(1), record);
  assert.deepEqual(await again.read(3), payload(3, 3));
  world.kv.close();
});

Deno.test("compaction: a log of what comes and goes stays small, and old records that stay are kept", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world, { slackOctets: 20_000 }), deaf);
  const stays = Array.from({ length: 20 }, () => log.newId());
  await Promise.all(stays.map((id) => put(log, id, payload(id, 300))));
  for (let round = 0; round < 200; round++) {
    const ids = Array.from({ length: 10 }, () => log.newId());
    await Promise.all(ids.map((id) => put(log, id, payload(1, 500))));
    await Promise.all(ids.map((id) => remove(log, id)));
  }
  assert.equal(log.size, 20);
  assert.ok(log.deadOctets < log.liveOctets + 3 * 20_000, `${log.deadOctets} dead octets`);
  let stored = 0;
  for await (const { value } of world.kv.list<Uint8Array>({ prefix: ["log"] })) stored += value.length;
  assert.ok(stored < 100_000, `${stored} octets stored after a million were written`);
  for (const id of stays) assert.deepEqual(await log.read(id), payload(id, 300));
  const { found } = await reopened(world);
  assert.deepEqual([...found.keys()].sort((a, b) => a - b), stays);
  world.kv.close();
});

Deno.test("compaction goes on by itself when nobody writes", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world, { slackOctets: 5_000 }), deaf);
  const ids = Array.from({ length: 100 }, () => log.newId());
  for (let at = 0; at < 100; at += 10) {
    await Promise.all(ids.slice(at, at + 10).map((id) => put(log, id, payload(id, 400))));
  }
  await Promise.all(ids.filter((id) => id % 10 !== 0).map((id) => remove(log, id)));
  for (let second = 0; second < 15; second++) {
    await settle();
    world.time.advance(1000);
  }
  await settle();
  assert.ok(log.deadOctets <= log.liveOctets + 3 * 5_000, `${log.deadOctets} dead, ${log.liveOctets} live`);
  const { found } = await reopened(world);
  assert.deepEqual([...found.keys()].sort((a, b) => a - b), ids.filter((id) => id % 10 === 0));
  world.kv.close();
});

/** A store whose every committed state can be looked at. */
class Watched {
  readonly states: Map<string, unknown>[] = [];
  readonly #now = new Map<string, unknown>();

  wrap(kv: Deno.Kv): KvStore {
    return {
      get: kv.get.bind(kv),
      getMany: kv.getMany.bind(kv),
      list: kv.list.bind(kv),
      close: kv.close.bind(kv),
      atomic: () => this.#atomic(kv),
    };
  }

  #atomic(kv: Deno.Kv): Deno.AtomicOperation {
    const atomic = kv.atomic();
    const changes: [string, unknown][] = [];
    const set = atomic.set.bind(atomic);
    const erase = atomic.delete.bind(atomic);
    const commit = atomic.commit.bind(atomic);
    atomic.set = (key, value, more) => (changes.push([JSON.stringify(key), value]), set(key, value, more), atomic);
    atomic.delete = (key) => (changes.push([JSON.stringify(key), undefined]), erase(key), atomic);
    atomic.commit = async () => {
      const result = await commit();
      if (!result.ok) return result;
      for (const [key, value] of changes) {
        if (value === undefined) this.#now.delete(key);
        else this.#now.set(key, value);
      }
      this.states.push(new Map(this.#now));
      return result;
    };
    return atomic;
  }
}

Deno.test("after a crash behind any commit, the log holds what was acknowledged, and nothing else", async () => {
  const step = fc.record({
    kind: fc.constantFrom("put", "put", "remove"),
    id: fc.integer({ min: 1, max: 12 }),
    size: fc.integer({ min: 0, max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 25 }), async (batches) => {
      const watched = new Watched();
      const world = await memoryWorld((kv) => watched.wrap(kv));
      const log = await SealedLog.open(options(world, { slackOctets: 800, cacheOctets: 2000 }), deaf);
      const model = new Map<number, string>();
      const truths: Map<number, string>[] = [];
      for (const batch of batches) {
        await Promise.all(batch.map(({ kind, id, size }) => {
          const value = payload(id, size);
          if (kind === "put") model.set(id, text(value));
          else model.delete(id);
          return kind === "put" ? put(log, id, value) : remove(log, id);
        }));
        await settle();
        while (truths.length < watched.states.length) truths.push(new Map(model));
        for (const [id, value] of model) assert.equal(text((await log.read(id))!), value);
        assert.equal(log.size, model.size);
      }
      for (let i = 0; i < watched.states.length; i++) {
        const kv = await Deno.openKv(":memory:");
        for (const [key, value] of watched.states[i]) await kv.set(JSON.parse(key), value);
        const { found } = await reopened({ ...world, kv });
        assert.deepEqual(new Map([...found].sort()), new Map([...truths[i]].sort()), `state ${i}`);
        kv.close();
      }
      world.kv.close();
    }),
    { numRuns: 25 },
  );
});

Deno.test("a blob that is damaged, exchanged or missing keeps the log from opening, and is named", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  for (let n = 0; n < 4; n++) await put(log, log.newId(), payload(n, 50));
  const { kv } = world;
  const key = (seq: number) => ["log", "test", seq, 0];
  const second = (await kv.get<Uint8Array>(key(2))).value!;
  const refused = async (pattern: RegExp) => {
    await assert.rejects(reopened(world), (error) => error instanceof DamageError && pattern.test(error.message));
  };
  const flipped = second.slice();
  flipped[20] ^= 1;
  await kv.set(key(2), flipped);
  await refused(/\["log","test",2\] is damaged: does not open with key 1/);
  await kv.set(key(2), (await kv.get<Uint8Array>(key(3))).value);
  await refused(/\["log","test",2\] is damaged/);
  await kv.set(key(2), second.subarray(0, 10));
  await refused(/no sealed value of version 1 or 2 \(10 octets\)/);
  await kv.delete(key(2));
  await refused(/after blob 1 comes blob 3/);
  await kv.set(key(2), second);
  const first = (await kv.get<Uint8Array>(key(1))).value!;
  await kv.delete(key(1));
  await refused(/begins with blob 2, and should with 1/);
  await kv.set(key(1), first);
  assert.equal((await reopened(world)).found.size, 4);
  await kv.set(["log", "test", "x", 0], first);
  await refused(/is not one of this log/);
  kv.close();
});

Deno.test("a part of a large blob that is missing is noticed", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  await put(log, log.newId(), new Uint8Array(150_000));
  await world.kv.delete(["log", "test", 1, 2]);
  await assert.rejects(reopened(world), DamageError);
  world.kv.close();
});

Deno.test("two writers of one log: the second is refused, and refuses from then on", async () => {
  const world = await memoryWorld();
  const first = await SealedLog.open(options(world), deaf);
  const second = await SealedLog.open(options(world, { commit: commitOver(world.kv, world.time) }), deaf);
  assert.equal(await put(first, first.newId(), payload(1, 1)), null);
  assert.match((await put(second, second.newId(), payload(2, 2)))!.message, /another process writes this store/);
  assert.match((await put(second, second.newId(), payload(2, 2)))!.message, /another process writes this store/);
  assert.equal(await put(first, first.newId(), payload(3, 3)), null);
  assert.deepEqual((await reopened(world)).found, new Map([[1, "1x1"], [2, "3x3"]]));
  world.kv.close();
});

Deno.test("a failed commit changes nothing, and the log goes on", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const log = await SealedLog.open(options(world), deaf);
  assert.equal(await put(log, 1, payload(1, 1)), null);
  faulty.fault = new TypeError("database or disk is full");
  const [put2, remove1] = await Promise.all([put(log, 2, payload(2, 2)), remove(log, 1)]);
  assert.equal(put2?.kind, "full");
  assert.equal(remove1?.kind, "full");
  assert.equal(log.has(2), false);
  assert.equal(log.has(1), true);
  faulty.fault = null;
  assert.equal(await put(log, 3, payload(3, 3)), null);
  assert.deepEqual((await reopened(world)).found, new Map([[1, "1x1"], [3, "3x3"]]));
  assert.equal(world.commit.waitingOctets, 0);
  world.kv.close();
});

Deno.test("a commit that took place although its answer was lost counts as done", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const log = await SealedLog.open(options(world), deaf);
  faulty.loseAnswer = true;
  assert.equal(await put(log, 1, payload(1, 1)), null);
  assert.equal(await put(log, 2, payload(2, 2)), null);
  assert.deepEqual((await reopened(world)).found, new Map([[1, "1x1"], [2, "2x2"]]));
  world.kv.close();
});

Deno.test("a note given to a removal is told at the next opening", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  await put(log, 1, payload(1, 1));
  await told((done) => log.remove(1, new TextEncoder().encode("gone"), false, done));
  const notes: string[] = [];
  await SealedLog.open(options(world, { commit: commitOver(world.kv, world.time) }), {
    onPut() {},
    onRemoved: (id, note) => notes.push(`${id} ${new TextDecoder().decode(note)}`),
  });
  assert.deepEqual(notes, ["1 gone"]);
  world.kv.close();
});

Deno.test("a writer that throws in its answer does not stop the others", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  log.put(1, payload(1, 1), false, () => {
    throw new Error("careless");
  });
  assert.equal(await put(log, 2, payload(2, 2)), null);
  assert.equal(await put(log, 3, payload(3, 3)), null);
  world.kv.close();
});

Deno.test("more than one commit takes goes out in several, in order", async () => {
  const world = await memoryWorld();
  const log = await SealedLog.open(options(world), deaf);
  const order: number[] = [];
  await Promise.all(
    Array.from(
      { length: 60 },
      (_, n) => put(log, n + 1, payload(n, 60_000)).then((error) => (assert.equal(error, null), order.push(n))),
    ),
  );
  assert.deepEqual(order, Array.from({ length: 60 }, (_, n) => n));
  assert.equal((await reopened(world)).found.size, 60);
  world.kv.close();
});
