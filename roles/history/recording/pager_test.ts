import assert from "node:assert/strict";
import { ALICE, BOB, CAROL, listener, RecordingWorld, saying } from "./testing/recording_world.ts";
import { MOST_TALKS } from "./pager_talks.ts";

const HOUR = 3_600_000;
const BOTH = [listener(ALICE, BOB), listener(BOB, ALICE)];

async function recordingAll(): Promise<RecordingWorld> {
  const world = await RecordingWorld.open();
  world.settings.record = "everything";
  return world;
}

Deno.test("messages of a pair are one conversation for both, in both directions", async () => {
  await using world = await recordingAll();
  await world.pager(saying("hello"), BOTH);
  await world.pager(saying("hi", { from: { uri: BOB, name: "Bob" }, to: ALICE }), [...BOTH].reverse());
  for (const owner of [ALICE, BOB]) {
    assert.deepEqual(await world.texts(owner), ["hello", "hi"]);
    const [recording, ...others] = world.list(owner);
    assert.equal(others.length, 0);
    assert.equal(recording.open, true);
    assert.equal(recording.kind, "pager");
  }
  assert.equal(world.list(ALICE)[0].with, BOB);
  assert.equal(world.list(BOB)[0].with, ALICE);
  assert.equal(world.kept.history.octets, 7);
});

Deno.test("a conversation ends with a pause, after a day, and with the box", async (t) => {
  await t.step("a pause", async () => {
    await using world = await recordingAll();
    await world.pager(saying("one"), BOTH);
    world.time.advance(3 * HOUR);
    await world.pager(saying("two"), BOTH);
    assert.equal(world.list(ALICE).length, 1);
    world.time.advance(4 * HOUR + 120_000);
    assert.equal(world.list(ALICE)[0].open, false);
    await world.pager(saying("three"), BOTH);
    assert.equal(world.list(ALICE).length, 2);
    assert.deepEqual(await world.texts(BOB), ["one", "two", "three"]);
  });
  await t.step("a day", async () => {
    await using world = await recordingAll();
    for (let i = 0; i < 10; i++) {
      await world.pager(saying(`${i}`), BOTH);
      world.time.advance(3 * HOUR);
    }
    assert.deepEqual(world.list(ALICE).map(({ messages }) => messages), [2, 8]);
  });
  await t.step("the box", async () => {
    await using world = await recordingAll();
    await world.pager(saying("one"), BOTH);
    const again = await world.restarted();
    await again.pager(saying("two"), BOTH);
    assert.deepEqual(again.list(ALICE).map(({ open }) => open), [true, false]);
  });
});

Deno.test("large messages are conversations of their own", async () => {
  await using world = await recordingAll();
  await world.pager(saying("short"), BOTH);
  await world.pager(saying("long"), BOTH, "large");
  assert.deepEqual(world.list(ALICE).map(({ kind }) => kind).sort(), ["large", "pager"]);
});

Deno.test("each has what each wants: who records nothing has nothing", async () => {
  await using world = await RecordingWorld.open();
  await world.pager(saying("before"), BOTH);
  await world.wishes.set(BOB, "everything");
  await world.pager(saying("after"), BOTH);
  assert.deepEqual(await world.texts(BOB), ["after"]);
  assert.deepEqual(world.list(ALICE), []);
  await world.wishes.set(ALICE, "pager");
  await world.pager(saying("now"), BOTH);
  await world.wishes.set(BOB, "nothing");
  assert.equal(world.list(BOB)[0].open, false);
  await world.pager(saying("later"), BOTH);
  assert.deepEqual(await world.texts(BOB), ["after", "now"]);
  assert.deepEqual(await world.texts(ALICE), ["now", "later"]);
});

