import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { KvConnectServer } from "../tests/support/kv_connect/server.ts";
import { restoreBackup } from "./open_storage.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import type { StoreOutcome } from "./repositories.ts";
import type { ParleyStorage } from "./open_storage.ts";
import { deferred, storageIn, subscriber, TemporaryFolder, told } from "./testing.ts";
import { contents, fill, FILLED, refused, wholeStorageSuite } from "./whole_storage_suite.ts";

const TOKEN = "a-token-of-the-tests";
Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
/** Of fake time: longer than an answer of the service takes. */
const PATIENCE_MS = 5_000;

/** A service, and a folder for the key file. */
class Remote implements Disposable, AsyncDisposable {
  readonly server = KvConnectServer.start(TOKEN);
  readonly folder = new TemporaryFolder(this.server.url);

  state(): number {
    return this.server.store.version;
  }
  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
    void this.server.stop();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.folder[Symbol.dispose]();
    await this.server.stop();
  }
}

function stored(storage: ParleyStorage, n: number): Promise<StoreOutcome> {
  return new Promise((resolve) => storage.deferredMessages.store(deferred(n), resolve));
}

/** The kind of an outcome, and its reason where it failed. */
function said(outcome: StoreOutcome): string {
  return outcome.kind === "failed" ? `failed: ${outcome.error.message}` : outcome.kind;
}

