import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { AccessRules } from "../../participating/mod.ts";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { Exchange, EXPLODED_BY, InnerTransaction, NO_WIRE } from "../../sip_core/mod.ts";
import { settle } from "../../participating/testing/pager_world.ts";
import { RecordedTransaction } from "./recorded_transaction.ts";
import { EXPLODER, PagerRecording } from "./testing/pager_recording.ts";
import { ALICE, BOB, CAROL, FRIENDS } from "./testing/recording_world.ts";

async function recordingAll(access?: AccessRules): Promise<PagerRecording> {
  const world = await PagerRecording.open(access);
  world.recording.settings.record = "everything";
  world.recording.users.delete(CAROL);
  return world;
}

const DEVICE = "sip:bob@198.51.100.7:5060";

Deno.test("a message that is delivered is recorded for both sides, octet for octet, with its headers", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  const received = await world.deliver("héllo\r\n", {
    headers: "Content-Type: text/plain;charset=UTF-8\r\nContent-Disposition: render;\r\n handling=optional\r\n" +
      "Content-Language: fr\r\nSubject: Thé\r\n",
    callId: "call-7@host",
  });
  assert.deepEqual(received.statuses, [200]);
  for (const owner of [ALICE, BOB]) {
    const [message, ...others] = await world.recording.messages(owner);
    assert.equal(others.length, 0);
    assert.equal(new TextDecoder().decode(message.body), "héllo\r\n");
    assert.equal(message.contentType, "text/plain;charset=UTF-8");
    assert.equal(
      message.headers,
      "Content-Disposition: render; handling=optional\r\nContent-Language: fr\r\n",
    );
    assert.equal(message.messageId, "call-7@host 1");
    assert.deepEqual([message.from.uri, message.to], [ALICE, BOB]);
  }
  assert.equal(world.recording.list(BOB)[0].with, ALICE);
  assert.deepEqual(world.recording.list(ALICE)[0].parties.map(({ uri }) => uri), [ALICE, BOB]);
});

Deno.test("who records nothing is told that the other one does, by command, when a message has reached them", async () => {
  await using world = await PagerRecording.open();
  world.recording.settings.notice = true;
  world.pager.device("bob", DEVICE);
  await world.recording.desk.order(ALICE, BOB, "start", "");
  const { users } = world.pager;
  users.set(ALICE, { ...users.get(ALICE)!, displayName: "" });
  assert.deepEqual((await world.deliver("hello")).statuses, [200]);
  assert.deepEqual((await world.deliver("again", { callId: "another" })).statuses, [200]);
  assert.deepEqual(world.recording.teller.to(BOB), ["alice@example.test records your conversation from now on."]);
  assert.equal(world.recording.teller.to(ALICE).length, 0);
  assert.deepEqual(await world.recording.texts(ALICE), ["hello", "again"]);
  assert.deepEqual(world.recording.list(BOB), []);
});

Deno.test("the 200 goes out when it is on disk; a refusal at once, and nothing is recorded", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  world.recording.kv.hold();
  const received = world.pager.message("hello");
  await settle();
  world.pager.sent[0].answer(200);
  await settle();
  assert.deepEqual(received.statuses, []);
  assert.equal(received.answered, false);
  world.recording.kv.release();
  await world.recording.settled();
  assert.deepEqual(received.statuses, [200]);
  const refused = world.pager.message("no");
  await settle();
  world.pager.sent[1].answer(603);
  assert.deepEqual(refused.statuses, [603]);
  await world.recording.settled();
  assert.deepEqual(await world.recording.texts(ALICE), ["hello"]);
  assert.deepEqual(await world.recording.texts(BOB), ["hello"]);
});

Deno.test("killed before it is on disk nobody has heard that it is recorded; sent again it is, once", async () => {
  const world = await recordingAll();
  world.pager.device("bob", DEVICE);
  world.recording.kv.hold();
  const received = world.pager.message("hello", { callId: "c1" });
  await settle();
  world.pager.sent[0].answer(200);
  await settle();
  assert.deepEqual(received.statuses, []);
  await using after = await PagerRecording.after(world);
  assert.deepEqual(after.recording.list(ALICE), []);
  after.pager.device("bob", DEVICE);
  assert.deepEqual((await after.deliver("hello", { callId: "c1" })).statuses, [200]);
  assert.deepEqual((await after.deliver("hello", { callId: "c1" })).statuses, [200]);
  assert.deepEqual(await after.recording.texts(ALICE), ["hello"]);
});

