import { deepEqual, equal } from "node:assert/strict";
import { endOf, type Ends } from "./status_ends.ts";

Deno.test("a status ends when it was chosen to", () => {
  const now = new Date(2027, 0, 31, 22, 30).getTime();
  const ends: Ends[] = ["never", "kept", "30m", "1h", "4h", "today"];
  deepEqual(ends.map((end) => endOf(end, now, 42)), [
    0,
    42,
    now + 1_800_000,
    now + 3_600_000,
    now + 14_400_000,
    new Date(2027, 1, 1).getTime(),
  ]);
});

Deno.test("until midnight is until midnight on days of 23 and 25 hours, too", () => {
  for (const day of [new Date(2026, 2, 29, 1), new Date(2026, 9, 25, 1)]) {
    equal(new Date(endOf("today", day.getTime(), 0)).getHours(), 0);
  }
});
