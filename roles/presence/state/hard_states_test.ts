import assert from "node:assert/strict";
import { ALICE, note, pidf, PresentityWorld, settled, tuple } from "./testing/presentity_world.ts";

Deno.test("RFC 4827: what is set by hand holds, whatever expires, and gives way to what devices say", async () => {
  const world = new PresentityWorld();
  world.documents.set(ALICE, pidf(tuple("closed", ALICE) + note("on leave")));
  assert.equal(world.states.prepare(ALICE), null);
  assert.deepEqual(world.seen().map((line) => /closed|on leave/.exec(line)?.[0]), ["closed", "on leave"]);
  await world.published(pidf(tuple("open", ALICE) + note("back")), { expires: 60 });
  assert.deepEqual(world.seen().map((line) => /open|closed|back/.exec(line)?.[0]), ["open", "back"]);
  world.time.advance(61_000);
  await settled();
  assert.deepEqual(world.seen().map((line) => /closed|on leave/.exec(line)?.[0]), ["closed", "on leave"]);
});

Deno.test("a document that changes is a change of presence; one that says the same is none", async () => {
  const world = new PresentityWorld();
  world.seen();
  world.sets(pidf(note("on leave")));
  await settled();
  assert.deepEqual([world.takeTold(), world.seen()], [[ALICE], ["<note>on leave</note>"]]);
  world.sets(pidf(`  ${note("on leave")}`));
  await settled();
  assert.deepEqual(world.takeTold(), []);
  world.sets(null);
  await settled();
  assert.deepEqual([world.takeTold(), world.seen()], [[ALICE], []]);
});

Deno.test("what is not in memory is read beforehand, or behind: then it is told as a change", async () => {
  const world = new PresentityWorld();
  world.unread.add(ALICE);
  world.documents.set(ALICE, pidf(note("on leave")));
  const both = [world.states.prepare(ALICE), world.states.prepare(ALICE)];
  await Promise.all(both);
  assert.deepEqual([world.reads, world.seen(), world.states.prepare(ALICE)], [1, ["<note>on leave</note>"], null]);

  const other = new PresentityWorld();
  other.unread.add(ALICE);
  other.documents.set(ALICE, pidf(note("on leave")));
  assert.deepEqual(other.seen(), []);
  await settled();
  assert.deepEqual([other.takeTold(), other.seen(), other.reads], [[ALICE], ["<note>on leave</note>"], 1]);
});

Deno.test("a document written while the older one is read is the one that counts", async () => {
  const world = new PresentityWorld();
  world.unread.add(ALICE);
  world.seen();
  world.sets(pidf(note("new")));
  await settled();
  assert.deepEqual(world.seen(), ["<note>new</note>"]);
});

Deno.test("what cannot be read is tried again, and who prepares is told", async () => {
  const world = new PresentityWorld();
  world.unread.add(ALICE);
  world.documents.set(ALICE, pidf(note("on leave")));
  world.trouble = new Error("disk");
  await assert.rejects(world.states.prepare(ALICE)!, /disk/);
  assert.deepEqual(world.seen(), []);
  await settled();
  assert.equal(world.log.length, 1);
  world.trouble = null;
  assert.deepEqual(world.seen(), []);
  world.time.advance(10_200);
  await settled();
  assert.deepEqual(world.seen(), ["<note>on leave</note>"]);
});

Deno.test("a document that is no presence is left out, and the log does not say what stands in it", async () => {
  const world = new PresentityWorld();
  await world.published(pidf(tuple("open")));
  world.documents.set(ALICE, pidf('<tuple id="a"><status><basic>secret</basic></status></tuple>'));
  assert.equal(world.seen().length, 1);
  assert.equal(world.log.length, 1);
  assert.doesNotMatch(JSON.stringify(world.log), /secret/);
});
