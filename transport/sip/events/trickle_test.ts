import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { Trickle } from "./trickle.ts";

function setUp(all: number[] = []) {
  const time = new FakeTime();
  const written: number[] = [];
  const write = (item: number) => {
    written.push(item);
  };
  const trickle = new Trickle({ clock: time, timers: time.timers, period_ms: 60_000, write, all: () => all });
  return { time, written, trickle };
}

Deno.test("what is marked is written once in a period, a little each second", () => {
  const { time, written, trickle } = setUp();
  for (let n = 0; n < 600; n++) for (let again = 0; again < 3; again++) trickle.mark(n);
  time.advance(60_500);
  let before = written.length;
  for (let second = 0; second < 55; second++) {
    time.advance(1000);
    assert.ok(written.length - before <= 10, `${written.length - before} in a second`);
    before = written.length;
  }
  time.advance(6000);
  assert.deepEqual(written, Array.from({ length: 600 }, (_, n) => n));
  time.advance(300_000);
  assert.equal(written.length, 600);
});

Deno.test("what was written by somebody else, or is no more, is not written; at the end the rest is handed out", () => {
  const { time, written, trickle } = setUp();
  for (const n of [1, 2, 3]) trickle.mark(n);
  trickle.forget(2);
  time.advance(60_500);
  trickle.forget(3);
  time.advance(60_000);
  assert.deepEqual(written, [1]);
  trickle.mark(4);
  time.advance(60_000);
  trickle.mark(5);
  trickle.mark(6);
  trickle.forget(6);
  assert.deepEqual([...trickle.stop()].filter((n) => n !== 4), [5]);
  time.advance(600_000);
  assert.ok(!written.includes(5), "it is over");
});

Deno.test("after the clock was set everything is written anew; a drift is none", () => {
  const { time, written } = setUp([7, 8]);
  time.jump(1500);
  time.advance(200_000);
  assert.deepEqual(written, []);
  time.jump(-86_400_000);
  time.advance(121_000);
  assert.deepEqual(written, [7, 8]);
  time.advance(200_000);
  assert.equal(written.length, 2);
});
