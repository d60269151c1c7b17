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
  known.note(1, "a");
  assert.deepEqual([known.has(1, "a"), known.has(1, "b"), known.has(2, "a")], [true, false, false]);
  known.note(1, "b");
  known.forget(1, "a");
  assert.deepEqual([known.has(1, "a"), known.has(1, "b")], [false, true]);
  for (let mark = 2; mark <= 64; mark++) known.note(mark, "a");
  assert.equal(known.has(1, "b"), true);
  known.note(65, "b");
  assert.deepEqual([known.has(1, "b"), known.has(2, "a"), known.has(65, "b")], [false, true, true]);
  for (let mark = 66; mark <= 128; mark++) known.note(mark, "a");
  assert.deepEqual([known.has(64, "a"), known.has(65, "b"), known.has(128, "a")], [false, true, true]);
  known.forget(1000, "a");
});
