import assert from "node:assert/strict";
import { type Committed, type DeferredMessage, StorageError } from "../../../storage/mod.ts";
import { removeUndelivered } from "./remove_undelivered.ts";

Deno.test("what nobody is to get goes, its senders hear of it first; what cannot be read or removed stops no other", async () => {
  const events: string[] = [];
  const store = {
    read: (id: number): Promise<DeferredMessage | null> => {
      if (id === 2) return Promise.reject(new StorageError("failed", "damaged"));
      return Promise.resolve(id === 3 ? null : { transaction: `t${id}` } as DeferredMessage);
    },
    remove: (id: number, done: Committed | null) => {
      events.push(`remove ${id}`);
      queueMicrotask(() => done?.(id === 1 ? new StorageError("full", "disk full") : null));
    },
  };
  const failed = ({ transaction }: DeferredMessage) => events.push(`failed ${transaction}`);
  await assert.rejects(removeUndelivered(store, [1, 2, 3, 4], failed), /disk full/);
  assert.deepEqual(events, ["failed t1", "remove 1", "remove 2", "remove 3", "failed t4", "remove 4"]);
});
