import assert from "node:assert/strict";
import { MemoryStates } from "../testing/memory_states.ts";
import { statesByEvent } from "./states_by_event.ts";

Deno.test("of one log each package takes up its own, once, whoever asks first; all write to it", () => {
  const log = new MemoryStates();
  for (const name of ["presence 1", "poc-settings 2", "presence 3", "odd"]) log.safe.set(name, `"${name}"`);
  let loads = 0;
  const load = log.load.bind(log);
  log.load = () => {
    loads++;
    return load();
  };
  const of = statesByEvent(log);
  const presence = of("presence"), settings = of("poc-settings");
  assert.deepEqual([...settings.load()], [["poc-settings 2", "poc-settings 2"]]);
  assert.deepEqual([...presence.load()].map(([name]) => name), ["presence 1", "presence 3"]);
  assert.deepEqual(
    [[...presence.load()], [...of("reg").load()], loads],
    [[], [], 1],
    "let go of; the log gives it once",
  );
  const told: (Error | null)[] = [];
  settings.save("poc-settings 4", { a: 1 }, false, (error) => void told.push(error));
  presence.save("presence 1", null, true, null);
  log.commit();
  assert.deepEqual([...log.safe.keys()], ["poc-settings 2", "presence 3", "odd", "poc-settings 4"]);
  assert.deepEqual(told, [null]);
});
