import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { ALICE, BOB, CAROL, RecordingWorld } from "./testing/recording_world.ts";

const MALLORY = "sip:mallory@elsewhere.test";

Deno.test("nobody is recorded who has said nothing, and the desk is idle; by the operator's word all users of ours are", async () => {
  await using world = await RecordingWorld.open();
  assert.equal(world.desk.idle, true);
  assert.equal(world.desk.wants(ALICE, "pager"), false);
  world.settings.record = "everything";
  assert.equal(world.desk.idle, false);
  assert.equal(world.desk.wants(ALICE, "room"), true);
  assert.equal(world.desk.wants(MALLORY, "room"), false);
  assert.equal(world.wishes.get(ALICE).inForce, "everything");
});

Deno.test("what a user sets comes before the operator's word, what devices publish before that, a command before all", async () => {
  await using world = await RecordingWorld.open();
  world.settings.record = "everything";
  await world.wishes.set(ALICE, "nothing");
  assert.equal(world.desk.wants(ALICE, "session"), false);
  world.publish(ALICE, { session: true, pagerAndLarge: false });
  assert.equal(world.desk.wants(ALICE, "session"), true);
  assert.equal(world.desk.wants(ALICE, "room"), true);
  assert.equal(world.desk.wants(ALICE, "file"), true);
  assert.equal(world.wishes.wantsWith(ALICE, BOB, "pager"), false);
  assert.equal(await world.desk.order(ALICE, BOB, "start", ""), null);
  assert.equal(world.wishes.wantsWith(ALICE, BOB, "pager"), true);
  assert.equal(world.wishes.wantsWith(ALICE, BOB, "large"), true);
  assert.equal(world.wishes.wantsWith(ALICE, CAROL, "pager"), false);
  world.publish(ALICE, { session: true, pagerAndLarge: true });
  await world.desk.order(ALICE, BOB, "stop", "");
  assert.equal(world.wishes.wantsWith(ALICE, BOB, "pager"), false);
  assert.equal(world.wishes.wantsWith(ALICE, CAROL, "pager"), true);
  world.publish(ALICE, { session: false, pagerAndLarge: false });
  assert.equal(world.desk.wants(ALICE, "session"), false);
  world.publish(ALICE, null);
  assert.equal(world.wishes.get(ALICE).inForce, "nothing");
});

Deno.test("each wish is for its kinds", async () => {
  await using world = await RecordingWorld.open();
  const kinds = ["pager", "large", "session", "file", "room"] as const;
  const wanted = () => kinds.filter((kind) => world.wishes.wants(ALICE, kind)).join();
  for (
    const [wish, expected] of [["pager", "pager,large"], ["session", "session,file,room"], ["nothing", ""]] as const
  ) {
    await world.wishes.set(ALICE, wish);
    assert.equal(wanted(), expected);
  }
  await world.wishes.set(ALICE, "everything");
  assert.equal(wanted(), kinds.join());
});

Deno.test("the desk is idle again when nobody wants anything any longer, and whenever recording is switched off", async () => {
  await using world = await RecordingWorld.open();
  await world.wishes.set(ALICE, "pager");
  await world.desk.order(BOB, CAROL, "start", "");
  world.publish(CAROL, { session: true, pagerAndLarge: false });
  assert.equal(world.desk.idle, false);
  world.settings.enabled = false;
  assert.equal(world.desk.idle, true);
  assert.equal(world.desk.wants(CAROL, "session"), false);
  assert.equal(world.wishes.mayRecord(ALICE), false);
  world.settings.enabled = true;
  await world.wishes.set(ALICE, null);
  await world.desk.order(BOB, CAROL, "stop", "");
  assert.equal(world.desk.idle, false);
  world.publish(CAROL, null);
  assert.equal(world.desk.idle, true);
});

Deno.test("what was set and ordered outlasts a restart; a user who is gone leaves nothing", async () => {
  await using world = await RecordingWorld.open();
  await world.wishes.set(ALICE, "session");
  await world.desk.order(ALICE, BOB, "start", "");
  const again = await world.restarted();
  assert.deepEqual(again.wishes.get(ALICE), {
    record: "session",
    published: null,
    inForce: "session",
    pairs: [BOB],
    without: [],
  });
  assert.equal(again.wishes.wantsWith(ALICE, BOB, "pager"), true);
  await again.wishes.forget(ALICE);
  assert.equal(again.desk.idle, true);
  const third = await again.restarted();
  assert.equal(third.wishes.get(ALICE).record, null);
});

Deno.test("a wish that cannot be stored does not hold, and who set it is told", async () => {
  await using world = await RecordingWorld.open();
  world.kv.fault = new TypeError("database or disk is full");
  await assert.rejects(world.wishes.set(ALICE, "everything"), StorageError);
  assert.equal(world.desk.idle, true);
  const refusal = await world.desk.order(ALICE, BOB, "start", "");
  assert.equal(refusal?.status, 480);
  assert.equal(world.desk.idle, true);
  world.kv.fault = null;
});

Deno.test("a user has 500 commands at most; a stop is remembered only where something else would be recorded", async () => {
  await using world = await RecordingWorld.open();
  for (let i = 0; i < 500; i++) await world.wishes.order(ALICE, `sip:${i}@elsewhere.test`, "start");
  assert.equal((await world.desk.order(ALICE, BOB, "start", ""))?.status, 480);
  assert.equal(await world.desk.order(ALICE, "sip:7@elsewhere.test", "stop", ""), null);
  assert.deepEqual(world.wishes.get(ALICE).without, []);
  assert.equal(await world.desk.order(ALICE, BOB, "start", ""), null);
  assert.equal(world.wishes.get(ALICE).pairs.length, 500);
});
