import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { FakeTime } from "../foundation/testing.ts";
import { encodeFacts, encodeHead, readHead } from "./kv/backup_format.ts";
import { openKeyBlock, sealKeyBlock } from "./kv/key_block.ts";
import { StoreRefusal } from "./kv/refusal.ts";
import { SLOT_OCTETS } from "./kv/vault.ts";
import { newRecoveryKey, testRestore } from "./mod.ts";
import { restoreBackup } from "./open_storage.ts";
import type { ParleyStorage } from "./open_storage.ts";
import { storageIn, subscriber, TemporaryFolder } from "./testing.ts";
import { octetsOf, readContent, sha256, writeContent } from "./testing_contents.ts";
import { append, calm, facts, readAll, said } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

/** A conversation of two that is put away, one that goes on, a file and a mark. */
async function fill(storage: ParleyStorage, time: FakeTime): Promise<void> {
  const first = storage.history.begin("session");
  for (const owner of [ALICE, BOB]) first.join(facts(owner, { subject: "first" }));
  for (let n = 0; n < 200; n++) await append(first, said(n), ALICE, BOB);
  const content = await writeContent(storage.contents, octetsOf(200_000));
  await append(first, said(200, { body: new Uint8Array(), content }), ALICE, BOB);
  first.close();
  await calm(storage, time);
  const second = storage.history.begin("pager");
  second.join(facts(ALICE, { subject: "second" }));
  await append(second, said(300), ALICE);
  await storage.history.mark(ALICE, BOB, { at: 7, reference: second.referenceOf(ALICE)!, seq: 1 });
}

async function found(storage: ParleyStorage, owner: string) {
  const all = await Promise.all(
    storage.history.list(owner).map(async ({ reference, subject }) => {
      const messages = await readAll(storage.history, owner, reference);
      const content = messages.find(({ content }) => content !== null)?.content ?? null;
      return [subject, messages.length, content === null ? "" : sha256(await readContent(storage.contents, content))];
    }),
  );
  return [all, [...storage.history.marks(owner).values()].map(({ at }) => at)];
}

const FILE = sha256(octetsOf(200_000));
const OF_ALICE = [[["second", 1, ""], ["first", 201, FILE]], [7]];
const OF_BOB = [[["first", 201, FILE]], []];

Deno.test("a backup takes the keys of recordings along, sealed; a test-restore reads every message; a restore has all of it", async () => {
  for (const recovery of [newRecoveryKey(), null]) {
    using folder = new TemporaryFolder();
    using other = new TemporaryFolder();
    const time = new FakeTime();
    const storage = await storageIn(folder, time);
    await fill(storage, time);
    const path = folder.join("box.parley");
    const backup = await storage.backup(path, recovery);
    assert.deepEqual([backup.format, backup.contents.recordings], [2, 3]);
    await storage.close();
    const octets = Buffer.from(Deno.readFileSync(path));
    const vault = Deno.readFileSync(`${folder.keyFile}.vault`).subarray(64);
    for (let at = 0; at < vault.length; at += SLOT_OCTETS) {
      assert.ok(!octets.includes(Buffer.from(vault.subarray(at, at + SLOT_OCTETS))), "a key as it is");
    }
    assert.equal((await testRestore(path, recovery, other.join("scratch"))).recordings, 3);
    await restoreBackup(path, other, time, { recovery });
    const restored = await storageIn(other, time);
    assert.deepEqual([await found(restored, ALICE), await found(restored, BOB)], [OF_ALICE, OF_BOB]);
    assert.equal(Deno.statSync(`${other.keyFile}.vault`).mode! & 0o777, 0o600);
    await restored.history.removeOwner(ALICE);
    await restored.close();
    const again = await storageIn(other, time);
    assert.deepEqual([await found(again, ALICE), await found(again, BOB)], [[[], []], OF_BOB]);
    await again.close();
  }
});

Deno.test("what was removed while a backup was made is not in it, though the database was copied before", async () => {
  using folder = new TemporaryFolder();
  using other = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  await fill(storage, time);
  await storage.close();
  // The vault is asked for behind the copy: as if Alice had gone in between, and somebody else had got her slots.
  using behind = new TemporaryFolder();
  for (const name of ["parley.kv", "parley.key", "parley.key.vault"]) {
    Deno.copyFileSync(folder.join(name), behind.join(name));
  }
  const later = await storageIn(behind, time);
  await later.history.removeOwner(ALICE);
  await fill(later, time);
  const path = behind.join("box.parley");
  await later.backup(path, null);
  await later.close();
  await restoreBackup(path, other, time);
  // The database of before, with the keys of behind.
  Deno.copyFileSync(folder.kv, other.kv);
  const restored = await storageIn(other, time);
  assert.deepEqual(await found(restored, ALICE), [[], []]);
  assert.deepEqual(await found(restored, BOB), OF_BOB);
  await restored.close();
});

