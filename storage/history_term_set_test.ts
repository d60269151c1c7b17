import assert from "node:assert/strict";
import { TermSet } from "./history_term_set.ts";

Deno.test("terms are in the set once, whatever their sign, zero included, also when it has grown and was used before", () => {
  const set = new TermSet();
  for (const count of [0, 1, 30_000, 100, 1]) {
    set.clear();
    const expected = new Set<number>();
    for (let i = 0; i < count; i++) {
      const term = Math.imul(i, 0x01000193) >>> 0;
      set.add(term);
      set.add(term | 0);
      expected.add(term | 0);
    }
    assert.equal(set.size, expected.size);
    const found: number[] = [];
    set.each((term) => found.push(term));
    assert.deepEqual(found.sort((a, b) => a - b), [...expected].sort((a, b) => a - b));
  }
});
