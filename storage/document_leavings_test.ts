import assert from "node:assert/strict";
import { FakeTime } from "../foundation/testing.ts";
import { DocumentLeavings } from "./document_leavings.ts";
import type { SealedLog } from "./kv/sealed_log.ts";
import { type Committed, StorageError } from "./repositories.ts";

/** Stands in for a log: removals wait until the test says what becomes of them. */
class Removals {
  readonly asked: number[] = [];
  readonly #waiting = new Map<number, Committed>();

  readonly log = {
    remove: (id: number, _note: null, lazily: boolean, done: Committed) => {
      assert.equal(lazily, true);
      this.asked.push(id);
      this.#waiting.set(id, done);
    },
  } as unknown as SealedLog;

  tell(id: number, error: StorageError | null): void {
    this.#waiting.get(id)!(error);
    this.#waiting.delete(id);
  }
  take(): number[] {
    return this.asked.splice(0);
  }
}

Deno.test("what is left goes with the next write, or after a while by itself, and again where it fails", () => {
  const [removals, time] = [new Removals(), new FakeTime()];
  const leavings = new DocumentLeavings(removals.log, time.timers);
  leavings.leave(1);
  leavings.go();
  assert.deepEqual(removals.take(), [1]);
  removals.tell(1, new StorageError("full", "disk full"));
  assert.equal(leavings.size, 1);
  time.advance(31_000);
  assert.deepEqual(removals.take(), [1]);
  removals.tell(1, null);
  assert.equal(leavings.size, 0);
  leavings.leave(2);
  time.advance(31_000);
  assert.deepEqual(removals.take(), [2]);
  removals.tell(2, new StorageError("closed", "the store is closed"));
  time.advance(100_000);
  assert.deepEqual(removals.take(), []);
});

Deno.test("what stands against older records goes when they have gone, and does not wait for younger ones", () => {
  const [removals, time] = [new Removals(), new FakeTime()];
  const leavings = new DocumentLeavings(removals.log, time.timers);
  leavings.leave(1);
  leavings.leave(2);
  leavings.leaveLast(100);
  leavings.leave(3);
  leavings.leaveLast(200);
  leavings.go();
  assert.deepEqual(removals.take(), [1, 2, 3]);
  removals.tell(3, null);
  removals.tell(1, null);
  removals.tell(2, new StorageError("full", "disk full"));
  time.advance(31_000);
  assert.deepEqual(removals.take(), [2]);
  leavings.leave(4);
  leavings.go();
  assert.deepEqual(removals.take(), [4]);
  removals.tell(2, null);
  time.advance(31_000);
  assert.deepEqual(removals.take(), [100, 200]);
  for (const id of [200, 100, 4]) removals.tell(id, null);
  assert.equal(leavings.size, 0);
});
