import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { silentLog } from "../foundation/mod.ts";
import { readKeyFile } from "./kv/key_file.ts";
import { SCHEMA } from "./kv/migrations.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { type ParleyStorage, rotateKey } from "./open_storage.ts";
import { AUID, contacts, keyOf, renamed, written } from "./testing_documents.ts";
import { octetsOf, readContent, sha256, writeContent } from "./testing_contents.ts";
import { append, facts, readAll, said } from "./testing_history.ts";
import { deferred, storageIn, subscriber, type TemporaryFolder, told } from "./testing.ts";

const ALICE = "sip:alice@example.test";
const CAROL = "sip:carol@example.test";

/** A place for a new store; what belongs to it goes with it. */
export interface TestPlace extends Disposable {
  readonly folder: TemporaryFolder;
  /** Changes whenever something is written. */
  state(): unknown;
}

/** Puts something into every repository. */
export async function fill(storage: ParleyStorage, n = 1): Promise<void> {
  await storage.subscribers.put([subscriber(n)]);
  await told((done) => storage.registrations.save(`sip:${n}@x`, [n], false, done));
  await told((done) => storage.subscriptions.save(`s${n}`, { n }, false, done));
  await told((done) => storage.publications.save(`presence ${n}`, { text: `<n>${n}</n>` }, false, done));
  await told((done) => storage.rooms.save(`conf-${n}`, { subject: `Room ${n}` }, false, done));
  for (const seq of [1, 2]) {
    const body = [octetsOf(seq === 1 ? 100 : 100_000, n)];
    const message = { seq, messageId: `r${seq}`, contentType: "message/cpim", from: 1, to: null, at: seq, body };
    await told((done) => storage.roomMessages.append(`conf-${n}`, message, done));
  }
  await new Promise((resolve) => storage.deferredMessages.store(deferred(n), resolve));
  const content = await writeContent(storage.contents, octetsOf(150_000, n));
  const file = deferred(n, { recipient: "sip:carol@example.test", mode: "file", messageId: `m${n}`, content });
  await new Promise((resolve) => storage.deferredMessages.store(file, resolve));
  const talk = storage.history.begin("session");
  for (const owner of [ALICE, CAROL]) talk.join(facts(owner, { subject: `Talk ${n}` }));
  for (const [at, text] of ["first", "second"].entries()) {
    const body = new TextEncoder().encode(`${text} ${n}`);
    assert.equal((await append(talk, said(at, { body }), ALICE, CAROL)).error, null);
  }
  talk.close();
  storage.knownDevices.seen(`sip:${n}@x`, `<urn:uuid:${n}>`, Date.UTC(2026, 0, 1));
  storage.auditLog.append({ at: Date.UTC(2026, 0, 1), event: "test", actor: "cli", facts: { n } });
  await storage.settings.set(`n${n}`, { n });
  await (await storage.records<number[]>("notes", 1000)).put(`note ${n}`, [n]);
  await storage.largeValues.put("document", `${n}`, new Uint8Array(100_000).fill(n));
  const list = contacts(200);
  const etag = written(await storage.documents.put(keyOf(`sip:${n}@x`), list, null));
  const { text, edit } = renamed(list, 7, `Seven of ${n}`);
  await storage.documents.put(keyOf(`sip:${n}@x`), text, etag, edit);
  await storage.documents.put(keyOf(`sip:${n}@x`, "big"), contacts(4000), null);
}