Deno.test("a vault that is missing, cut off, damaged or of another time is refused, in plain words; nothing is lost by that", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const empty = await storageIn(folder, time);
  const path = `${folder.keyFile}.vault`;
  await empty.close();
  const before = Deno.readFileSync(path);
  const storage = await storageIn(folder, time);
  await fill(storage, time);
  await storage.close();
  const whole = Deno.readFileSync(path);
  const database = Deno.readFileSync(folder.kv);
  const refused = async (content: Uint8Array | null, pattern: RegExp) => {
    if (content === null) Deno.removeSync(path);
    else Deno.writeFileSync(path, content);
    await assert.rejects(storageIn(folder, time), (error) => {
      assert.ok(error instanceof StoreRefusal, String(error));
      assert.equal(error.file, path);
      assert.match(error.message, pattern);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
    assert.deepEqual(Deno.readFileSync(folder.kv), database);
    if (content !== null) assert.deepEqual(Deno.readFileSync(path), content);
  };
  await refused(
    null,
    /is missing, and what is recorded in ".*" was encrypted with it; put it back, or restore a backup/,
  );
  await refused(whole.subarray(0, 64), /is cut off: it has 0 slots, and slot \d+ is in use/);
  await refused(before, /does not open what was encrypted with it/);
  const damaged = whole.map((octet, at) => at < 64 ? octet : octet ^ 1);
  await refused(damaged, /does not open what was encrypted with it.*put the right one back, or restore a backup/);
  Deno.writeFileSync(path, whole);
  const again = await storageIn(folder, time);
  assert.deepEqual([await found(again, ALICE), await found(again, BOB)], [OF_ALICE, OF_BOB]);
  await again.close();
});

Deno.test("a segment that is missing or changed is found by whoever reads it, and by a test-restore", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  await fill(storage, time);
  await storage.close();
  const kv = await Deno.openKv(folder.kv);
  const [{ key, value }] = await Array.fromAsync(kv.list<Uint8Array>({ prefix: ["history"] }));
  for (const change of ["changed", "missing"]) {
    if (change === "missing") await kv.delete(key);
    else await kv.set(key, value.map((octet, at) => at === 100 ? octet ^ 1 : octet));
    const again = await storageIn(folder, time);
    const { reference } = again.history.list(BOB)[0];
    await assert.rejects(again.history.read(BOB, reference, 0, 10), /record \["history",\d+,0\] is (missing|damaged)/);
    const path = folder.join(`${change}.parley`);
    await again.backup(path, null);
    await again.close();
    await assert.rejects(
      testRestore(path, null, folder.join("scratch")),
      /record \["history",\d+,0\] is (missing|damaged)/,
    );
  }
  kv.close();
});

Deno.test("a rotation of the box's key leaves recordings as they are", async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  await fill(storage, time);
  await storage.rotateKey();
  assert.deepEqual(await found(storage, ALICE), OF_ALICE);
  await storage.close();
  const again = await storageIn(folder, time);
  assert.deepEqual([await found(again, ALICE), await found(again, BOB)], [OF_ALICE, OF_BOB]);
  await again.close();
});

Deno.test("a backup of a Parley that recorded nothing is restored, also over a store that has recordings", async () => {
  using folder = new TemporaryFolder();
  using other = new TemporaryFolder();
  const time = new FakeTime();
  const empty = await storageIn(folder, time);
  await empty.subscribers.put([subscriber(1)]);
  const path = folder.join("box.parley");
  await empty.backup(path, null);
  await empty.close();
  Deno.writeFileSync(path, asFormat1(Deno.readFileSync(path), path));
  const storage = await storageIn(other, time);
  await fill(storage, time);
  await storage.close();
  assert.equal((await restoreBackup(path, other, time, { force: true })).format, 1);
  const restored = await storageIn(other, time);
  assert.deepEqual([restored.subscribers.size, await found(restored, ALICE)], [1, [[], []]]);
  await fill(restored, time);
  assert.deepEqual(await found(restored, ALICE), OF_ALICE);
  await restored.close();
  // What was there opens where it stands.
  const before = { kv: `${other.kv}.before-restore`, keyFile: `${other.keyFile}.before-restore` };
  const old = await storageIn(other, time, before);
  assert.deepEqual(await found(old, BOB), OF_BOB);
  await old.close();
});

/** The same as a Parley wrote it that had no vault. */
function asFormat1(octets: Uint8Array, name: string): Uint8Array {
  const head = readHead(octets, name);
  assert.ok(typeof head !== "number");
  const { vault: _, ...facts } = head.facts;
  const { keyFile, sha256 } = openKeyBlock(head, null, name);
  const bound = encodeFacts({ ...facts, format: 1 });
  const database = octets.subarray(head.octets, head.octets + facts.octets);
  const whole = Buffer.concat([encodeHead(bound, sealKeyBlock({ keyFile, sha256 }, bound, null)), database]);
  return Buffer.concat([whole, createHash("sha256").update(whole).digest()]);
}
