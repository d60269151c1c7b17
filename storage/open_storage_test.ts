import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { FakeTime } from "../foundation/testing.ts";
import { readKeyFile } from "./kv/key_file.ts";
import { SCHEMA } from "./kv/migrations.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { openStorage, type ParleyStorage, restoreBackup, rotateKey } from "./open_storage.ts";
import { deferred, storageIn, subscriber, TemporaryFolder, told } from "./testing.ts";
import { silentLog } from "../foundation/mod.ts";

/** Puts something into every repository. */
async function fill(storage: ParleyStorage, n = 1): Promise<void> {
  await storage.subscribers.put([subscriber(n)]);
  await told((done) => storage.registrations.save(`sip:${n}@x`, [n], false, done));
  await new Promise((resolve) => storage.deferredMessages.store(deferred(n), resolve));
  storage.auditLog.append({ at: Date.UTC(2026, 0, 1), event: "test", actor: "cli", facts: { n } });
  await storage.settings.set(`n${n}`, { n });
  await storage.largeValues.put("document", `${n}`, new Uint8Array(100_000).fill(n));
}

/** What `fill` put in, as it is found. */
async function contents(storage: ParleyStorage) {
  const { subscribers, registrations, deferredMessages, auditLog, settings, largeValues } = storage;
  const pending = deferredMessages.pending("sip:bob@example.test");
  return {
    users: subscribers.list("", 99).map((user) => user.displayName),
    registrations: [...registrations.load()],
    messages: await Promise.all(pending.map(async ({ id }) => (await deferredMessages.read(id))?.transaction)),
    audit: (await auditLog.list({ limit: 99 })).map((entry) => entry.facts.n),
    setting: settings.get("n1"),
    large: (await largeValues.get("document", "1"))?.length,
  };
}
const FILLED = {
  users: ["User 1"],
  registrations: [["sip:1@x", [1]]],
  messages: [deferred(1).transaction],
  audit: [1],
  setting: { n: 1 },
  large: 100_000,
};

async function refused(opening: Promise<unknown>, file: string, pattern: RegExp): Promise<void> {
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof StoreRefusal, String(error));
    assert.equal(error.file, file);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  });
}

/** Names, sizes and contents of all files, but for the lock. */
function snapshot(folder: TemporaryFolder): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(folder.path)) {
    if (!name.endsWith(".lock")) files[name] = Deno.readFileSync(folder.join(name)).toHex?.() ?? "";
  }
  return files;
}

