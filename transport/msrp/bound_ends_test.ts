import assert from "node:assert/strict";
import { BoundEnds } from "./bound_ends.ts";
import { RecordingEnd } from "./testing/world.ts";

Deno.test("one, several, and none again", () => {
  const [a, b, c] = [new RecordingEnd(), new RecordingEnd(), new RecordingEnd()];
  const ends = new BoundEnds();
  assert.deepEqual([ends.size, ends.has(a), ends.delete(a)], [0, false, false]);
  for (const end of [a, b, b, c, a]) ends.add(end);
  assert.deepEqual([ends.size, ends.has(a), ends.has(b), ends.has(c)], [3, true, true, true]);
  assert.equal(ends.delete(a), true);
  assert.deepEqual([ends.size, ends.delete(a), ends.has(c)], [2, false, true]);
  ends.add(a);
  ends.add(b);
  assert.equal(ends.size, 3);
  assert.deepEqual(new Set(ends.takeAll()), new Set([a, b, c]));
  assert.deepEqual([ends.size, ends.takeAll()], [0, []]);
});
