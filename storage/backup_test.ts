import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { FakeTime } from "../foundation/testing.ts";
import { SCHEMA } from "./kv/migrations.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import {
  type BackupFacts,
  factsFromPrefix,
  newRecoveryKey,
  readBackupFacts,
  receiveBackup,
  type RecoveryKey,
  restoreBackup,
  StorageError,
  testRestore,
  verifyBackup,
} from "./mod.ts";
import { storageIn, subscriber, TemporaryFolder, told } from "./testing.ts";
import { contents, fill, FILLED, snapshot } from "./whole_storage_suite.ts";

/** A folder with a filled store and a backup of it, sealed unless `recovery` is null. */
class BackedUp implements Disposable {
  readonly folder = new TemporaryFolder();
  readonly recovery: RecoveryKey | null;
  readonly path = this.folder.join("box.parley");
  facts!: BackupFacts;

  private constructor(recovery: RecoveryKey | null) {
    this.recovery = recovery;
  }
  static async make(recovery: RecoveryKey | null = newRecoveryKey()): Promise<BackedUp> {
    const made = new BackedUp(recovery);
    const storage = await storageIn(made.folder, new FakeTime(), { version: "9.8.7" });
    await fill(storage);
    made.facts = await storage.backup(made.path, recovery);
    await storage.close();
    return made;
  }
  get octets(): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(this.path);
  }
  /** Another file with these octets. */
  file(name: string, octets: Uint8Array): string {
    Deno.writeFileSync(this.folder.join(name), octets);
    return this.folder.join(name);
  }
  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

async function refusedWith(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof StoreRefusal, String(error));
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  });
}

/** A copy whose facts are others, and whose digest fits again. */
function withFacts(octets: Uint8Array, change: (facts: Record<string, unknown>) => void): Uint8Array {
  const file = Buffer.from(octets);
  const at = file.indexOf("\n") + 1;
  const end = at + 4 + file.readUInt32BE(at);
  const facts = JSON.parse(file.toString("utf8", at + 4, end));
  change(facts);
  const text = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const whole = Buffer.concat([file.subarray(0, at), length, text, file.subarray(end, -32)]);
  return Buffer.concat([whole, createHash("sha256").update(whole).digest()]);
}

Deno.test("a backup of a live store is one file, whole, and restores to an empty place", async () => {
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
  const recovery = newRecoveryKey();
  const path = folder.join("new/box.parley");
  const facts = await storage.backup(path, recovery);
  writing = false;
  await writer;
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(folder.join("new"))].map(({ name }) => name), ["box.parley"]);
  assert.ok(facts.octets > 100_000);
  assert.equal(facts.schema, SCHEMA);
  assert.equal(facts.recoveryKey, recovery.id);
  assert.equal(facts.contents.users, 1);
  assert.equal(facts.contents.deferredMessages, 2);
  assert.deepEqual(await verifyBackup(path, recovery), facts);
  await assert.rejects(storage.backup(path, recovery), /exists already/);
  await storage.close();
  assert.deepEqual(await restoreBackup(path, target, new FakeTime(), { recovery }), facts);
  const restored = await storageIn(target);
  const { registrations, ...rest } = await contents(restored);
  assert.deepEqual(rest, (({ registrations: _, ...others }) => others)(FILLED));
  assert.deepEqual(registrations, Array.from({ length: registrations.length }, (_, i) => [`sip:${i + 1}@x`, [i + 1]]));
  assert.ok(registrations.length >= Math.max(1, before));
  await restored.close();
});

Deno.test("the facts are read without a key, also from the beginning of the file alone", async () => {
  using box = await BackedUp.make();
  const facts = await readBackupFacts(box.path);
  assert.deepEqual(facts, box.facts);
  assert.equal(facts.version, "9.8.7");
  assert.deepEqual(facts.contents, {
    users: 1,
    deferredMessages: 2,
    registrations: 1,
    subscriptions: 1,
    publications: 1,
    rooms: 1,
    roomMessages: 2,
    documents: 2,
    recordings: 2,
  });
  assert.equal(facts.box, JSON.parse(Deno.readTextFileSync(box.folder.keyFile)).id);
  const { octets } = box;
  assert.equal(factsFromPrefix(octets.subarray(0, 100), "it"), null);
  assert.deepEqual(factsFromPrefix(octets.subarray(0, 2000), "it"), facts);
});