Deno.test("a late 200 of another device changes nothing, and goes nowhere", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  world.pager.device("bob", "sip:bob@198.51.100.8:5060");
  world.recording.kv.hold();
  const received = world.pager.message("hello");
  await settle();
  world.pager.sent[0].answer(200);
  world.pager.sent[1].answer(200);
  world.recording.kv.release();
  await world.recording.settled();
  assert.deepEqual(received.statuses, [200]);
  assert.deepEqual(await world.recording.texts(BOB), ["hello"]);
});

Deno.test("what is stored for later is recorded when that is promised, and not again when it is brought", async () => {
  await using world = await recordingAll();
  const received = await world.deliver("later", { callId: "c1" });
  assert.deepEqual(received.statuses, [202]);
  world.pager.register("bob", DEVICE);
  await world.pager.pass(1000);
  for (const sent of world.pager.sent) if (sent.pending) sent.answer(200);
  await world.recording.settled();
  assert.deepEqual(await world.recording.texts(ALICE), ["later"]);
  assert.deepEqual(await world.recording.texts(BOB), ["later"]);
  // The store knows it again, as it would after a restart.
  const again = await world.deliver("later", { callId: "c1" });
  assert.deepEqual(again.statuses, [202]);
  assert.deepEqual(await world.recording.texts(BOB), ["later"]);
});

Deno.test("killed between the commit of a stored message and that of its recording; sent again it is recorded, once", async () => {
  const world = await recordingAll();
  world.recording.kv.hold();
  const received = world.pager.message("later", { callId: "c1" });
  await settle();
  assert.deepEqual(received.statuses, [], "it is stored, and its recording is not");
  assert.equal(world.pager.store.pending(BOB).length, 1);
  await using after = await PagerRecording.after(world, world.pager.store);
  assert.deepEqual(after.recording.list(BOB), []);
  for (let again = 0; again < 2; again++) {
    assert.deepEqual((await after.deliver("later", { callId: "c1" })).statuses, [202]);
  }
  assert.equal(after.pager.store.pending(BOB).length, 1);
  assert.deepEqual(await after.recording.texts(ALICE), ["later"]);
  assert.deepEqual(await after.recording.texts(BOB), ["later"]);
});

Deno.test("a failing history holds up nobody: the sender has the 200", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  world.recording.kv.fault = new TypeError("connection reset");
  assert.deepEqual((await world.deliver("hello")).statuses, [200]);
  assert.deepEqual((await world.deliver("x".repeat(20_000))).statuses, [200]);
  world.recording.kv.fault = null;
  await world.recording.settled();
  assert.deepEqual(world.recording.list(BOB), []);
  world.recording.time.advance(60_000);
  assert.equal(world.recording.teller.to(BOB).length, 1);
});

Deno.test("a body above 16 KiB is kept as a content of its own, for both once", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  const text = "long ".repeat(30_000);
  assert.deepEqual((await world.deliver(text)).statuses, [200]);
  const [message] = await world.recording.messages(BOB);
  assert.equal(world.recording.list(BOB)[0].kind, "large");
  const { contents } = world.recording.kept;
  assert.equal(message.content?.octets, text.length);
  assert.equal(new TextDecoder().decode(await contents.read(message.content!, 149_000, 1000)), text.slice(149_000));
  assert.equal(contents.octets, text.length);
  for (const owner of [ALICE, BOB]) {
    await world.recording.kept.history.remove(owner, [world.recording.list(owner)[0].reference]);
  }
  await world.recording.settled();
  assert.equal(contents.octets, 0);
});

