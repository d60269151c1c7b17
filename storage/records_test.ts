import assert from "node:assert/strict";
import fc from "fast-check";
import { DamageError } from "./kv/blob_store.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { RecordKinds } from "./records.ts";
import { type Records, StorageError } from "./repositories.ts";
import { commitOver, FaultyKv, memoryWorld, type World } from "./testing.ts";

interface Note {
  text: string;
}

function kinds({ kv, sealer, commit }: World): RecordKinds {
  return new RecordKinds({ kv, sealer, queue: new WriteQueue(kv, commit) });
}
/** The same store, read anew, as after a restart. */
function reopened(world: World): RecordKinds {
  return kinds({ ...world, commit: commitOver(world.kv, world.time) });
}
function all<T>(records: Records<T>): (readonly [string, T])[] {
  return [...records.entries()];
}

Deno.test("records are found, listed in order, changed and removed, over restarts", async () => {
  const world = await memoryWorld();
  const notes = await kinds(world).open<Note>("notes", 10);
  await notes.put("b", { text: "2" });
  await notes.putAll([["c", { text: "3" }], ["a", { text: "1" }]]);
  await notes.put("b", { text: "two" });
  assert.equal(await notes.remove("c"), true);
  assert.equal(await notes.remove("c"), false);
  for (const records of [notes, await reopened(world).open<Note>("notes", 10)]) {
    assert.equal(records.size, 2);
    assert.deepEqual(all(records), [["a", { text: "1" }], ["b", { text: "two" }]]);
    assert.deepEqual(records.get("b"), { text: "two" });
    assert.equal(records.get("c"), undefined);
  }
  world.kv.close();
});

Deno.test("one object for one name; kinds do not see each other", async () => {
  const world = await memoryWorld();
  const opened = kinds(world);
  const [first, second] = await Promise.all([opened.open<Note>("notes", 5), opened.open<Note>("notes", 5)]);
  assert.equal(first, second);
  const others = await opened.open<Note>("other_notes", 5);
  await first.put("a", { text: "here" });
  assert.equal(others.size, 0);
  assert.equal((await reopened(world).open("other_notes", 5)).size, 0);
  await assert.rejects(opened.open("notes", 6), /open with at most 5, and are asked for with 6/);
  for (const name of ["", "Notes", "a b", "a/b"]) await assert.rejects(opened.open(name, 1), RangeError);
  world.kv.close();
});

Deno.test("a write is seen once it is committed, and holds what it was given then", async () => {
  const world = await memoryWorld();
  const notes = await kinds(world).open<Note>("notes", 5);
  const note = { text: "as given" };
  const written = notes.put("a", note);
  note.text = "changed later";
  assert.equal(notes.get("a"), undefined);
  await written;
  assert.deepEqual(notes.get("a"), { text: "as given" });
  world.kv.close();
});

Deno.test("limits: how many, how large, how many at once; nothing is written beyond them", async () => {
  const world = await memoryWorld();
  const texts = await kinds(world).open<string>("texts", 3);
  await texts.putAll([["a", "1"], ["b", "2"]]);
  await assert.rejects(texts.putAll([["c", "3"], ["d", "4"]]), /There are 2 records "texts"; at most 3 are allowed/);
  await texts.putAll([["c", "3"], ["c", "4"], ["a", "5"]]);
  assert.deepEqual(all(texts), [["a", "5"], ["b", "2"], ["c", "4"]]);
  await assert.rejects(texts.put("d", ""), RangeError);
  await assert.rejects(texts.update("d", () => ""), RangeError);
  await texts.put("a", "x".repeat(59_998));
  await assert.rejects(texts.put("a", "x".repeat(59_999)), /has 60001 octets; at most 60000 are allowed/);
  await assert.rejects(texts.put("a", "é".repeat(30_000)), /has 60002 octets/);
  await assert.rejects(texts.put("", "x"), /allowed: 1 to 1000/);
  await assert.rejects(texts.put("x".repeat(1001), "x"), /allowed: 1 to 1000/);
  await assert.rejects(texts.put("a", undefined as unknown as string), /no JSON value/);
  const many = Array.from({ length: 401 }, (_, n) => [`${n}`, "x"] as const);
  const wide = await kinds(world).open<string>("wide", 1000);
  await assert.rejects(wide.putAll(many), /More than 400 records/);
  await wide.putAll(many.slice(1));
  await assert.rejects(
    wide.putAll(many.slice(0, 11).map(([id]) => [id, "x".repeat(59_000)])),
    /More than 600000 octets/,
  );
  const again = await reopened(world).open<string>("texts", 3);
  assert.deepEqual(all(again), all(texts));
  assert.equal((await reopened(world).open("wide", 1000)).size, 400);
  world.kv.close();
});

