import assert from "node:assert/strict";
import { randomDigits, randomHex, randomToken } from "./random.ts";

Deno.test("random text has its length and its alphabet, over many pools", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const hex = randomHex(16);
    const token = randomToken(22);
    assert.match(hex, /^[0-9a-f]{32}$/);
    assert.match(token, /^[A-Za-z0-9_-]{22}$/);
    seen.add(hex).add(token);
  }
  assert.equal(seen.size, 10_000);
});

Deno.test("every character comes about equally often", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000; i++) for (const c of randomToken(64)) counts.set(c, (counts.get(c) ?? 0) + 1);
  assert.equal(counts.size, 64);
  // 2,000 expected of each, standard deviation 45: a fair source stays within this all but never.
  for (const [c, count] of counts) assert.ok(count > 1600 && count < 2400, `${c}: ${count}`);
});

Deno.test("random digits are a number of 16 digits that is exact, another each time, over many pools", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const digits = randomDigits();
    assert.match(digits, /^[1-9][0-9]{15}$/);
    assert.equal(String(Number(digits)), digits);
    seen.add(digits);
  }
  assert.equal(seen.size, 5000);
});

Deno.test("lengths from none to the largest", () => {
  assert.deepEqual([randomHex(0), randomToken(0), randomHex(64).length, randomToken(64).length], ["", "", 128, 64]);
});
