import assert from "node:assert/strict";
import { OverRooms } from "./over_rooms.ts";

Deno.test("URIs of rooms that are over are known for their time, also where the clock is set back, and not for ever", () => {
  const removed: string[] = [];
  const states = { load: () => [], save: (name: string) => void removed.push(name) };
  const over = new OverRooms(states, { over_ms: 1000, over: 10 });
  over.add("conf-1", 5000);
  over.sweep(4990);
  assert.ok(over.has("conf-1"), "a clock that was set back ends nothing early");
  over.sweep(5999);
  assert.ok(over.has("conf-1"));
  over.sweep(6000);
  assert.deepEqual([over.size, removed], [0, ["conf-1"]]);
  over.add("conf-2", 9000);
  over.sweep(2000);
  assert.equal(over.size, 0, "one of a time that may never come");
});
