import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import {
  buildMultipart,
  parseSystemAnswer,
  SYSTEM_MESSAGE_TYPE,
  type SystemMessageBody,
  systemMessageParts,
} from "../transport/payload/mod.ts";
import type { SipRequest } from "../transport/sip/mod.ts";
import type { Reason } from "./im_user.ts";
import { reply } from "./sip_line.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";
import { ChoosingNotes, Notes } from "./testing/notes.ts";

const ALICE = "sip:alice@home.test", SERVICE = "sip:system@home.test";

const TERMS: SystemMessageBody = {
  id: "terms.1",
  text: "Do you take the new terms?",
  expires: Date.parse("2030-01-01T00:00:00Z"),
  blocking: true,
  answer: "many",
  options: [{ id: "yes", label: "Yes" }, { id: "some", label: "Receive only" }, { id: "no", label: "No" }],
};

/** Alice, and her service at `home.test`. */
function world<N extends Notes>(notes: N) {
  const network = new MemoryNetwork();
  const service = network.device("home.test", { aor: SERVICE, door: true });
  const alice = network.device("phone.test", { aor: ALICE, door: true, notes, parts: { user: notes } });
  const answers: SipRequest[] = [];
  const state = { status: 200 };
  const before = service.layer.user!;
  service.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (request.method !== "MESSAGE") return before.onRequest(transaction);
      answers.push(request);
      if (state.status > 0) reply(transaction, state.status);
    },
    onStrayResponse: () => {},
  };
  /** A MESSAGE of the service, or of whoever else; its answer. */
  const say = async (contentType: string, body: Uint8Array, from = SERVICE): Promise<number> => {
    let status = 0;
    const request = { method: "MESSAGE", uri: "sip:alice@phone.test", from: `<${from}>`, to: `<${ALICE}>` };
    service.agent.send({ ...request, contentType, body }, {
      onResponse: (_, response) => void (status = response.status),
      onFailure: () => void (status = 599),
    });
    await network.until(() => status > 0, "its answer");
    return status;
  };
  const tell = (message: SystemMessageBody, from = SERVICE) => {
    const { contentType, body } = systemMessageParts(message);
    return say(contentType, body, from);
  };
  return { network, service, alice, notes, answers, state, say, tell };
}

Deno.test("what the service asks is shown with its choices, and answered with one of them", async () => {
  const { network, alice, notes, answers, tell } = world(new ChoosingNotes());
  assert.equal(await tell(TERMS), 200);
  assert.equal(notes.messages.length, 0);
  const [{ displayed: _, ...shown }] = notes.questions;
  const { answer: _mode, ...said } = TERMS;
  assert.deepEqual(shown, said);
  assert.deepEqual(alice.client.systemMessages.map(({ id }) => id), ["terms.1"]);
  assert.equal(alice.client.answer("terms.2", "yes"), false);
  assert.equal(alice.client.answer("terms.1", "perhaps"), false);
  const problems: (Reason | null)[] = [];
  assert.equal(alice.client.answer("terms.1", "some", (problem) => problems.push(problem)), true);
  await network.until(() => problems.length === 1, "the answer");
  assert.deepEqual([`${answers[0].uri}`, answers[0].get("Content-Type")], [SERVICE, SYSTEM_MESSAGE_TYPE]);
  assert.deepEqual(parseSystemAnswer(answers[0].body), { ref: "terms.1", option: "some" });
  assert.deepEqual([problems, alice.client.systemMessages.length, answers.length], [[null], 0, 1]);
  assert.equal(alice.client.answer("terms.1", "some"), false, "it has its answer");
});

Deno.test("a message that asks nothing is shown, and waits for nothing; the same message is shown once", async () => {
  const { alice, notes, tell } = world(new ChoosingNotes());
  const notice: SystemMessageBody = {
    ...TERMS,
    id: "n.1",
    blocking: false,
    answer: "none",
    options: [],
    expires: null,
  };
  await tell(notice);
  await tell(notice);
  await tell({ ...notice, id: "n.2" });
  assert.deepEqual(notes.questions.map(({ id }) => id), ["n.1", "n.2"]);
  assert.deepEqual([alice.client.systemMessages.length, alice.client.answer("n.1", "yes")], [0, false]);
});

Deno.test("an answer that is refused is over; one that reached nobody may be given again", async () => {
  const { network, alice, notes, state, tell } = world(new ChoosingNotes());
  await tell(TERMS);
  const answered = async (status: number) => {
    state.status = status;
    const problems: (Reason | null)[] = [];
    assert.equal(alice.client.answer("terms.1", "yes", (problem) => problems.push(problem)), true);
    await network.until(() => problems.length === 1, "the answer");
    return problems[0]?.status;
  };
  assert.equal(await answered(503), 503);
  assert.equal(await answered(0), 408);
  assert.equal(await answered(403), 403);
  assert.equal(alice.client.answer("terms.1", "yes"), false);
  await tell(TERMS);
  await tell(TERMS);
  assert.equal(notes.questions.length, 2, "asked again, and told so once");
  assert.equal(await answered(200), undefined);
});

