import assert from "node:assert/strict";
import { Slices } from "./slices.ts";

/** Each step takes a millisecond. */
function world(steps: (item: string) => number) {
  let now = 0;
  const turns: (() => void)[] = [], beats: (() => void)[] = [], done: string[] = [], failures: string[] = [];
  const slices = new Slices<string>({
    clock: { now: () => now, monotonic: () => now },
    nextTurn: (work) => turns.push(work),
    begin: (work) => beats.push(work),
    *steps(item) {
      for (let i = 0; i < steps(item); i++) {
        if (item === "bad") throw new Error("defect");
        now++;
        done.push(item);
        yield;
      }
    },
    onError: (error, item) => failures.push(`${item}: ${error}`),
  });
  return { slices, turns, beats, done, failures };
}

Deno.test("what comes up after a quiet time begins with the next beat, all of it together", () => {
  const { slices, turns, beats, done } = world(() => 1);
  for (const item of ["a", "b", "a"]) slices.add(item);
  assert.deepEqual([beats.length, done], [1, []]);
  beats.shift()!();
  assert.deepEqual([done, turns.length, beats.length], [["a", "b"], 0, 0]);
  slices.add("c");
  assert.equal(beats.length, 1);
});

Deno.test("what is much goes on in the next turns and waits for no beat, also what came up meanwhile", () => {
  const { slices, turns, beats, done } = world((item) => item === "many" ? 20 : 1);
  slices.add("many");
  beats.shift()!();
  assert.deepEqual([done.length, turns.length], [8, 1]);
  slices.add("one");
  assert.equal(beats.length, 0);
  while (turns.length > 0) turns.shift()!();
  assert.deepEqual([done.length, done.at(-1), beats.length], [21, "one", 0]);
  slices.add("later");
  assert.equal(beats.length, 1);
});

Deno.test("one that fails keeps nobody behind it from being worked on", () => {
  const { slices, beats, done, failures } = world(() => 1);
  for (const item of ["bad", "good"]) slices.add(item);
  beats.shift()!();
  assert.deepEqual([done, failures], [["good"], ["bad: Error: defect"]]);
});
