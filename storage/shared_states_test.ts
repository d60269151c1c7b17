import assert from "node:assert/strict";
import type { State, States } from "./repositories.ts";
import { sharedStates } from "./shared_states.ts";

Deno.test("owners of one log see their own states by their own names, each once, and save beside each other", () => {
  const saved: unknown[] = [];
  const stored: State[] = [["rooms a", 1], ["lists job 7", 2], ["rooms b c", 3], ["other x", 4]];
  const log: States = { load: () => stored, save: (name, value) => void saved.push([name, value]) };
  const of = sharedStates(log);
  const values = (states: States) => [...states.load()].map(([name, value]) => [name, value]);
  const [rooms, lists] = [of("rooms"), of("lists")];
  assert.deepEqual(values(rooms), [["a", 1], ["b c", 3]]);
  assert.deepEqual(values(lists), [["job 7", 2]]);
  assert.deepEqual(values(rooms), [], "taken up already");
  lists.save("job 7", null, false, null);
  rooms.save("d", { n: 1 }, true, null);
  assert.deepEqual(saved, [["lists job 7", null], ["rooms d", { n: 1 }]]);
});
