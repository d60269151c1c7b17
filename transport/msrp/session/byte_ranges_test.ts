import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteRanges } from "./byte_ranges.ts";

Deno.test("octets in order are one run", () => {
  const ranges = new ByteRanges();
  for (let at = 0; at < 1000; at += 10) ranges.add(at, at + 10);
  assert.deepEqual([ranges.runs, ranges.octets, ranges.end], [1, 1000, 1000]);
  assert.deepEqual(ranges.spans(), [{ from: 0, to: 1000 }]);
});

Deno.test("nothing is added by an empty range, and an empty set covers only nothing", () => {
  const ranges = new ByteRanges();
  ranges.add(5, 5);
  assert.deepEqual([ranges.runs, ranges.octets, ranges.end], [0, 0, 0]);
  assert.equal(ranges.covers(3, 3), true);
  assert.equal(ranges.covers(0, 1), false);
});

Deno.test("any ranges in any order are the same as marking octets one by one", () => {
  const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => [from, from + length] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), range, (added, [from, to]) => {
      const ranges = new ByteRanges();
      const marks = new Array<boolean>(100).fill(false);
      for (const [from, to] of added) {
        ranges.add(from, to);
        marks.fill(true, from, to);
      }
      assert.equal(ranges.octets, marks.filter((mark) => mark).length);
      assert.equal(ranges.end, marks.lastIndexOf(true) + 1);
      assert.equal(ranges.covers(from, to), marks.slice(from, to).every((mark) => mark));
      const gap = marks.indexOf(false, from);
      assert.equal(ranges.runEnd(from), gap);
      const spans = ranges.spans();
      assert.equal(ranges.runs, spans.length);
      spans.forEach(({ from, to }, i) => {
        assert.ok(from < to && (i === 0 || from > spans[i - 1].to));
        assert.ok(marks.slice(from, to).every((mark) => mark));
      });
    }),
  );
});
