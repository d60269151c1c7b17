import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { silentLog } from "../../foundation/mod.ts";
import { type DeferredMessage, openStorage, type StoreOutcome } from "../../storage/mod.ts";
import { StoredOperations } from "./stored_operations.ts";

function messageFor(recipient: string): DeferredMessage {
  return {
    recipient,
    device: "",
    sender: "sip:carol@example.test",
    arrivedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    transaction: `t ${recipient}`,
    headers: `From: <sip:carol@example.test>\r\nTo: <${recipient}>\r\n`,
    body: new Uint8Array(5),
  };
}

Deno.test("documents and waiting messages of a user go with the user, before the user; where a box runs, by its own hand", async () => {
  const data = Deno.makeTempDirSync({ prefix: "parley-remove-" });
  const time = new FakeTime();
  const storage = await openStorage({
    kv: `${data}/parley.kv`,
    keyFile: `${data}/parley.key`,
    clock: time,
    timers: time.timers,
    log: silentLog,
  });
  const common = { storage, clock: time, data, domains: ["example.test"], version: "", actor: "cli" };
  const [alice, bob] = ["sip:alice@example.test", "sip:bob@example.test"];
  const key = (owner: string) => ({ auid: "resource-lists", owner, name: "index" });
  const users = ["alice", "bob"].map((user) => ({
    uri: `${user}@example.test`,
    password: "correct horse battery",
    display_name: "",
    e164: "",
  }));
  const operations = new StoredOperations(common);
  assert.deepEqual((await operations.addUsers({ users, replace: false, dry_run: false })).errors, []);
  for (const owner of [alice, bob]) {
    await storage.documents.put(key(owner), "text", null);
    const stored = await new Promise<StoreOutcome>((done) => storage.deferredMessages.store(messageFor(owner), done));
    assert.equal(stored.kind, "stored");
    storage.knownDevices.seen(owner, "<urn:uuid:phone>", time.now());
  }
  await operations.removeUser({ uri: alice });
  // The next user of that name finds nothing.
  assert.deepEqual([...storage.deferredMessages.recipients()], [bob]);
  assert.deepEqual([alice, bob].map((aor) => storage.knownDevices.of(aor, time.now()).length), [0, 1]);
  assert.deepEqual([storage.documents.list(alice), storage.subscribers.get(alice)], [[], undefined]);
  assert.equal(storage.documents.list(bob).length, 1);
  const asked: unknown[] = [];
  const live = new StoredOperations({
    ...common,
    forget: (aor) => {
      asked.push(aor, storage.subscribers.get(aor)?.aor);
      return Promise.resolve();
    },
  });
  await live.removeUser({ uri: bob });
  assert.deepEqual(asked, [bob, bob]);
  await storage.close();
  Deno.removeSync(data, { recursive: true });
});
