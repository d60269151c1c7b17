import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { ALICE, BOB, CAROL, listener, RecordingWorld, said, saying } from "./testing/recording_world.ts";

const ROOM = "sip:conf-1234@example.test";
const ALL = [ALICE, BOB, CAROL];

function joined(world: RecordingWorld) {
  const room = world.room([ROOM, "call-1"]);
  for (const aor of ALL) room.join({ aor, with: ROOM, parties: [{ uri: aor, name: "" }] });
  return room;
}

Deno.test("a room is recorded for those who want it, and for those alone to whom a message goes", async () => {
  await using world = await RecordingWorld.open();
  await world.wishes.set(ALICE, "session");
  await world.wishes.set(BOB, "everything");
  await world.wishes.set(CAROL, "pager");
  const room = joined(world);
  assert.equal(room.records(ALL), true);
  assert.equal(room.records([CAROL]), false);
  await said(room, saying("to all"), ALL);
  await said(room, saying("to carol"), [BOB, CAROL]);
  await said(room, saying("nobody's"), [CAROL]);
  assert.deepEqual(await world.texts(ALICE), ["to all"]);
  assert.deepEqual(await world.texts(BOB), ["to all", "to carol"]);
  assert.deepEqual(await world.texts(CAROL), []);
  room.leave(ALICE);
  await said(room, saying("without alice"), ALL);
  assert.deepEqual(await world.texts(ALICE), ["to all"]);
  room.close();
  assert.deepEqual([world.list(ALICE)[0].open, world.list(BOB)[0].open], [false, false]);
  assert.equal(world.list(BOB)[0].with, ROOM);
  assert.equal(world.list(BOB)[0].kind, "room");
});

Deno.test("a wish that changes in the middle holds from then on, and whoever taps is told", async () => {
  await using world = await RecordingWorld.open();
  const room = joined(world);
  const told: boolean[] = [];
  room.onRecords = (recorded) => told.push(recorded);
  await said(room, saying("before"), ALL);
  world.publish(ALICE, { session: true, pagerAndLarge: false });
  await Promise.resolve();
  assert.deepEqual(told, [true]);
  await said(room, saying("recorded"), ALL);
  world.publish(ALICE, { session: false, pagerAndLarge: false });
  await Promise.resolve();
  assert.deepEqual(told, [true, false]);
  assert.equal(world.list(ALICE)[0].open, false);
  await said(room, saying("after"), ALL);
  assert.deepEqual(await world.texts(ALICE), ["recorded"]);
  world.settings.record = "everything";
  world.desk.settingsChanged();
  await said(room, saying("all of you"), ALL);
  assert.deepEqual(await world.texts(CAROL), ["all of you"]);
  assert.deepEqual(await world.texts(ALICE), ["recorded"]);
  world.settings.enabled = false;
  world.desk.settingsChanged();
  await said(room, saying("off"), ALL);
  assert.deepEqual(await world.texts(CAROL), ["all of you"]);
  assert.equal(room.records(ALL), false);
});

Deno.test("who takes part records by command, by any name of the conversation, under the name they give it", async () => {
  await using world = await RecordingWorld.open();
  const room = joined(world);
  assert.equal(world.desk.idle, true);
  assert.equal(world.desk.command(ALICE, "sip:conf-1234@EXAMPLE.test;gr", "start", "Work/Plans"), null);
  assert.equal(world.desk.command(BOB, "call-1", "start", ""), null);
  assert.equal(world.desk.idle, false);
  await said(room, saying("one"), ALL);
  await world.settled();
  assert.equal(world.list(ALICE)[0].name, "Work/Plans");
  assert.equal(world.list(BOB)[0].name, "");
  assert.equal(world.desk.command(ALICE, ROOM, "stop", ""), null);
  await said(room, saying("two"), ALL);
  assert.deepEqual(await world.texts(ALICE), ["one"]);
  assert.deepEqual(await world.texts(BOB), ["one", "two"]);
  room.leave(BOB);
  await said(room, saying("without bob"), ALL);
  room.join({ aor: BOB, with: ROOM, parties: [{ uri: BOB, name: "" }] });
  await said(room, saying("three"), ALL);
  assert.deepEqual(await world.texts(BOB), ["one", "two", "three"]);
  room.close();
  await world.settled();
  assert.equal(world.desk.idle, true);
  assert.equal(world.desk.conversations, 0);
});