Deno.test("each side is recorded by its own wishes; where nobody wants it, the message passes untouched", async () => {
  await using world = await PagerRecording.open();
  world.pager.device("bob", DEVICE);
  await world.deliver("nobody");
  assert.equal(world.passed.at(-1) instanceof RecordedTransaction, false);
  await world.recording.wishes.set(BOB, "pager");
  await world.deliver("bob");
  assert.equal(world.passed.at(-1) instanceof RecordedTransaction, true);
  await world.recording.desk.order(ALICE, BOB, "start", "");
  await world.recording.wishes.set(BOB, "session");
  await world.deliver("alice");
  assert.deepEqual(await world.recording.texts(BOB), ["bob"]);
  assert.deepEqual(await world.recording.texts(ALICE), ["alice"]);
});

Deno.test("a polite block does not show: the sender's record has the message, the recipient's has not", async () => {
  const rules: AccessRules = {
    outgoing: () => ({ verdict: "allow", overrides: false }),
    incoming: () => ({ verdict: "drop" }),
    prepare: () => Promise.resolve(),
  } as AccessRules;
  await using world = await recordingAll(rules);
  world.pager.device("bob", DEVICE);
  assert.deepEqual((await world.deliver("are you there?")).statuses, [200]);
  assert.equal(world.pager.sent.length, 0);
  assert.deepEqual(await world.recording.texts(ALICE), ["are you there?"]);
  assert.deepEqual(world.recording.list(BOB), []);
});

Deno.test("of an anonymous sender the recipient's record has what the device sees, and no address", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  await world.deliver("guess who", { headers: "Privacy: id\r\nSubject: Alice's news\r\n" });
  assert.equal((await world.recording.messages(ALICE))[0].from.uri, ALICE);
  assert.equal(world.recording.list(ALICE)[0].with, BOB);
  const kept = JSON.stringify([world.recording.list(BOB), await world.recording.messages(BOB)]);
  assert.match(kept, /sip:anonymous@anonymous\.invalid/);
  assert.equal(/alice/i.test(kept), false);
});

Deno.test("who is reached by a number stays that number in the sender's record", async () => {
  await using world = await recordingAll();
  world.pager.user("bob", { e164: "+49891234567" });
  world.pager.device("bob", DEVICE);
  await world.deliver("hello", { uri: "tel:+49891234567" });
  const kept = JSON.stringify([world.recording.list(ALICE), await world.recording.messages(ALICE)]);
  assert.equal(kept.includes("bob"), false);
  assert.equal(world.recording.list(ALICE)[0].with, "tel:+49891234567");
  assert.equal((await world.recording.messages(BOB))[0].to, BOB);
  assert.equal(world.recording.list(BOB)[0].with, ALICE);
});

Deno.test("to other domains the sender alone is recorded, from other domains the recipient alone", async () => {
  await using world = await recordingAll();
  world.pager.names.set("elsewhere.test", [{ transport: "udp", host: "203.0.113.5", port: 5060, tlsName: "" }]);
  world.pager.device("bob", DEVICE);
  assert.deepEqual((await world.deliver("out", { uri: "sip:dave@elsewhere.test" })).statuses, [200]);
  assert.equal(world.recording.list(ALICE)[0].with, "sip:dave@elsewhere.test");
  assert.deepEqual((await world.deliver("in", { from: "sip:dave@elsewhere.test" })).statuses, [200]);
  assert.equal(world.recording.list(BOB)[0].with, "sip:dave@elsewhere.test");
  assert.equal(world.recording.kept.history.recordings, 2);
});

Deno.test("not recorded: notifications, is-composing, both in CPIM too, empty messages, what is for the service", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  const cpim = (type: string, more = "") =>
    `From: <${ALICE}>\r\nTo: <${BOB}>\r\n${more}\r\nContent-Type: ${type}\r\n\r\n<x/>`;
  const imdn = "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 1\r\n";
  const bodies: [body: string, headers: string][] = [
    ["<imdn/>", "Content-Type: message/imdn+xml\r\n"],
    ["<imdn/>", "Content-Type: application/x\r\nContent-Disposition: notification\r\n"],
    [cpim("message/imdn+xml", imdn), "Content-Type: message/cpim\r\n"],
    ["<isComposing/>", "Content-Type: application/im-iscomposing+xml\r\n"],
    [cpim("application/im-iscomposing+xml"), "Content-Type: message/cpim\r\n"],
    ["", ""],
  ];
  for (const [body, headers] of bodies) assert.deepEqual((await world.deliver(body, { headers })).statuses, [200]);
  await world.deliver("hello", { uri: "sip:system@example.test" });
  assert.equal(world.recording.kept.history.recordings, 0);
  await world.deliver(cpim("text/plain"), { headers: "Content-Type: message/cpim\r\n" });
  assert.equal((await world.recording.messages(BOB))[0].contentType, "message/cpim");
});

