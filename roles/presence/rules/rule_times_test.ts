import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { RuleTimes } from "./rule_times.ts";

function times() {
  const time = new FakeTime(), passed: string[] = [];
  return {
    time,
    passed,
    times: new RuleTimes({ clock: time, timers: time.timers, passed: (owner) => passed.push(owner) }),
  };
}

Deno.test("the earliest boundary wakes, whichever was named first", () => {
  const { time, passed, times: all } = times();
  const now = time.now();
  all.watch("late", [now + 30_000]);
  all.watch("early", [now + 1000, now + 2000]);
  all.watch("gone", [now + 1000]);
  all.watch("past", [now - 2000, now]);
  all.forget("gone");
  assert.equal(all.size, 2);
  time.advance(900);
  assert.deepEqual(passed, []);
  time.advance(200);
  assert.deepEqual(passed, ["early"]);
  time.advance(29_000);
  assert.deepEqual(passed, ["early", "late"]);
  assert.equal(all.size, 0);
});

Deno.test("who says anew when it is told is told of the next boundary, once each", () => {
  const time = new FakeTime(), seen: number[] = [];
  const start = time.now(), boundaries = [1, 2, 3, 200].map((seconds) => start + seconds * 1000);
  const all: RuleTimes = new RuleTimes({
    clock: time,
    timers: time.timers,
    passed: () => {
      seen.push(Math.floor((time.now() - start) / 1000));
      all.watch("a", boundaries);
    },
  });
  all.watch("a", boundaries);
  time.advance(300_000);
  assert.deepEqual(seen, [1, 2, 3, 200]);
});

Deno.test("thousands whose time comes at once are told in several turns", () => {
  const { time, passed, times: all } = times();
  const due = time.now() + 1000;
  for (let i = 0; i < 1200; i++) all.watch(`u${i}`, [due]);
  time.advance(1000);
  const counts = [passed.length];
  for (let i = 0; i < 3; i++) {
    time.advance(100);
    counts.push(passed.length);
  }
  assert.deepEqual(counts, [500, 1000, 1200, 1200]);
  assert.equal(new Set(passed).size, 1200);
});
