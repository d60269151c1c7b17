import assert from "node:assert/strict";
import { aor, Device, DOMAIN, groupPolicy, HIDDEN, RoomsWorld } from "../../controlling/rooms/testing/rooms_world.ts";
import { ALICE, RecordingWorld } from "../recording/testing/recording_world.ts";
import { HistoryCommands } from "../recording/history_commands.ts";
import { RecordedRooms } from "./recorded_rooms.ts";

/** Rooms with the real desk over a real history. */
async function rooms(kept: RecordingWorld): Promise<RoomsWorld> {
  const recorder = new RecordedRooms({
    desk: kept.desk,
    contents: kept.kept.contents,
    isUser: (uri) => uri.endsWith(`@${DOMAIN}`),
    command: new HistoryCommands({ desk: kept.desk, clock: kept.time, host: DOMAIN, failed: () => {} }).infoCommand,
  });
  return await RoomsWorld.make({ recorder });
}

/** Something is said, and everything that it waits for is written. */
async function say(kept: RecordingWorld, world: RoomsWorld, device: Device, text: string): Promise<number> {
  const answer = device.say(text);
  for (let i = 0; i < 3; i++) {
    await kept.settled();
    await world.settled();
  }
  return await answer;
}

Deno.test("a room by command: from then on, with everybody who has come by then, long messages too", async () => {
  await using kept = await RecordingWorld.open();
  const world = await rooms(kept);
  const room = world.adhoc("alice", "Lunch");
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  assert.equal(await say(kept, world, bob, "too early"), 200);
  assert.equal(kept.desk.command(ALICE, room.uri, "start", ""), null);
  assert.equal(kept.desk.command(aor("zoe"), room.uri, "start", "")?.status, 404);
  assert.equal(await say(kept, world, bob, "one"), 200);
  const carol = Device.join(world, room, "carol");
  assert.equal(await say(kept, world, carol, "x".repeat(50_000)), 200);
  assert.equal(await say(kept, world, alice, "three"), 200);
  // Who was seen is written a little later.
  kept.time.advance(5_000);
  await kept.settled();
  const [recording, ...others] = kept.list(ALICE);
  assert.deepEqual(others, []);
  assert.deepEqual([recording.kind, recording.with, recording.subject], ["room", room.uri, "Lunch"]);
  assert.deepEqual(recording.parties.map(({ name }) => name), ["Alice", "Bob", "Carol"]);
  const messages = await kept.messages(ALICE);
  assert.deepEqual(messages.map(({ from }) => from.name), ["Bob", "Carol", "Alice"]);
  assert.ok(messages[1].content!.octets > 50_000);
  assert.deepEqual(kept.list(aor("bob")), []);
  assert.equal(kept.desk.command(ALICE, room.uri, "stop", ""), null);
  assert.equal(await say(kept, world, bob, "too late"), 200);
  assert.equal((await kept.messages(ALICE)).length, 3);
  world.end();
});

Deno.test("what is kept of a hidden room names nobody", async () => {
  await using kept = await RecordingWorld.open();
  kept.settings.record = "everything";
  kept.desk.settingsChanged();
  const world = await rooms(kept);
  const room = world.group(groupPolicy(HIDDEN));
  const [alice, bob] = ["alice", "bob"].map((name) => Device.join(world, room, name));
  await say(kept, world, bob, "hello");
  await say(kept, world, alice, "who is there?");
  const [{ owner: _owner, ...recording }] = kept.list(ALICE);
  const texts = await kept.texts(ALICE);
  const seen = JSON.stringify([recording, await kept.messages(ALICE), texts]);
  assert.ok(!/alice|bob/i.test(seen), seen);
  assert.match(texts[0], /^From: "?Anonymous 2"? ?<sip:anonymous-2@anonymous\.invalid>/);
  world.end();
});
