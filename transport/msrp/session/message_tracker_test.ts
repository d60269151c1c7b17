import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { MessageTracker } from "./message_tracker.ts";

Deno.test("what became of a message is known until it is too old or too many came after it", () => {
  const time = new FakeTime();
  const tracker = new MessageTracker(time, 3, 10_000);
  tracker.done("a", 200);
  tracker.done("b", 0);
  tracker.done("c", 413);
  assert.deepEqual(["a", "b", "c", "d"].map((id) => tracker.outcome(id)), [200, 0, 413, undefined]);
  tracker.done("b", 200);
  tracker.done("d", 200);
  assert.deepEqual(["a", "b", "d"].map((id) => tracker.outcome(id)), [undefined, 200, 200]);
  assert.equal(tracker.size, 3);
  tracker.forget("d");
  assert.equal(tracker.outcome("d"), undefined);
  time.advance(10_000);
  assert.equal(tracker.outcome("c"), undefined);
  tracker.done("e", 200);
  assert.equal(tracker.size, 1);
});