Deno.test("a sealed backup holds no key as it is, and opens with its recovery key only; an open one without", async () => {
  using box = await BackedUp.make();
  const secret = JSON.parse(Deno.readTextFileSync(box.folder.keyFile)).keys[0].secret as string;
  assert.ok(!Buffer.from(box.octets).includes(secret));
  await refusedWith(
    verifyBackup(box.path, null),
    new RegExp(`needs the recovery key with the id ${box.facts.recoveryKey}$`),
  );
  const other = newRecoveryKey();
  await refusedWith(
    verifyBackup(box.path, other),
    new RegExp(`needs the recovery key with the id ${box.facts.recoveryKey}; the one given has the id ${other.id}$`),
  );
  // One that gives itself out as the right one.
  await refusedWith(
    verifyBackup(box.path, { ...other, id: box.facts.recoveryKey }),
    /does not open with the recovery key/,
  );
  using open = await BackedUp.make(null);
  assert.equal(open.facts.recoveryKey, "");
  assert.ok(Buffer.from(open.octets).includes(JSON.parse(Deno.readTextFileSync(open.folder.keyFile)).keys[0].secret));
  assert.deepEqual(await verifyBackup(open.path, null), open.facts);
  assert.deepEqual(await verifyBackup(open.path, other), open.facts, "a key that is not needed is no harm");
});

