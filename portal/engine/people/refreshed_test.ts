import { equal } from "node:assert/strict";
import { Refreshed } from "./refreshed.ts";
import { reportedDuring } from "../testing/reported.ts";
import { EngineWorld, refusal } from "./testing/engine_world.ts";

const PATH = "some/users/sip:alice@home.test/index";

function reading(world: EngineWorld) {
  const loads = { count: 0, fails: null as Error | null };
  const fresh = new Refreshed(world.parts, [PATH], async () => {
    loads.count++;
    await Promise.resolve();
    if (loads.fails !== null) throw loads.fails;
  });
  return { fresh, loads };
}

Deno.test("it is read at once, when a document of it changes, when the link is back after a while, and every few minutes", async () => {
  const world = new EngineWorld();
  const { fresh, loads } = reading(world);
  equal(world.client.documents.join(), PATH);
  await world.settled();
  equal(`${fresh.state.value} ${loads.count}`, "ready 1");
  world.state.value = "online";
  await world.settled();
  equal(loads.count, 1, "it is fresh");
  world.tell("onDocuments", ["other/users/sip:alice@home.test/index"]);
  equal(loads.count, 1);
  world.tell("onDocuments", [PATH]);
  await world.settled();
  equal(loads.count, 2);
  world.state.value = "waiting";
  await world.pass(90_000);
  world.state.value = "online";
  await world.settled();
  equal(loads.count, 3);
  await world.pass(301_000);
  equal(loads.count, 4);
});

Deno.test("requests that come together are one more reading, and all see its result", async () => {
  const world = new EngineWorld();
  const { fresh, loads } = reading(world);
  await Promise.all([fresh.refresh(), fresh.refresh(), fresh.refresh()]);
  equal(loads.count, 2);
});

Deno.test("after a failure it waits longer and longer, and as long as the service says; not after the session is over", async () => {
  const world = new EngineWorld();
  const { fresh, loads } = reading(world);
  loads.fails = refusal(503);
  await fresh.refresh();
  equal(fresh.state.value, "failed");
  const before = loads.count;
  await world.pass(2_000);
  equal(loads.count, before + 1);
  await world.pass(9_000);
  equal(loads.count, before + 1);
  await world.pass(2_000);
  equal(loads.count, before + 2);
  loads.fails = null;
  world.state.value = "online";
  await world.settled();
  equal(`${fresh.state.value} ${fresh.problem.value}`, "ready null");
  loads.fails = refusal(401);
  await fresh.refresh();
  const last = loads.count;
  await world.pass(600_000);
  equal(loads.count, last);
});

Deno.test("an answer of another shape is reported, counts as a failure, and is asked for again", async () => {
  const world = new EngineWorld();
  const { fresh, loads } = reading(world);
  await world.settled();
  loads.fails = new TypeError("ours");
  const reported = await reportedDuring(() => fresh.refresh());
  equal(reported.join(), "TypeError: ours");
  equal(`${fresh.state.value} ${fresh.problem.value?.status}`, "failed 500");
  loads.fails = null;
  await world.pass(3_000);
  equal(`${fresh.state.value} ${fresh.problem.value}`, "ready null");
});
