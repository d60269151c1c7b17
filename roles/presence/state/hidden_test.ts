/** What is shown of who is not to be seen: what it stands on, how long it is kept, and what a user may publish no longer. */
import assert from "node:assert/strict";
import {
  ALICE,
  ALL,
  binding,
  BOB,
  note,
  pidf,
  PresentityWorld,
  settled,
  tuple,
  UDP,
} from "./testing/presentity_world.ts";

Deno.test("what is shown of who hides is one object until something of it is another, whatever the devices say", async () => {
  const world = new PresentityWorld();
  world.invisible.add(ALICE);
  assert.ok(world.states.isInvisible(ALICE));
  world.sets(pidf(note("one")));
  const hidden = world.states.hidden(ALICE, ALL);
  assert.match(hidden.text, /one/);
  await world.published(pidf(tuple("open") + note("at work")));
  assert.equal(world.states.hidden(ALICE, ALL), hidden);
  world.takeTold();
  world.sets(pidf(note("two")));
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.match(world.states.hidden(ALICE, ALL).text, /two/);
  assert.doesNotMatch(world.states.hidden(ALICE, ALL).text, /work|<basic>open/);
  world.sets(null);
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.doesNotMatch(world.states.hidden(ALICE, ALL).text, /two/);
});

Deno.test("where who hides was asked for nothing else, changes of what is shown are told all the same", async () => {
  const world = new PresentityWorld();
  world.states.hidden(ALICE, ALL);
  world.takeTold();
  world.sets(pidf(note("by hand")));
  await settled();
  assert.deepEqual(world.takeTold(), [ALICE]);
  assert.equal(world.states.hidden("sip:nobody@example.test", ALL).text.includes("by hand"), false);
});

Deno.test("what is shown of those who are not there counts as memory, and is made again where there is none", () => {
  const world = new PresentityWorld({ limits: { memory: 2000 } });
  const ready =
    () => [world.metrics.value("parley_presence_ready"), world.metrics.value("parley_presence_ready_octets")];
  const before = world.states.offline(ALICE);
  assert.deepEqual(ready(), [1, 1500]);
  world.states.offline(BOB);
  world.states.offline(BOB);
  assert.deepEqual(ready(), [1, 1500]);
  const again = world.states.offline(ALICE);
  assert.deepEqual([again === before, again.tag], [false, before.tag]);
  world.states.hidden(ALICE, ALL);
  assert.ok(ready()[1]! <= 4500, "one user's always find room");
  world.states.forget(ALICE);
  world.states.forget(BOB);
  assert.deepEqual(ready(), [0, 0]);
});

Deno.test("what somebody published who may not any more counts at once no longer, and can be changed no more", async () => {
  const world = new PresentityWorld();
  world.registers(binding(UDP));
  const etag = await world.published(pidf(tuple("open")));
  assert.equal(world.seen().length, 1);
  world.takeTold();
  world.states.unpublish(ALICE);
  await settled();
  assert.deepEqual([world.takeTold(), world.seen(), world.states.publications.size], [[ALICE], [], 0]);
  assert.equal((await world.publish("", { etag })).status, 412);
  world.states.unpublish(BOB);
  await settled();
  assert.equal((await world.publish(pidf(tuple("open")))).status, 200, "who may again does so");
});
