import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeDeferred, decodeHead, encodeDeferred } from "./deferred_codec.ts";
import { deferred } from "./testing.ts";

const CONTENT = { id: "0123456789abcdef".repeat(4), octets: 2 ** 33 + 5, sha256: "fe".repeat(32) };

const latin1 = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 80 }).map((codes) =>
  String.fromCharCode(...codes)
);
const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => octets.toHex());
const message = fc.record({
  recipient: latin1,
  device: latin1,
  sender: latin1,
  transaction: latin1,
  headers: latin1,
  arrivedAt: fc.integer(),
  expiresAt: fc.integer(),
  body: fc.uint8Array({ maxLength: 300 }),
  mode: fc.constantFrom("pager" as const, "large" as const, "session" as const, "file" as const),
  messageId: latin1,
  content: fc.option(fc.record({ id: hex, octets: fc.nat(), sha256: hex }, { noNullPrototype: true })),
});

Deno.test("any message comes out of its record as it went in", () => {
  fc.assert(fc.property(message, (whole) => {
    const record = encodeDeferred(whole).slice();
    assert.deepEqual({ ...decodeDeferred(record) }, { ...whole });
    const { recipient, device, transaction, arrivedAt, expiresAt, mode, content } = whole;
    const size = whole.headers.length + whole.body.length + (content?.octets ?? 0);
    const head = { recipient, device, transaction, arrivedAt, expiresAt, mode, content, size };
    assert.deepEqual(decodeHead(record), head);
  }));
});

/** A record as every Parley before contents wrote it, octet for octet: bob, no device, alice, a transaction, one header, "hi". */
const OLD = "4279b76ddc200000" + "4279b9aea4000000" + "0003" + "0000" + "0005" + "0004" + "00000006" +
  "626f62" + "616c696365" + "74203120" + "413a20620d0a" + "6869";

Deno.test("a record that an older Parley wrote is read, and a plain pager message is still written so", () => {
  const record = Uint8Array.fromHex(OLD);
  const read = decodeDeferred(record);
  assert.deepEqual({ ...read }, {
    recipient: "bob",
    device: "",
    sender: "alice",
    transaction: "t 1 ",
    arrivedAt: 1767225803264,
    expiresAt: 1767830601728,
    headers: "A: b\r\n",
    body: new TextEncoder().encode("hi"),
    mode: "pager",
    messageId: "",
    content: null,
  });
  const { mode, size, content } = decodeHead(record);
  assert.deepEqual([mode, size, content], ["pager", 8, null]);
  assert.equal(encodeDeferred(read).toHex(), OLD);
});

Deno.test("what carries more than a pager message does is marked, and no time can look like the mark", () => {
  for (const more of [{ mode: "file" as const }, { messageId: "x" }, { content: CONTENT }]) {
    assert.equal(encodeDeferred(deferred(1, more))[0], 0xff);
  }
  for (const arrivedAt of [-8.64e15, -1, -0, 0, 8.64e15, NaN]) {
    const record = encodeDeferred(deferred(1, { arrivedAt })).slice();
    assert.notEqual(record[0], 0xff);
    assert.ok(Object.is(decodeDeferred(record).arrivedAt, arrivedAt));
  }
});

Deno.test("a form or a mode of a Parley to come is refused, and so is a content without a valid id or hash", () => {
  const record = encodeDeferred(deferred(1, { mode: "file", content: CONTENT })).slice();
  for (const [at, value] of [[1, 3], [2, 9]]) {
    const changed = record.slice();
    changed[at] = value;
    assert.throws(() => decodeDeferred(changed), /which are not known/);
    assert.throws(() => decodeHead(changed), RangeError);
  }
  for (const wrong of [{ id: "ab" }, { sha256: "G".repeat(64) }]) {
    assert.throws(() => encodeDeferred(deferred(1, { content: { ...CONTENT, ...wrong } })), RangeError);
  }
  const long = deferred(1, { mode: "file", messageId: "m".repeat(70_000) });
  assert.throws(() => encodeDeferred(long), /messageId has 70000 octets/);
});
