import assert from "node:assert/strict";
import fc from "fast-check";
import { newRecoveryKey, receiveBackup, type RecoveryKey, StoreRefusal } from "./mod.ts";
import { storageIn, subscriber, TemporaryFolder } from "./testing.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

/** The octets of a backup of a small store. */
async function backupOf(folder: TemporaryFolder, recovery: RecoveryKey | null): Promise<Uint8Array> {
  const storage = await storageIn(folder);
  try {
    await storage.subscribers.put([subscriber(1)]);
    const path = folder.join("whole.parley");
    await storage.backup(path, recovery);
    return await Deno.readFile(path);
  } finally {
    await storage.close();
  }
}

for (const sealed of [true, false]) {
  Deno.test(
    `a backup that was changed anywhere is refused as one, ${sealed ? "sealed" : "open"}`,
    options,
    async () => {
      using folder = new TemporaryFolder();
      const recovery = sealed ? newRecoveryKey() : null;
      const whole = await backupOf(folder, recovery);
      const receive = (octets: Uint8Array) =>
        receiveBackup(new Blob([octets as Uint8Array<ArrayBuffer>]).stream(), folder.path, {
          recovery,
          maxOctets: whole.length + 4096,
        });
      await Deno.remove((await receive(whole)).path);
      // Most damage is aimed at what is parsed: magic, facts, key block.
      const place = fc.oneof(fc.nat(1500), fc.nat(whole.length - 1));
      const damage = fc.oneof(
        fc.record({ kind: fc.constant("flip" as const), at: place, with: fc.integer({ min: 1, max: 255 }) }),
        fc.record({ kind: fc.constant("cut" as const), at: place, with: fc.constant(0) }),
        fc.record({ kind: fc.constant("insert" as const), at: place, with: fc.nat(255) }),
        fc.record({ kind: fc.constant("remove" as const), at: place, with: fc.integer({ min: 1, max: 64 }) }),
      );
      await fc.assert(
        fc.asyncProperty(damage, async ({ kind, at, with: value }) => {
          const parts = {
            flip: () => [whole.subarray(0, at), Uint8Array.of(whole[at] ^ value), whole.subarray(at + 1)],
            cut: () => [whole.subarray(0, at)],
            insert: () => [whole.subarray(0, at), Uint8Array.of(value), whole.subarray(at)],
            remove: () => [whole.subarray(0, at), whole.subarray(at + value)],
          }[kind]();
          const changed = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
          await assert.rejects(receive(changed), StoreRefusal, `${kind} at ${at}`);
        }),
        { numRuns: 300 },
      );
      const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name).filter((name) =>
        name.startsWith("received")
      );
      assert.deepEqual(left, []);
    },
  );
}
