import { equal, notEqual } from "node:assert/strict";
import { BufferPool } from "./buffer_pool.ts";

Deno.test("buffers come back to whoever takes next, and what nobody takes is let go of", () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 400 }, () => pool.take(5_000));
  notEqual(taken[0], taken[1]);
  for (const buffer of taken) pool.give(buffer);
  equal(pool.free, 400 * 16_384);
  const known = new Set(taken);
  // Whoever needs so many again and again has them.
  for (let second = 0; second < 10; second++) {
    const again = Array.from({ length: 400 }, () => pool.take(16_384));
    for (const buffer of again) equal(known.has(buffer), true);
    for (const buffer of again) pool.give(buffer);
    pool.rest();
  }
  equal(pool.free, 400 * 16_384);
  for (let second = 0; second < 30; second++) pool.rest();
  equal(pool.free, 0);
});

Deno.test("of what comes back no more is kept than may be, and larger ones than usual not at all", () => {
  const pool = new BufferPool();
  for (let i = 0; i < 1_000; i++) pool.give(new Uint8Array(73_728));
  equal(pool.free, 64 * 73_728);
  equal(pool.take(100_000).length, 131_072);
  pool.give(new Uint8Array(131_072));
  equal(pool.free, 64 * 73_728);
});
