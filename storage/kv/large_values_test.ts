import assert from "node:assert/strict";
import { silentLog } from "../../foundation/mod.ts";
import { FaultyKv, memoryWorld } from "../testing.ts";
import { DamageError } from "./blob_store.ts";
import { LargeValues } from "./large_values.ts";
import { WriteQueue } from "./write_queue.ts";

async function world() {
  let faulty!: FaultyKv;
  const base = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const large = new LargeValues(new WriteQueue(base.kv, base.commit), base.sealer, silentLog);
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of base.kv.list({ prefix: [] })) found.push(String(key[0]));
    return found;
  };
  return { ...base, faulty, large, keys };
}

function random(octets: number): Uint8Array {
  const value = new Uint8Array(octets);
  for (let at = 0; at < octets; at += 65_536) crypto.getRandomValues(value.subarray(at, Math.min(octets, at + 65_536)));
  return value;
}

Deno.test("large values of any size come back, are replaced, listed and removed", async () => {
  const { kv, large, keys } = await world();
  for (const octets of [0, 1, 60_000, 60_001, 2_000_000]) {
    const value = random(octets);
    await large.put("document", `doc ${octets}`, value);
    assert.deepEqual(await large.get("document", `doc ${octets}`), value);
  }
  assert.deepEqual((await Array.fromAsync(large.list("document"))).length, 5);
  const shorter = random(100);
  await large.put("document", "doc 2000000", shorter);
  assert.deepEqual(await large.get("document", "doc 2000000"), shorter);
  assert.equal((await keys()).filter((key) => key === "chunk").length, 1 + 1 + 2 + 1, "old chunks are gone");
  assert.equal(await large.get("document", "nothing"), null);
  assert.equal(await large.get("picture", "doc 1"), null);
  for await (const id of large.list("document")) assert.equal(await large.remove("document", id), true);
  assert.equal(await large.remove("document", "doc 1"), false);
  assert.deepEqual(await keys(), []);
  kv.close();
});

Deno.test("until its manifest is committed, the old version holds; the sweeper removes the unfinished one", async () => {
  const { kv, faulty, large, keys } = await world();
  const old = random(1000);
  await large.put("document", "a", old);
  const before = faulty.commits;
  const atomic = faulty.atomic.bind(faulty);
  faulty.atomic = () => {
    if (faulty.commits >= before + 1) faulty.fault = new TypeError("database or disk is full");
    return atomic();
  };
  await assert.rejects(large.put("document", "a", random(1_000_000)), /disk full/);
  faulty.atomic = atomic;
  faulty.fault = null;
  assert.deepEqual(await large.get("document", "a"), old);
  assert.equal((await keys()).filter((key) => key === "chunk").length, 13);
  assert.equal(await large.sweep(), 12);
  assert.equal(await large.sweep(), 0);
  assert.deepEqual(await large.get("document", "a"), old);
  kv.close();
});

Deno.test("the sweeper leaves alone what is being written", async () => {
  const { kv, large } = await world();
  const value = random(1_000_000);
  const written = large.put("document", "a", value);
  await large.sweep();
  await large.sweep();
  await written;
  assert.deepEqual(await large.get("document", "a"), value);
  kv.close();
});

Deno.test("a chunk that is damaged, exchanged or missing is noticed", async () => {
  const { kv, large } = await world();
  await large.put("document", "a", random(150_000));
  const chunks = await Array.fromAsync(kv.list<Uint8Array>({ prefix: ["chunk"] }));
  await kv.set(chunks[0].key, chunks[1].value);
  await assert.rejects(large.get("document", "a"), DamageError);
  await kv.delete(chunks[0].key);
  await assert.rejects(large.get("document", "a"), /a chunk of .* is missing/);
  kv.close();
});