Deno.test("a stop counts more than any wish; its sender hears no more of this conversation alone", async () => {
  await using world = await RecordingWorld.open();
  world.settings.record = "everything";
  const room = joined(world);
  assert.equal(world.desk.command(ALICE, ROOM, "stop", ""), null);
  await said(room, saying("one"), ALL);
  assert.deepEqual(await world.texts(ALICE), []);
  assert.deepEqual(await world.texts(BOB), ["one"]);
  world.wishes.settingsChanged();
  await said(room, saying("two"), ALL);
  assert.deepEqual(await world.texts(ALICE), []);
});

Deno.test("who does not take part, or no longer, may command nothing: 404 as for a conversation that is none", async () => {
  await using world = await RecordingWorld.open();
  const room = joined(world);
  room.leave(CAROL);
  const refusals = [
    world.desk.command(CAROL, ROOM, "start", ""),
    world.desk.command(CAROL, "call-1", "start", ""),
    world.desk.command(ALICE, "call-2", "start", ""),
    world.desk.command(ALICE, "sip:conf-99@example.test", "stop", ""),
  ];
  assert.deepEqual(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size, 1);
  assert.equal(refusals[0]?.status, 404);
  room.close();
  assert.equal(world.desk.command(ALICE, ROOM, "start", "")?.status, 404);
});

Deno.test("a command about somebody is for the session with them, too", async () => {
  await using world = await RecordingWorld.open();
  const session = world.desk.open({ kind: "session", names: ["s1"], group: { uri: "", name: "" }, subject: "" });
  session.join(listener(ALICE, BOB));
  session.join(listener(BOB, ALICE));
  assert.equal(await world.desk.order(ALICE, BOB, "start", ""), null);
  await said(session, saying("hello"), [ALICE, BOB]);
  assert.deepEqual(await world.texts(ALICE), ["hello"]);
  assert.deepEqual(await world.texts(BOB), []);
  const large = world.desk.open({ kind: "large", names: ["s2"], group: { uri: "", name: "" }, subject: "" });
  assert.equal(world.desk.wants(ALICE, "large"), true);
  large.join(listener(ALICE, BOB));
  await said(large, saying("large"), [ALICE, BOB]);
  assert.deepEqual(await world.texts(ALICE), ["hello", "large"]);
});

Deno.test("what is said is acknowledged when it is on disk, and also when it cannot be kept", async () => {
  await using world = await RecordingWorld.open();
  world.settings.record = "everything";
  const room = joined(world);
  world.kv.hold();
  let done = false;
  const kept = said(room, saying("one"), ALL).then(() => done = true);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.equal(done, false);
  world.kv.release();
  await kept;
  world.kv.fault = new TypeError("connection reset");
  await said(room, saying("two"), ALL);
  world.kv.fault = null;
  await said(room, saying("three"), ALL);
  assert.deepEqual(await world.texts(BOB), ["one", "three"]);
  world.time.advance(60_000);
  assert.match(world.teller.to(BOB).join(), /could not be kept/);
  assert.equal(world.teller.to(CAROL).length, 1);
  room.leave(CAROL);
  await said(room, saying("four"), ALL);
  room.lost([BOB, CAROL], new StorageError("full", "too many are being written"));
  world.time.advance(60_000);
  assert.equal(world.teller.to(BOB).length, 2);
  assert.equal(world.teller.to(CAROL).length, 1);
});

Deno.test("the others are told once that somebody records by command, where the operator wants it", async () => {
  await using world = await RecordingWorld.open();
  const quiet = joined(world);
  world.desk.command(ALICE, ROOM, "start", "");
  assert.deepEqual(world.teller.told, []);
  quiet.close();
  world.settings.notice = true;
  const session = world.desk.open({ kind: "session", names: ["s1"], group: { uri: "", name: "" }, subject: "Tea" });
  session.join({ aor: ALICE, with: BOB, parties: [{ uri: ALICE, name: "Alice" }, { uri: BOB, name: "" }] });
  session.join({ aor: BOB, with: ALICE, parties: [{ uri: BOB, name: "" }, { uri: ALICE, name: "Alice" }] });
  world.desk.command(ALICE, "s1", "start", "");
  world.desk.command(ALICE, "s1", "stop", "");
  world.desk.command(ALICE, "s1", "start", "");
  assert.deepEqual(world.teller.told.map(({ aor, text }) => [aor, text]), [[
    BOB,
    'Alice records "Tea" from now on.',
  ]]);
  session.join({ aor: CAROL, with: ALICE, parties: [{ uri: CAROL, name: "" }, { uri: ALICE, name: "" }] });
  assert.deepEqual(world.teller.to(CAROL), ['alice@example.test records "Tea" from now on.']);
  assert.equal(world.teller.to(ALICE).length, 0);
});

