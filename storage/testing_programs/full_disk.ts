/**
 * Fills a small file system with messages until one is refused, makes room, and goes on; says on stdout what happened. Run by
 * crash_test.ts in a mount namespace of its own: `full_disk.ts FOLDER`.
 */
import { join } from "node:path";
import { silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { openStorage, type StoreOutcome } from "../mod.ts";
import { deferred, told } from "../testing.ts";

const [folder] = Deno.args;
const time = new FakeTime();
const options = {
  kv: join(folder, "parley.kv"),
  keyFile: join(folder, "parley.key"),
  clock: time,
  timers: time.timers,
  log: silentLog,
};
const ballast = join(folder, "ballast");
Deno.writeFileSync(ballast, new Uint8Array(1_200_000));

let storage = await openStorage(options);
function store(n: number): Promise<StoreOutcome> {
  return new Promise((resolve) =>
    storage.deferredMessages.store(deferred(n, { body: new Uint8Array(20_000) }), resolve)
  );
}

let stored = 0;
let outcome = await store(0);
for (let n = 1; outcome.kind === "stored" && n < 1000; n++) {
  stored++;
  outcome = await store(n);
}
const refusedAs = outcome.kind === "failed" ? outcome.error.kind : outcome.kind;
const { trouble } = storage;
/** What becomes of a state of each log: `stored`, or the kind of its error. */
async function saveStates(): Promise<string> {
  const logs = [storage.registrations, storage.subscriptions, storage.publications, storage.rooms];
  const value = "x".repeat(20_000);
  const errors = await Promise.all(logs.map((log) => told((done) => log.save("one", value, false, done))));
  return errors.map((error) => error?.kind ?? "stored").join();
}
const statesAs = await saveStates();
/** What became of a backup, and what it left. */
async function backUp(): Promise<string> {
  const before = [...Deno.readDirSync(folder)].map(({ name }) => name).sort().join();
  const said = await storage.backup(join(folder, "box.parley"), null).then(() => "made", (error) => error.kind);
  const after = [...Deno.readDirSync(folder)].map(({ name }) => name).sort().join();
  return before === after ? said : `${said}, and left ${after}`;
}
const backupAs = await backUp();
Deno.removeSync(ballast);
// Room for the copy of the database, and not for the file that is made of it.
Deno.writeFileSync(ballast, new Uint8Array(300_000));
const halfWayAs = await backUp();
Deno.removeSync(ballast);
const afterSpace = (await store(1001)).kind;
const statesAfterSpace = await saveStates();
const troubleAfter = storage.trouble;
await storage.close();
storage = await openStorage(options);
const statesFound = [storage.registrations, storage.subscriptions, storage.publications, storage.rooms]
  .flatMap((log) => [...log.load()]).length;
const found = storage.deferredMessages.pending("sip:bob@example.test").length;
await storage.close();
const states = [statesAs, statesAfterSpace, statesFound];
console.log(
  JSON.stringify({ stored, refusedAs, trouble, states, backupAs, halfWayAs, afterSpace, troubleAfter, found }),
);