Deno.test("everything is there after closing and opening", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  assert.equal(storage.trouble, null);
  assert.match(storage.settings.get<string>("store.instance")!, /^[0-9a-f]{16}$/);
  await fill(storage);
  await storage.close();
  const again = await storageIn(folder);
  assert.deepEqual(await contents(again), FILLED);
  assert.equal(again.settings.get("store.instance"), storage.settings.get("store.instance"));
  await again.close();
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

Deno.test("a second process is refused, and told who holds the store", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  const script = `
    const { openStorage } = await import(${JSON.stringify(new URL("./mod.ts", import.meta.url).href)});
    const { silentLog, systemClock, TimerQueues } = await import(${
    JSON.stringify(new URL("../foundation/mod.ts", import.meta.url).href)
  });
    const timers = new TimerQueues(systemClock, console.error);
    try {
      await openStorage({ kv: ${JSON.stringify(folder.kv)}, keyFile: ${JSON.stringify(folder.keyFile)},
        clock: systemClock, timers, log: silentLog });
      console.log("opened");
    } catch (error) { console.log(error.name, error.message); }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-kv", script],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, new RegExp(`StoreRefusal "${folder.kv}" is in use by process ${Deno.pid} since 20\\d\\d-`));
  await storage.close();
  await (await storageIn(folder)).close();
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

Deno.test("another program's DenoKV store is refused and not touched", async () => {
  using folder = new TemporaryFolder();
  const other = await Deno.openKv(folder.kv);
  await other.set(["users", 1], "x");
  other.close();
  const before = snapshot(folder);
  await refused(storageIn(folder), folder.kv, /is a DenoKV database of another program/);
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

Deno.test("a key file that is damaged, foreign or missing is refused, and which it is is said; nothing is touched", async () => {
  using folder = new TemporaryFolder();
  using other = new TemporaryFolder();
  for (const one of [folder, other]) {
    const storage = await storageIn(one);
    await fill(storage);
    await storage.close();
  }
  const before = snapshot(folder);
  const text = Deno.readTextFileSync(folder.keyFile);
  const attempt = async (write: () => void, pattern: RegExp) => {
    write();
    const key = snapshot(folder)["parley.key"];
    await refused(storageIn(folder), folder.keyFile, pattern);
    assert.equal(snapshot(folder)["parley.key"], key);
    assert.equal(snapshot(folder)["parley.kv"], before["parley.kv"]);
    Deno.writeTextFileSync(folder.keyFile, text);
  };
  const write = (content: string) => () => Deno.writeTextFileSync(folder.keyFile, content);
  await attempt(write("nonsense"), /is not a readable key file/);
  await attempt(write('{"application":"other"}'), /is not a key file of Parley/);
  await attempt(write("null"), /is not a key file of Parley/);
  await attempt(write(text.replace('"format": 1', '"format": 9')), /format 9; this Parley reads format 1/);
  const secret = JSON.parse(text).keys[0].secret as string;
  await attempt(
    write(text.replace(secret, secret.replace(/^./, (c) => c === "0" ? "1" : "0"))),
    /is a damaged key file/,
  );
  await attempt(write(text.slice(0, 200)), /is not a readable key file/);
  await attempt(
    () => Deno.copyFileSync(other.keyFile, folder.keyFile),
    new RegExp(
      `is the key file of another database: it is ${readKeyFile(other.keyFile)!.id}, .* with ${JSON.parse(text).id}`,
    ),
  );
  Deno.removeSync(folder.keyFile);
  await refused(storageIn(folder), folder.keyFile, /is missing, and ".*parley.kv" was sealed with it/);
  assert.equal(snapshot(folder)["parley.key"], undefined, "no new key is made for an old store");
  Deno.writeTextFileSync(folder.keyFile, text);
  const storage = await storageIn(folder);
  assert.deepEqual(await contents(storage), FILLED);
  await storage.close();
});

Deno.test("a store of a newer Parley is refused", async () => {
  using folder = new TemporaryFolder();
  await (await storageIn(folder)).close();
  const kv = await Deno.openKv(folder.kv);
  await kv.set(["parley"], { application: "parley", schema: SCHEMA + 1 });
  kv.close();
  await refused(
    storageIn(folder),
    folder.kv,
    new RegExp(`newer Parley \\(schema ${SCHEMA + 1}; this one knows up to ${SCHEMA}\\)`),
  );
});

Deno.test("KV Connect without TLS is for loopback only", async () => {
  using folder = new TemporaryFolder();
  const options = { keyFile: folder.keyFile, clock: new FakeTime(), timers: new FakeTime().timers, log: silentLog };
  await refused(openStorage({ ...options, kv: "http://192.0.2.1/kv" }), "http://192.0.2.1/kv", /is not encrypted/);
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

Deno.test("rotation of a store that nobody has open; a key that came before a crash is no harm", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  let storage = await storageIn(folder);
  await fill(storage);
  await storage.close();
  const { key } = await rotateKey({
    ...folder,
    kv: folder.kv,
    keyFile: folder.keyFile,
    clock: time,
    timers: time.timers,
    log: silentLog,
  });
  assert.equal(key, 2);
  assert.deepEqual(readKeyFile(folder.keyFile)!.keys.map((one) => one.number), [1, 2]);
  storage = await storageIn(folder);
  assert.deepEqual(await contents(storage), FILLED);
  await storage.close();
});

Deno.test("rotation while messages come and go loses none", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder, new FakeTime(), { deferred: { count: 1e5, octets: 1e9, totalCount: 1e5 } });
  let rotating = true;
  const rotation = storage.rotateKey().then(() => storage.rotateKey()).finally(() => rotating = false);
  const kept: string[] = [];
  for (let n = 0; (rotating || n < 300) && n < 20_000; n++) {
    const outcome = await new Promise<{ kind: string; id?: number }>((resolve) =>
      storage.deferredMessages.store(deferred(n), resolve)
    );
    assert.equal(outcome.kind, "stored");
    if (n % 3 === 0) kept.push(deferred(n).transaction);
    else assert.equal(await told((done) => storage.deferredMessages.remove(outcome.id!, done)), null);
  }
  await rotation;
  await storage.close();
  const again = await storageIn(folder);
  assert.deepEqual((await contents(again)).messages, kept);
  await again.close();
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
