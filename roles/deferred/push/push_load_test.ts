import assert from "node:assert/strict";
import { PushLoad } from "./push_load.ts";

Deno.test("one session fills its way; many together have no more under way than one turn should cost, each a little", () => {
  const load = new PushLoad();
  assert.equal(load.window, 64);
  const windows = [1, 4, 16, 64, 200].map((sessions) => {
    const crowd = new PushLoad();
    for (let i = 0; i < sessions; i++) crowd.enter();
    return crowd.window;
  });
  assert.deepEqual(windows, [64, 64, 16, 4, 4]);
  load.enter();
  load.leave();
  assert.equal(load.window, 64);
});
