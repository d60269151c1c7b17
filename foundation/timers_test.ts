import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "./testing.ts";
import { systemClock } from "./clock.ts";
import { type Timed, TimerQueues } from "./timers.ts";

/** Notes when it was called. */
class Note implements Timed {
  readonly fired: [kind: number, at: number][] = [];
  readonly #time: FakeTime;
  readonly #began: number;
  constructor(time: FakeTime) {
    this.#time = time;
    this.#began = time.monotonic();
  }
  onTimer(kind: number): void {
    this.fired.push([kind, this.#time.monotonic() - this.#began]);
  }
}

Deno.test("a timer fires once, when it is due, with its kind", () => {
  const time = new FakeTime();
  const note = new Note(time);
  time.timers.start(500, note, 7);
  time.timers.start(1000, note, 8);
  time.advance(400);
  assert.deepEqual(note.fired, []);
  time.advance(10_000);
  assert.deepEqual(note.fired, [[7, 500], [8, 1000]]);
  assert.equal(time.timers.size, 0);
});

Deno.test("a stopped timer does not fire and lets go of its owner at once", () => {
  const time = new FakeTime();
  const note = new Note(time);
  const timer = time.timers.start(500, note, 1);
  timer.stop();
  timer.stop();
  assert.equal(timer.owner, null);
  time.advance(1000);
  assert.deepEqual(note.fired, []);
});

Deno.test("never early, and late by no more than the step of its length", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 20 }), (delays) => {
      const time = new FakeTime();
      const notes = delays.map((delay) => {
        const note = new Note(time);
        time.timers.start(delay, note, 0);
        return note;
      });
      time.advance(100_000);
      notes.forEach((note, i) => {
        assert.equal(note.fired.length, 1);
        const late = note.fired[0][1] - delays[i];
        assert.ok(late >= 0 && late <= (delays[i] > 60_000 ? 1_000 : 100), `${delays[i]} fired ${late} late`);
      });
    }),
    { numRuns: 50 },
  );
});

Deno.test("long delays are rounded up to coarse steps, so that random expiries make few queues", () => {
  const time = new FakeTime();
  const nobody = { onTimer() {} };
  const dues = new Set<number>();
  for (let delay = 3_000_001; delay <= 3_600_000; delay += 37) dues.add(time.timers.start(delay, nobody, 0).due);
  assert.equal(dues.size, 60, "ten minutes in steps of 10 s");
  const from = time.monotonic();
  for (const [delay, due] of [[61_001, 62_000], [7_200_001, 7_260_000], [86_400_001, 87_000_000]]) {
    assert.equal(time.timers.start(delay, nobody, 0).due - from, due);
  }
});

Deno.test("a timer started by a timer fires too, in the same queue or another", () => {
  const time = new FakeTime();
  const fired: number[] = [];
  const owner: Timed = {
    onTimer(kind) {
      fired.push(kind);
      if (kind < 5) time.timers.start(kind === 3 ? 200 : 100, owner, kind + 1);
    },
  };
  time.timers.start(100, owner, 1);
  time.advance(600);
  assert.deepEqual(fired, [1, 2, 3, 4, 5]);
});

Deno.test("a stopped timer at the head does not hold up those behind it; a stopped one in the middle is passed over", () => {
  const time = new FakeTime();
  const note = new Note(time);
  const first = time.timers.start(1000, note, 1);
  time.advance(300);
  const second = time.timers.start(1000, note, 2);
  time.timers.start(1000, note, 3);
  first.stop();
  second.stop();
  time.advance(100);
  assert.equal(time.timers.size, 1, "both husks have left");
  time.advance(900);
  assert.deepEqual(note.fired, [[3, 1300]]);
});

Deno.test("an owner that throws is reported and stops nobody else", () => {
  const time = new FakeTime();
  const errors: unknown[] = [];
  const queues = new TimerQueues(time, (error) => void errors.push(error));
  const note = new Note(time);
  const defect = new Error("a defect");
  queues.start(100, {
    onTimer() {
      throw defect;
    },
  }, 0);
  queues.start(100, note, 1);
  time.advance(100);
  queues.sweep();
  assert.deepEqual(errors, [defect]);
  assert.equal(note.fired.length, 1);
});

Deno.test("a long queue gives back what has fired", () => {
  const time = new FakeTime();
  const note = new Note(time);
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 200; j++) time.timers.start(5_000, note, 0);
    time.advance(100);
  }
  assert.equal(note.fired.length, 51 * 200);
  assert.equal(time.timers.size, 49 * 200);
  time.advance(5_000);
  assert.equal(note.fired.length, 20_000);
  assert.equal(time.timers.size, 0);
});

Deno.test("the wall clock may jump: timers go by monotonic time", () => {
  const time = new FakeTime();
  const note = new Note(time);
  time.timers.start(1000, note, 0);
  time.jump(3_600_000);
  time.advance(900);
  assert.equal(note.fired.length, 0);
  time.jump(-7_200_000);
  time.advance(100);
  assert.equal(note.fired.length, 1);
});

Deno.test("run sweeps by itself, stop ends that", async () => {
  const queues = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  await new Promise<void>((fired) => {
    queues.start(1, { onTimer: () => fired() }, 0);
    queues.run(5);
    queues.run(5);
  });
  queues.stop();
  assert.equal(queues.size, 0);
});
