import assert from "node:assert/strict";
import fc from "fast-check";
import type { SrvRecord } from "../../net/mod.ts";
import { srvOrder } from "./srv_order.ts";

const record = (target: string, priority: number, weight: number): SrvRecord => ({
  target,
  priority,
  weight,
  port: 5060,
});

/** Random numbers as told, one after the other. */
function draws(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

const order = (records: SrvRecord[], random: () => number) =>
  srvOrder(records, random).map(({ target }) => target).join("");

Deno.test("RFC 2782: priorities in order, whatever the weights and draws", () => {
  const records = [record("c", 30, 100), record("a", 10, 0), record("b", 20, 65_535)];
  for (const draw of [0, 0.5, 0.999]) assert.equal(order(records, () => draw), "abc");
});

Deno.test("RFC 2782: the draw picks the first running sum that is not below it, then draws among the rest", () => {
  // Weights 0, 10, 30, 60: running sums 0, 10, 40, 100; a draw of x gives floor(x * 101).
  const records = [record("d", 1, 60), record("b", 1, 10), record("a", 1, 0), record("c", 1, 30)];
  const cases: [number[], string][] = [
    [[0], "abcd"], // 0: the weightless one
    [[0.01], "bacd"], // 1
    [[0.1], "bacd"], // 10
    [[0.11], "cabd"], // 11
    [[0.4], "cabd"], // 40
    [[0.41], "dabc"], // 41
    [[0.999], "dabc"], // 100
    [[0.999, 0.999], "dcab"],
    [[0.999, 0.999, 0.999], "dcba"],
  ];
  for (const [numbers, expected] of cases) assert.equal(order(records, draws(...numbers)), expected, String(numbers));
});

Deno.test("RFC 2782: chances follow the weights", () => {
  const records = [record("a", 1, 10), record("b", 1, 30), record("c", 1, 60)];
  const first: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 10_000; i++) first[srvOrder(records, () => (i + 0.5) / 10_000)[0].target]++;
  assert.ok(Math.abs(first.a - 1000) < 150 && Math.abs(first.b - 3000) < 150 && Math.abs(first.c - 6000) < 150);
});

Deno.test("no record is lost or doubled, whatever is drawn", () => {
  const any = fc.record({ priority: fc.nat(3), weight: fc.nat(65_535), target: fc.string(), port: fc.nat(65_535) });
  fc.assert(
    fc.property(
      fc.array(any, { maxLength: 12 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (records, numbers) => {
        const ordered = srvOrder(records, () => numbers.next().value);
        assert.deepEqual(new Set(ordered), new Set(records));
        assert.equal(ordered.length, records.length);
        for (let i = 1; i < ordered.length; i++) assert.ok(ordered[i - 1].priority <= ordered[i].priority);
      },
    ),
  );
});
