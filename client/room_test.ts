import assert from "node:assert/strict";
import { findUriList } from "../transport/payload/mod.ts";
import type { SipRequest } from "../transport/sip/mod.ts";
import { FakeFocus } from "./testing/fake_focus.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

const ROOM = "sip:conf-1@home.test";
const BOB = "sip:bob@home.test", CAROL = "sip:carol@home.test";

/** A client, and the room that it comes into. */
function world(parts: { answerMode?: "automatic" | "manual" } = {}) {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  const alice = network.device("phone.test", { aor: "sip:alice@home.test", parts });
  const standing = async () => {
    const chat = alice.client.joinRoom(ROOM)!;
    await network.until(() => chat.session?.state === "open", "the room");
    return chat;
  };
  return { network, focus, alice, standing };
}

function listOf(request: SipRequest) {
  const { list, rest } = findUriList({
    contentType: request.get("Content-Type") ?? "",
    disposition: request.get("Content-Disposition") ?? "",
    body: request.body,
  });
  return { people: list?.entries.map(({ address }) => address) ?? null, others: rest.length };
}

Deno.test("a room of our own: the factory is asked with the list beside the description, and what answers is the room [CHAT-1]", async () => {
  const { network, focus, alice } = world();
  const chat = alice.client.openRoom([BOB, CAROL], "Grüße")!;
  const early = chat.send("early")!;
  assert.deepEqual([chat.isRoom, chat.target], [false, "sip:conference-factory@home.test"]);
  await network.until(() => focus.said.length === 1, "the message");
  const [invite] = focus.invites;
  assert.equal(`${invite.uri}`, "sip:conference-factory@home.test");
  assert.equal(invite.get("Require"), "recipient-list-invite");
  assert.deepEqual(listOf(invite), { people: [BOB, CAROL], others: 1 });
  assert.equal(new TextDecoder().decode(Uint8Array.from(invite.get("Subject")!, (c) => c.charCodeAt(0))), "Grüße");
  assert.match(new TextDecoder().decode(invite.body), /^a=chatroom:nickname private-messages\r$/m);
  assert.equal(chat.isRoom, true);
  assert.match(chat.target, /^sip:conf-1@home\.test:5060/);
  assert.match(focus.said[0].contentType, /^message\/cpim/);
  assert.ok(focus.said[0].text.includes(`To: <${chat.target}>\r\n`), focus.said[0].text);
  assert.equal(alice.notes.statesOf(early), "sent");
});

Deno.test("a room without anybody is asked for without a list; one that is there is asked by its own URI", async () => {
  const { network, focus, alice } = world();
  alice.client.openRoom([]);
  alice.client.joinRoom(ROOM);
  await network.until(() => focus.invites.length === 2, "the invitations");
  for (const invite of focus.invites) {
    assert.deepEqual([invite.get("Require"), invite.get("Content-Type")], [undefined, "application/sdp"]);
  }
  assert.deepEqual(focus.invites.map(({ uri }) => `${uri}`), ["sip:conference-factory@home.test", ROOM]);
});

Deno.test("a chat between two asks for no room, and says nothing of rooms", async () => {
  const network = new MemoryNetwork();
  const bob = network.device("bob.test", { door: true });
  const chat = network.device("alice.test").client.openChat(bob.uri)!;
  await network.until(() => chat.state === "open", "the chat");
  assert.deepEqual([chat.isRoom, chat.target, chat.isPrivate(null)], [false, bob.uri, false]);
  assert.ok(!network.bodies.some((body) => body.includes("a=chatroom")));
});

Deno.test("what is for one member goes to the URI that the room shows of them; what comes for us alone is private [CHAT-12]", async () => {
  const { network, focus, alice, standing } = world();
  const chat = await standing();
  const whispered = chat.whisper(BOB, "between us")!;
  await network.until(() => focus.said.length === 1, "the message");
  assert.ok(focus.said[0].text.includes(`To: <${BOB}>\r\n`), focus.said[0].text);
  assert.equal(whispered.to, BOB);
  focus.say("Bob <sip:bob@home.test>", "to all");
  focus.say("Bob <sip:bob@home.test>", "to all, by another name of it", chat.target);
  focus.say("Bob <sip:bob@home.test>", "to you", "sip:alice@home.test");
  await network.until(() => alice.notes.messages.length === 3, "the messages");
  const { messages } = alice.notes;
  assert.deepEqual(messages.map(({ isPrivate }) => isPrivate), [false, false, true]);
  assert.deepEqual([messages[0].from, messages[0].fromName, messages[0].chat], [BOB, "Bob", chat]);
});

