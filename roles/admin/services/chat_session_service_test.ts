import assert from "node:assert/strict";
import { type ChatSessionView, filteredChatSessions } from "./chat_session_service.ts";

function session(id: string, from: string, to: string, since: number): ChatSessionView {
  return { id, from: `sip:${from}`, to: `sip:${to}`, since, mode: "chat", octets: 0, messages: 0 };
}

const ALL = [
  session("1", "alice@example.test", "bob@example.test", 10),
  session("2", "carol@example.test", "alice@example.test", 30),
  session("3", "malice@example.test", "Bob@other.test", 20),
];

Deno.test("chat sessions are found by user, by part of an address, newest first, so many as are wanted", () => {
  const ids = (user: string, search = "", limit = 10) =>
    filteredChatSessions(new Set(ALL), { user, search, limit }).map(({ id }) => id);
  assert.deepEqual(ids(""), ["2", "3", "1"]);
  assert.deepEqual(ids("sip:alice@example.test"), ["2", "1"]);
  assert.deepEqual(ids("", "BOB@"), ["3", "1"]);
  assert.deepEqual(ids("sip:alice@example.test", "bob"), ["1"]);
  assert.deepEqual(ids("sip:nobody@example.test"), []);
  assert.deepEqual(ids("", "", 2), ["2", "3"]);
});
