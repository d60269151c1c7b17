import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { FakeTime } from "../foundation/testing.ts";
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

Deno.test("a user's own quota holds for what is stored for that user", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  await storage.subscribers.put([subscriber(1, { quota: { messages: 1, octets: 1000 } }), subscriber(2)]);
  const kindOf = async (n: number, user: number) =>
    (await new Promise<{ kind: string }>((resolve) =>
      storage.deferredMessages.store(deferred(n, { recipient: subscriber(user).aor }), resolve)
    )).kind;
  assert.deepEqual([await kindOf(1, 1), await kindOf(2, 1)], ["stored", "quota"]);
  assert.deepEqual([await kindOf(3, 2), await kindOf(4, 2)], ["stored", "stored"]);
  await storage.subscribers.put([subscriber(1, { quota: { messages: 2, octets: 1000 } })]);
  assert.deepEqual([await kindOf(5, 1), await kindOf(6, 1)], ["stored", "quota"]);
  await storage.close();
});

Deno.test("rotation: a live store gets a new key, everything is sealed with it, and an old backup still opens", async () => {
  using folder = new TemporaryFolder();
  using restored = new TemporaryFolder();
  let storage = await storageIn(folder);
  await fill(storage);
  await storage.backup(folder.join("backup"), null);
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
  await restoreBackup(folder.join("backup"), restored, new FakeTime());
  storage = await storageIn(restored);
  assert.deepEqual(await contents(storage), FILLED);
  await storage.close();
});
