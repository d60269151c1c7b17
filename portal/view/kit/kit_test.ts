import { equal } from "node:assert/strict";
import { initialsOf } from "./avatar.tsx";
import { bytesText } from "./bytes.tsx";
import { plainName } from "./plain_name.ts";
import { whenText } from "./when.tsx";

Deno.test("a name turns no text around it, and is of a bounded length", () => {
  equal(plainName("\u202eyrollaM\u2066 x\u0000\u200b"), "yrollaM x");
  equal(plainName("Zoë Núñez"), "Zoë Núñez");
  equal(plainName("می\u200cخواهم"), "می\u200cخواهم");
  equal(plainName("Z" + "\u0301".repeat(500)).length, 5);
  equal(plainName("W".repeat(1000)).length, 100);
  equal(plainName("\u202e\u200b"), "?");
});

Deno.test("initials are of the first and the last word, in whole letters", () => {
  equal(initialsOf("Ada Lovelace"), "AL");
  equal(initialsOf("Ada Augusta King Lovelace"), "AL");
  equal(initialsOf("bob@example.test"), "BT");
  equal(initialsOf("𝒜"), "𝒜");
  equal(initialsOf("<>"), "?");
});

Deno.test("sizes are told in thousands, rounded as people read them", () => {
  equal(bytesText(0), "0 bytes");
  equal(bytesText(999), "999 bytes");
  equal(bytesText(1430), "1.4 kB");
  equal(bytesText(999_999_999_999), "1,000 GB");
  equal(bytesText(8_200_000), "8.2 MB");
});

Deno.test("a moment is told by its hour today, by its day this week, else by its date", () => {
  const now = new Date(2026, 4, 15, 12).getTime(), DAY = 86_400_000;
  equal(whenText(now, "day", now), "Today");
  equal(whenText(now - DAY, "day", now), "Yesterday");
  equal(whenText(now - 2 * DAY, "auto", now), "Wednesday");
  equal(whenText(now - 30 * DAY, "auto", now), "Apr 15, 2026");
});
