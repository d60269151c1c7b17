import assert from "node:assert/strict";
import fc from "fast-check";
import { silentLog } from "../foundation/mod.ts";
import { FakeTime } from "../foundation/testing.ts";
import { LogDocuments } from "./documents.ts";
import type { KvStore } from "./kv/group_commit.ts";
import { StorageError } from "./repositories.ts";
import { commitOver, FaultyKv, memoryWorld, type World } from "./testing.ts";

const OWNERS = ["sip:a@x", "sip:b@x", ""];
const NAMES = ["index", "other"];
const AUID = "usage";

type Change = { readonly key: Deno.KvKey; readonly value?: unknown };
type Model = Map<string, { readonly etag: string; readonly text: string }>;

/** Notes down every commit, so that the store can be put together as it was after any of them. */
class Recorder {
  readonly commits: Change[][] = [];
  readonly kv: FaultyKv;
  readonly store: KvStore;

  constructor(kv: Deno.Kv) {
    this.kv = new FaultyKv(kv);
    this.store = new Proxy<KvStore>(this.kv, {
      get: (target, name) => name === "atomic" ? () => this.#atomic() : Reflect.get(target, name),
    });
  }

  #atomic(): Deno.AtomicOperation {
    const atomic = this.kv.atomic();
    const changes: Change[] = [];
    const { set, delete: erase, commit } = atomic;
    atomic.set = (key, value) => {
      changes.push({ key, value });
      return set.call(atomic, key, value);
    };
    atomic.delete = (key) => {
      changes.push({ key });
      return erase.call(atomic, key);
    };
    atomic.commit = async () => {
      const result = await commit.call(atomic);
      if (result.ok) this.commits.push(changes);
      return result;
    };
    return atomic;
  }
}

/** A process that works on a store, with a time of its own: when it is gone, so are its timers. */
async function open({ sealer }: World, kv: KvStore) {
  const time = new FakeTime();
  const commit = commitOver(kv, time);
  const documents = await LogDocuments.open({
    kv,
    sealer,
    commit,
    log: silentLog,
    clock: time,
    timers: time.timers,
  });
  return { documents, commit, time };
}

async function contentOf(documents: LogDocuments): Promise<Model> {
  const model: Model = new Map();
  let octets = 0;
  for (const { auid, owner, name, etag, size } of documents.all()) {
    const { facts, text } = (await documents.read(auid, owner, name))!;
    assert.equal(facts.etag, etag);
    assert.equal(new TextEncoder().encode(text).length, size);
    model.set(`${owner} ${name}`, { etag, text });
    octets += size;
  }
  assert.deepEqual([documents.count, documents.octets], [model.size, octets]);
  for (const owner of OWNERS) {
    assert.deepEqual(
      documents.list(owner).map(({ name }) => name),
      NAMES.filter((name) => model.has(`${owner} ${name}`)),
    );
  }
  return model;
}

const place = fc.record({ owner: fc.constantFrom(...OWNERS), name: fc.constantFrom(...NAMES) });
/** Lengths about the bounds between edits, whole texts and several records. */
const size = fc.constantFrom(10, 15_000, 17_000, 40_000, 239_990, 240_010, 500_000);
const content = fc.record({ size, letter: fc.constantFrom("a", "é", "\n") });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant("put" as const), place, content }) },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant("edit" as const),
      place,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(30),
      insert: fc.string({ maxLength: 40, unit: "grapheme" }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("stale" as const), place }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("remove" as const), place }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("remove owner" as const), place }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("time passes" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("full" as const), place, content }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Carries out one step on the documents and on the model. */