Deno.test("what is cut off, changed, foreign or newer is refused, and which it is is said", async () => {
  using box = await BackedUp.make();
  const { octets, recovery } = box;
  const refusal = (name: string, content: Uint8Array, pattern: RegExp) =>
    refusedWith(verifyBackup(box.file(name, content), recovery), pattern);
  for (const length of [0, 1, 18, 21, 60, 400, 900, 5000, octets.length - 33, octets.length - 1]) {
    await refusal("cut", octets.subarray(0, length), /is cut off/);
  }
  for (let at = 19; at < octets.length; at += Math.ceil(octets.length / 60)) {
    const changed = octets.slice();
    changed[at] ^= 0x10;
    await refusal("changed", changed, /damaged|is no backup|cut off|newer|needs the recovery key/);
  }
  for (const at of [octets.length - 1, octets.length >> 1]) {
    const changed = octets.slice();
    changed[at] ^= 1;
    await refusal("changed", changed, /is a damaged backup: its content is not what its digest says/);
  }
  await refusal("longer", Buffer.concat([octets, Buffer.of(0)]), /goes on behind its end/);
  await refusal("foreign", Buffer.from("SQLite format 3\0"), /is no backup of Parley/);
  await refusal(
    "newer",
    withFacts(octets, (facts) => facts.format = 3),
    /newer Parley "9.8.7" \(format 3; this one reads 2\)/,
  );
  await refusal("newer", withFacts(octets, (facts) => facts.schema = SCHEMA + 1), /newer Parley "9.8.7" \(schema/);
  await refusal("other", withFacts(octets, (facts) => facts.application = "other"), /is no backup of Parley/);
  await refusal("facts", withFacts(octets, (facts) => facts.octets = -1), /damaged backup: its facts/);
  await refusal("facts", withFacts(octets, (facts) => facts.contents = null), /damaged backup: its facts/);
  await refusedWith(verifyBackup(box.folder.path, null), /a backup is one file/);
  await refusedWith(verifyBackup(box.folder.join("none"), null), /does not exist/);
  await refusedWith(readBackupFacts(box.file("cut", octets.subarray(0, 40))), /is cut off/);
});

Deno.test("without the recovery key nobody can change a sealed backup unseen, not even with a digest that fits", async () => {
  using box = await BackedUp.make();
  const changed = withFacts(box.octets, (facts) => facts.createdAt = new Date(0).toISOString());
  await refusedWith(verifyBackup(box.file("facts", changed), box.recovery), /does not open with the recovery key/);
  const database = Buffer.from(box.octets);
  database[database.length - 5000] ^= 1;
  createHash("sha256").update(database.subarray(0, -32)).digest().copy(database, database.length - 32);
  await refusedWith(verifyBackup(box.file("database", database), box.recovery), /is a damaged backup/);
});

Deno.test("restoring refuses what is wrong and what is in the way, with nothing touched; force keeps the old beside it", async () => {
  using box = await BackedUp.make();
  using target = new TemporaryFolder();
  const time = new FakeTime();
  const { recovery } = box;
  const refused = async (path: string, key: RecoveryKey | null, pattern: RegExp, force: boolean) => {
    const before = snapshot(target);
    await refusedWith(restoreBackup(path, target, time, { force, recovery: key }), pattern);
    assert.deepEqual(snapshot(target), before, "nothing touched");
  };
  const changed = box.octets;
  changed[changed.length - 5000] ^= 1;
  const damaged = box.file("damaged", changed);
  await refused(damaged, recovery, /is a damaged backup/, false);
  const busy = await storageIn(target);
  await fill(busy, 7);
  await refused(box.path, recovery, /is in use by process/, true);
  await busy.close();
  await refused(damaged, recovery, /is a damaged backup/, true);
  await refused(box.path, newRecoveryKey(), /needs the recovery key/, true);
  await refused(box.path, null, /needs the recovery key/, true);
  await refused(box.path, recovery, /exists already; --force replaces it/, false);
  const old = snapshot(target);
  await restoreBackup(box.path, target, time, { force: true, recovery });
  const kept = snapshot(target);
  for (const [name, content] of Object.entries(old)) {
    const [, file, end = ""] = /^(.*?)(-wal|\.vault)?$/.exec(name)!;
    if (!name.endsWith("-shm")) assert.equal(kept[`${file}.before-restore${end}`], content, name);
  }
  const restored = await storageIn(target);
  assert.deepEqual(await contents(restored), FILLED);
  await restored.close();
  // The old one opens where it stands.
  const again = await storageIn(target, time, {
    kv: `${target.kv}.before-restore`,
    keyFile: `${target.keyFile}.before-restore`,
  });
  assert.deepEqual((await contents(again)).users, ["User 7"]);
  await again.close();
});

Deno.test("a restore that is cut off behind its decision is ended when the store is opened; before it, nothing happened", async () => {
  using box = await BackedUp.make();
  using unpacked = new TemporaryFolder();
  await restoreBackup(box.path, unpacked, new FakeTime(), { recovery: box.recovery });
  const [database, ring, vault] = [unpacked.kv, unpacked.keyFile, `${unpacked.keyFile}.vault`].map((file) =>
    Deno.readFileSync(file)
  );
  /** The steps of a restore, each of which may be the last. */
  const steps: ((at: TemporaryFolder) => void)[] = [
    (at) => Deno.renameSync(`${at.keyFile}.vault`, `${at.keyFile}.before-restore.vault`),
    (at) => Deno.renameSync(`${at.keyFile}.restored.vault`, `${at.keyFile}.vault`),
    (at) => Deno.renameSync(at.keyFile, `${at.keyFile}.before-restore`),
    (at) => Deno.renameSync(`${at.keyFile}.restored`, at.keyFile),
    (at) => Deno.renameSync(at.kv, `${at.kv}.before-restore`),
    (at) => Deno.renameSync(`${at.kv}-wal`, `${at.kv}.before-restore-wal`),
    (at) => Deno.renameSync(`${at.kv}.restored`, at.kv),
  ];
  for (let done = 0; done <= steps.length; done++) {
    using target = new TemporaryFolder();
    using copy = new TemporaryFolder();
    const storage = await storageIn(target);
    await fill(storage, 7);
    // With a log, as a killed box leaves it.
    for (const name of ["parley.kv", "parley.kv-wal", "parley.key", "parley.key.vault"]) {
      Deno.copyFileSync(target.join(name), copy.join(name));
    }
    await storage.close();
    Deno.writeFileSync(`${copy.kv}.restored`, database);
    Deno.writeFileSync(`${copy.keyFile}.restored`, ring);
    Deno.writeFileSync(`${copy.keyFile}.restored.vault`, vault);
    for (const step of steps.slice(0, done)) step(copy);
    const opened = await storageIn(copy);
    assert.deepEqual(await contents(opened), FILLED, `after ${done} steps`);
    await opened.close();
    const old = await storageIn(copy, new FakeTime(), {
      kv: `${copy.kv}.before-restore`,
      keyFile: `${copy.keyFile}.before-restore`,
    });
    const { users, recorded } = await contents(old);
    assert.deepEqual([users, recorded], [["User 7"], [["Talk 7", ["first 7", "second 7"]]]], `after ${done} steps`);
    await old.close();
  }
  using target = new TemporaryFolder();
  const storage = await storageIn(target);
  await fill(storage);
  await storage.close();
  for (
    const name of ["parley.kv.unpacked", "parley.key.restored", "parley.key.restored.new", "parley.key.restored.vault"]
  ) {
    Deno.writeFileSync(target.join(name), database.subarray(0, 9999));
  }
  const opened = await storageIn(target);
  assert.deepEqual(await contents(opened), FILLED);
  await opened.close();
  assert.deepEqual(Object.keys(snapshot(target)).filter((name) => /unpacked|restored/.test(name)), []);
});

/** The octets in pieces, with a note of how many were taken and whether the rest was cancelled. */
function upload(octets: Uint8Array, piece: number) {
  const state = { sent: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (state.sent >= octets.length) return controller.close();
      controller.enqueue(octets.slice(state.sent, state.sent += piece));
    },
    cancel: () => void (state.cancelled = true),
  }, { highWaterMark: 0 });
  return { state, stream };
}

