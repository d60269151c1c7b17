import assert from "node:assert/strict";
import fc from "fast-check";
import { CHECK_OCTETS, SlotCipher } from "./history_cipher.ts";
import { encodeFresh, textOfFresh } from "./history_codec.ts";
import { findableIn, MessagePacker, readMessage, unpackMessages } from "./history_message_codec.ts";
import { OctetWriter } from "./history_octets.ts";
import type { HistoryMessage } from "./history_types.ts";
import { said } from "./testing_history.ts";

const CIPHER = new SlotCipher();
const KEY = new Uint8Array(32).fill(7);
const STRAND = { id: 2 ** 40 + 1, slot: 3 };
const CONTENT = { id: "1".repeat(64), sha256: "2".repeat(64), octets: 2 ** 33 };
const EMPTY = new Uint8Array();

const TYPES = [
  "text/plain",
  "text/plain;charset=UTF-8",
  "text/plain;charset=utf-8",
  "text/plain; charset=UTF-8",
  "text/plain; charset=utf-8",
  "message/cpim",
  "text/html",
];

/** Octets of a message as it was written before there was a shorter form. */
function longForm(message: HistoryMessage): Uint8Array {
  const { at, from, to, messageId, contentType, headers, file, body, content } = message;
  const writer = new OctetWriter().begin(0).u8(content === null ? 0 : 1).f64(at);
  for (const text of [from.uri, from.name, to, messageId, contentType, headers, file]) writer.text(text);
  if (content === null) writer.bytes(body);
  else writer.content(content);
  return writer.done().slice();
}

/** As it is written now. */
function shortForm(message: HistoryMessage): Uint8Array {
  return textOfFresh(CIPHER, KEY, encodeFresh(CIPHER, KEY, STRAND, 1, message.at, message).slice());
}

/** Messages with these numbers as the value of a segment. */
function packed(texts: readonly Uint8Array[]): Uint8Array {
  const writer = new OctetWriter().begin(0).u32(texts.length);
  texts.forEach((text, n) => writer.u32(n + 1).bytes(text));
  return writer.done().slice();
}

const text = fc.oneof(
  fc.constant(""),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed()),
  fc.integer({ min: 60, max: 300 }).map((length) => "ü".repeat(length)),
  fc.integer({ min: 60, max: 300 }).map((length) => "a".repeat(length)),
  fc.constant("\ufefftext"),
);
const messages = fc.record({
  at: fc.oneof(fc.integer({ min: 0, max: 2 ** 48 }), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
  from: fc.record({ uri: text, name: text }, { noNullPrototype: true }),
  to: text,
  messageId: text,
  contentType: fc.oneof(text, fc.constantFrom(...TYPES)),
  headers: text,
  file: text,
  body: fc.uint8Array({ maxLength: 300 }),
  content: fc.constant(null),
}, { noNullPrototype: true }).chain((message) =>
  fc.boolean().map((long) => long ? { ...message, body: EMPTY, content: CONTENT } : message)
);

Deno.test("any message comes back as it was, from its own record and from a segment, in the form of now and in that of before", () => {
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 4 }), (list) => {
      for (const formOf of [shortForm, longForm]) {
        const texts = list.map(formOf);
        list.forEach((message, n) => assert.deepEqual(readMessage(texts[n], n + 1), { ...message, seq: n + 1 }));
        const expected = list.map((message, n) => ({ ...message, seq: n + 1 }));
        assert.deepEqual([...unpackMessages(packed(texts), 1, list.length)], expected);
        assert.deepEqual(
          [...findableIn(packed(texts))],
          list.map(({ contentType, headers, file, body, content }) => ({ contentType, headers, file, body, content })),
        );
      }
    }),
  );
});

Deno.test("a segment may have messages of both forms", () => {
  const [one, other] = [said(1, { file: "a.txt" }), said(2, { contentType: "image/png", headers: "A: b\r\n" })];
  const value = packed([longForm(one), shortForm(other)]);
  assert.deepEqual([...unpackMessages(value, 0, 9)], [{ ...one, seq: 1 }, { ...other, seq: 2 }]);
  assert.deepEqual([...unpackMessages(value, 2, 2)], [{ ...other, seq: 2 }]);
  assert.deepEqual([...findableIn(value)].map(({ file, headers }) => [file, headers]), [["a.txt", ""], [
    "",
    "A: b\r\n",
  ]]);
});

Deno.test("records are put together as they are read from a segment", () => {
  const list = [said(1), said(2, { body: EMPTY, content: CONTENT }), said(3, { body: new Uint8Array(5000).fill(1) })];
  const records = list.map((one, n) => encodeFresh(CIPHER, KEY, STRAND, n + 1, one.at, one).slice());
  const packer = new MessagePacker(records.reduce((sum, { length }) => sum + length, 0));
  records.forEach((record, n) => packer.add(CIPHER, KEY, n + 1, record));
  assert.deepEqual([...unpackMessages(packer.done(), 1, 3)], list.map((one, n) => ({ ...one, seq: n + 1 })));
});

Deno.test("a chat line of 100 octets takes less than 100 more in its record", () => {
  const message = said(1, {
    body: new Uint8Array(100),
    messageId: "c29tZSBjYWxs@198.51.100.7 2",
    contentType: "text/plain;charset=UTF-8",
  });
  assert.ok(shortForm(message).length + CHECK_OCTETS < 200, `${shortForm(message).length}`);
  assert.ok(shortForm(message).length < longForm(message).length - 40);
});

Deno.test("what is cut off, or of a type that nobody knows, is refused", () => {
  const whole = shortForm(said(1, { file: "name", headers: "A: b\r\n" }));
  for (let length = 0; length < 60; length++) {
    assert.throws(() => readMessage(whole.subarray(0, length), 1), RangeError);
  }
  const other = whole.slice();
  other[9] = 200;
  assert.throws(() => readMessage(other, 1), /type that is not known/);
  const value = packed([whole]);
  assert.throws(() => [...findableIn(value.subarray(0, value.length - 1))], RangeError);
});