Deno.test("where recording is switched off nothing more is recorded, and what was is over", async () => {
  await using world = await recordingAll();
  await world.pager(saying("before"), BOTH);
  world.settings.enabled = false;
  world.desk.settingsChanged();
  assert.equal(world.list(ALICE)[0].open, false);
  await world.pager(saying("meanwhile"), BOTH);
  assert.deepEqual(await world.texts(ALICE), ["before"]);
  assert.equal((await world.desk.order(ALICE, BOB, "start", ""))?.status, 403);
});

Deno.test("who is hidden from the other has a conversation of their own: the other's shows no address", async () => {
  await using world = await recordingAll();
  const hidden = "sip:anonymous@anonymous.invalid";
  await world.pager(saying("named"), BOTH);
  await world.pager(saying("hidden"), [listener(ALICE, BOB)]);
  await world.pager(saying("hidden", { from: { uri: hidden, name: "" } }), [listener(BOB, hidden)]);
  assert.deepEqual(await world.texts(ALICE), ["named", "hidden"]);
  assert.equal(world.list(ALICE).length, 1);
  const recording = world.list(BOB).find((one) => one.with === hidden)!;
  assert.equal(JSON.stringify(recording).includes("alice"), false);
});

Deno.test("a message that is sent again is recorded once, for each of the two", async () => {
  await using world = await recordingAll();
  const message = saying("once");
  await world.pager(message, BOTH);
  await world.pager(message, BOTH);
  await world.pager(saying("twice"), BOTH);
  assert.deepEqual(await world.texts(ALICE), ["once", "twice"]);
  assert.deepEqual(await world.texts(BOB), ["once", "twice"]);
});

Deno.test("a message that was recorded before a kill, and whose sender has not heard of it, is recorded once", async () => {
  await using world = await recordingAll();
  const message = saying("once");
  await world.pager(message, [BOTH[0]]);
  const again = await world.restarted();
  const both = [again.pager(message, BOTH), again.pager(saying("more"), BOTH)];
  await Promise.all(both);
  assert.deepEqual(await again.texts(ALICE), ["once", "more"]);
  assert.deepEqual(await again.texts(BOB), ["once", "more"]);
});

Deno.test("nobody can keep a message out of another's record by a name that was used before", async () => {
  await using world = await recordingAll();
  const name = { messageId: "same@call 1" };
  await world.pager(saying("hello", name), BOTH);
  await world.pager(saying("a threat", { ...name, from: { uri: BOB, name: "" }, to: ALICE }), BOTH);
  await world.pager(saying("another", name), BOTH);
  await world.pager(saying("hello", name), BOTH);
  assert.deepEqual(await world.texts(ALICE), ["hello", "a threat", "another"]);
  assert.deepEqual(await world.texts(BOB), ["hello", "a threat", "another"]);
});

Deno.test("more than may wait after a restart is delivered, and its owners are told that it is missing", async () => {
  await using world = await recordingAll();
  await world.pager(saying("before"), BOTH);
  const again = await world.restarted();
  await Promise.all(Array.from({ length: 1001 }, (_, i) => again.pager(saying(`${i}`), BOTH)));
  assert.equal((await again.texts(ALICE)).length, 1 + 1000);
  again.time.advance(60_000);
  assert.equal(again.teller.to(ALICE).length, 1);
});

Deno.test("a conversation that ends while what was kept before is read takes nothing with it", async () => {
  await using world = await recordingAll();
  await world.pager(saying("before"), BOTH);
  const again = await world.restarted();
  // What the start itself writes is written: a write under way while hours pass is a store that does not answer.
  again.time.advance(3_000);
  await again.settled();
  const kept = again.pager(saying("waits"), BOTH);
  again.time.advance(5 * HOUR);
  await kept;
  assert.deepEqual(await again.texts(BOB), ["before", "waits"]);
  again.time.advance(5 * HOUR);
  assert.deepEqual(again.list(ALICE).map(({ open }) => open), [false, false]);
});

