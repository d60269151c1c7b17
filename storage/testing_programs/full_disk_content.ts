/**
 * Stores one message with content on a small file system, fills it with a second until that is refused, makes room, and goes on; says
 * on stdout what happened. Run by contents_crash_test.ts in a mount namespace of its own: `full_disk_content.ts FOLDER`.
 */
import { join } from "node:path";
import { silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { openStorage, StorageError } from "../mod.ts";
import { deferred } from "../testing.ts";
import {
  finished,
  innerContents,
  octetsOf,
  readContent,
  removed,
  room,
  sha256,
  storedChunks,
  writeContent,
} from "../testing_contents.ts";

const [folder] = Deno.args;
const time = new FakeTime();
const kv = join(folder, "parley.kv");
const options = { kv, keyFile: join(folder, "parley.key"), clock: time, timers: time.timers, log: silentLog };
const ballast = join(folder, "ballast");
Deno.writeFileSync(ballast, new Uint8Array(4_000_000));
const storage = await openStorage(options);
const own = innerContents(storage);
const kept = await writeContent(storage.contents, octetsOf(500_000, 1));
const message = deferred(1, { mode: "file", content: kept, expiresAt: 9e15 });
await new Promise((resolve) => storage.deferredMessages.store(message, resolve));

const writer = storage.contents.write();
for (let n = 0; n < 500 && writer.error === null; n++) {
  writer.write(octetsOf(60_000, n));
  await room(writer);
}
const outcome = await finished(writer);
const refusedAs = outcome instanceof StorageError ? outcome.kind : "stored";
Deno.removeSync(ballast);
// The removal was tried, and is tried again after a while; real time only lets its commit end.
for (let turn = 0; own.removing > 0 && turn < 50; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (turn % 10 === 9) time.advance(10_000);
}
await removed(own);
const again = await writeContent(storage.contents, octetsOf(1_000_000, 3));
const next = deferred(2, { mode: "file", content: again, expiresAt: 9e15 });
await new Promise((resolve) => storage.deferredMessages.store(next, resolve));
const intact = sha256(await readContent(storage.contents, kept)) === kept.sha256;
await storage.close();
const raw = await Deno.openKv(kv);
const left = (await storedChunks(raw)).size - 1;
raw.close();
console.log(JSON.stringify({ refusedAs, left, afterSpace: again.octets, kept: intact }));
