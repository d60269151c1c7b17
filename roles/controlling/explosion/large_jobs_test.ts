import assert from "node:assert/strict";
import { LARGE_LIMITS } from "./large_jobs.ts";
import { EXPLODER, LargeWorld } from "./testing/large_world.ts";

Deno.test("the report comes when all who are here have it, and names who has not; where everybody has it there is none", async () => {
  const world = new LargeWorld();
  const list = world.people(3, [0, 1]);
  await world.sends("short", { list });
  world.take(list[0]);
  assert.deepEqual(world.reports, []);
  world.take(list[1]);
  assert.match(
    world.reports[0],
    /to 3 recipients: 2 delivered, 1 kept until they are back, 0 refused\.\r\nKept: u2@example\.test$/,
  );
  assert.equal(world.told.at(-1), `done ${EXPLODER} 2 1 0`);
  await world.sends("short", { list: list.slice(0, 1), callId: "other" });
  world.take(list[0]);
  assert.equal(world.reports.length, 1);
  assert.equal(world.told.at(-1), `done ${EXPLODER} 1 0 0`);
});

Deno.test("who is here and does not take it in half a minute gets it later; what the other server refuses is refused", async () => {
  const world = new LargeWorld();
  const list = [...world.people(2, [0, 1]), "sip:zoe@other.test"];
  await world.sends("short", { list });
  world.take(list[0]);
  for (const recipient of list.slice(1)) {
    const [{ id }] = world.pending(recipient);
    const facts = { id, sender: "", recipient, size: 0, contentType: "", arrivedAt: 0, transaction: "" };
    world.events.emit("deferredRefused", { ...facts, device: "", status: 415, at: 0 });
  }
  world.time.advance(26_000);
  assert.deepEqual(world.reports, []);
  world.time.advance(5_000);
  assert.match(
    world.reports[0],
    /1 delivered, 1 kept until they are back, 1 refused\.\r\nRefused, or not there: zoe@other\.test/,
  );
});

Deno.test("a kill costs nobody the report: what was delivered meanwhile counts so", async () => {
  const world = new LargeWorld();
  const list = world.people(3, [0, 1, 2]);
  await world.sends("short", { list });
  world.restart();
  const [{ id }] = world.pending(list[0]);
  world.delivered.add(id);
  world.take(list[1]);
  world.time.advance(31_000);
  assert.equal(world.reports.length, 1, "and not of the one before the kill");
  assert.match(world.reports[0], /2 delivered, 1 kept until they are back, 0 refused\.\r\nKept: u2@example\.test$/);
  world.restart();
  world.time.advance(31_000);
  assert.equal(world.reports.length, 1, "once");
});

Deno.test("reports that are still to be made are bounded for each sender; what is done with leaves room", async () => {
  const world = new LargeWorld();
  const list = world.people(1, [0]);
  for (let i = 0; i < LARGE_LIMITS.perSender; i++) await world.sends("short", { list, callId: `c${i}`, stays: true });
  const refused = await world.invites({ list, callId: "more" });
  assert.equal(refused.last.status, 503);
  assert.equal(refused.last.get("Retry-After"), "30");
  world.take(list[0]);
  const taken = await world.invites({ list, callId: "again" });
  assert.equal(taken.last.status, 200);
});

Deno.test("a report that cannot be noted holds up no answer", async () => {
  const world = new LargeWorld();
  const list = world.people(1, [0]);
  world.states.failure = new Error("full");
  assert.deepEqual(await world.sends("short", { list }), ["m1xxxx sent"]);
  world.take(list[0]);
  assert.equal(world.told.at(-1), `done ${EXPLODER} 1 0 0`);
});
