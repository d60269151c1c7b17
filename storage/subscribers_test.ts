import assert from "node:assert/strict";
import { silentLog } from "../foundation/mod.ts";
import { DamageError } from "./kv/blob_store.ts";
import { LargeValues } from "./kv/large_values.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { KvSubscribers } from "./subscribers.ts";
import { commitOver, FaultyKv, memoryWorld, subscriber, type World } from "./testing.ts";

function open(world: World): Promise<KvSubscribers> {
  const { kv, sealer, commit } = world;
  const queue = new WriteQueue(kv, commit);
  return KvSubscribers.open(kv, queue, sealer, new LargeValues(queue, sealer, silentLog), silentLog);
}
function reopen(world: World): Promise<KvSubscribers> {
  return open({ ...world, commit: commitOver(world.kv, world.time) });
}

Deno.test("users are found by address and number, listed in order, changed and removed, over restarts", async () => {
  const world = await memoryWorld();
  let users = await open(world);
  await users.put([subscriber(3), subscriber(1), subscriber(2, { e164: "" })]);
  for (let restart = 0; restart < 2; restart++) {
    assert.equal(users.size, 3);
    assert.deepEqual(users.get(subscriber(1).aor), subscriber(1));
    assert.equal(users.byNumber("+15550000003")?.aor, subscriber(3).aor);
    assert.equal(users.byNumber(""), undefined);
    assert.deepEqual(users.list("", 2).map((user) => user.displayName), ["User 1", "User 2"]);
    assert.deepEqual(users.list(subscriber(2).aor, 2).map((user) => user.displayName), ["User 3"]);
    users = await reopen(world);
  }
  await users.put([subscriber(1, { e164: "+1999", state: "suspended" })]);
  assert.equal(users.byNumber("+15550000001"), undefined);
  assert.equal(users.byNumber("+1999")?.state, "suspended");
  assert.equal(await users.remove(subscriber(3).aor), true);
  assert.equal(await users.remove(subscriber(3).aor), false);
  users = await reopen(world);
  assert.deepEqual(users.list("", 9).map((user) => user.aor), [subscriber(1).aor, subscriber(2).aor]);
  assert.equal(users.byNumber("+15550000003"), undefined);
  world.kv.close();
});

Deno.test("the end of a bar, a quota and a note are kept, or are absent", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  const barred = subscriber(1, {
    state: "barred",
    barredUntil: Date.UTC(2027, 0, 1),
    quota: { messages: 5, octets: 10_000 },
    note: "back in “January”",
  });
  await users.put([barred, subscriber(2)]);
  const again = await reopen(world);
  assert.deepEqual(again.get(barred.aor), barred);
  assert.deepEqual(Object.keys(again.get(subscriber(2).aor)!), Object.keys(subscriber(2)));
  await again.put([subscriber(1)]);
  assert.deepEqual((await reopen(world)).get(barred.aor), subscriber(1));
  world.kv.close();
});

Deno.test("a write is seen once it is committed", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  const written = users.put([subscriber(1)]);
  assert.equal(users.get(subscriber(1).aor), undefined);
  await written;
  assert.notEqual(users.get(subscriber(1).aor), undefined);
  world.kv.close();
});

Deno.test("a number belongs to one user: all of a change or none of it", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  await users.put([subscriber(1), subscriber(2)]);
  const taken = { e164: subscriber(1).e164 };
  await assert.rejects(users.put([subscriber(3), subscriber(4, taken)]), /RangeError|belongs to "sip:user00001/);
  assert.equal(users.get(subscriber(3).aor), undefined);
  await assert.rejects(users.put([subscriber(5, { e164: "+1" }), subscriber(6, { e164: "+1" })]), RangeError);
  await assert.rejects(users.put([subscriber(5), subscriber(5)]), /given twice/);
  // Two that are asked for at once are checked one after the other.
  const both = await Promise.allSettled([
    users.put([subscriber(7, { e164: "+7" })]),
    users.put([subscriber(8, { e164: "+7" })]),
  ]);
  assert.deepEqual(both.map((result) => result.status), ["fulfilled", "rejected"]);
  // Users may exchange their numbers in one change.
  await users.put([subscriber(1, { e164: subscriber(2).e164 }), subscriber(2, { e164: subscriber(1).e164 })]);
  assert.equal(users.byNumber(subscriber(1).e164)?.aor, subscriber(2).aor);
  assert.equal(users.byNumber(subscriber(2).e164)?.aor, subscriber(1).aor);
  world.kv.close();
});

Deno.test("neither name nor number nor digest is readable in the store", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  await users.put([subscriber(1)]);
  for await (const { key, value } of world.kv.list<Uint8Array>({ prefix: ["subscribers"] })) {
    const text = JSON.stringify(key) + new TextDecoder("latin1").decode(value);
    for (const secret of ["user00001", "+1555", "example.test", "1".repeat(8)]) assert.ok(!text.includes(secret));
  }
  world.kv.close();
});

Deno.test("10,000 users are imported in less than 5 s, and are there after a restart", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  const began = performance.now();
  await users.put(Array.from({ length: 10_000 }, (_, n) => subscriber(n)));
  assert.ok(performance.now() - began < 5000);
  assert.equal((await reopen(world)).size, 10_000);
  for await (const { key } of world.kv.list({ prefix: ["chunk"] })) assert.fail(`left over: ${JSON.stringify(key)}`);
  world.kv.close();
});

Deno.test("an import that a crash cuts off is there whole, or not at all", async () => {
  const many = Array.from({ length: 1000 }, (_, n) => subscriber(n));
  const sizes = new Set<number>();
  for (let crash = 1; crash <= 6; crash++) {
    let faulty!: FaultyKv;
    const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
    const users = await open({ ...world, kv: world.kv });
    const atomic = faulty.atomic.bind(faulty);
    faulty.atomic = () => {
      if (faulty.commits >= crash) faulty.fault = new TypeError("killed");
      return atomic();
    };
    await users.put(many).catch(() => {});
    const { size } = await reopen(world);
    assert.ok(size === 0 || size === 1000, `${size} users after commit ${crash}`);
    sizes.add(size);
    world.kv.close();
  }
  assert.deepEqual(sizes, new Set([0, 1000]), "crashes on both sides of the point of no return");
});

Deno.test("an import that a full disk interrupts is finished before the next change, and does not undo it", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  const users = await open(world);
  const atomic = faulty.atomic.bind(faulty);
  faulty.atomic = () => {
    if (faulty.commits >= 3) faulty.fault = new TypeError("database or disk is full");
    return atomic();
  };
  await users.put(Array.from({ length: 1000 }, (_, n) => subscriber(n)));
  assert.equal(users.size, 1000, "committed as a whole, though not carried out yet");
  await assert.rejects(users.remove(subscriber(5).aor), /disk full/);
  faulty.atomic = atomic;
  faulty.fault = null;
  await users.remove(subscriber(5).aor);
  const again = await reopen(world);
  assert.equal(again.size, 999);
  assert.equal(again.get(subscriber(5).aor), undefined);
  world.kv.close();
});

Deno.test("a user moved to another key, or changed, is refused", async () => {
  const world = await memoryWorld();
  const users = await open(world);
  await users.put([subscriber(1), subscriber(2)]);
  const entries = [];
  for await (const entry of world.kv.list<Uint8Array>({ prefix: ["subscribers"] })) entries.push(entry);
  await world.kv.set(entries[0].key, entries[1].value);
  await assert.rejects(reopen(world), DamageError);
  world.kv.close();
});