/** Waits until `holds`, at most 10 s. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds();) {
    assert.ok(performance.now() < end, `not in 10 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

wholeStorageSuite("KV Connect", () => new Remote());

Deno.test("KV Connect without TLS is for loopback only", async () => {
  using folder = new TemporaryFolder("http://192.0.2.1/kv");
  await refused(storageIn(folder), folder.kv, /is not encrypted/);
});

Deno.test("a service that wants another token, gets none, is not there or says nothing is refused, each with its reason", async () => {
  await using remote = new Remote();
  const { server, folder } = remote;
  try {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", "another-token");
    await refused(storageIn(folder), folder.kv, /does not take the access token in DENO_KV_ACCESS_TOKEN: .*not valid/);
    Deno.env.set("DENO_KV_ACCESS_TOKEN", "");
    await refused(storageIn(folder), folder.kv, /wants an access token: set DENO_KV_ACCESS_TOKEN/);
  } finally {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  }
  server.fault = "unavailable";
  await refused(storageIn(folder), folder.kv, /cannot be opened: .*503/);
  server.fault = "silent";
  await refused(storageIn(folder, new FakeTime(), { connect_ms: 300 }), folder.kv, /it has not answered for 0.3 s/);
  await server.stop();
  await refused(storageIn(folder), folder.kv, /cannot be opened: .*Connection refused/);
  server.resume();
  await (await storageIn(folder)).close();
});

Deno.test("a service that falls silent: writes are refused, not kept waiting; what it writes late is taken back; it recovers", async () => {
  await using remote = new Remote();
  const { server, folder } = remote;
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  assert.equal(said(await stored(storage, 1)), "stored");
  await server.stop();
  const [inFlight, alike] = [stored(storage, 2), stored(storage, 2)];
  await until(() => storage.deferredMessages.count === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const queued = stored(storage, 3);
  const user = storage.subscribers.put([subscriber(1)]).then(() => "added", (error) => String(error));
  assert.equal(storage.trouble, null);
  time.advance(PATIENCE_MS + 1200);
  const silent = /^failed: the store has not answered for [56] s/;
  for (const outcome of [inFlight, alike, queued]) assert.match(said(await outcome), silent);
  assert.match(await user, /the store has not answered/);
  assert.match(storage.trouble!, /has not answered for 6 s/);
  assert.match(said(await stored(storage, 4)), silent, "at once");
  const [first] = storage.deferredMessages.pending(deferred(1).recipient);
  assert.equal((await storage.deferredMessages.read(first.id))?.transaction, deferred(1).transaction, "from memory");
  assert.equal(storage.deferredMessages.knows(deferred(2).transaction), false);

  const landed = server.store.version;
  server.resume();
  // The second message came through late: it is taken back, and may be sent again.
  await until(() => server.store.version >= landed + 2);
  assert.equal(storage.trouble, null);
  assert.equal(said(await stored(storage, 2)), "stored");
  assert.equal(said(await stored(storage, 5)), "stored");
  await storage.subscribers.put([subscriber(1)]);
  const expected = [1, 2, 5].map((n) => deferred(n).transaction);
  assert.deepEqual((await contents(storage)).messages, expected);
  await storage.close();
  const again = await storageIn(folder);
  assert.deepEqual((await contents(again)).messages, expected);
  assert.equal(again.subscribers.size, 1);
  await again.close();
});

Deno.test("closing does not wait for a service that does not answer", async () => {
  await using remote = new Remote();
  const time = new FakeTime();
  const storage = await storageIn(remote.folder, time);
  remote.server.fault = "silent";
  const user = storage.subscribers.put([subscriber(1)]).then(() => "added", (error) => String(error));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const outcome = stored(storage, 1);
  const closed = storage.close();
  time.advance(PATIENCE_MS + 1200);
  await closed;
  assert.match(said(await outcome), /^failed: the store has not answered/);
  assert.match(await user, /closed/);
});

Deno.test("writes whose answers are lost are done once", async () => {
  await using remote = new Remote();
  const { server, folder } = remote;
  const storage = await storageIn(folder);
  server.fault = "lost";
  const work = Promise.all([
    ...[1, 2, 3].map((n) => stored(storage, n)),
    told((done) => storage.registrations.save("sip:1@x", [1], false, done)),
    storage.subscribers.put([subscriber(1)]),
  ]);
  const before = server.requests.atomic_write;
  await until(() => server.requests.atomic_write >= before + 2);
  server.fault = null;
  const [first, second, third, registered] = await work;
  assert.deepEqual([first, second, third].map((outcome) => said(outcome as StoreOutcome)), Array(3).fill("stored"));
  assert.equal(registered, null);
  assert.equal(storage.trouble, null);
  await storage.close();
  const again = await storageIn(folder);
  const found = await contents(again);
  assert.deepEqual(found.messages, [1, 2, 3].map((n) => deferred(n).transaction));
  assert.deepEqual([found.users, found.registrations], [["User 1"], [["sip:1@x", [1]]]]);
  await again.close();
});

Deno.test("two boxes with the same key file on one service: the one that is behind notices, and writes no more", async () => {
  await using remote = new Remote();
  using elsewhere = new TemporaryFolder(remote.server.url);
  const first = await storageIn(remote.folder);
  await fill(first);
  for (const end of ["", ".vault"]) Deno.copyFileSync(remote.folder.keyFile + end, elsewhere.keyFile + end);
  const second = await storageIn(elsewhere);
  assert.equal(said(await stored(second, 2)), "stored");
  assert.match(said(await stored(first, 3)), /^failed: another process writes this store/);
  assert.match(first.trouble!, /another process writes this store .* restart when only one does/);
  assert.match(
    (await told((done) => first.registrations.save("sip:2@x", [2], false, done)))!.message,
    /another process writes/,
  );
  await assert.rejects(first.settings.set("n2", 2), /another process writes/);
  assert.equal(second.trouble, null);
  assert.equal(said(await stored(second, 4)), "stored");
  for (const storage of [first, second]) await storage.close();
  const again = await storageIn(elsewhere);
  assert.deepEqual((await contents(again)).messages, [1, 2, 4].map((n) => deferred(n).transaction));
  await again.close();
});

Deno.test("bursts and large values keep within what a service takes, also while they are sealed anew", async () => {
  await using remote = new Remote();
  const storage = await storageIn(remote.folder);
  await fill(storage);
  const body = new Uint8Array(60_000);
  for (let round = 0; round < 4; round++) {
    const outcomes = await Promise.all(
      Array.from(
        { length: 40 },
        (_, n) =>
          new Promise<StoreOutcome>((resolve) =>
            storage.deferredMessages.store(deferred(100 + round * 40 + n, { body, recipient: `sip:${n}@x` }), resolve)
          ),
      ),
    );
    assert.deepEqual(new Set(outcomes.map(said)), new Set(["stored"]));
    // Compaction writes what stays again.
    for (const outcome of outcomes.slice(1)) {
      if (outcome.kind === "stored") await told((done) => storage.deferredMessages.remove(outcome.id, done));
    }
  }
  await storage.rotateKey();
  assert.equal(storage.trouble, null);
  await storage.close();
  const again = await storageIn(remote.folder);
  assert.deepEqual(await contents(again), FILLED);
  assert.equal(again.deferredMessages.pending("sip:0@x").length, 4);
  await again.close();
});

Deno.test("a service is neither backed up nor restored from here, and that is said", async () => {
  await using remote = new Remote();
  const { folder } = remote;
  const storage = await storageIn(folder);
  await assert.rejects(storage.backup(folder.join("backup"), null), /is not a file: .*backed up where it runs/);
  await storage.close();
  await assert.rejects(restoreBackup(folder.join("backup"), folder, new FakeTime()), (error) => {
    assert.ok(error instanceof StoreRefusal);
    assert.match(error.message, /is not a file: .*restored where it runs/);
    return true;
  });
});
