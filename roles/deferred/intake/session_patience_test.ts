import assert from "node:assert/strict";
import { LEAST_OCTETS, SessionPatience, type Standing } from "./session_patience.ts";

/** What is said over so many seconds, asked every five; `at`: how it stands then. */
function over(seconds: number, at: (second: number) => Standing): string {
  const patience = new SessionPatience(0);
  for (let s = 5; s <= seconds; s += 5) {
    const verdict = patience.verdict(s * 1000, at(s));
    if (verdict !== null) return `${verdict} after ${s}`;
  }
  return "waited for";
}

const quiet: Standing = { lastActive: 0, underWay: 0, paused: false, moved: 0 };

Deno.test("nothing under way: idle after two minutes; a message under way that brings nothing: stalled after half a minute", () => {
  assert.equal(over(600, () => quiet), "idle after 120");
  assert.equal(over(600, () => ({ ...quiet, underWay: 1 })), "stalled after 30");
  assert.equal(over(600, (s) => ({ ...quiet, lastActive: s * 1000 })), "waited for");
});

Deno.test("a trickle is stalled after a minute, what moves on is waited for", () => {
  const busy = (s: number): Standing => ({ lastActive: s * 1000, underWay: 1, paused: false, moved: 0 });
  assert.equal(over(600, (s) => ({ ...busy(s), moved: s })), "stalled after 60");
  assert.equal(over(600, (s) => ({ ...busy(s), moved: (s * LEAST_OCTETS) / 60 })), "waited for");
  assert.equal(over(600, (s) => ({ ...busy(s), underWay: s % 60 === 0 ? 0 : 1 })), "waited for", "each message ends");
});

Deno.test("while the store is slow its sender is not: time counts from when it is read again", () => {
  assert.equal(over(3600, () => ({ ...quiet, underWay: 1, paused: true })), "waited for");
  assert.equal(over(3600, (s) => ({ ...quiet, underWay: 1, paused: s <= 300 })), "stalled after 330");
});
