import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { LockOut } from "./lock_out.ts";

Deno.test("failures outside the window do not add up", () => {
  const time = new FakeTime();
  const lockOut = new LockOut(time, { attempts: 3, window: 10 });
  for (let i = 0; i < 20; i++) {
    assert.equal(lockOut.failed("a", "s"), 0);
    time.advance(6_000);
  }
});

Deno.test("locks grow to the longest, and everything is forgiven after long quiet", () => {
  const time = new FakeTime();
  const lockOut = new LockOut(time, { attempts: 1, first_lock: 10, longest_lock: 35, forget: 100 });
  const locks = [];
  for (let i = 0; i < 4; i++) {
    locks.push(lockOut.failed("a", "s"));
    time.advance(locks.at(-1)! * 1000);
    assert.equal(lockOut.locked("a", "s"), 0);
  }
  assert.deepEqual(locks, [10, 20, 35, 35]);
  time.advance(101_000);
  assert.equal(lockOut.failed("a", "s"), 10);
});

Deno.test("setting the clock does not end a lock", () => {
  const time = new FakeTime();
  const lockOut = new LockOut(time, { attempts: 1 });
  lockOut.failed("a", "s");
  time.jump(86_400_000);
  assert.equal(lockOut.locked("a", "s"), 60);
});

Deno.test("the table is bounded, and a flood of other names does not end a lock", () => {
  const time = new FakeTime();
  const lockOut = new LockOut(time, { attempts: 2, table: 100 });
  lockOut.failed("victim", "s");
  lockOut.failed("victim", "s");
  assert.equal(lockOut.locked("victim", "s"), 60);
  for (let i = 0; i < 1000; i++) lockOut.failed(`name${i}`, "s");
  assert.ok(lockOut.size <= 100);
  assert.equal(lockOut.locked("victim", "s"), 60);
});
