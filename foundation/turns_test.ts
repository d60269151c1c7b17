import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

Deno.test("work of one key goes one after the other, that of others beside it; failures hold up nobody", async () => {
  const turns = new Turns();
  const steps: string[] = [];
  const gate = Promise.withResolvers<void>();
  const work = (name: string, wait: Promise<void>, fails = false) => async () => {
    steps.push(`${name} begins`);
    await wait;
    steps.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const first = turns.run("a", work("a1", gate.promise, true));
  assert.deepEqual(steps, ["a1 begins"], "nobody is before it: at once");
  const second = turns.run("a", work("a2", Promise.resolve()));
  assert.equal(turns.waiting("a"), 2);
  assert.equal(await turns.run("b", work("b1", Promise.resolve())), "b1");
  assert.deepEqual(steps, ["a1 begins", "b1 begins", "b1 ends"]);
  gate.resolve();
  await assert.rejects(first, /a1/);
  assert.equal(await second, "a2");
  assert.deepEqual(steps.slice(3), ["a1 ends", "a2 begins", "a2 ends"]);
  await Promise.resolve();
  assert.equal(turns.size, 0, "nothing is kept of keys without work");
  assert.equal(turns.waiting("a"), 0);
});
