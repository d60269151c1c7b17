import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { HistoryMessage } from "../../../storage/mod.ts";
import { KnownMessages, markOf } from "./known_messages.ts";

const MESSAGE: HistoryMessage = {
  at: 1,
  from: { uri: "sip:alice@example.test", name: "Alice" },
  to: "sip:bob@example.test",
  messageId: "call 1",
  contentType: "text/plain",
  headers: "",
  file: "",
  body: utf8("hello"),
  content: null,
};
const CONTENT = { id: "1".repeat(64), sha256: "2".repeat(64), octets: 5 };

Deno.test("a message is known by who says it, its name, its type and its octets, whatever their number, and by nothing else", () => {
  const mark = markOf(MESSAGE);
  assert.equal(markOf({ ...MESSAGE, at: 2, to: "sip:b@example.test", from: { ...MESSAGE.from, name: "" } }), mark);
  const long = new Uint8Array(10_000);
  const others = [
    { messageId: "call 2" },
    { from: { uri: "sip:bob@example.test", name: "" } },
    { contentType: "text/html" },
    { body: utf8("hallo") },
    { body: long },
    { body: long.with(9_999, 1) },
    { body: new Uint8Array(), content: CONTENT },
    { body: new Uint8Array(), content: { ...CONTENT, sha256: "3".repeat(64) } },
  ].map((other) => markOf({ ...MESSAGE, ...other }));
  assert.equal(new Set([mark, ...others]).size, 1 + others.length);
  assert.equal(markOf({ ...MESSAGE, body: long.slice() }), others[4]);
});

Deno.test("each of the two has what was noted for them, until it was not kept after all, or 64 others were said", () => {
  const known = new KnownMessages();
  const note = (mark: number, owner: string) => known.note(known.placeOf(mark), owner);
  const has = (mark: number, owner: string) => known.has(known.placeOf(mark), owner);
  note(1, "a");
  assert.deepEqual([has(1, "a"), has(1, "b")], [true, false]);
  note(1, "b");
  known.forget(1, "a");
  assert.deepEqual([has(1, "a"), has(1, "b")], [false, true]);
  for (let mark = 2; mark <= 64; mark++) note(mark, "a");
  assert.equal(has(1, "b"), true);
  note(65, "b");
  assert.deepEqual([has(2, "a"), has(64, "a"), has(65, "b"), has(65, "a")], [true, true, true, false]);
  for (let mark = 66; mark <= 128; mark++) note(mark, "a");
  assert.deepEqual([has(65, "b"), has(128, "a")], [true, true]);
  assert.deepEqual([has(1, "b"), has(2, "a")], [false, false], "the oldest made room");
  known.forget(1000, "a");
});
