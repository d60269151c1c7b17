import assert from "node:assert/strict";
import fc from "fast-check";
import { readSetting, sameValue, settingText } from "./setting_value.ts";

const line = fc.stringMatching(/^[!-~]{1,20}$/);

Deno.test("what a form shows of a setting is read back as the same value", () => {
  const cases = fc.oneof(
    fc.record({ kind: fc.constant("number" as const), value: fc.integer({ min: -1e9, max: 1e9 }) }),
    fc.record({ kind: fc.constant("flag" as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant("text" as const), value: line }),
    fc.record({ kind: fc.constant("lines" as const), value: fc.array(line, { maxLength: 5 }) }),
    fc.record({
      kind: fc.constant("table" as const),
      value: fc.dictionary(fc.stringMatching(/^[a-z/.*+-]{1,12}$/), fc.integer({ min: 0, max: 1e6 }), { maxKeys: 4 }),
    }),
    fc.record({
      kind: fc.constant("tables" as const),
      value: fc.array(fc.record({ domain: line, next_hop: line }), { maxLength: 3 }),
    }),
  );
  fc.assert(fc.property(cases, ({ kind, value }) => {
    const shape = { key: "some.peer", kind };
    const read = readSetting(shape, settingText(shape, value));
    assert.ok("value" in read && sameValue(read.value, value), JSON.stringify([value, read]));
  }));
});

Deno.test("what is no number or no TOML is said, with its line", () => {
  assert.deepEqual(readSetting({ key: "a", kind: "number" }, "12 kB"), { error: "number", line: 0 });
  assert.deepEqual(readSetting({ key: "a", kind: "table" }, "a = 1\nb = = 2"), { error: "toml", line: 2 });
  assert.deepEqual(readSetting({ key: "peer", kind: "tables" }, ""), { value: [] });
});

Deno.test("the order of keys makes no other value", () => {
  assert.ok(sameValue({ a: 1, b: [{ d: 1, c: 2 }] }, { b: [{ c: 2, d: 1 }], a: 1 }));
  assert.ok(!sameValue(["a", "b"], ["b", "a"]));
  assert.ok(!sameValue(null, 0));
});
