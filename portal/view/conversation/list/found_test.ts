import { deepEqual, equal } from "node:assert/strict";
import { fakePeople } from "../../testing/fake_parts.ts";
import { FakeConversation } from "../../testing/fake_conversation.ts";
import { findTalks } from "./found.ts";

const talks = [
  new FakeConversation({ key: "sip:bob@example.test", title: "Bob Ross" }),
  new FakeConversation({ key: "sip:jose@example.test", title: "José Núñez" }),
];
const contacts = fakePeople().contacts.value;

Deno.test("words find names and addresses, whatever their case and accents", () => {
  deepEqual(findTalks("nunez JOSE", talks, []).conversations, [talks[1]]);
  deepEqual(findTalks("bob@ex", talks, []).conversations, [talks[0]]);
  deepEqual(findTalks("  ", talks, contacts), { conversations: talks, contacts: [], address: "" });
});

Deno.test("contacts with whom a conversation is are found once", () => {
  const found = findTalks("example.test", talks, contacts);
  equal(found.conversations.length, 2);
  equal(found.contacts.some(({ uri }) => uri === "sip:bob@example.test"), false);
  equal(found.contacts.some(({ uri }) => uri === "sip:carol@example.test"), true);
});

Deno.test("an address nobody has yet can be written to", () => {
  equal(findTalks("new@example.test", talks, contacts).address, "sip:new@example.test");
  equal(findTalks("+49 (30) 1234-56", talks, contacts).address, "tel:+4930123456");
  equal(findTalks("bob@example.test", talks, contacts).address, "");
  equal(findTalks("just words", talks, contacts).address, "");
});
