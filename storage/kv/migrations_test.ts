import assert from "node:assert/strict";
import { migrate, type Migration, MIGRATIONS, readSchema, SCHEMA } from "./migrations.ts";
import { StoreRefusal } from "./refusal.ts";

async function settings(kv: Deno.Kv): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const { key, value } of kv.list({ prefix: ["settings"] })) found[String(key[1])] = value;
  return found;
}

Deno.test("a store of version 0 is brought up to date, and its values stay", async () => {
  const kv = await Deno.openKv(":memory:");
  await kv.set(["parley"], { application: "parley", schema: 0 });
  await kv.set(["settings", "mine"], 5);
  assert.equal(await readSchema(kv, "x"), 0);
  await migrate(kv, 0, 77);
  assert.equal(await readSchema(kv, "x"), SCHEMA);
  const after = await settings(kv);
  assert.equal(after.mine, 5);
  assert.equal(after["store.created"], 77);
  kv.close();
});

Deno.test("each step may be cut off and repeated", async () => {
  for (const migration of MIGRATIONS) {
    const kv = await Deno.openKv(":memory:");
    await migrate(kv, -1, 1, MIGRATIONS.filter((one) => one.to < migration.to));
    await migration.run(kv, 1);
    const once = await settings(kv);
    await migration.run(kv, 2);
    assert.deepEqual(await settings(kv), once, migration.what);
    kv.close();
  }
});

Deno.test("steps are taken in order, each once, from where the store is; a failed one is taken again", async () => {
  const kv = await Deno.openKv(":memory:");
  const taken: number[] = [];
  let fails = true;
  const step = (to: number): Migration => ({
    to,
    what: `step ${to}`,
    run: async () => {
      taken.push(to);
      if (to === 3 && fails) throw new Error("cut off");
    },
  });
  const steps = [step(1), step(2), step(3), step(4)];
  await migrate(kv, -1, 0, steps.slice(0, 1));
  await assert.rejects(migrate(kv, await readSchema(kv, "x", 4), 0, steps), /cut off/);
  fails = false;
  assert.equal(await readSchema(kv, "x", 4), 2);
  await migrate(kv, 2, 0, steps);
  assert.deepEqual(taken, [1, 2, 3, 3, 4]);
  assert.equal(await readSchema(kv, "x", 4), 4);
  kv.close();
});

Deno.test("a store that is not ours is not taken over", async () => {
  const kv = await Deno.openKv(":memory:");
  assert.equal(await readSchema(kv, "x"), -1);
  await kv.set(["users"], 1);
  await assert.rejects(
    readSchema(kv, "x"),
    (error) => error instanceof StoreRefusal && /it holds "users"/.test(error.message),
  );
  await kv.set(["parley"], { application: "other" });
  await assert.rejects(readSchema(kv, "x"), StoreRefusal);
  kv.close();
});

Deno.test("versions count up by one", () => {
  assert.deepEqual(MIGRATIONS.map((migration) => migration.to), MIGRATIONS.map((_, i) => i + 1));
});
