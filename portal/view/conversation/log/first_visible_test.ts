import { equal, ok } from "node:assert/strict";
import { firstVisible, shiftOf } from "./first_visible.ts";

Deno.test("the first row that reaches into the view is found with few measurements", () => {
  for (const [top, found] of [[-5, 0], [0, 0], [9.9, 0], [10, 1], [9_995, 999], [10_000, 1000], [20_000, 1000]]) {
    let asked = 0;
    const bottomOf = (at: number) => (asked++, (at + 1) * 10);
    equal(firstVisible(1000, bottomOf, top), found, `${top}`);
    ok(asked <= 10);
  }
  equal(firstVisible(0, () => 0, 0), 0);
});

Deno.test("a row that moved is followed, rounding is not", () => {
  equal(shiftOf(20, 320), 300);
  equal(shiftOf(20, -30), -50);
  equal(shiftOf(20, 20.3), 0);
});
