import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { Beat } from "./beat.ts";

Deno.test("work after a quiet time waits for nothing; what comes soon after it waits for the next beat", () => {
  const time = new FakeTime();
  const beat = new Beat(time, 20);
  assert.equal(beat.take(), 0);
  time.advance(5);
  assert.equal(beat.take(), 15);
  time.advance(16);
  // The second began a millisecond ago.
  assert.equal(beat.take(), 19);
  time.advance(1000);
  assert.equal(beat.take(), 0);
});