Deno.test("an upload arrives as a file that is checked, in pieces of any size", async () => {
  using box = await BackedUp.make();
  const folder = box.folder.join("received");
  for (const piece of [777, 100_000, 1e9]) {
    const { stream } = upload(box.octets, piece);
    const { path, facts } = await receiveBackup(stream, folder, { recovery: box.recovery, maxOctets: 1e8 });
    assert.deepEqual(facts, box.facts);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    assert.deepEqual(Deno.readFileSync(path), box.octets);
    Deno.removeSync(path);
  }
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("an upload with the wrong key, too large, foreign or newer is refused at its beginning; the rest is not taken", async () => {
  using box = await BackedUp.make();
  const { octets, recovery } = box;
  const folder = box.folder.join("received");
  const refused = async (content: Uint8Array, key: RecoveryKey | null, maxOctets: number, pattern: RegExp) => {
    const { state, stream } = upload(content, 500);
    await refusedWith(receiveBackup(stream, folder, { recovery: key, maxOctets }), pattern);
    assert.ok(state.cancelled, "the rest is cancelled");
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    return state.sent;
  };
  const soon = 5000;
  assert.ok(await refused(octets, newRecoveryKey(), 1e8, /needs the recovery key with the id/) < soon);
  assert.ok(await refused(octets, null, 1e8, /^"the uploaded file" needs the recovery key with the id \w{8}$/) < soon);
  assert.ok(await refused(octets, recovery, 100_000, /is too large/) < soon);
  assert.ok(await refused(new Uint8Array(50_000), recovery, 1e8, /is no backup of Parley/) <= 500);
  assert.ok(await refused(withFacts(octets, (facts) => facts.format = 3), recovery, 1e8, /newer Parley/) < soon);
  const changed = octets.slice();
  changed[octets.length - 5000] ^= 1;
  await refusedWith(
    receiveBackup(upload(changed, 5000).stream, folder, { recovery, maxOctets: 1e8 }),
    /is a damaged backup/,
  );
  await refusedWith(
    receiveBackup(upload(octets.subarray(0, 50_000), 500).stream, folder, { recovery, maxOctets: 1e8 }),
    /is cut off/,
  );
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(octets.slice(0, 100));
      controller.error(new Error("connection reset"));
    },
  });
  await refusedWith(
    receiveBackup(broken, folder, { recovery, maxOctets: 1e8 }),
    /did not come to its end: connection reset/,
  );
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("a test-restore reads all that is in a backup and leaves nothing; the event loop goes on", async () => {
  using folder = new TemporaryFolder();
  const storage = await storageIn(folder);
  for (let n = 1; n <= 3; n++) await fill(storage, n);
  await storage.rotateKey();
  await storage.subscribers.put(Array.from({ length: 300 }, (_, n) => subscriber(n + 100)));
  const recovery = newRecoveryKey();
  const path = folder.join("box.parley");
  await storage.backup(path, recovery);
  await storage.close();
  const scratch = folder.join("scratch");
  Deno.mkdirSync(`${scratch}/test-restore`, { recursive: true });
  Deno.writeTextFileSync(`${scratch}/test-restore/parley.key`, "left by a killed one");
  let longest = 0;
  let last = performance.now();
  const ticks = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 2);
  const [report, second] = await Promise.allSettled([
    testRestore(path, recovery, scratch),
    testRestore(path, recovery, scratch),
  ]);
  clearInterval(ticks);
  assert.equal(report.status, "fulfilled", String((report as PromiseRejectedResult).reason));
  const { facts, ms, ...found } = report.value;
  const states = { registrations: 3, subscriptions: 3, publications: 3, rooms: 3, roomMessages: 6 };
  assert.deepEqual(found, { users: 303, ...states, deferredMessages: 6, auditEntries: 3, documents: 6, recordings: 6 });
  assert.equal(facts.contents.users, 303);
  assert.ok(ms > 0);
  assert.ok(longest < 400, `the event loop was held for ${longest} ms`);
  assert.match(String((second as PromiseRejectedResult).reason), /is in use by process/);
  assert.deepEqual([...Deno.readDirSync(scratch)].map(({ name }) => name), ["test-restore.lock"]);
});