Deno.test("several may be writing at once, and each is told of by name", async () => {
  const { network, focus, alice, standing } = world();
  await standing();
  const writes = (who: string, state: string) =>
    focus.say(
      `<${who}>`,
      `<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${state}</state></isComposing>`,
      undefined,
      "application/im-iscomposing+xml",
    );
  writes(BOB, "active");
  writes(CAROL, "active");
  await network.until(() => alice.notes.events.length === 2, "both");
  focus.say(`<${BOB}>`, "done");
  await network.until(() => alice.notes.events.length === 3, "one has finished");
  writes(CAROL, "idle");
  await network.until(() => alice.notes.events.length === 4, "the other has");
  assert.deepEqual(alice.notes.events, [`${BOB} writes`, `${CAROL} writes`, `${BOB} rests`, `${CAROL} rests`]);
});

Deno.test("what another device of ours says in a room is shown, and nobody is told that we have it", async () => {
  const { network, focus, alice, standing } = world();
  await standing();
  const asking = (from: string) =>
    `${from}\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${from.length}x\r\nimdn.Disposition-Notification: positive-delivery`;
  focus.say(asking("<sip:alice@home.test>"), "from my other device");
  focus.say(asking("<sip:bob@home.test>"), "from bob");
  await network.until(() => alice.notes.messages.length === 2 && focus.said.length > 0, "the notification");
  await network.pass(500);
  assert.equal(focus.said.length, 1);
  assert.ok(focus.said[0].text.includes("To: <sip:bob@home.test>"), focus.said[0].text);
});

Deno.test("a nickname is asked for, had, given back, and refused with a reason [CHAT-12]", async () => {
  const { network, focus, alice, standing } = world();
  const chat = await standing();
  const answers: [number, string][] = [];
  const asked = (name: string) => chat.nickname(name, (status, text) => answers.push([status, text]));
  assert.ok(asked('The "Bishop" é'));
  await network.until(() => answers.length === 1, "an answer");
  assert.ok(asked(""));
  await network.until(() => answers.length === 2, "an answer");
  focus.nicknameStatus = 425;
  assert.ok(asked("Bob"));
  await network.until(() => answers.length === 3, "an answer");
  assert.deepEqual(focus.nicknames, ['"The \\"Bishop\\" \u00c3\u00a9"', '""', '"Bob"']);
  assert.deepEqual(answers.slice(0, 2), [[200, ""], [200, ""]]);
  assert.equal(answers[2][0], 425);
  assert.match(answers[2][1], /somebody has it already.*\(425\)$/);
  assert.ok(asked("Late"));
  network.cut();
  await network.until(() => answers.length === 4, "no answer");
  assert.deepEqual(answers[3], [0, "the connection broke before the answer was there"]);
  chat.end();
  await network.until(() => alice.client.sessions === 0, "the end");
  assert.equal(asked("Nobody"), false);
});

Deno.test("others are added and sent out by REFER; what becomes of it is told by its NOTIFY [CHAT-9]", async () => {
  const { network, focus, standing } = world();
  const chat = await standing();
  const answers: [number, string][] = [];
  const answer = (status: number, text: string) => void answers.push([status, text]);
  assert.ok(chat.add(CAROL, answer));
  await network.until(() => answers.length === 1, "the NOTIFY");
  focus.referAnswers = [202, 486];
  assert.ok(chat.add(BOB, answer));
  await network.until(() => answers.length === 2, "the NOTIFY");
  focus.referAnswers = [202, 200];
  assert.ok(chat.expel(CAROL, answer));
  await network.until(() => answers.length === 3, "the NOTIFY");
  assert.deepEqual(answers, [[200, ""], [486, "busy (486)"], [200, ""]]);
  const [added, , expelled] = focus.referred;
  assert.match(added, /^<sip:carol@home\.test>$/);
  assert.match(expelled, /^<sip:carol@home\.test;method=BYE>$/);
});

Deno.test("a REFER that is refused says so, and the chat goes on", async () => {
  const { network, focus, standing } = world();
  const chat = await standing();
  focus.referAnswers = [403, 0];
  const answers: [number, string][] = [];
  assert.ok(chat.expel(BOB, (status, text) => void answers.push([status, text])));
  await network.until(() => answers.length === 1, "the refusal");
  assert.deepEqual([answers, focus.referred, chat.state], [[[403, "it is not allowed (403)"]], [], "open"]);
});

