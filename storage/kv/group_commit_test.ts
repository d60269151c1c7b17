import assert from "node:assert/strict";
import { type StorageError } from "../repositories.ts";
import { FaultyKv, memoryWorld, told } from "../testing.ts";
import { ConflictError } from "./group_commit.ts";
import { WriteQueue } from "./write_queue.ts";

async function world(pace_ms = 0) {
  let faulty!: FaultyKv;
  const options = { maxWaiting: 5000, maxWaitingOctets: 2_000_000, pace_ms };
  const base = await memoryWorld((kv) => faulty = new FaultyKv(kv), options);
  const queue = new WriteQueue(faulty, base.commit);
  const write = (n: number, value: unknown = n) => told((done) => queue.write([{ key: ["t", n], value }], done));
  return { ...base, faulty, queue, write };
}

Deno.test("many writers share a commit, and none is called inside its own call", async () => {
  const { kv, commit, faulty, queue } = await world();
  let inside = true;
  const answers: Promise<void>[] = [];
  for (let n = 0; n < 2500; n++) {
    answers.push(
      new Promise((resolve, reject) =>
        queue.write([{ key: ["t", n], value: n }], (error) => {
          if (inside || error !== null) reject(error ?? new Error("called inside"));
          else resolve();
        })
      ),
    );
  }
  inside = false;
  await Promise.all(answers);
  assert.equal(faulty.commits, 3, "2,500 mutations at 1,000 a commit");
  assert.equal(commit.units, 2500);
  assert.equal((await kv.get(["t", 2499])).value, 2499);
  assert.equal(commit.waiting, 0);
  assert.equal(commit.waitingOctets, 0);
  kv.close();
});

Deno.test("a commit stays below 800 KB", async () => {
  const { kv, faulty, write } = await world();
  const errors = await Promise.all(Array.from({ length: 30 }, (_, n) => write(n, new Uint8Array(60_000))));
  assert.deepEqual(new Set(errors), new Set([null]));
  assert.equal(faulty.commits, 3, "30 values of 60 KB, at most 12 a commit");
  kv.close();
});

Deno.test("answers come in the order of the writes", async () => {
  const { kv, queue } = await world();
  const order: number[] = [];
  await Promise.all(
    Array.from(
      { length: 1500 },
      (_, n) => told((done) => queue.write([{ key: ["o", n % 3], value: n }], done)).then(() => order.push(n)),
    ),
  );
  assert.deepEqual(order, Array.from({ length: 1500 }, (_, n) => n));
  assert.equal((await kv.get(["o", 2])).value, 1499);
  kv.close();
});

Deno.test("a failed check and an oversized value fail only their own writers", async () => {
  const { kv, queue, write } = await world();
  await kv.set(["taken"], 1);
  const good = write(1);
  const bad = told((done) => queue.write([{ key: ["taken"], value: 2 }], done, { key: ["taken"], versionstamp: null }));
  const large = write(2, new Uint8Array(70_000));
  const alsoGood = write(3);
  assert.equal(await good, null);
  assert.ok(await bad instanceof ConflictError);
  assert.match((await large)!.message, /too large for one commit/);
  assert.equal(await alsoGood, null);
  assert.equal((await kv.get(["taken"])).value, 1);
  assert.equal((await kv.get(["t", 3])).value, 3);
  kv.close();
});

Deno.test("a value that only the store refuses fails its own writer, and the others get through", async () => {
  const { kv, queue, write } = await world();
  const good = write(1);
  // An object says nothing of its size: the store finds out.
  const bad = told((done) => queue.write([{ key: ["big"], value: "x".repeat(100_000) }], done));
  const alsoGood = write(2);
  assert.equal(await good, null);
  assert.equal((await bad)?.kind, "failed");
  assert.equal(await alsoGood, null);
  kv.close();
});

Deno.test("a full disk is said as such, and trouble ends by itself when a probe gets through", async () => {
  const { kv, commit, faulty, time, write } = await world();
  assert.equal(commit.trouble, null);
  faulty.fullAbove = 1000;
  const error = await write(1, new Uint8Array(20_000)) as StorageError;
  assert.equal(error.kind, "full");
  assert.match(commit.trouble!, /disk full/);
  // A small write that still finds room does not prove that there is space.
  assert.equal(await write(2, new Uint8Array(10)), null);
  assert.notEqual(commit.trouble, null);
  time.advance(5000);
  await settled(() => faulty.commits === 3);
  assert.notEqual(commit.trouble, null, "the probe failed too");
  faulty.fullAbove = Infinity;
  time.advance(5000);
  await settled(() => commit.trouble === null);
  assert.equal(await write(3, new Uint8Array(20_000)), null);
  kv.close();
});