Deno.test("in a room that hides people nobody learns who records", async () => {
  await using world = await RecordingWorld.open();
  world.settings.notice = true;
  const room = world.room([ROOM]);
  const alias = (n: number) => ({ uri: `sip:anonymous-${n}@anonymous.invalid`, name: `Anonymous ${n}` });
  room.join({ aor: ALICE, with: ROOM, parties: [alias(1), alias(2)] });
  room.join({ aor: BOB, with: ROOM, parties: [alias(2), alias(1)] });
  world.desk.command(ALICE, ROOM, "start", "");
  assert.deepEqual(world.teller.told.map(({ aor }) => aor), [BOB]);
  assert.equal(world.teller.told[0].text, "Somebody records the conversation from now on.");
  assert.equal(JSON.stringify(world.teller.told[0]).includes("alice"), false);
});

Deno.test("of messages with somebody whom a command records the other one is told, when one reaches them", async () => {
  await using world = await RecordingWorld.open();
  world.settings.notice = true;
  await world.desk.order(ALICE, BOB, "start", "");
  assert.deepEqual(world.teller.told, []);
  // Bob's rules let nothing of it pass: it must not show.
  await world.pager(saying("one"), [listener(ALICE, BOB)]);
  assert.deepEqual(world.teller.told, []);
  await world.pager(saying("two"), [listener(ALICE, BOB), listener(BOB, ALICE)]);
  await world.pager(saying("three"), [listener(ALICE, BOB), listener(BOB, ALICE)]);
  assert.deepEqual(world.teller.to(BOB), ["alice@example.test records your conversation from now on."]);
  assert.deepEqual(await world.texts(ALICE), ["one", "two", "three"]);
});

Deno.test("what was ordered of a room holds over a restart, and ends with the room", async () => {
  await using world = await RecordingWorld.open();
  joined(world);
  await world.desk.order(ALICE, ROOM, "start", "");
  world.desk.stop();
  const again = await world.restarted();
  const room = joined(again);
  await said(room, saying("after the restart"), ALL);
  assert.deepEqual(await again.texts(ALICE), ["after the restart"]);
  assert.deepEqual(await again.texts(BOB), []);
  room.close();
  await again.settled();
  assert.deepEqual(again.wishes.get(ALICE).pairs, []);
  assert.equal(again.desk.idle, true);
});

Deno.test("a room that outlives its recording begins another: what is said is never gone with what has expired", async () => {
  await using world = await RecordingWorld.open();
  world.settings.keep_days = 1;
  await world.wishes.set(ALICE, "everything");
  const room = joined(world);
  await said(room, saying("old"), ALL);
  world.time.advance(86_400_000);
  const now = world.time.now();
  world.desk.renew(now);
  const expired = world.kept.history.expire(now);
  await said(room, saying("new"), ALL);
  assert.equal((await expired).length, 1);
  assert.deepEqual(await world.texts(ALICE), ["new"]);
  assert.deepEqual(world.list(ALICE).map(({ open }) => open), [true]);
  world.desk.renew(now);
  await said(room, saying("newer"), ALL);
  assert.deepEqual(world.list(ALICE).map(({ messages }) => messages), [2]);
});

Deno.test("nothing more is recorded of a user who is gone, and their wishes go", async () => {
  await using world = await RecordingWorld.open();
  await world.wishes.set(ALICE, "everything");
  const room = joined(world);
  await said(room, saying("one"), ALL);
  await world.pager(saying("two"), [listener(ALICE, BOB)]);
  world.users.delete(ALICE);
  await world.desk.forget(ALICE);
  assert.deepEqual(world.list(ALICE).map(({ open }) => open), [false, false]);
  await said(room, saying("three"), ALL);
  await world.pager(saying("four"), [listener(ALICE, BOB)]);
  assert.equal((await world.texts(ALICE)).length, 2);
  assert.equal(world.desk.idle, true);
});
