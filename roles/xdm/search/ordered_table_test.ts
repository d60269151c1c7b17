import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { OrderedTable } from "./ordered_table.ts";

Deno.test("a table is in order of its ids after any changes, and a walk goes on behind where it was", () => {
  const id = fc.integer({ min: 0, max: 30 }).map((n) => `k${String(n).padStart(2, "0")}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.boolean())), id, fc.integer({ min: 1, max: 5 }), (changes, from, most) => {
      const table = new OrderedTable<{ id: string; n: number }>();
      const plain = new Map<string, number>();
      changes.forEach(([id, there], n) => {
        if (there) table.set({ id, n }), plain.set(id, n);
        else table.delete(id), plain.delete(id);
      });
      const sorted = [...plain].sort(([a], [b]) => a < b ? -1 : 1).map(([id, n]) => ({ id, n }));
      deepEqual(table.after("", 100), sorted);
      deepEqual(table.after(from, most), sorted.filter(({ id }) => id > from).slice(0, most));
      equal(table.get(from)?.n, plain.get(from));
      equal(table.size, plain.size);
    }),
  );
});
