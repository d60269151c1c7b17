import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { Changes } from "./changes.ts";
import { settled } from "./testing/presentity_world.ts";

function world(work: (item: string) => void) {
  const time = new FakeTime();
  let now = 0;
  const failures: string[] = [];
  const changes = new Changes<string>({
    clock: { now: () => 0, monotonic: () => now },
    timers: time.timers,
    slice_ms: 8,
    work: (item) => {
      now += 3;
      work(item);
    },
    failed: (error, item) => failures.push(`${item}: ${error}`),
  });
  return { changes, time, failures };
}

Deno.test("each is worked off once, at the end of the turn, and those that come of it after it", async () => {
  const done: string[] = [];
  const { changes } = world((item) => {
    done.push(item);
    if (item === "a") changes.add("c");
  });
  for (const item of ["a", "b", "a"]) changes.add(item);
  assert.deepEqual(done, []);
  await settled();
  assert.deepEqual([done, changes.size], [["a", "b", "c"], 0]);
  changes.add("a");
  await settled();
  assert.deepEqual(done.slice(3), ["a", "c"]);
});

Deno.test("many are worked off in slices", async () => {
  const done: string[] = [];
  const { changes, time } = world((item) => done.push(item));
  for (let i = 0; i < 7; i++) changes.add(`${i}`);
  await settled();
  assert.equal(done.length, 3);
  changes.add("late");
  await settled();
  assert.equal(done.length, 3, "in its turn");
  time.advance(100);
  assert.equal(done.length, 6);
  time.advance(100);
  assert.deepEqual([done.at(-1), changes.size], ["late", 0]);
});

Deno.test("one that fails stops nobody", async () => {
  const done: string[] = [];
  const { changes, failures } = world((item) => {
    if (item === "bad") throw new Error("no");
    done.push(item);
  });
  for (const item of ["bad", "good"]) changes.add(item);
  await settled();
  assert.deepEqual([done, failures], [["good"], ["bad: Error: no"]]);
});
