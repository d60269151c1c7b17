import assert from "node:assert/strict";
import fc from "fast-check";
import { keyHash, KeyTable } from "./key_table.ts";

Deno.test("as a map", () => {
  const command = fc.record({ kind: fc.constantFrom("set", "delete", "get"), key: fc.integer({ min: 0, max: 40 }) });
  fc.assert(fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
    const table = new KeyTable<number>();
    const model = new Map<string, number>();
    commands.forEach(({ kind, key }, i) => {
      const name = `z9hG4bK${key}`;
      if (kind === "set") {
        table.set(name, i);
        model.set(name, i);
      } else if (kind === "delete") assert.equal(table.delete(name), model.delete(name));
      assert.equal(table.get(name), model.get(name));
      assert.equal(table.has(name), model.has(name));
      assert.equal(table.size, model.size);
    });
  }));
});

Deno.test("it grows with its entries, and each is still found", () => {
  const table = new KeyTable<number>();
  for (let i = 0; i < 50_000; i++) table.set(`key ${i}`, i);
  for (let i = 0; i < 50_000; i += 7) assert.equal(table.get(`key ${i}`), i);
  for (let i = 0; i < 50_000; i++) assert.equal(table.delete(`key ${i}`), true);
  assert.equal(table.size, 0);
  assert.equal(table.get("key 1"), undefined);
});

Deno.test("keys that differ in little fall into buckets as evenly as by chance", () => {
  const counts = new Uint32Array(1024);
  for (let i = 0; i < 10_240; i++) counts[keyHash(`z9hG4bKabc${i} 192.0.2.1:5060`) & 1023]++;
  assert.ok(Math.max(...counts) < 40, `${Math.max(...counts)} in one bucket of 10 on average`);
});
