import assert from "node:assert/strict";
import fc from "fast-check";
import { PointTable } from "./point_table.ts";

Deno.test("points stand at their time, gaps are null, and what is older than the ring is gone", () => {
  const table = new PointTable(["a", "b"], 1000, 5);
  table.set(100, [1, 10]);
  table.set(103, [2, NaN]);
  assert.deepEqual(table.read("a", 99, 6), [null, 1, null, null, 2, null]);
  assert.deepEqual(table.read("b", 100, 4), [10, null, null, null]);
  table.set(105, [3, 30]);
  assert.deepEqual(table.read("a", 100, 6), [null, null, null, 2, null, 3]);
  table.set(500, [4, 40]);
  assert.deepEqual(table.read("a", 103, 3), [null, null, null]);
  assert.deepEqual(table.read("a", 499, 2), [null, 4]);
  assert.throws(() => table.read("c", 1, 1), RangeError);
});

Deno.test("a clock that went back takes with it what lies behind it", () => {
  const table = new PointTable(["a"], 1000, 10);
  for (let slot = 100; slot <= 105; slot++) table.set(slot, [slot]);
  table.set(102, [-1]);
  assert.deepEqual(table.read("a", 100, 6), [100, 101, -1, null, null, null]);
  table.set(3, [-2]);
  assert.deepEqual(table.read("a", 0, 5), [null, null, null, -2, null]);
});

Deno.test("what is stored is what is read again, by name, and nothing of the future", () => {
  const table = new PointTable(["a", "b"], 1000, 10);
  table.set(20, [1.5, 2.5]);
  table.set(22, [3.5, NaN]);
  const chunk = JSON.parse(JSON.stringify(table.chunk(20, 4)));
  const other = new PointTable(["b", "new"], 1000, 10);
  other.load(chunk, 100);
  assert.deepEqual(other.read("b", 20, 4), [2.5, null, null, null]);
  assert.deepEqual(other.read("new", 20, 4), [null, null, null, null]);
  const early = new PointTable(["a", "b"], 1000, 10);
  early.load(chunk, 21);
  assert.deepEqual(early.read("a", 20, 4), [1.5, null, null, null]);
  assert.throws(() => early.load({ ...chunk, data: "AAAA" }, 100), RangeError);
  assert.throws(() => early.load({ ...chunk, data: "?" }, 100), SyntaxError);
});

Deno.test("whatever is set in whatever order, the ring reads as a plain map would", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }), (slots) => {
    const table = new PointTable(["a"], 1, 8);
    let model = new Map<number, number>();
    for (const [value, slot] of slots.entries()) {
      table.set(slot, [value]);
      model = new Map([...model].filter(([at]) => at < slot && at > slot - 8)).set(slot, value);
    }
    assert.deepEqual(table.read("a", 0, 70), Array.from({ length: 70 }, (_, at) => model.get(at) ?? null));
  }));
});
