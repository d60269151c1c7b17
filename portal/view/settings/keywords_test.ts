import { deepEqual, equal } from "node:assert/strict";
import { clockOf, keywordsTyped, minutesOf } from "./keywords.ts";

Deno.test("keywords are parted by commas, each once", () => {
  deepEqual(keywordsTyped(" fire, deploy now ,fire,, "), ["fire", "deploy now"]);
  deepEqual(keywordsTyped(""), []);
});

Deno.test("too many and too long ones are told", () => {
  equal(keywordsTyped("x".repeat(51)), null);
  equal(keywordsTyped(Array.from({ length: 21 }, (_, n) => `w${n}`).join(",")), null);
});

Deno.test("times of the day go to minutes and back", () => {
  deepEqual([0, 61, 1439].map((minutes) => [clockOf(minutes), minutesOf(clockOf(minutes))]), [
    ["00:00", 0],
    ["01:01", 61],
    ["23:59", 1439],
  ]);
  equal(minutesOf(""), null);
});
