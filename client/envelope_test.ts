import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import { strictXml, writeImdn, writeIsComposing } from "../transport/payload/mod.ts";
import { opened, TEXT, textOf, wrapped } from "./envelope.ts";

const WRAPPING = {
  from: { name: 'Älice "A"', uri: "sip:alice@a.test" },
  to: "sip:bob@b.test",
  now: Date.UTC(2026, 0, 1),
  contentType: TEXT,
  requests: ["positive-delivery", "display"],
} as const;

Deno.test("what is wrapped is opened again: sender, id, time, type, body", () => {
  const { id, body } = wrapped(utf8("grüß dich"), WRAPPING);
  const what = opened("message/cpim", body, strictXml);
  assert.equal(what.kind, "content");
  if (what.kind !== "content") return;
  assert.deepEqual(what.from, WRAPPING.from);
  assert.deepEqual([what.id, what.sentAt, what.contentType], [id, "2026-01-01T00:00:00.000Z", TEXT]);
  assert.equal(textOf(what.contentType, what.body), "grüß dich");
  assert.notEqual(wrapped(utf8("x"), WRAPPING).id, id);
});

Deno.test("notifications and composing notices are known, wrapped or not", () => {
  const imdn = writeImdn({
    messageId: "m1",
    dateTime: "2026-01-01T00:00:00Z",
    disposition: { kind: "delivery", status: "delivered" },
  });
  const composing = writeIsComposing({ state: "active" });
  for (
    const [type, octets, kind] of [
      ["message/imdn+xml", imdn, "notifications"],
      ["application/im-iscomposing+xml", composing, "composing"],
    ] as const
  ) {
    assert.equal(opened(type, octets, strictXml).kind, kind);
    const { body } = wrapped(octets, { ...WRAPPING, contentType: type, requests: [] });
    assert.equal(opened("Message/CPIM", body, strictXml).kind, kind);
  }
});

Deno.test("what cannot be read says why and throws nothing", () => {
  for (
    const [type, text] of [
      ["message/cpim", "no headers"],
      ["message/cpim", "From: nobody\r\n\r\nContent-Type: text/plain\r\n\r\nx"],
      ["message/imdn+xml", "<imdn"],
      ["application/im-iscomposing+xml", "<x/>"],
    ] as const
  ) {
    const what = opened(type, utf8(text), strictXml);
    assert.equal(what.kind, "unreadable", text);
    assert.ok(what.kind === "unreadable" && what.reason !== "");
  }
});

Deno.test("text in other charsets; an unknown one is read as UTF-8; what is no text gives none", () => {
  assert.equal(textOf("text/plain;charset=iso-8859-1", new Uint8Array([0xfc])), "ü");
  assert.equal(textOf('text/plain; charset="x-nobody-knows"', utf8("ü")), "ü");
  assert.equal(textOf("image/png", utf8("ü")), "");
});
