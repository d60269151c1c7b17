import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { FakeTime } from "../foundation/testing.ts";
import { SCHEMA } from "./kv/migrations.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { restoreBackup } from "./open_storage.ts";
import { deferred, storageIn, subscriber, TemporaryFolder, told } from "./testing.ts";
import { contents, fill, FILLED, refused, snapshot, wholeStorageSuite } from "./whole_storage_suite.ts";

wholeStorageSuite("a file", () => {
  const folder = new TemporaryFolder();
  const state = () => Deno.readFileSync(folder.kv);
  return { folder, state, [Symbol.dispose]: () => folder[Symbol.dispose]() };
});

Deno.test("database and key file are for their owner only", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  for (const name of ["parley.kv", "parley.kv-wal", "parley.key"]) {
    assert.equal(Deno.statSync(folder.join(name)).mode! & 0o777, 0o600, name);
  }
  await storage.close();
});

Deno.test("no text of a message, a user or a registration is readable in any file", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  await storage.subscribers.put([subscriber(1)]);
  await new Promise((resolve) =>
    storage.deferredMessages.store(deferred(1, { body: new TextEncoder().encode("very secret") }), resolve)
  );
  await told((done) => storage.registrations.save("sip:alice@example.test", ["192.0.2.77"], false, done));
  storage.auditLog.append({ at: 1, event: "login", actor: "sip:alice@example.test", facts: {} });
  const all = () =>
    ["parley.kv", "parley.kv-wal"].map((name) => {
      try {
        return new TextDecoder("latin1").decode(Deno.readFileSync(folder.join(name)));
      } catch {
        return "";
      }
    }).join("");
  await storage.close();
  for (const secret of ["very secret", "alice", "user00001", "192.0.2.77", "User 1"]) {
    assert.ok(!all().includes(secret), secret);
  }
});

Deno.test("a file that is no database is refused and not touched", async () => {
  for (const content of ["x", "not a database at all ".repeat(300)]) {
    using folder = new TemporaryFolder();
    Deno.writeTextFileSync(folder.kv, content);
    const before = snapshot(folder);
    await refused(storageIn(folder), folder.kv, /is not a database/);
    assert.deepEqual(snapshot(folder), before);
  }
});

Deno.test("another program's database is refused and not touched", async () => {
  using folder = new TemporaryFolder();
  const other = new DatabaseSync(folder.kv);
  other.exec("CREATE TABLE invoices (id INTEGER); INSERT INTO invoices VALUES (1)");
  other.close();
  const before = snapshot(folder);
  await refused(storageIn(folder), folder.kv, /is a database of another program \(tables: invoices\)/);
  assert.deepEqual(snapshot(folder), before);
});

Deno.test("a database that is cut off or overwritten in the middle is refused", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  await fill(storage);
  await storage.close();
  const whole = Deno.readFileSync(folder.kv);
  for (const length of [99, 4096, whole.length - 4096, whole.length - 1]) {
    Deno.writeFileSync(folder.kv, whole.subarray(0, length));
    await refused(storageIn(folder), folder.kv, /is not a database|is cut off|is a damaged database/);
    assert.equal(Deno.statSync(folder.kv).size, length, "not touched");
  }
  // Any page overwritten: refused, or it was a page that holds nothing.
  let refusals = 0;
  for (let at = 4096; at < whole.length; at += 4096) {
    const damaged = whole.slice();
    crypto.getRandomValues(damaged.subarray(at, at + 4096));
    Deno.writeFileSync(folder.kv, damaged);
    try {
      const opened = await storageIn(folder);
      assert.deepEqual({ ...await contents(opened) }, FILLED, `page at ${at}`);
      await opened.close();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof StoreRefusal || /damaged/.test(String(error)), String(error));
      refusals++;
    }
    for (const end of ["-wal", "-shm"]) await Deno.remove(folder.kv + end).catch(() => {});
  }
  assert.ok(refusals >= 3, `${refusals} pages noticed`);
});