/** What `fill` put in, as it is found. */
export async function contents(storage: ParleyStorage) {
  const { subscribers, registrations, deferredMessages, auditLog, settings, largeValues } = storage;
  const pending = deferredMessages.pending("sip:bob@example.test");
  const files = deferredMessages.pending("sip:carol@example.test");
  return {
    users: subscribers.list("", 99).map((user) => user.displayName),
    registrations: [...registrations.load()],
    subscriptions: [...storage.subscriptions.load()],
    publications: [...storage.publications.load()],
    rooms: [...storage.rooms.load()],
    said: (await storage.roomMessages.read("conf-1", 0)).map(({ messageId, body }) => [messageId, sha256(body[0])]),
    messages: await Promise.all(pending.map(async ({ id }) => (await deferredMessages.read(id))?.transaction)),
    files: await Promise.all(files.map(async ({ id }) => {
      const { content, mode, messageId } = (await deferredMessages.read(id))!;
      return [mode, messageId, sha256(await readContent(storage.contents, content!))];
    })),
    recorded: await Promise.all(
      storage.history.list(ALICE).map(async ({ reference, subject }) => {
        const messages = await readAll(storage.history, ALICE, reference);
        return [subject, messages.map(({ body }) => new TextDecoder().decode(body))];
      }),
    ),
    devices: storage.knownDevices.of("sip:1@x", Date.UTC(2026, 0, 2)),
    audit: (await auditLog.list({ limit: 99 })).map((entry) => entry.facts.n),
    setting: settings.get("n1"),
    notes: [...(await storage.records<number[]>("notes", 1000)).entries()],
    large: (await largeValues.get("document", "1"))?.length,
    documents: await Promise.all(
      storage.documents.list("sip:1@x").map(async ({ name }) =>
        (await storage.documents.read(AUID, "sip:1@x", name))?.text
      ),
    ),
  };
}
export const FILLED = {
  users: ["User 1"],
  registrations: [["sip:1@x", [1]]],
  subscriptions: [["s1", { n: 1 }]],
  publications: [["presence 1", { text: "<n>1</n>" }]],
  rooms: [["conf-1", { subject: "Room 1" }]],
  said: [["r1", sha256(octetsOf(100, 1))], ["r2", sha256(octetsOf(100_000, 1))]],
  messages: [deferred(1).transaction],
  files: [["file", "m1", sha256(octetsOf(150_000, 1))]],
  recorded: [["Talk 1", ["first 1", "second 1"]]],
  devices: ["<urn:uuid:1>"],
  audit: [1],
  setting: { n: 1 },
  notes: [["note 1", [1]]],
  large: 100_000,
  documents: [contacts(4000), renamed(contacts(200), 7, "Seven of 1").text],
};

export async function refused(opening: Promise<unknown>, file: string, pattern: RegExp): Promise<void> {
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof StoreRefusal, String(error));
    assert.equal(error.file, file);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  });
}

/** Names, sizes and contents of all files, but for the lock. */
export function snapshot(folder: TemporaryFolder): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(folder.path)) {
    if (!name.endsWith(".lock")) files[name] = Deno.readFileSync(folder.join(name)).toHex?.() ?? "";
  }
  return files;
}

/** What holds for a whole storage wherever its values are; `kind` names it. */
export function wholeStorageSuite(name: string, kind: () => TestPlace): void {
  const test = (what: string, run: () => Promise<void>) => Deno.test(`${name}: ${what}`, run);

  test("everything is there after closing and opening", async () => {
    using place = kind();
    const { folder } = place;
    const storage = await storageIn(folder);
    assert.equal(storage.trouble, null);
    assert.match(storage.settings.get<string>("store.instance")!, /^[0-9a-f]{16}$/);
    await fill(storage);
    await storage.close();
    const again = await storageIn(folder);
    assert.deepEqual(await contents(again), FILLED);
    assert.equal((await again.auditLog.verify()).ok, true);
    assert.equal(again.settings.get("store.instance"), storage.settings.get("store.instance"));
    await again.close();
  });

  test("a second process is refused, and told who holds the store", async () => {
    using place = kind();
    const { folder } = place;
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

  test("another program's DenoKV store is refused and not touched", async () => {
    using place = kind();
    const { folder } = place;
    const other = await Deno.openKv(folder.kv);
    await other.set(["users", 1], "x");
    other.close();
    const [before, state] = [snapshot(folder), place.state()];
    await refused(storageIn(folder), folder.kv, /is a (DenoKV database|store) of another program/);
    assert.deepEqual([snapshot(folder), place.state()], [before, state]);
  });

  test("a key file that is damaged, foreign or missing is refused, and which it is is said; nothing is touched", async () => {
    using place = kind();
    const { folder } = place;
    using otherPlace = kind();
    const other = otherPlace.folder;
    for (const one of [folder, other]) {
      const storage = await storageIn(one);
      await fill(storage);
      await storage.close();
    }
    const state = place.state();
    const text = Deno.readTextFileSync(folder.keyFile);
    const attempt = async (write: () => void, pattern: RegExp) => {
      write();
      const key = snapshot(folder)["parley.key"];
      await refused(storageIn(folder), folder.keyFile, pattern);
      assert.equal(snapshot(folder)["parley.key"], key);
      assert.deepEqual(place.state(), state);
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
    await refused(storageIn(folder), folder.keyFile, /is missing, and ".*" was sealed with it/);
    assert.equal(snapshot(folder)["parley.key"], undefined, "no new key is made for an old store");
    Deno.writeTextFileSync(folder.keyFile, text);
    const storage = await storageIn(folder);
    assert.deepEqual(await contents(storage), FILLED);
    await storage.close();
  });

  test("a store of a newer Parley is refused", async () => {
    using place = kind();
    const { folder } = place;
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

  test("rotation of a store that nobody has open; a key that came before a crash is no harm", async () => {
    using place = kind();
    const { folder } = place;
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

  test("rotation while messages come and go loses none", async () => {
    using place = kind();
    const { folder } = place;
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
}
