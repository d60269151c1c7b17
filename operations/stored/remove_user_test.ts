import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { silentLog } from "../../foundation/mod.ts";
import { openStorage } from "../../storage/mod.ts";
import { StoredOperations } from "./stored_operations.ts";

Deno.test("the documents of a user go with the user, before the user; where a box runs, by its own hand", async () => {
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
  for (const owner of [alice, bob]) await storage.documents.put(key(owner), "text", null);
  await operations.removeUser({ uri: alice });
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