async function take(step: Step, documents: LogDocuments, model: Model, recorder: Recorder): Promise<void> {
  if (!("place" in step)) return;
  const { owner, name } = step.place;
  const key = { auid: AUID, owner, name };
  const known = model.get(`${owner} ${name}`);
  const write = async (text: string, edit?: { start: number; end: number; insert: string }) => {
    const outcome = await documents.put(key, text, known?.etag ?? null, edit);
    assert.equal(outcome.kind, "written");
    model.set(`${owner} ${name}`, { etag: outcome.facts!.etag, text });
  };
  const textOf = ({ size, letter }: { size: number; letter: string }) =>
    letter.repeat(letter === "é" ? size / 2 : size);
  if (step.what === "put") await write(textOf(step.content));
  else if (step.what === "edit") {
    const before = known?.text ?? "";
    const start = Math.floor(step.at * before.length);
    const end = Math.min(before.length, start + step.cut);
    const text = before.slice(0, start) + step.insert + before.slice(end);
    // Half of a pair is no text.
    if (text.isWellFormed()) await write(text, { start, end, insert: step.insert });
  } else if (step.what === "stale") {
    const outcome = await documents.put(key, "stale", "another tag");
    assert.deepEqual([outcome.kind, outcome.facts?.etag], ["conflict", known?.etag]);
  } else if (step.what === "remove") {
    const outcome = await documents.remove(key, known?.etag ?? "another tag");
    assert.equal(outcome.kind, known === undefined ? "conflict" : "written");
    model.delete(`${owner} ${name}`);
  } else if (step.what === "remove owner") {
    await documents.removeOwner(owner);
    for (const each of NAMES) model.delete(`${owner} ${each}`);
  } else if (step.what === "full") {
    recorder.kv.fault = new TypeError("database or disk is full");
    await assert.rejects(write(textOf(step.content)), StorageError);
    recorder.kv.fault = null;
  }
}

/** The store as the first `count` commits left it. */
async function after(commits: readonly Change[][], count: number): Promise<Deno.Kv> {
  const kv = await Deno.openKv(":memory:");
  for (const changes of commits.slice(0, count)) {
    const atomic = kv.atomic();
    for (const { key, value } of changes) {
      if (value === undefined) atomic.delete(key);
      else atomic.set(key, value);
    }
    await atomic.commit();
  }
  return kv;
}

Deno.test("documents are what a simple model says, over restarts and full disks; a crash between any two commits leaves one of its states", async () => {
  const run = async (steps: readonly Step[], where: number) => {
    const world = await memoryWorld();
    const recorder = new Recorder(world.kv);
    let process = await open(world, recorder.store);
    const model: Model = new Map();
    const tags = new Set<string>();
    /** The model after each step, and the commits there were then at least. */
    const states: { readonly commits: number; readonly model: Model }[] = [{ commits: 0, model: new Map() }];
    for (const step of steps) {
      if (step.what === "restart") {
        // What is on its way arrives: two processes at once would be noticed.
        await process.commit.flush();
        process = await open(world, recorder.store);
      }
      if (step.what === "time passes") {
        await process.commit.flush();
        process.time.advance(32_000);
        await process.commit.flush();
      }
      const { documents } = process;
      const before = new Map(model);
      await take(step, documents, model, recorder);
      for (const [key, { etag }] of model) {
        if (before.get(key)?.etag === etag) continue;
        assert.ok(!tags.has(etag), "a tag is given once");
        tags.add(etag);
      }
      states.push({ commits: recorder.commits.length, model: new Map(model) });
      assert.deepEqual(await contentOf(documents), model);
    }
    await process.commit.flush();
    const count = Math.floor(where * (recorder.commits.length + 1));
    const kv = await after(recorder.commits, count);
    const found = await contentOf((await open(world, kv)).documents);
    // The last state that was acknowledged by then, or the one that was about to be.
    const last = states.findLastIndex(({ commits }) => commits <= count);
    const possible = [states[last].model, ...last + 1 < states.length ? [states[last + 1].model] : []];
    assert.ok(
      possible.some((state) => sameTexts(state, found)),
      `after ${count} of ${recorder.commits.length} commits`,
    );
    kv.close();
    world.kv.close();
  };
  const steps = fc.array(step, { minLength: 5, maxLength: 30, size: "max" });
  const crash = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  await fc.assert(fc.asyncProperty(steps, crash, run), { numRuns: 60, interruptAfterTimeLimit: 40_000 });
});

function sameTexts(a: Model, b: Model): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, { etag, text }]) => b.get(key)?.text === text && b.get(key)?.etag === etag);
}
