import assert from "node:assert/strict";
import { HISTORY_LIST_TYPE, type HistoryCommand, writeHistoryCommand } from "../../../transport/payload/mod.ts";
import { PagerRecording } from "./testing/pager_recording.ts";
import { ALICE, BOB, CAROL, said, saying } from "./testing/recording_world.ts";

const HISTORY = "sip:history@example.test";
const ROOM = "sip:conf-1234@example.test";

function bodyOf(command: Partial<HistoryCommand>): string {
  const whole = { action: "start", conversation: { party: BOB }, name: "", ...command } as const;
  return new TextDecoder().decode(writeHistoryCommand(whole));
}

async function order(world: PagerRecording, command: Partial<HistoryCommand>, from = ALICE) {
  const received = world.pager.message(bodyOf(command), {
    uri: HISTORY,
    from,
    headers: `Content-Type: ${HISTORY_LIST_TYPE}\r\n`,
  });
  await world.recording.settled();
  assert.deepEqual(world.faults, []);
  return received.answer;
}

Deno.test("a MESSAGE to history@ has messages with somebody recorded, and a room, until it says stop", async () => {
  await using world = await PagerRecording.open();
  world.pager.device("bob", "sip:bob@198.51.100.7:5060");
  assert.equal((await order(world, { name: "Friends/Bob" })).status, 200);
  await world.deliver("hello");
  assert.deepEqual(await world.recording.texts(ALICE), ["hello"]);
  assert.equal(world.recording.list(ALICE)[0].name, "Friends/Bob");
  assert.deepEqual(world.recording.list(BOB), []);
  assert.equal((await order(world, { action: "stop" })).status, 200);
  await world.deliver("bye");
  assert.deepEqual(await world.recording.texts(ALICE), ["hello"]);
  const room = world.recording.room([ROOM]);
  room.join({ aor: ALICE, with: ROOM, parties: [{ uri: ALICE, name: "" }] });
  assert.equal((await order(world, { conversation: { group: `${ROOM};gr` } })).status, 200);
  await said(room, saying("in the room"), [ALICE, BOB]);
  assert.deepEqual(await world.recording.texts(ALICE), ["hello", "in the room"]);
});

Deno.test("its 200 goes out when the command is on disk", async () => {
  await using world = await PagerRecording.open();
  world.recording.kv.hold();
  const received = world.pager.message(bodyOf({}), {
    uri: HISTORY,
    headers: `Content-Type: ${HISTORY_LIST_TYPE}\r\n`,
  });
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.deepEqual(received.statuses, []);
  world.recording.kv.release();
  await world.recording.settled();
  assert.deepEqual(received.statuses, [200]);
});

Deno.test("what is no command is refused with what would be one", async () => {
  await using world = await PagerRecording.open();
  const refused = async (body: string, headers: string) => {
    const received = world.pager.message(body, { uri: HISTORY, headers });
    await world.recording.settled();
    return received.answer;
  };
  const plain = await refused("record", "Content-Type: text/plain\r\n");
  assert.deepEqual([plain.status, plain.get("Accept")], [415, HISTORY_LIST_TYPE]);
  const coded = await refused("x", `Content-Type: ${HISTORY_LIST_TYPE}\r\nContent-Encoding: gzip\r\n`);
  assert.deepEqual([coded.status, coded.get("Accept-Encoding")], [415, "identity"]);
  const broken = await refused("<history-list", `Content-Type: ${HISTORY_LIST_TYPE}\r\n`);
  assert.equal(broken.status, 400);
  const required = await refused(bodyOf({}), `Content-Type: ${HISTORY_LIST_TYPE}\r\nRequire: tea\r\n`);
  assert.deepEqual([required.status, required.get("Unsupported")], [420, "tea"]);
});

Deno.test("who may not is told why, in the words of the service: 403, 404, 480", async () => {
  await using world = await PagerRecording.open();
  const stranger = await order(world, {}, "sip:mallory@elsewhere.test");
  assert.deepEqual([stranger.status, stranger.get("Warning")], [403, '399 example.test "127 Service not authorised"']);
  assert.equal((await order(world, { conversation: { group: ROOM } })).status, 404);
  const room = world.recording.room([ROOM]);
  room.join({ aor: BOB, with: ROOM, parties: [{ uri: BOB, name: "" }] });
  assert.equal((await order(world, { conversation: { group: ROOM } })).status, 404);
  world.recording.settings.quota_bytes = 1;
  await world.recording.wishes.set(ALICE, "everything");
  await world.recording.pager(saying("xx"), [{ aor: ALICE, with: CAROL, parties: [{ uri: ALICE, name: "" }] }]);
  const full = await order(world, {});
  assert.equal(full.status, 480);
  assert.match(full.get("Warning")!, /^399 example\.test "100 Function not allowed due to /);
  world.recording.settings.enabled = false;
  assert.equal((await order(world, {})).status, 403);
  world.pager.user("alice", { state: "suspended" });
  assert.equal((await order(world, {})).status, 403);
});

Deno.test("what else comes to history@, and to others of that name elsewhere, goes on", async () => {
  await using world = await PagerRecording.open();
  const invite = world.pager.receive({ method: "INVITE", uri: HISTORY, body: "" });
  world.pager.core.onRequest(invite);
  assert.equal(invite.last.status, 404);
  const elsewhere = world.pager.message("hello", { uri: "sip:history@elsewhere.test" });
  await world.recording.settled();
  assert.notEqual(elsewhere.answer.status, 415);
});

Deno.test("a command in a dialog is for its conversation, whatever the body calls it, and for who takes part alone", async () => {
  await using world = await PagerRecording.open();
  const { recording, commands } = world;
  const session = recording.desk.open({
    kind: "session",
    names: ["s1", "call-1"],
    group: { uri: "", name: "" },
    subject: "",
  });
  session.join({ aor: ALICE, with: BOB, parties: [{ uri: ALICE, name: "" }, { uri: BOB, name: "" }] });
  const body = new TextEncoder().encode(bodyOf({ conversation: { group: "sip:whatever@example.test" } }));
  assert.equal(commands.infoCommand("call-1", ALICE, HISTORY_LIST_TYPE, body), null);
  await said(session, saying("hello"), [ALICE, BOB]);
  assert.deepEqual(await recording.texts(ALICE), ["hello"]);
  assert.match(commands.infoCommand("call-1", BOB, HISTORY_LIST_TYPE, body)!, /No Such Conversation/);
  assert.match(commands.infoCommand("call-1", ALICE, "text/plain", body)!, /history-list/);
  assert.match(commands.infoCommand("call-1", ALICE, HISTORY_LIST_TYPE, new Uint8Array(3))!, /cannot be read/);
  const room = recording.room([ROOM]);
  room.join({ aor: ALICE, with: ROOM, parties: [{ uri: ALICE, name: "" }] });
  const inRoom = new TextEncoder().encode(bodyOf({ conversation: { group: ROOM } }));
  assert.equal(commands.infoCommand("call-of-the-focus", ALICE, `${HISTORY_LIST_TYPE};x=1`, inRoom), null);
  assert.equal(room.records([ALICE]), true);
});
