import assert from "node:assert/strict";
import fc from "fast-check";
import { piecesOf, roundTicks, thinned } from "./scale.ts";

Deno.test("ticks are round and cover all values", () => {
  assert.deepEqual(roundTicks(0, 640), [0, 200, 400, 600, 800]);
  assert.deepEqual(roundTicks(3, 5), [0, 2, 4, 6]);
  assert.deepEqual(roundTicks(0, 0).length > 0, true);
  const value = fc.integer({ min: -1e6, max: 1e9 }).map((one) => one / 1000);
  fc.assert(fc.property(value, fc.nat(1e9), (low, more) => {
    const high = low + more / 1000;
    const ticks = roundTicks(low, high);
    assert.ok(ticks.length <= 10 && ticks[0] <= Math.min(0, low), `${low} ${high}: ${ticks}`);
    assert.ok(ticks.at(-1)! >= high || high <= 0, `${low} ${high}: ${ticks}`);
  }));
});

Deno.test("many points become their means, and a gap stays a gap", () => {
  assert.deepEqual(thinned([1, 3, null, null, 5, 7], 3), [2, null, 6]);
  assert.deepEqual(thinned([1, null], 5), [1, null]);
});

Deno.test("a line is cut at gaps; a lone point is a piece of its own", () => {
  assert.deepEqual(piecesOf([0, 10, null, 5], 0, 10), [[[0, 1], [1 / 3, 0]], [[1, 0.5]]]);
  assert.deepEqual(piecesOf([null], 0, 1), []);
});