Deno.test("its sender is answered when it is on disk, not before", async () => {
  await using world = await recordingAll();
  world.kv.hold();
  let done = false;
  const kept = world.pager(saying("hello"), BOTH).then(() => done = true);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.equal(done, false);
  world.kv.release();
  await kept;
  assert.deepEqual(await world.texts(BOB), ["hello"]);
});

Deno.test("what cannot be kept holds up nobody: its owners are told once, and again only after something was kept", async () => {
  await using world = await recordingAll();
  const fail = async (text: string) => {
    world.kv.fault = new TypeError("connection reset");
    await world.pager(saying(text), BOTH);
    world.kv.fault = null;
  };
  await fail("one");
  await fail("two");
  assert.deepEqual(world.teller.told, []);
  world.time.advance(60_000);
  assert.equal(world.teller.to(ALICE).length, 1);
  assert.match(world.teller.to(ALICE)[0], /could not be kept/);
  assert.equal(world.teller.to(BOB).length, 1);
  await fail("three");
  world.time.advance(60_000);
  assert.equal(world.teller.to(ALICE).length, 1);
  await world.pager(saying("four"), BOTH);
  await fail("five");
  world.time.advance(60_000);
  assert.equal(world.teller.to(ALICE).length, 2);
  assert.deepEqual(await world.texts(ALICE), ["four"]);
});

Deno.test("a message that could not be kept is recorded when it is sent again", async () => {
  await using world = await recordingAll();
  const message = saying("hello");
  world.kv.fault = new TypeError("connection reset");
  await world.pager(message, BOTH);
  world.kv.fault = null;
  await world.pager(message, BOTH);
  assert.deepEqual(await world.texts(BOB), ["hello"]);
});

Deno.test("by command messages with somebody are recorded, now and later, until the other command comes", async () => {
  await using world = await RecordingWorld.open();
  assert.equal(world.desk.command(ALICE, "sip:bob@EXAMPLE.test:5060;transport=tcp", "start", "Work/Bob"), null);
  await world.settled();
  await world.pager(saying("one"), BOTH);
  assert.equal(world.list(BOB).length, 0);
  await world.settled();
  assert.equal(world.list(ALICE)[0].name, "Work/Bob");
  world.time.advance(5 * HOUR);
  await world.pager(saying("two"), BOTH);
  assert.deepEqual(world.list(ALICE).map(({ name }) => name), ["", "Work/Bob"]);
  assert.equal(await world.desk.order(ALICE, BOB, "start", "Bob again"), null);
  await world.settled();
  assert.equal(world.list(ALICE)[0].name, "Bob again");
  assert.equal(await world.desk.order(ALICE, BOB, "stop", ""), null);
  assert.equal(world.list(ALICE)[0].open, false);
  await world.pager(saying("three"), BOTH);
  assert.deepEqual(await world.texts(ALICE), ["one", "two"]);
});

Deno.test("a command that names nobody who could be written to is 404", async () => {
  await using world = await RecordingWorld.open();
  for (const name of ["", "no address", "sip:conf-1234@example.test", "sip:nobody@example.test", ALICE]) {
    assert.equal((await world.desk.order(ALICE, name, "start", ""))?.status, 404, name);
  }
  assert.equal(await world.desk.order(ALICE, "sip:dave@elsewhere.test", "start", ""), null);
  assert.equal(await world.desk.order(ALICE, "sip:friends@example.test", "start", ""), null);
  assert.equal(world.wishes.get(CAROL).pairs.length, 0);
});

Deno.test("of so many conversations at the same time the oldest end", async () => {
  await using world = await recordingAll();
  world.kept.history.onChanged = null;
  const all: Promise<void>[] = [];
  for (let i = 0; i <= MOST_TALKS; i++) {
    all.push(world.pager(saying("x"), [listener(BOB, `sip:${i}@elsewhere.test`)]));
  }
  await Promise.all(all);
  assert.equal(world.desk.conversations, MOST_TALKS);
});
