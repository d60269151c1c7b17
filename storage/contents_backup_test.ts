import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { FakeTime } from "../foundation/testing.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { newRecoveryKey, testRestore } from "./mod.ts";
import { restoreBackup } from "./open_storage.ts";
import type { DeferredMessage, StoreOutcome } from "./repositories.ts";
import { deferred, storageIn, TemporaryFolder, told } from "./testing.ts";
import {
  innerContents,
  octetsOf,
  readContent,
  removed,
  sha256,
  storedChunks,
  writeContent,
} from "./testing_contents.ts";

const BOB = "sip:bob@example.test";
const FOREVER = 9e15;

/** A store with one stored file of `length` octets. */
async function withFile(folder: TemporaryFolder, length: number) {
  const storage = await storageIn(folder);
  const content = await writeContent(storage.contents, octetsOf(length));
  const message: DeferredMessage = deferred(1, { mode: "file", content, expiresAt: FOREVER });
  const outcome = await new Promise<StoreOutcome>((resolve) => storage.deferredMessages.store(message, resolve));
  assert.ok(outcome.kind === "stored");
  return { storage, content, id: outcome.id };
}

/** Sealed octets of all chunks, as they stand in the database. */
async function sealedChunks(folder: TemporaryFolder): Promise<Uint8Array[]> {
  const kv = await Deno.openKv(folder.kv);
  const chunks: Uint8Array[] = [];
  for await (const { value } of kv.list<Uint8Array>({ prefix: ["content"] })) chunks.push(value);
  kv.close();
  return chunks;
}

/** How many of the chunks have any of their octets in the file: a part at the beginning, one in the middle, one at the end. */
function traces(path: string, chunks: readonly Uint8Array[]): number {
  const file = Buffer.from(Deno.readFileSync(path));
  return chunks.filter((chunk) =>
    [40, chunk.length >> 1, chunk.length - 80].some((at) => file.includes(Buffer.from(chunk.subarray(at, at + 24))))
  ).length;
}

Deno.test("a backup and a restore take contents along; a test-restore reads them and compares their hash", async () => {
  using folder = new TemporaryFolder();
  using other = new TemporaryFolder();
  const recovery = newRecoveryKey();
  const { storage, content, id } = await withFile(folder, 500_000);
  const path = folder.join("box.parley");
  await storage.backup(path, recovery);
  await storage.close();
  const report = await testRestore(path, recovery, other.join("scratch"));
  assert.equal(report.deferredMessages, 1);
  const place = { kv: other.kv, keyFile: other.keyFile };
  await restoreBackup(path, place, new FakeTime(), { recovery });
  const restored = await storageIn(other);
  const found = (await restored.deferredMessages.read(id))!.content!;
  assert.deepEqual(found, content);
  assert.equal(sha256(await readContent(restored.contents, found)), content.sha256);
  await restored.close();
});

Deno.test("a content that is not whole is found by a test-restore", async () => {
  using folder = new TemporaryFolder();
  const { storage } = await withFile(folder, 500_000);
  await storage.close();
  const kv = await Deno.openKv(folder.kv);
  const [name] = (await storedChunks(kv)).keys();
  await kv.delete(["content", name, 4]);
  kv.close();
  const again = await storageIn(folder);
  await again.backup(folder.join("box.parley"), null);
  await again.close();
  await assert.rejects(testRestore(folder.join("box.parley"), null, folder.join("scratch")), (error) => {
    assert.ok(error instanceof StoreRefusal, String(error));
    assert.match(error.message, /record .*"content".*4.* is missing/);
    return true;
  });
});

Deno.test("a deleted content is in no backup made afterwards, not even in what SQLite keeps of deleted rows", async () => {
  using folder = new TemporaryFolder();
  const { storage, id } = await withFile(folder, 500_000);
  await storage.backup(folder.join("before.parley"), null);
  await storage.close();
  const chunks = await sealedChunks(folder);
  assert.equal(chunks.length, 9);
  assert.equal(traces(folder.join("before.parley"), chunks), 9, "the search finds what is there");

  const again = await storageIn(folder);
  assert.equal(await told((done) => again.deferredMessages.remove(id, done)), null);
  await removed(innerContents(again));
  assert.equal(again.deferredMessages.pending(BOB).length, 0);
  await again.backup(folder.join("after.parley"), null);
  await again.close();
  assert.equal((await sealedChunks(folder)).length, 0);
  assert.equal(traces(folder.join("after.parley"), chunks), 0);
});

Deno.test("a rotation seals the records anew and leaves the chunks as they are: they are read with the new key ring", async () => {
  using folder = new TemporaryFolder();
  const { storage, content } = await withFile(folder, 500_000);
  await storage.close();
  const before = await sealedChunks(folder);
  const again = await storageIn(folder);
  assert.ok((await again.rotateKey()).resealed > 0);
  assert.equal(sha256(await readContent(again.contents, content)), content.sha256);
  await again.close();
  assert.deepEqual(await sealedChunks(folder), before);
  const last = await storageIn(folder);
  const [{ id }] = last.deferredMessages.pending(BOB);
  const found = (await last.deferredMessages.read(id))!.content!;
  assert.equal(sha256(await readContent(last.contents, found)), content.sha256);
  await last.close();
});