Deno.test("what the client does not know in a call is refused 405, with what it knows", async () => {
  const { network, focus, standing } = world();
  await standing();
  let answer = "";
  focus.member!.call!.send("PUBLISH", {}, (response) => answer = `${response?.status} ${response?.get("Allow")}`);
  await network.until(() => answer !== "", "the answer");
  assert.match(answer, /^405 .*INVITE.*NOTIFY/);
});

Deno.test("an invitation of a room: whoever is asserted invites, and what is said goes to the room", async () => {
  const { network, focus, alice } = world({ answerMode: "manual" });
  const member = focus.invite("sip:alice@phone.test", [
    ["P-Asserted-Identity", "<sip:bob@home.test>"],
    ["Referred-By", "<sip:bob@home.test>"],
    ["Subject", "Lunch"],
  ]);
  await network.until(() => alice.notes.invitations.length === 1, "the invitation");
  const [invitation] = alice.notes.invitations;
  // The name in From is that of the room.
  assert.deepEqual([invitation.from, invitation.subject], [{ uri: BOB, name: "" }, "Lunch"]);
  invitation.accept();
  await network.until(() => member.session?.state === "open", "the session");
  const [chat] = alice.notes.chats;
  assert.deepEqual([chat.isRoom, chat.peer.uri, chat.incoming], [true, BOB, true]);
  assert.match(chat.target, /^sip:conf-1@home\.test/);
  assert.match(
    network.bodies.find((text) => /^SIP\/2.0 200[^]*INVITE/.test(text))!,
    /a=chatroom:nickname private-mess/,
  );
  const sent = chat.send("here I am")!;
  await network.until(() => focus.said.length === 1, "the message");
  assert.ok(focus.said[0].text.includes(`To: <${chat.target}>`));
  assert.equal(sent.to, chat.target);
  focus.say("<sip:bob@home.test>", "to all, by the name in From");
  await network.until(() => alice.notes.messages.length === 1, "the message");
  assert.equal(alice.notes.messages[0].isPrivate, false);
});

for (
  const [what, headers, from] of [
    ["the room itself is asserted", [["P-Asserted-Identity", `<${ROOM}>`], ["Referred-By", `"Bob B" <${BOB}>`]], {
      uri: BOB,
      name: "Bob B",
    }],
    ["nobody is asserted", [["Referred-By", `<${BOB}>`]], { uri: BOB, name: "" }],
    ["nobody is named", [["P-Asserted-Identity", `<${ROOM}>`]], { uri: ROOM, name: "The room" }],
    ["the referrer is malformed", [["Referred-By", "<<"]], { uri: ROOM, name: "The room" }],
  ] as const
) {
  Deno.test(`an invitation of a room in which ${what} is from ${from.name || from.uri}`, async () => {
    const { network, focus, alice } = world({ answerMode: "manual" });
    focus.invite("sip:alice@phone.test", headers);
    await network.until(() => alice.notes.invitations.length === 1, "the invitation");
    assert.deepEqual(alice.notes.invitations[0].from, from);
  });
}

Deno.test("rooms may be asked about while chats are taken, or the other way round", async () => {
  const { network, focus, alice } = world();
  alice.client.roomAnswerMode = "manual";
  focus.invite("sip:alice@phone.test", [["P-Asserted-Identity", "<sip:bob@home.test>"]]);
  await network.until(() => alice.notes.invitations.length === 1, "the invitation");
  const [{ room, roomName }] = alice.notes.invitations;
  assert.deepEqual([room, roomName], [ROOM, "The room"]);
  const bob = network.device("bob.test", { door: true });
  const chat = bob.client.openChat("sip:alice@phone.test")!;
  await network.until(() => chat.state === "open", "the chat");
  assert.equal(alice.notes.invitations.length, 1);
  alice.client.roomAnswerMode = "automatic";
  alice.client.answerMode = "manual";
  const member = focus.invite("sip:alice@phone.test", [["X-IM-Group" as "Subject", "<sip:chess@home.test>"]]);
  await network.until(() => member.session?.state === "open", "the room");
  const inRoom = alice.notes.chats.find(({ isRoom }) => isRoom)!;
  assert.equal(inRoom.alias, "sip:chess@home.test", "the group whose session it is");
});