Deno.test("a test-restore says what is wrong: the key, the file, or what is inside", async () => {
  using box = await BackedUp.make(null);
  const scratch = box.folder.join("scratch");
  const changed = box.octets;
  changed[changed.length - 5000] ^= 1;
  await refusedWith(testRestore(box.file("damaged", changed), null, scratch), /is a damaged backup/);
  await refusedWith(testRestore(box.folder.join("none"), null, scratch), /does not exist/);
  // A store that opens, but holds a record and an audit log that somebody has changed.
  const damage: [Deno.KvKey, RegExp][] = [
    [["records", "notes"], /record \["records","notes",.*is damaged/],
    [["chunk"], /record \["chunk",.*is damaged/],
    [["content"], /record \["content",.*is damaged/],
    [["log", "deferred"], /is damaged/],
  ];
  for (const [prefix, pattern] of damage) {
    using folder = new TemporaryFolder();
    let storage = await storageIn(folder);
    await fill(storage);
    await storage.close();
    const kv = await Deno.openKv(folder.kv);
    for await (const { key, value } of kv.list<Uint8Array>({ prefix }, { limit: 1 })) {
      value[value.length - 1] ^= 1;
      await kv.set(key, value);
    }
    kv.close();
    const path = folder.join("box.parley");
    try {
      storage = await storageIn(folder);
      await storage.backup(path, null);
      await storage.close();
    } catch (error) {
      assert.ok(error instanceof StoreRefusal && prefix[0] === "log", String(error));
      continue;
    }
    await refusedWith(testRestore(path, null, scratch), pattern);
  }
  assert.deepEqual([...Deno.readDirSync(scratch)].map(({ name }) => name), ["test-restore.lock"]);
});

Deno.test("a backup that cannot be made is told, and nothing is left; what a killed one left is removed", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime(Date.now());
  const storage = await storageIn(folder, time);
  await fill(storage);
  const target = folder.join("backups");
  Deno.mkdirSync(target);
  for (const name of ["old.parley.copy", "old.parley.part"]) {
    Deno.writeTextFileSync(`${target}/${name}`, "x");
    await Deno.utime(`${target}/${name}`, new Date(), new Date(Date.now() - 7_200_000));
  }
  Deno.writeTextFileSync(`${target}/new.parley.part`, "x");
  await storage.backup(`${target}/a.parley`, null);
  const names = () => [...Deno.readDirSync(target)].map(({ name }) => name).sort();
  assert.deepEqual(names(), ["a.parley", "new.parley.part"]);
  Deno.mkdirSync(`${target}/b.parley.part`);
  await assert.rejects(storage.backup(`${target}/b.parley`, null), (error) => {
    assert.ok(error instanceof StorageError && error.kind === "failed", String(error));
    assert.match(error.message, /^no backup was made at ".*b\.parley": /);
    return true;
  });
  assert.deepEqual(names(), ["a.parley", "new.parley.part"]);
  await storage.close();
});
