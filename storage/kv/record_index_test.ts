import assert from "node:assert/strict";
import fc from "fast-check";
import { RecordIndex } from "./record_index.ts";

Deno.test("the index holds what a map holds, through any changes", () => {
  const id = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 50 }));
  const change = fc.tuple(fc.boolean(), id, fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 600 }), (changes) => {
      const index = new RecordIndex();
      const model = new Map<number, number>();
      for (const [put, key, value] of changes) {
        const slot = index.find(key);
        assert.equal(slot >= 0, model.has(key));
        if (put) {
          index.set(key, 2 ** 45 + value, value, value);
          model.set(key, value);
        } else if (slot >= 0) {
          index.removeAt(slot);
          model.delete(key);
        }
      }
      assert.equal(index.size, model.size);
      for (const [key, value] of model) {
        const slot = index.find(key);
        assert.deepEqual([index.blobAt(slot), index.offsetAt(slot), index.sizeAt(slot)], [
          2 ** 45 + value,
          value,
          value,
        ]);
      }
      assert.deepEqual([...index.ids()].sort((a, b) => a - b), [...model.keys()].sort((a, b) => a - b));
    }),
  );
});

Deno.test("the index gives memory back when it empties", () => {
  const index = new RecordIndex();
  for (let id = 1; id <= 10_000; id++) index.set(id, 1, id, 1);
  for (let id = 1; id <= 9_990; id++) index.removeAt(index.find(id));
  assert.equal(index.size, 10);
  for (let id = 9_991; id <= 10_000; id++) assert.equal(index.offsetAt(index.find(id)), id);
  assert.ok([...index.ids()].length === 10);
});
