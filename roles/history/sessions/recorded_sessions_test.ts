import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Contents } from "../../../storage/mod.ts";
import { FakeContents } from "../../deferred/intake/testing/fake_store.ts";
import { FakeDeferred } from "../../participating/sessions/testing/fake_deferred.ts";
import { JoinedWire } from "../../participating/sessions/testing/joined_wire.ts";
import { MsrpWire } from "../../participating/sessions/testing/msrp_wire.ts";
import { answer, mediaOf, offer } from "../../participating/sessions/testing/session_world.ts";
import type { SessionSettings } from "../../participating/mod.ts";
import { RecordedSessions } from "./recorded_sessions.ts";
import { FakeDesk } from "./testing/fake_desk.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";
const SDP = "Content-Type: application/sdp\r\n";

function parts() {
  const desk = new FakeDesk();
  const contents = new FakeContents();
  const commands: string[] = [];
  const recorder = new RecordedSessions({
    desk,
    contents: contents as unknown as Contents,
    clock: new FakeTime(),
    command: (callId, user, contentType, body) => {
      commands.push(`${user} ${callId} ${contentType} ${new TextDecoder().decode(body)}`);
      return null;
    },
  });
  return { desk, contents, commands, recorder };
}

async function session(
  wishes: readonly string[],
  settings: Partial<SessionSettings> = {},
  facts: Parameters<JoinedWire["session"]>[2] = {},
  types: readonly [string, string] = ["*", "*"],
) {
  const { recorder, ...rest } = parts();
  for (const aor of wishes) rest.desk.wishes.add(aor);
  const wire = new JoinedWire(settings, undefined, undefined, undefined, recorder);
  await wire.session({ types: types[0] }, { types: types[1] }, facts);
  return { wire, ...rest };
}

Deno.test("a session is recorded for each of the two who wants it, as each sees it; delivery is told when it is kept", async () => {
  const { wire, desk } = await session([ALICE, BOB], {}, { headers: "Subject: Lunch\r\n" });
  desk.manual = true;
  wire.alice.say("hello");
  await wire.settle();
  assert.deepEqual(wire.bob.texts, ["hello"]);
  assert.deepEqual(wire.alice.delivered, []);
  desk.commit();
  await wire.settle();
  assert.deepEqual(wire.alice.delivered, ["hello"]);
  wire.bob.say("hi");
  await wire.settle();
  desk.commit();
  const [conversation] = desk.opened;
  const [row] = wire.world.sessions.list();
  const [sent] = wire.world.requests("INVITE");
  assert.deepEqual(conversation.facts, {
    kind: "session",
    names: [row.id, wire.invited.request.callId, sent.request.callId],
    group: { uri: "", name: "" },
    subject: "Lunch",
  });
  const { [ALICE]: alice, [BOB]: bob } = Object.fromEntries(conversation.listeners);
  assert.deepEqual([alice.with, alice.parties.map(({ uri }) => uri)], [BOB, [ALICE, BOB]]);
  assert.deepEqual([bob.with, bob.parties.map(({ uri }) => uri)], [ALICE, [BOB, ALICE]]);
  assert.deepEqual(conversation.texts, ["hello", "hi"]);
  assert.deepEqual(conversation.kept.map(({ owners }) => owners), [[ALICE, BOB], [ALICE, BOB]]);
  assert.deepEqual(conversation.kept.map(({ message }) => message.from.uri), [ALICE, BOB]);
  wire.world.within(wire.invited, "BYE");
  assert.equal(conversation.closed, true);
});

Deno.test("an anonymous inviter stays so in every record", async () => {
  const { wire, desk } = await session([ALICE, BOB], {}, { headers: "Privacy: id\r\n" });
  wire.alice.say("guess who");
  wire.bob.say("who?");
  await wire.settle();
  const [conversation] = desk.opened;
  const unknown = "sip:anonymous@anonymous.invalid";
  assert.equal(conversation.listeners.get(BOB)!.with, unknown);
  assert.ok(!JSON.stringify(conversation.listeners.get(BOB)).includes("alice"));
  assert.ok(!JSON.stringify(conversation.kept.map(({ message }) => message)).includes("alice"));
  assert.deepEqual(conversation.kept.map(({ message }) => [message.from.uri, message.to]), [
    [unknown, BOB],
    [BOB, unknown],
  ]);
});

Deno.test("what is recorded is what the sender sent, also where the box takes the wrapper off or puts one around", async () => {
  const { wire, desk } = await session([BOB], {}, {}, ["message/cpim", "text/plain"]);
  const wrapped = `From: <${ALICE}>\r\nTo: <${BOB}>\r\n\r\nContent-Type: text/plain\r\n\r\nhi`;
  wire.alice.say(wrapped, "message/cpim");
  wire.bob.say("hello");
  await wire.settle();
  assert.deepEqual([wire.bob.texts, wire.alice.types], [["hi"], ["message/cpim"]]);
  const [conversation] = desk.opened;
  assert.deepEqual(conversation.texts, [wrapped, "hello"]);
  assert.deepEqual(conversation.kept.map(({ message }) => message.contentType), ["message/cpim", "text/plain"]);
});