Deno.test("what can be answered no longer is not among what waits", async () => {
  const { network, alice, tell } = world(new ChoosingNotes());
  await tell({ ...TERMS, expires: network.time.now() + 60_000 });
  assert.equal(alice.client.systemMessages.length, 1);
  await network.pass(61_000);
  assert.equal(alice.client.systemMessages.length, 0);
});

Deno.test("nobody else speaks for the service: not by MESSAGE, and not in a chat", async () => {
  const { network, service, alice, notes, tell } = world(new ChoosingNotes());
  for (const from of ["sip:mallory@home.test", "sip:system@elsewhere.test"]) await tell(TERMS, from);
  const chat = service.client.openChat("sip:alice@phone.test")!;
  await network.until(() => chat.session?.state === "open", "the chat");
  const { contentType, body } = systemMessageParts(TERMS);
  const head = `From: <${SERVICE}>\r\nTo: <${ALICE}>\r\n\r\nContent-Type: ${contentType}\r\n\r\n`;
  chat.session!.send({ contentType: "message/cpim", body: new Uint8Array([...utf8(head), ...body]) });
  await network.until(() => notes.messages.length === 3, "all of them");
  assert.deepEqual([notes.questions.length, alice.client.systemMessages.length], [0, 0]);
});

Deno.test("a message that waited comes in a session of the service, and is shown with its choices, too", async () => {
  const network = new MemoryNetwork();
  const notes = new ChoosingNotes();
  notes.shows = false;
  const service = network.device("home.test", { aor: "sip:deferred@home.test" });
  const alice = network.device("phone.test", { aor: ALICE, door: true, parts: { user: notes } });
  const chat = service.client.openChat("sip:alice@phone.test")!;
  await network.until(() => chat.session?.state === "open", "the session");
  const { contentType, body } = systemMessageParts(TERMS);
  const head =
    `From: <${SERVICE}>\r\nTo: <${ALICE}>\r\nDateTime: 2026-01-01T00:00:00Z\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
    `imdn.Message-ID: m1\r\nimdn.Disposition-Notification: display\r\n\r\nContent-Type: ${contentType}\r\n\r\n`;
  chat.session!.send({ contentType: "message/cpim", body: new Uint8Array([...utf8(head), ...body]) });
  await network.until(() => notes.questions.length === 1, "the message");
  assert.equal(chat.session!.tracker.size, 0);
  notes.questions[0].displayed();
  notes.questions[0].displayed();
  await network.until(() => chat.session!.tracker.size === 1, "the notification");
  assert.deepEqual([alice.client.systemMessages.length, notes.messages.length], [1, 0]);
});

Deno.test("a user who can show no choices gets words; so does everybody where the choices cannot be read", async () => {
  const plain = world(new Notes());
  await plain.tell(TERMS);
  const [message] = plain.notes.messages;
  assert.match(message.text, /^Do you take the new terms\?\n\n1\. Yes\n2\. Receive only\n3\. No\n/);
  assert.match(message.contentType, /^text\/plain/);

  const { notes, say } = world(new ChoosingNotes());
  const { contentType, body } = buildMultipart("alternative", [
    { headers: [["Content-Type", "text/plain"]], body: utf8("in words") },
    { headers: [["Content-Type", SYSTEM_MESSAGE_TYPE]], body: utf8("<system-message/>") },
  ]);
  await say(contentType, body);
  await say("text/plain", utf8("plain"));
  await say("multipart/alternative;boundary=x", utf8("none of it"));
  assert.deepEqual(notes.questions, []);
  assert.deepEqual(notes.messages.map(({ text, contentType }) => `${contentType}: ${text}`), [
    "text/plain: in words",
    "text/plain: plain",
    "multipart/alternative;boundary=x: ",
  ]);
});

Deno.test("of many questions without an answer the oldest is forgotten first", async () => {
  const { alice, tell } = world(new ChoosingNotes());
  for (let i = 0; i < 101; i++) await tell({ ...TERMS, id: `q${i}` });
  const open = alice.client.systemMessages;
  assert.deepEqual([open.length, open[0].id, open.at(-1)!.id], [100, "q1", "q100"]);
});

Deno.test("a question of an earlier life of the device can be answered", async () => {
  const { network, alice, answers } = world(new ChoosingNotes());
  const { answer: _mode, ...earlier } = TERMS;
  alice.client.recallSystemMessage(earlier);
  assert.deepEqual(alice.client.systemMessages.map(({ id }) => id), ["terms.1"]);
  assert.equal(alice.client.answer("terms.1", "yes"), true);
  await network.until(() => answers.length === 1, "the answer");
});