Deno.test("a full disk ends at once for a writer who gets through", async () => {
  const { kv, commit, faulty, write } = await world();
  faulty.fault = new TypeError("database or disk is full");
  assert.equal((await write(1, new Uint8Array(5000)))?.kind, "full");
  faulty.fault = null;
  assert.equal(await write(1, new Uint8Array(5000)), null);
  assert.equal(commit.trouble, null);
  kv.close();
});

Deno.test("more than the queue holds is refused at once and said", async () => {
  const { kv, commit, write } = await world();
  const first = Array.from({ length: 5000 }, (_, n) => write(n));
  const refused = await write(5000);
  assert.match(refused!.message, /queue full: 5000 writes/);
  assert.deepEqual(new Set(await Promise.all(first)), new Set([null]));
  const large = Array.from({ length: 34 }, (_, n) => write(n, new Uint8Array(60_000)));
  const errors = await Promise.all(large);
  assert.equal(errors.filter((error) => error !== null).length, 1, "33 of 60 KB are below 2 MB");
  assert.equal(await write(1), null);
  assert.equal(commit.waiting, 0);
  kv.close();
});

Deno.test("a lazy write waits for company, a second at most", async () => {
  const { kv, commit, faulty, queue, time, write } = await world();
  let lazy = 0;
  const lazily = () => queue.write([{ key: ["lazy"], value: 1 }], () => lazy++, null, true);
  lazily();
  lazily();
  time.advance(900);
  await commitsSettle();
  assert.equal(faulty.commits, 0);
  time.advance(200);
  await settled(() => lazy === 2);
  assert.equal(faulty.commits, 1);
  lazily();
  await write(1);
  assert.equal(lazy, 3, "it went with the company");
  assert.equal(faulty.commits, 2);
  time.advance(2000);
  await commitsSettle();
  assert.equal(faulty.commits, 2, "the timer that is left finds nothing");
  assert.equal(commit.waiting, 0);
  kv.close();
});

Deno.test("a single write soon after another waits for company; a full house does not, and there is no pause for nobody", async () => {
  const { kv, faulty, write } = await world(4);
  const original = globalThis.setTimeout;
  let pauses = 0;
  globalThis.setTimeout = ((work: () => void, wait_ms: number) => {
    pauses++;
    return original(work, wait_ms);
  }) as typeof setTimeout;
  try {
    assert.equal(await write(1), null);
    await Promise.all(Array.from({ length: 24 }, (_, n) => write(n)));
    assert.deepEqual([faulty.commits, pauses], [2, 0]);
    assert.equal(await write(1), null);
    assert.deepEqual([faulty.commits, pauses], [3, 1]);
  } finally {
    globalThis.setTimeout = original;
  }
  kv.close();
});

Deno.test("what a source has to do by itself is asked for within a second after the last write", async () => {
  const { kv, commit, time, write } = await world(4);
  let asked = 0;
  const next = () => {
    asked++;
    return null;
  };
  commit.join({ next, admitted: 0, settledSoFar: 0, shed() {}, fail() {} });
  assert.equal(await write(1), null);
  await commitsSettle();
  const before = asked;
  time.advance(1000);
  await commitsSettle();
  assert.ok(asked > before);
  kv.close();
});

Deno.test("closing writes what waits, lazy ones too, and refuses what comes after", async () => {
  const { kv, commit, queue, write } = await world();
  const lazy = told((done) => queue.write([{ key: ["lazy"], value: 1 }], done, null, true));
  const eager = write(1);
  await commit.close();
  assert.equal(await lazy, null);
  assert.equal(await eager, null);
  assert.equal((await write(2))?.kind, "closed");
  kv.close();
});

Deno.test("a flush waits for what was there when it was called, and not for an endless stream", async () => {
  const { kv, commit, write } = await world();
  let streaming = true;
  let written = 0;
  const stream = (async () => {
    while (streaming) {
      await write(0);
      written++;
    }
  })();
  const mine = write(1);
  await commit.flush();
  assert.equal((await kv.get(["t", 1])).value, 1);
  assert.equal(await mine, null);
  const before = written;
  await commit.flush();
  assert.ok(written - before < 10);
  streaming = false;
  await stream;
  kv.close();
});

Deno.test("a store that does not answer is trouble", async () => {
  const { kv, commit, faulty, time, write } = await world();
  let answer!: () => void;
  const hung = new Promise<void>((resolve) => answer = resolve);
  const atomic = faulty.atomic.bind(faulty);
  faulty.atomic = () => {
    const operation = atomic();
    const own = operation.commit.bind(operation);
    operation.commit = () => hung.then(own);
    return operation;
  };
  const written = write(1);
  await commitsSettle();
  assert.equal(commit.trouble, null);
  time.advance(11_000);
  assert.match(commit.trouble!, /has not answered for 11 s/);
  answer();
  assert.equal(await written, null);
  assert.equal(commit.trouble, null);
  kv.close();
});

/** Lets everything that is under way in this process take its course. */
async function commitsSettle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function settled(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail("did not come about within 2 s");
}