Deno.test("somebody begins in the middle, and ends again: recorded is what was said between", async () => {
  const { wire, desk } = await session([]);
  const say = async (text: string) => {
    wire.alice.say(text);
    await wire.settle();
  };
  await say("before");
  desk.wish(BOB, true);
  await say("between");
  desk.wish(BOB, false);
  await say("after");
  desk.wish(ALICE, true);
  await say("again");
  assert.deepEqual(desk.opened[0].texts, ["between", "again"]);
  assert.deepEqual(wire.bob.texts, ["before", "between", "after", "again"]);
});

Deno.test("a session that went past the box is pulled into the path by a wish in the middle, and recorded from then on", async () => {
  const { recorder, desk } = parts();
  const wire = new MsrpWire({ mediaPath: "never" }, undefined, undefined, undefined, recorder);
  const { world } = wire;
  const { sent } = world.session();
  assert.equal(world.sessions.list()[0].anchored, false);
  desk.wish(BOB, true);
  const [, toBob] = world.requests("INVITE");
  assert.equal(toBob.request.callId, sent.request.callId);
  wire.end(wire.bob, 1, "msrp://203.0.113.1:8888/bob1;tcp");
  wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp");
  wire.bob.session.start("active", { path: mediaOf(toBob.request).path });
  toBob.answer(200, `Contact: <sip:bob@203.0.113.1>\r\n${SDP}`, undefined, fromLatin1(answer({ version: 2 })));
  const [, , toAlice] = world.requests("INVITE");
  wire.alice.session.start("active", { path: mediaOf(toAlice.request).path });
  const moved = fromLatin1(offer({ version: 2, more: ["a=setup:active"] }));
  toAlice.answer(200, `Contact: <sip:alice@198.51.100.9>\r\n${SDP}`, undefined, moved);
  await wire.settle();
  wire.alice.say("now it passes here");
  await wire.settle();
  assert.deepEqual(wire.bob.texts, ["now it passes here"]);
  assert.deepEqual(desk.opened[0].texts, ["now it passes here"]);
});

Deno.test("what its receiver never had is stored for later, and recorded once", async () => {
  const { recorder, desk } = parts();
  desk.wishes.add(BOB);
  const deferred = new FakeDeferred();
  const wire = new JoinedWire({}, undefined, undefined, deferred.undelivered, recorder);
  await wire.session();
  wire.cuts[0]();
  await wire.settle();
  wire.alice.say("later");
  await wire.settle();
  wire.world.within(wire.invited, "BYE");
  for (let i = 0; i < 16; i++) {
    wire.world.time.advance(1000);
    await wire.settle();
  }
  assert.equal(deferred.posted.length, 1);
  assert.deepEqual(desk.opened.map(({ texts }) => texts), [["later"]]);
});

Deno.test("a short large message that the box brings as MESSAGE is recorded when it has been taken, once", async () => {
  for (const [status, texts] of [[200, [["hello"]]], [480, []]] as const) {
    const { recorder, desk } = parts();
    desk.wishes.add(ALICE);
    const wire = new MsrpWire({}, undefined, undefined, undefined, recorder);
    wire.world.device("bob", "sip:bob@203.0.113.1");
    const headers = "Accept-Contact: *;+g.oma.sip-im.large-message\r\nSubject: hi\r\n";
    const invited = wire.world.invite(offer(), { headers });
    for (let i = 0; i < 2; i++) wire.world.requests("INVITE")[i].answer(488);
    wire.world.within(invited, "ACK");
    wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp").start("active", {
      path: mediaOf(invited.last).path,
    });
    wire.alice.say("hello");
    await wire.settle();
    desk.manual = true;
    wire.world.paged[0].reply(status);
    await wire.settle();
    assert.deepEqual(wire.alice.delivered, []);
    desk.commit();
    await wire.settle();
    assert.equal(wire.alice.delivered.length, status === 200 ? 1 : 0);
    assert.deepEqual(desk.opened.map((each) => each.texts), texts);
    if (status !== 200) continue;
    assert.deepEqual([desk.opened[0].facts.kind, desk.opened[0].closed], ["large", true]);
  }
});

Deno.test("an INFO in the dialog is a command about this session", async () => {
  const { wire, commands } = await session([]);
  const headers = "Info-Package: oma-im-history\r\nContent-Type: application/vnd.oma.im.history-list+xml\r\n";
  const { last } = wire.world.within(wire.invited, "INFO", headers, "<x/>");
  assert.equal(last.status, 200);
  const callId = wire.invited.request.callId;
  assert.deepEqual(commands, [`${ALICE} ${callId} application/vnd.oma.im.history-list+xml <x/>`]);
});
