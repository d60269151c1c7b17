import assert from "node:assert/strict";
import { PushLoad } from "./push_load.ts";

Deno.test("one session fills its way; many together have fewer under way, each a little", () => {
  const load = new PushLoad();
  const windows: number[] = [];
  for (let sessions = 1; sessions <= 200; sessions++) {
    load.enter();
    if ([1, 4, 20, 200].includes(sessions)) windows.push(load.window);
  }
  assert.deepEqual(windows, [64, 64, 12, 4]);
  for (let i = 0; i < 199; i++) load.leave();
  assert.equal(load.window, 64);
});

Deno.test("in one turn of the loop all of them together begin thirty-two; who waits has the next turns, in order", () => {
  const turns: (() => void)[] = [];
  const load = new PushLoad((work) => void turns.push(work));
  const began: string[] = [];
  const session = (name: string, wants: number) => {
    const go = () => {
      while (wants > 0 && load.begin(waiter)) {
        wants--;
        began.push(name);
      }
    };
    const waiter = { go };
    return go;
  };
  session("a", 40)();
  session("b", 10)();
  session("c", 20)();
  assert.equal(began.length, 32);
  assert.equal(turns.length, 1, "one for all");
  turns.shift()!();
  assert.equal(began.slice(32).join(""), "a".repeat(8) + "b".repeat(10) + "c".repeat(14));
  turns.shift()!();
  assert.equal(began.slice(64).join(""), "c".repeat(6));
  while (turns.length > 0) turns.shift()!();
  assert.equal(began.length, 70);
});