Deno.test("a message to a list is recorded once for its sender, without the list; each copy for who gets it", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  const list = '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>' +
    `<entry uri="${BOB}"/><entry uri="sip:dave@elsewhere.test"/></list></resource-lists>`;
  const { contentType, body } = buildMultipart("mixed", [
    { headers: [["Content-Type", "text/plain"], ["Content-Language", "en"]], body: utf8("tea?") },
    {
      headers: [["Content-Type", "application/resource-lists+xml"], ["Content-Disposition", "recipient-list"]],
      body: utf8(list),
    },
  ]);
  const received = await world.deliver(new TextDecoder().decode(body), {
    uri: EXPLODER,
    headers: `Content-Type: ${contentType}\r\nRequire: recipient-list-message\r\n`,
  });
  assert.deepEqual(received.statuses, [202]);
  const [message] = await world.recording.messages(ALICE);
  assert.equal(new TextDecoder().decode(message.body), "tea?");
  assert.deepEqual([message.contentType, message.headers], ["text/plain", "Content-Language: en\r\n"]);
  const [recording] = world.recording.list(ALICE);
  assert.equal(recording.with, EXPLODER);
  assert.deepEqual(recording.parties.map(({ uri }) => uri), [ALICE, BOB, "sip:dave@elsewhere.test"]);
  await deliverCopy(world, EXPLODER, "tea?");
  assert.deepEqual(await world.recording.texts(BOB), ["tea?"]);
  assert.equal(world.recording.list(BOB)[0].with, ALICE);
  assert.deepEqual(await world.recording.texts(ALICE), ["tea?"]);
});

Deno.test("a message to a group is gathered under the group, for its sender and for members; a refused one is nowhere", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  const sent = await world.deliver("hello all", { uri: FRIENDS, callId: "g1" });
  assert.deepEqual(sent.statuses, [202]);
  await world.deliver("hello all", { uri: FRIENDS, callId: "g1" });
  await deliverCopy(world, FRIENDS, "hello all");
  for (const owner of [ALICE, BOB]) {
    assert.deepEqual(await world.recording.texts(owner), ["hello all"]);
    assert.equal(world.recording.list(owner)[0].with, FRIENDS);
    assert.equal(world.recording.list(owner)[0].group.uri, FRIENDS);
  }
  world.listAnswer = 403;
  await world.deliver("no", { uri: FRIENDS, callId: "g2" });
  assert.deepEqual(await world.recording.texts(ALICE), ["hello all"]);
});

Deno.test("what the box itself says is not recorded; a sender cannot make a message a copy", async () => {
  await using world = await recordingAll();
  world.pager.device("bob", DEVICE);
  await deliverCopy(world, "", "report");
  assert.equal(world.recording.kept.history.recordings, 0);
  await world.deliver("hello", { headers: `${EXPLODED_BY}: <${FRIENDS}>\r\n` });
  assert.equal(world.recording.list(BOB)[0].with, ALICE);
  assert.equal(world.recording.list(ALICE)[0].with, BOB);
});

/** What the list function does: a MESSAGE in alice's name, past the rows in front of the recording. */
async function deliverCopy(world: PagerRecording, by: string, text: string): Promise<void> {
  const headers = by === "" ? "" : `${EXPLODED_BY}: <${by}>\r\n`;
  const { request } = world.pager.receive({ uri: BOB, body: text, headers });
  const { promise, resolve } = Promise.withResolvers<number>();
  const exchange = new Exchange(new InnerTransaction(request, NO_WIRE, resolve));
  exchange.identity = { aor: ALICE, displayName: "", number: "" };
  exchange.ours = true;
  const before = world.pager.sent.length;
  world.inside(exchange);
  await settle();
  for (const sent of world.pager.sent.slice(before)) sent.answer(200);
  assert.equal(await promise, 200);
}
