import assert from "node:assert/strict";
import { SwitchWorld } from "./testing/switch_world.ts";

Deno.test("on hold nothing more begins to go out; let go again it gets everything, in order, and the others never waited", async () => {
  const world = new SwitchWorld();
  const [held, other] = [await world.join(1), await world.join(2)];
  world.say("a");
  await world.settle();
  held.leg.hold!(true);
  for (const text of ["b", "c"]) world.say(text);
  await world.settle();
  assert.deepEqual([held.got, held.leg.passed, held.closed], [["a"], 1, null]);
  assert.deepEqual(other.got, ["a", "b", "c"]);
  held.leg.hold!(false);
  await world.settle();
  assert.deepEqual([held.got, held.leg.passed], [["a", "b", "c"], 3]);
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("who is on hold for too long is given up like anybody who falls behind", async () => {
  const world = new SwitchWorld();
  world.limits.behind = 10;
  const held = await world.join(1);
  held.leg.hold!(true);
  for (let i = 0; i < 12; i++) world.say(`${i}`);
  await world.settle();
  assert.equal(held.closed?.why, "slow");
  assert.deepEqual(held.got, []);
});
