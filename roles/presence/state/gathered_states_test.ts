import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { GatheredStates } from "./gathered_states.ts";

function world() {
  const time = new FakeTime();
  const states = new MemoryStates();
  const turns: { readonly work: () => void; readonly wait_ms: number }[] = [];
  const gathered = new GatheredStates(states, time, (work, wait_ms) => turns.push({ work, wait_ms }));
  const safe: string[] = [];
  const save = (name: string, value: unknown = name, lazily = false) =>
    gathered.save(name, value, lazily, (error) => safe.push(error === null ? name : `${name}: ${error.message}`));
  return { time, states, turns, gathered, safe, save };
}

Deno.test("one after a quiet time goes on at once, and those that come within a beat of it in one lot", () => {
  const { time, states, turns, safe, save } = world();
  save("a");
  assert.equal(states.writes, 1);
  assert.equal(states.commit(), 1);
  time.advance(4);
  for (const name of ["b", "c", "d"]) save(name);
  assert.deepEqual([states.writes, turns.map(({ wait_ms }) => wait_ms), safe], [1, [16], ["a"]]);
  turns.shift()!.work();
  assert.equal(states.commit(), 3);
  assert.deepEqual(safe, ["a", "b", "c", "d"]);
  time.advance(1000);
  save("e");
  assert.deepEqual([states.writes, turns], [5, []]);
});

Deno.test("what nobody waits for waits for nobody, but stays behind what came before it", () => {
  const { states, turns, save } = world();
  save("a", 1, true);
  save("a", 2);
  save("a", 3);
  save("a", 4, true);
  assert.equal(states.writes, 2);
  turns.shift()!.work();
  assert.equal(states.commit(), 4);
  assert.equal(states.safe.get("a"), "4");
  save("a", 5, true);
  assert.deepEqual([states.writes, turns], [5, []]);
});

Deno.test("enough of them wait no longer, nor does what follows in that beat; a failure is told to each", () => {
  const { time, states, turns, safe, save } = world();
  states.fault = new Error("full");
  const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
  for (const name of names) {
    save(name);
    assert.equal(states.writes, ["n0", "n24"].includes(name) || states.writes > 24 ? Number(name.slice(1)) + 1 : 1);
  }
  states.commit();
  assert.deepEqual(safe, names.map((name) => `${name}: full`));
  // The beat is over, with nothing left to do; the next one gathers anew.
  time.advance(20);
  turns.shift()!.work();
  assert.equal(states.writes, 30);
  save("a");
  assert.deepEqual([states.writes, turns.map(({ wait_ms }) => wait_ms)], [30, [20]]);
});

Deno.test("what waits goes on when it is asked for", () => {
  const { states, turns, gathered, save } = world();
  for (const name of ["a", "b", "c"]) save(name);
  gathered.flush();
  assert.equal(states.commit(), 3);
  turns.shift()!.work();
  assert.equal(states.writes, 3);
});

Deno.test("what was stored is read as it is", () => {
  const { states, gathered } = world();
  states.safe.set("a", "1");
  assert.deepEqual([...gathered.load()], [["a", 1]]);
});