Deno.test("the largest id with the largest value is stored", async () => {
  const world = await memoryWorld();
  const texts = await kinds(world).open<string>("texts", 3);
  const id = '"'.repeat(1000);
  await texts.put(id, "x".repeat(59_998));
  assert.equal((await reopened(world).open<string>("texts", 3)).get(id)?.length, 59_998);
  world.kv.close();
});

Deno.test("updates of one collection take turns: no increment is lost", async () => {
  const world = await memoryWorld();
  const counters = await kinds(world).open<{ n: number }>("counters", 5);
  const results = await Promise.all(Array.from({ length: 50 }, () =>
    counters.update("c", (value) => {
      if (value === undefined) return { n: 1 };
      // The copy may be changed in place.
      value.n++;
      return value;
    })));
  assert.deepEqual(results.map((value) => value?.n), Array.from({ length: 50 }, (_, i) => i + 1));
  assert.deepEqual((await reopened(world).open<{ n: number }>("counters", 5)).get("c"), { n: 50 });
  assert.equal(await counters.update("c", () => undefined), undefined);
  assert.equal(await counters.update("c", () => undefined), undefined);
  assert.equal(counters.size, 0);
  world.kv.close();
});

Deno.test("a change that throws, or that the disk does not take, leaves what was there, and the next one works", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const notes = await kinds(world).open<Note>("notes", 5);
  await notes.put("a", { text: "old" });
  await assert.rejects(
    notes.update("a", () => {
      throw new TypeError("no");
    }),
    /no/,
  );
  faulty.fault = new TypeError("database or disk is full");
  const changed = (value: Note | undefined) => {
    value!.text = "new";
    return value;
  };
  await assert.rejects(notes.update("a", changed), (error) => error instanceof StorageError && error.kind === "full");
  await assert.rejects(notes.remove("a"), StorageError);
  assert.deepEqual(notes.get("a"), { text: "old" });
  faulty.fault = null;
  world.time.advance(7000);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(await notes.update("a", changed), { text: "new" });
  world.kv.close();
});

Deno.test("neither id nor value can be read in the store; one that is changed or moved is told as damage", async () => {
  const world = await memoryWorld();
  const notes = await kinds(world).open<Note>("notes", 5);
  await notes.putAll([["alice@example.test", { text: "very secret" }], ["bob", { text: "other" }]]);
  const entries = [];
  for await (const entry of world.kv.list<Uint8Array>({ prefix: ["records"] })) entries.push(entry);
  assert.equal(entries.length, 2);
  const raw = entries.map(({ key, value }) => JSON.stringify(key) + new TextDecoder("latin1").decode(value)).join();
  for (const secret of ["alice", "very secret", "bob"]) assert.ok(!raw.includes(secret), secret);
  await world.kv.set(entries[0].key, entries[1].value);
  const opened = reopened(world);
  await assert.rejects(opened.open("notes", 5), DamageError);
  await world.kv.set(entries[0].key, entries[0].value);
  assert.equal((await opened.open("notes", 5)).size, 2, "a second try reads anew");
  world.kv.close();
});

Deno.test("any order of writes gives what a plain map would hold", async () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const step = fc.oneof(
    fc.record({ do: fc.constant("put" as const), id, value: fc.jsonValue() }),
    fc.record({ do: fc.constant("remove" as const), id }),
    fc.record({ do: fc.constant("update" as const), id, value: fc.option(fc.jsonValue(), { nil: undefined }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const world = await memoryWorld();
      const records = await kinds(world).open<unknown>("values", 9);
      const expected = new Map<string, unknown>();
      const writes: Promise<unknown>[] = [];
      for (const one of steps) {
        if (one.do === "put") writes.push(records.put(one.id, one.value));
        else if (one.do === "remove") writes.push(records.remove(one.id));
        else writes.push(records.update(one.id, () => one.value));
        if (one.do === "remove" || one.value === undefined) expected.delete(one.id);
        else expected.set(one.id, JSON.parse(JSON.stringify(one.value)));
      }
      await Promise.all(writes);
      const sorted = [...expected].sort(([x], [y]) => x < y ? -1 : 1);
      assert.deepEqual(all(records), sorted);
      assert.deepEqual(all(await reopened(world).open<unknown>("values", 9)), sorted);
      world.kv.close();
    }),
    { numRuns: 25 },
  );
});
