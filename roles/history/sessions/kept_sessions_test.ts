import assert from "node:assert/strict";
import { octetsOf } from "../../../storage/testing_contents.ts";
import { JoinedWire } from "../../participating/sessions/testing/joined_wire.ts";
import { ALICE, BOB, RecordingWorld } from "../recording/testing/recording_world.ts";
import { RecordedSessions } from "./recorded_sessions.ts";

/** alice and bob in a session on the wire, with the real desk over a real history. */
async function session(kept: RecordingWorld, mediaPath: "always" | "chargingOnly") {
  const recorder = new RecordedSessions({
    desk: kept.desk,
    contents: kept.kept.contents,
    clock: kept.time,
    command: (callId, user) => kept.desk.command(user, callId, "start", "")?.reason ?? null,
  });
  const wire = new JoinedWire({ mediaPath }, undefined, undefined, undefined, recorder);
  await wire.session();
  const settle = async () => {
    for (let i = 0; i < 5; i++) {
      await wire.settle();
      await kept.settled();
    }
  };
  return { wire, settle };
}

async function read(kept: RecordingWorld, owner: string) {
  const [recording] = kept.kept.history.list(owner);
  return { recording, messages: await kept.kept.history.read(owner, recording.reference, 0, 100) };
}

Deno.test("what passes a session is in the history of both, octet for octet, before its sender is told so", async () => {
  await using kept = await RecordingWorld.open();
  kept.settings.record = "everything";
  kept.desk.settingsChanged();
  const { wire, settle } = await session(kept, "chargingOnly");
  kept.kv.hold();
  const long = octetsOf(100_000);
  wire.alice.say("hello");
  await wire.settle();
  assert.deepEqual([wire.bob.texts, wire.alice.delivered], [["hello"], []]);
  kept.kv.release();
  await settle();
  assert.deepEqual(wire.alice.delivered, ["hello"]);
  wire.bob.session.send({ contentType: "application/octet-stream", body: long, user: {} });
  await settle();
  wire.alice.say("thank you");
  await settle();
  for (const owner of [ALICE, BOB]) {
    const { recording, messages } = await read(kept, owner);
    assert.deepEqual([recording.kind, recording.with], ["session", owner === ALICE ? BOB : ALICE]);
    assert.deepEqual(messages.map(({ from }) => from.uri), [ALICE, BOB, ALICE]);
    const { content } = messages[1];
    const parts: number[] = [];
    for (let at = 0; at < long.length; at = parts.length) {
      parts.push(...await kept.kept.contents.read(content!, at, 60_000));
    }
    assert.deepEqual(Uint8Array.from(parts), long);
  }
  assert.equal(kept.kept.history.messages, 3, "one copy for both");
  wire.world.within(wire.invited, "BYE");
  await settle();
  assert.equal(kept.kept.history.list(ALICE)[0].open, false);
});

Deno.test("a command by INFO begins a recording in the middle of a session that nobody wanted recorded", async () => {
  await using kept = await RecordingWorld.open();
  const { wire, settle } = await session(kept, "always");
  wire.alice.say("not this");
  await settle();
  assert.deepEqual(kept.kept.history.list(BOB), []);
  const asked = wire.world.within(wire.invited, "INFO", "Info-Package: oma-im-history\r\n", "x");
  assert.equal(asked.last.status, 200);
  await settle();
  wire.bob.say("this");
  await settle();
  const { messages } = await read(kept, ALICE);
  assert.deepEqual(messages.map(({ body }) => new TextDecoder().decode(body)), ["this"]);
  assert.deepEqual(kept.kept.history.list(BOB), []);
});
