import assert from "node:assert/strict";
import fc from "fast-check";
import {
  applied,
  candidateOf,
  candidateValues,
  confirmed,
  NO_SETTINGS,
  octetsOf,
  readStored,
  reverted,
  type StoredSettings,
  valuesAsOf,
  withChange,
} from "./stored_settings.ts";

function change(stored: StoredSettings, key: string, to: unknown, state: "confirmed" | "candidate" = "confirmed") {
  const from = stored.values[key];
  const changes = [{ key, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  return withChange(stored, { at: 1000 + stored.version, by: "admin:a", changes, state });
}

Deno.test("nothing stored is no problem, and what is damaged is told and read as far as it goes", () => {
  assert.deepEqual(readStored(undefined), { stored: NO_SETTINGS, problem: null });
  const good = change(NO_SETTINGS, "pager.max_body", 5);
  assert.deepEqual(readStored(JSON.parse(JSON.stringify(good))), { stored: good, problem: null });
  const { stored, problem } = readStored({ ...good, history: [{ version: "x" }] });
  assert.deepEqual(stored.values, { "pager.max_body": 5 });
  assert.deepEqual(stored.history, []);
  assert.match(problem!, /damaged at history\.0\.version/);
  for (const damage of [null, 5, "x", [], { values: 5 }]) {
    const read = readStored(damage);
    assert.deepEqual(read.stored.values, {});
    assert.match(read.problem!, /damaged/);
  }
});

Deno.test("a candidate changes nothing until it is confirmed; taken back it leaves a trace and a new version", () => {
  const base = change(NO_SETTINGS, "a", 1);
  const tried = change(base, "a", 2, "candidate");
  assert.deepEqual([tried.values, candidateValues(tried), tried.version], [{ a: 1 }, { a: 2 }, 2]);
  assert.equal(candidateOf(tried)?.version, 2);

  const kept = confirmed(tried);
  assert.deepEqual([kept.values, kept.version, candidateOf(kept)], [{ a: 2 }, 2, null]);
  assert.deepEqual(kept.changed.a, { at: 1001, by: "admin:a" });

  const back = reverted(tried, "nobody confirmed it");
  assert.deepEqual([back.values, back.version, candidateOf(back)], [{ a: 1 }, 3, null]);
  assert.deepEqual([back.history[0].state, back.history[0].why], ["reverted", "nobody confirmed it"]);
  assert.deepEqual(back.changed.a, { at: 1000, by: "admin:a" });
  assert.equal(change(back, "a", 3).history[0].version, 4);
});

Deno.test("the history is bounded by number and by size, and the values are always there", () => {
  let stored = NO_SETTINGS;
  for (let i = 1; i <= 250; i++) stored = change(stored, "a", i);
  assert.deepEqual([stored.history.length, stored.history[0].version, stored.history[99].version], [100, 250, 151]);
  assert.equal(valuesAsOf(stored, 150), null);
  assert.deepEqual(valuesAsOf(stored, 151), { a: 151 });

  // The largest there may be: all values replaced, and a candidate that replaces them again.
  for (let i = 0; i < 10; i++) stored = change(stored, "b", `${i}`.repeat(15_900));
  stored = change(stored, "b", "x".repeat(15_900), "candidate");
  assert.ok(octetsOf(stored) < 60_000, `${octetsOf(stored)}`);
  assert.equal(candidateOf(stored)?.version, 261);
  assert.ok(octetsOf(confirmed(stored)) < 60_000);
});

Deno.test("values as of each version that was confirmed, whatever was changed, tried and taken back", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    to: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    how: fc.constantFrom("change", "confirm", "revert"),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    let stored = NO_SETTINGS;
    const known = new Map<number, Readonly<Record<string, unknown>>>([[0, {}]]);
    const gone: number[] = [];
    for (const { key, to, how } of steps) {
      const before = stored;
      stored = change(stored, key, to, how === "change" ? "confirmed" : "candidate");
      assert.deepEqual(candidateValues(stored), applied(before.values, stored.history[0].changes));
      const { version } = stored;
      if (how === "confirm") stored = confirmed(stored);
      if (how === "revert") {
        stored = reverted(stored, "");
        gone.push(version, stored.version);
        assert.deepEqual(stored.values, before.values);
      } else known.set(version, stored.values);
    }
    for (const [version, values] of known) assert.deepEqual(valuesAsOf(stored, version), values);
    for (const version of gone) assert.equal(valuesAsOf(stored, version), null);
  }));
});
