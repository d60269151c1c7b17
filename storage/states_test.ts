import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { LogStates } from "./states.ts";
import { commitOver, FaultyKv, memoryWorld, told, type World } from "./testing.ts";

function open({ kv, sealer, commit }: World): Promise<LogStates> {
  return LogStates.open({ name: "registrations", kv, sealer, commit, log: silentLog });
}
function reopen(world: World): Promise<LogStates> {
  return open({ ...world, commit: commitOver(world.kv, world.time) });
}
function save(registrations: LogStates, aor: string, value: unknown, lazily = false) {
  return told((done) => registrations.save(aor, value, lazily, done));
}
async function found(world: World): Promise<Record<string, unknown>> {
  return Object.fromEntries([...(await reopen(world)).load()].map(([name, value]) => [name, value]));
}

Deno.test("what was saved last is what is loaded", async () => {
  const world = await memoryWorld();
  const registrations = await open(world);
  const value = [{ contact: "sip:a@192.0.2.1", q: 0.7, path: ["<sip:p;lr>"], text: "d\xe9j\xe0 \u4f60" }];
  const errors = await Promise.all([
    save(registrations, "sip:a@x", [1]),
    save(registrations, "sip:b@x", [2]),
    save(registrations, "sip:a@x", value),
    save(registrations, "sip:c@x", [3]),
    save(registrations, "sip:c@x", null),
    save(registrations, "sip:nobody@x", null),
  ]);
  assert.deepEqual(new Set(errors), new Set([null]));
  assert.deepEqual(await found(world), { "sip:a@x": value, "sip:b@x": [2] });
  assert.equal(registrations.size, 2);
  world.kv.close();
});

Deno.test("octets that are saved with a value are loaded as they were: of any kind, none, more than is usual", async () => {
  const world = await memoryWorld();
  const states = await open(world);
  const all: Record<string, Uint8Array> = {
    none: new Uint8Array(0),
    lines: new TextEncoder().encode('\n["presence 1"]\n\n'),
    any: Uint8Array.from({ length: 256 }, (_, i) => i),
    long: new Uint8Array(40_000).fill(10),
  };
  const saves = Object.entries(all).map(([name, octets]) =>
    told((done) => states.save(name, { name: `${name}\n\u4f60` }, false, done, octets))
  );
  saves.push(save(states, "wide", "\u4f60".repeat(6000)), save(states, "alone", [1]));
  all.any[0] = 1;
  assert.deepEqual(new Set(await Promise.all(saves)), new Set([null]));
  all.any[0] = 0;
  const loaded = new Map([...(await reopen(world)).load()].map(([name, value, octets]) => [name, { value, octets }]));
  for (const [name, octets] of Object.entries(all)) {
    assert.deepEqual(loaded.get(name), { value: { name: `${name}\n\u4f60` }, octets }, name);
  }
  assert.deepEqual(loaded.get("wide"), { value: "\u4f60".repeat(6000), octets: undefined });
  assert.deepEqual(loaded.get("alone"), { value: [1], octets: undefined });
  await told((done) => states.save("any", "without", false, done));
  assert.deepEqual((await found(world)).any, "without");
  world.kv.close();
});

Deno.test("the value is read before the call returns", async () => {
  const world = await memoryWorld();
  const registrations = await open(world);
  const value = { n: 1 };
  const saved = save(registrations, "sip:a@x", value);
  value.n = 2;
  await saved;
  assert.deepEqual(await found(world), { "sip:a@x": { n: 1 } });
  world.kv.close();
});

Deno.test("removed and saved again at once: the last one holds, whatever became of the removal", async () => {
  for (const fails of [false, true]) {
    let faulty!: FaultyKv;
    const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
    const registrations = await open(world);
    await save(registrations, "sip:a@x", [1]);
    if (fails) faulty.fault = new TypeError("database or disk is full");
    const removed = save(registrations, "sip:a@x", null);
    if (fails) {
      assert.equal((await removed)?.kind, "full");
      faulty.fault = null;
      assert.deepEqual(await found(world), { "sip:a@x": [1] });
    }
    assert.equal(await save(registrations, "sip:a@x", [2]), null);
    await removed;
    assert.deepEqual(await found(world), { "sip:a@x": [2] });
    assert.equal(await save(registrations, "sip:a@x", null), null);
    assert.deepEqual(await found(world), {});
    assert.equal(await save(registrations, "sip:a@x", [3]), null);
    assert.deepEqual(await found(world), { "sip:a@x": [3] });
    world.kv.close();
  }
});

Deno.test("a refresh may wait a second, and is written then", async () => {
  const world = await memoryWorld();
  const registrations = await open(world);
  const saved = save(registrations, "sip:a@x", [1], true);
  world.time.advance(500);
  assert.deepEqual(await found(world), {});
  world.time.advance(600);
  assert.equal(await saved, null);
  assert.deepEqual(await found(world), { "sip:a@x": [1] });
  world.kv.close();
});

Deno.test("what was loaded is let go of: a second load is an error", async () => {
  const world = await memoryWorld();
  const registrations = await open(world);
  assert.deepEqual([...registrations.load()], []);
  assert.throws(() => [...registrations.load()], /loaded already/);
  world.kv.close();
});

Deno.test("refreshing 200 users over and over does not grow the store", async () => {
  const world = await memoryWorld();
  const registrations = await open(world);
  const value = [{ contact: "sip:a@192.0.2.1".padEnd(300) }];
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 200 }, (_, n) => save(registrations, `sip:${n}@x`, value)));
  }
  let octets = 0;
  for await (const entry of world.kv.list<Uint8Array>({ prefix: ["log"] })) octets += entry.value.length;
  assert.ok(octets < 2_000_000, `${octets} octets stored after 4 MB were written`);
  assert.equal(Object.keys(await found(world)).length, 200);
  world.kv.close();
});

Deno.test("of what could not be written, and was given up, nothing stays in memory", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const states = await open(world);
  await save(states, "kept", [1]);
  faulty.fault = new TypeError("database or disk is full");
  for (let n = 0; n < 5; n++) {
    assert.equal((await save(states, `s${n}`, [n]))?.kind, "full");
    assert.equal((await save(states, `s${n}`, null))?.kind, "full");
  }
  assert.equal((await save(states, "kept", null))?.kind, "full");
  assert.deepEqual([states.names, states.size], [1, 1]);
  faulty.fault = null;
  assert.equal(await save(states, "kept", null), null);
  assert.equal(await save(states, "s1", [2]), null);
  assert.deepEqual(await found(world), { s1: [2] });
  world.kv.close();
});