Deno.test("rotation: a live store gets a new key, everything is sealed with it, and an old backup still opens", async () => {
  using folder = new TemporaryFolder();
  using restored = new TemporaryFolder();
  let storage = await storageIn(folder);
  await fill(storage);
  await storage.backup(folder.join("backup"));
  const { key, resealed } = await storage.rotateKey();
  assert.equal(key, 2);
  assert.ok(resealed >= 6, `${resealed} values`);
  await told((done) => storage.registrations.save("sip:2@x", [2], false, done));
  await storage.close();
  // Nothing in the store needs the first key any more.
  const kv = await Deno.openKv(folder.kv);
  for await (const { key: name, value } of kv.list<Uint8Array>({ prefix: [] })) {
    if (value instanceof Uint8Array && name[0] !== "parley" && name[3] === 0) {
      assert.equal(value[1], 2, JSON.stringify(name));
    }
  }
  kv.close();
  storage = await storageIn(folder);
  assert.deepEqual(await contents(storage), { ...FILLED, registrations: [["sip:1@x", [1]], ["sip:2@x", [2]]] });
  await storage.close();
  restoreBackup(folder.join("backup"), restored, new FakeTime());
  storage = await storageIn(restored);
  assert.deepEqual(await contents(storage), FILLED);
  await storage.close();
});

Deno.test("a backup of a live store is whole and restores to an empty place", async () => {
  using folder = new TemporaryFolder();
  using target = new TemporaryFolder();
  const storage = await storageIn(folder);
  await fill(storage);
  let writing = true;
  let acknowledged = 0;
  const writer = (async () => {
    for (let n = 2; writing; n++) {
      await told((done) => storage.registrations.save(`sip:${n}@x`, [n], false, done));
      acknowledged = n;
    }
  })();
  const before = acknowledged;
  const octets = await storage.backup(folder.join("backup"));
  writing = false;
  await writer;
  assert.ok(octets > 100_000);
  assert.equal(Deno.statSync(folder.join("backup")).mode! & 0o777, 0o700);
  const manifest = restoreBackup(folder.join("backup"), target, new FakeTime());
  assert.equal(manifest.schema, SCHEMA);
  const restored = await storageIn(target);
  const { registrations, ...rest } = await contents(restored);
  assert.deepEqual(rest.setting, FILLED.setting);
  assert.deepEqual(rest.users, FILLED.users);
  assert.deepEqual(rest.messages, FILLED.messages);
  assert.equal(rest.large, FILLED.large);
  assert.deepEqual(registrations, Array.from({ length: registrations.length }, (_, i) => [`sip:${i + 1}@x`, [i + 1]]));
  assert.ok(registrations.length >= Math.max(1, before));
  await restored.close();
  await assert.rejects(storage.backup(folder.join("backup")), /is not empty/);
  await storage.close();
});

Deno.test("restoring refuses what is damaged, and what is in the way; --force replaces it", async () => {
  using folder = new TemporaryFolder();
  using target = new TemporaryFolder();
  const backup = folder.join("backup");
  const storage = await storageIn(folder);
  await fill(storage);
  await storage.backup(backup);
  await storage.close();
  const time = new FakeTime();
  const refusedAs = (file: string, pattern: RegExp, force = false) => {
    const before = snapshot(target);
    assert.throws(() => restoreBackup(backup, target, time, { force }), (error) => {
      assert.ok(error instanceof StoreRefusal, String(error));
      assert.equal(error.file, file);
      assert.match(error.message, pattern);
      return true;
    });
    assert.deepEqual(snapshot(target), before, "nothing touched");
  };
  for (const name of ["parley.kv", "parley.key", "manifest.json"]) {
    const path = join(backup, name);
    const whole = Deno.readFileSync(path);
    const damaged = whole.slice();
    damaged[name === "manifest.json" ? 0 : damaged.length >> 1] ^= 0xff;
    Deno.writeFileSync(path, damaged);
    refusedAs(path, /is damaged/);
    Deno.removeSync(path);
    refusedAs(name === "manifest.json" ? backup : path, /is missing|is no backup/);
    Deno.writeFileSync(path, whole);
  }
  const busy = await storageIn(target);
  await fill(busy, 7);
  refusedAs(target.kv, /is in use by process/, true);
  await busy.close();
  refusedAs(target.kv, /exists already; --force replaces it/);
  restoreBackup(backup, target, time, { force: true });
  const restored = await storageIn(target);
  assert.deepEqual(await contents(restored), FILLED);
  await restored.close();
});
