import assert from "node:assert/strict";
import { BodyBuffer } from "./body_buffer.ts";
import { OctetBudget } from "./octet_budget.ts";

Deno.test("a body grows with what comes, not with what is promised, and gives its memory back", () => {
  const budget = new OctetBudget(1_000_000);
  const buffer = new BodyBuffer(budget, 500_000);
  assert.equal(budget.used, 0);
  assert.equal(buffer.write(Uint8Array.of(4, 5), 3), true);
  assert.ok(budget.used <= 4096);
  assert.equal(buffer.write(Uint8Array.of(1, 2, 3), 0), true);
  assert.equal(buffer.write(new Uint8Array(99_995), 5), true);
  assert.deepEqual([...buffer.body(5)], [1, 2, 3, 4, 5]);
  assert.ok(budget.used >= 100_000 && budget.used <= 200_000);
  buffer.free();
  buffer.free();
  assert.equal(budget.used, 0);
});

Deno.test("no body becomes longer than its limit, nor than the budget that all share", () => {
  const budget = new OctetBudget(10_000);
  const first = new BodyBuffer(budget, 6000);
  assert.equal(first.write(Uint8Array.of(1), 6000), false);
  assert.equal(first.write(Uint8Array.of(1), 5999), true);
  const second = new BodyBuffer(budget, 6000);
  assert.equal(second.write(Uint8Array.of(1), 5999), false);
  first.free();
  assert.equal(second.write(Uint8Array.of(1), 5999), true);
  assert.throws(() => new OctetBudget(-1), RangeError);
});
