import assert from "node:assert/strict";
import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { parseCpim } from "../../../transport/payload/mod.ts";
import { enclosed } from "../../session_media/push/envelope.ts";
import { fileNameIn } from "../sessions/what_is_said.ts";
import { HISTORY_FORMAT } from "./history_format.ts";
import { said } from "./testing/said.ts";

function sent(message: ReturnType<typeof said>): Uint8Array {
  return enclosed(HISTORY_FORMAT.envelopeOf(message, message.body, "mid-1234")!, message.body);
}

Deno.test("what was said in CPIM goes octet for octet, also where nobody could read it", () => {
  for (
    const text of [
      "From: <sip:a@b>\r\nDateTime: 2001-01-01T00:00:00Z\r\nimdn.Disposition-Notification: display\r\n\r\nContent-type: text/html\r\n\r\n<b>",
      "no CPIM at all",
      "",
    ]
  ) {
    const message = said(text, 1, { contentType: "Message/CPIM ; x=1" });
    assert.equal(sent(message), message.body);
    assert.equal(HISTORY_FORMAT.envelopeOf(message, message.body, "m")!.notifies, false);
  }
  const html = said("From: <sip:a@b>\r\n\r\nContent-type: text/html;x=1\r\n\r\n<b>", 1, {
    contentType: "message/cpim",
  });
  assert.equal(HISTORY_FORMAT.envelopeOf(html, html.body, "m")!.inner, "text/html");
});

Deno.test("anything else is wrapped with who, to whom, when, and exactly its own MIME headers and octets", () => {
  const body = Uint8Array.from({ length: 256 }, (_, i) => i);
  const headers = 'Content-Disposition:attachment ;filename="\xe4"\r\nContent-Encoding: gzip\r\n';
  const contentType = 'image/png; a="b"';
  const wrapped = sent({
    ...said("", 1, { headers, contentType, from: { uri: "sip:z@x.test", name: 'Zoë, "Z"' } }),
    body,
  });
  const mime = fromLatin1(`Content-Type: ${contentType}\r\n${headers}\r\n`);
  const at = wrapped.length - body.length - mime.length;
  assert.deepEqual(wrapped.subarray(at, at + mime.length), mime);
  assert.deepEqual(wrapped.subarray(at + mime.length), body);
  const cpim = parseCpim(wrapped);
  assert.deepEqual(
    cpim.headers.map(({ written, value }) => `${written}: ${value}`),
    [
      'From: "Zoë, \\"Z\\"" <sip:z@x.test>',
      "To: <sip:bob@example.test>",
      "DateTime: 2026-01-01T00:00:00.000Z",
      "NS: imdn <urn:ietf:params:imdn>",
      "imdn.Message-ID: mid-1234",
    ],
  );
  assert.deepEqual(cpim.body, body);
});

Deno.test("behind a relay a message has arrived when a REPORT says so: they are asked for", () => {
  assert.equal(HISTORY_FORMAT.reports, true);
});

Deno.test("a file that was named by its offer alone has that name when it comes back", () => {
  const file = 'Größe "1"\r\nX: y.png';
  const mimeOf = (headers: string) => {
    const text = toLatin1(sent(said("", 1, { file, headers, contentType: "image/png" })));
    return text.slice(text.indexOf("Content-Type: image/png\r\n") + 25, -2);
  };
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /^Content-Disposition: attachment; filename="[^\r]*"\r\n$/],
    ["Content-ID: <a@b>\r\n", /^Content-ID: <a@b>\r\nContent-Disposition: attachment; filename=[^\r]*\r\n$/],
    [
      "content-disposition: render;\r\nContent-ID: <a@b>\r\n",
      /^content-disposition: render; filename=[^\r]*\r\nContent-ID: <a@b>\r\n$/,
    ],
  ];
  for (const [headers, expected] of cases) {
    assert.match(mimeOf(headers), expected);
    assert.equal(fileNameIn(mimeOf(headers)), 'Größe "1"__X: y.png');
  }
  const own = 'Content-Disposition: attachment; filename="own.png"\r\n';
  assert.equal(mimeOf(own), own);
});

Deno.test("nobody can put lines into the wrapper by a name or an address", () => {
  const evil = { uri: "sip:e@x.test>\r\nSubject: x", name: "e\r\nSubject: y" };
  const cpim = parseCpim(sent(said("x", 1, { from: evil, to: "sip:b@x\r\nSubject: z" })));
  assert.ok(cpim.headers.every(({ name }) => name !== "Subject"));
});

Deno.test("what is no Message-ID of MSRP gets one that is, the same each time", () => {
  const message = said("x", 71, { messageId: "a84b4c76e66710@pc33.example.test 314159 MESSAGE" });
  assert.equal(HISTORY_FORMAT.idOf(message), "");
  const entry = { reference: "h-Ab0_-cdefghijklmnopqrstuvwxyz", message, size: 1 };
  assert.equal(HISTORY_FORMAT.otherId(entry, message), "hAb0cdefghijklmn.1z");
  assert.equal(HISTORY_FORMAT.idOf(said("x", 1, { messageId: "87652491" })), "87652491");
});
