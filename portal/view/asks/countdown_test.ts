import { deepEqual } from "node:assert/strict";
import { secondsToSay, timeLeft } from "./countdown.ts";

Deno.test("time that is left is read like a clock", () => {
  deepEqual([65_000, 7_209_000, 900, 0, -5].map((left) => timeLeft(left + 1e12, 1e12)), [
    "1:05",
    "2:00:09",
    "0:01",
    "0:00",
    "0:00",
  ]);
});

Deno.test("it is said aloud a few times only", () => {
  deepEqual([120, 60, 56, 55, 30, 10, 6, 5, 0].map((left) => secondsToSay(left * 1000, 0)), [
    0,
    60,
    60,
    0,
    30,
    10,
    10,
    0,
    0,
  ]);
});
