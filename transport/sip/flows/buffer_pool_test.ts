import assert from "node:assert/strict";
import { BufferPool } from "./buffer_pool.ts";

Deno.test("buffers of both sizes are lent again, larger ones are not kept", () => {
  const pool = new BufferPool();
  for (const [octets, size] of [[1, 16_384], [16_384, 16_384], [16_385, 32_768], [32_768, 32_768]]) {
    const buffer = pool.take(octets);
    assert.equal(buffer.length, size);
    assert.notEqual(pool.take(octets), buffer);
    pool.give(buffer);
    assert.equal(pool.take(octets), buffer);
  }
  const huge = pool.take(100_000);
  pool.give(huge);
  assert.equal(huge.length, 100_000);
  assert.notEqual(pool.take(100_000), huge);
});

Deno.test("no more are kept than a burst needs", () => {
  const pool = new BufferPool();
  const lent = Array.from({ length: 100 }, () => [pool.take(1), pool.take(20_000)]).flat();
  for (const buffer of lent) pool.give(buffer);
  const known = new Set(lent);
  const again = Array.from({ length: 100 }, () => [pool.take(1), pool.take(20_000)]).flat();
  assert.equal(again.filter((buffer) => known.has(buffer)).length, 64 + 16);
});

Deno.test("what a queue that grows passes through is lent again, a few of each", () => {
  const pool = new BufferPool();
  for (const [size, kept] of [[65_536, 8], [131_072, 4], [262_144, 2]]) {
    const lent = Array.from({ length: 10 }, () => pool.take(size));
    for (const buffer of lent) pool.give(buffer);
    const again = Array.from({ length: 10 }, () => pool.take(size));
    assert.equal(again.filter((buffer) => lent.includes(buffer)).length, kept);
    assert.ok(again.every(({ length }) => length === size));
  }
});
