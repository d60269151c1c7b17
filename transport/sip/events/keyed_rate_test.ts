import assert from "node:assert/strict";
import { KeyedRate } from "./keyed_rate.ts";

const RATE = { interval_ms: 1000, burst: 2 };

Deno.test("so many at once, then one each interval; a quiet time gives them back", () => {
  const rate = new KeyedRate();
  const at = (now: number) => rate.take("a", RATE, now);
  assert.deepEqual([at(0), at(0), at(0), at(400), at(1000), at(1000)], [0, 0, 1000, 600, 0, 1000]);
  assert.deepEqual([at(9000), at(9000), at(9000)], [0, 0, 1000]);
  assert.equal(rate.take("b", RATE, 9000), 0, "each key for itself");
});

Deno.test("keys that are quiet are forgotten; of more busy ones than it may remember, the oldest", () => {
  const rate = new KeyedRate(2000);
  for (let n = 0; n < 100_000; n++) assert.equal(rate.take(`k${n}`, RATE, n), 0);
  assert.ok(rate.size <= 2001, `${rate.size} keys`);
  const slow = new KeyedRate(3000);
  for (let n = 0; n < 10_000; n++) slow.take(`k${n}`, { interval_ms: 1e9, burst: 1 }, 0);
  assert.ok(slow.size <= 3001, `${slow.size} keys`);
  assert.ok(slow.take("k9999", { interval_ms: 1e9, burst: 1 }, 0) > 0);
});
