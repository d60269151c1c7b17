import assert from "node:assert/strict";
import fc from "fast-check";
import { EMPTY, fromLatin1 } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { HeldOctets } from "./held_octets.ts";

const MB = 1 << 20;

function make(octets = 16 * MB, lifetime = 32_000) {
  const time = new FakeTime();
  return { time, held: new HeldOctets<string>(time, time.timers, lifetime, octets) };
}

Deno.test("an entry comes back as it went in, and leaves when its time is over", () => {
  const { time, held } = make();
  held.add("key 1", "text with \xe9", Uint8Array.of(1, 2, 3), "flow");
  assert.deepEqual(held.get("key 1"), { text: "text with \xe9", body: Uint8Array.of(1, 2, 3), reference: "flow" });
  assert.equal(held.get("key 2"), null);
  assert.equal(held.has("key"), false);
  time.advance(31_900);
  assert.equal(held.has("key 1"), true);
  time.advance(100);
  assert.equal(held.has("key 1"), false);
  assert.equal(held.size, 0);
  assert.equal(held.octets, 0, "the memory is given back");
  assert.equal(time.timers.size, 0);
});

Deno.test("as a map whose entries last equally long, whatever comes when", () => {
  const command = fc.record({ key: fc.integer({ min: 0, max: 60 }), wait: fc.integer({ min: 0, max: 9 }) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const { time, held } = make(16 * MB, 1000);
      const model = new Map<string, { text: string; until: number }>();
      commands.forEach(({ key, wait }, i) => {
        time.advance(wait * 100);
        const name = `z9hG4bK${key}`;
        for (const [known, { until }] of model) if (until <= time.monotonic()) model.delete(known);
        if (model.has(name)) assert.equal(held.get(name)?.text, model.get(name)!.text);
        else {
          assert.equal(held.get(name), null);
          held.add(name, `${i}`, EMPTY, name);
          model.set(name, { text: `${i}`, until: time.monotonic() + 1000 });
        }
        assert.equal(held.size, model.size);
      });
    }),
    { numRuns: 100 },
  );
});

Deno.test("over many chunks: each is found, and its memory goes when the last of it is due", () => {
  const { time, held } = make(64 * MB);
  const body = fromLatin1("b".repeat(600));
  for (let i = 0; i < 20_000; i++) {
    if (i % 100 === 0) time.advance(100);
    held.add(`key ${i}`, `text ${i}`, body, `flow ${i % 7}`);
  }
  const most = held.octets;
  assert.ok(most > 12 * MB && most < 16 * MB, `${most} octets`);
  for (let i = 0; i < 20_000; i += 13) {
    const found = held.get(`key ${i}`)!;
    assert.equal(found.text, `text ${i}`);
    assert.equal(found.reference, `flow ${i % 7}`);
  }
  time.advance(22_000);
  assert.ok(held.size < 10_200 && held.octets < most / 2 + 2 * MB);
  assert.equal(held.has("key 0"), false);
  assert.equal(held.has("key 19999"), true);
  time.advance(10_000);
  assert.equal(held.octets, 0);
});

Deno.test("what is full says so as long as its oldest entries are young, and lets them go for new ones after that", () => {
  const { time, held } = make(2 * MB);
  const body = new Uint8Array(10_000);
  let count = 0;
  while (!held.full(5000)) held.add(`key ${count++}`, "", body, "");
  assert.ok(count > 150 && count < 210, `${count} entries`);
  time.advance(5000);
  assert.equal(held.full(5000), false);
  for (let i = 0; i < 200; i++) held.add(`more ${i}`, "", body, "");
  assert.ok(held.octets <= 2 * MB);
  assert.equal(held.has("key 0"), false);
  assert.equal(held.has("more 199"), true);
  for (let i = 0; i < 110 && !held.full(5000); i++) held.add(`last ${i}`, "", body, "");
  assert.equal(held.full(5000), true);
});

Deno.test("what is longer than a chunk is not kept", () => {
  const { held } = make();
  held.add("key", "", new Uint8Array(MB), "");
  assert.equal(held.size, 0);
});
