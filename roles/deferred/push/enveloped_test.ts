import assert from "node:assert/strict";
import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import { cpimFrom, cpimSubjects, cpimTo, mimeHeader, parseCpim } from "../../../transport/payload/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { enclosed } from "../../session_media/push/envelope.ts";
import { envelopeOf, unwrapped } from "./enveloped.ts";

const ALICE = "sip:alice@example.test";

function message(headers: string, body: Uint8Array = utf8("hello")): DeferredMessage {
  return {
    recipient: "sip:bob@example.test",
    device: "",
    sender: ALICE,
    arrivedAt: Date.UTC(2026, 0, 2),
    expiresAt: Infinity,
    transaction: "t",
    headers,
    body,
  };
}

function wrap(headers: string, body?: Uint8Array): ReturnType<typeof parseCpim> {
  const stored = message(headers, body);
  return parseCpim(enclosed(envelopeOf(stored, stored.body, "id-1")!, stored.body));
}

Deno.test("names that are no tokens, in any script, survive the way from SIP to CPIM", () => {
  const cases: [header: string, name: string][] = [
    [`"Dr. \\"Who\\" \\\\ <x>" <${ALICE}>;x=y`, 'Dr. "Who" \\ <x>'],
    [`"\xc3\x84nne, \xe6\x97\xa5\xe6\x9c\xac" <${ALICE}>`, "Änne, 日本"],
    [ALICE, ""],
  ];
  for (const [header, name] of cases) {
    const cpim = wrap(`From: ${header}\r\nTo: <sip:bob@example.test>\r\nContent-Type: text/plain\r\n`);
    assert.deepEqual(cpimFrom(cpim), { name, uri: ALICE });
  }
});

Deno.test("headers of the content, short names, and what has none", () => {
  const cpim = wrap(
    `f: <${ALICE}>\r\nt: <sip:bob@example.test>\r\ns: short\r\nc: text/html\r\ne: gzip\r\nContent-Language: de\r\n` +
      "Content-Disposition: render\r\n",
  );
  assert.deepEqual(cpimSubjects(cpim), [{ text: "short" }]);
  assert.deepEqual(
    ["Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition"].map((name) =>
      mimeHeader(cpim.contentHeaders, name)
    ),
    ["text/html", "gzip", "de", "render"],
  );
  const bare = wrap("", EMPTY);
  assert.equal(cpimFrom(bare)?.uri, ALICE);
  assert.equal(cpimTo(bare)[0].uri, "sip:bob@example.test");
  assert.equal(mimeHeader(bare.contentHeaders, "Content-Type"), "text/plain");
});

Deno.test("a hostile subject stays on its line", () => {
  const cpim = wrap(`From: <${ALICE}>\r\nSubject: a\\nFrom: <sip:boss@example.test>\r\nContent-Type: text/plain\r\n`);
  assert.deepEqual(cpimSubjects(cpim).map(({ text }) => text), ["a\\nFrom: <sip:boss@example.test>"]);
  assert.equal(cpimFrom(cpim)?.uri, ALICE);
});

Deno.test("values that some reader might take for two lines are one", () => {
  const cpim = wrap(
    `From: <${ALICE}>\r\nContent-Type: text/plain\rX-Evil: 1\r\nContent-Language: de\x00\nX-Evil: 2\r\n`,
  );
  assert.deepEqual(cpim.contentHeaders.map(([name]) => name), ["Content-Type", "Content-Language"]);
  // deno-lint-ignore no-control-regex
  for (const [, value] of cpim.contentHeaders) assert.doesNotMatch(value, /[\x00-\x1f]/);
});

const CPIM = `From: <${ALICE}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: message/cpim\r\n`;

Deno.test("a From that is missing, no address, or hidden behind another namespace is put right", () => {
  const heads = [
    "DateTime: x\r\n",
    "From: nobody at all\r\nDateTime: x\r\n",
    "NS: c <urn:ietf:params:cpim-headers:>\r\nc.From: <sip:boss@example.test>\r\nDateTime: x\r\n",
    "NS:  <urn:other>\r\nFrom: <sip:boss@example.test>\r\n",
  ];
  for (const head of heads) {
    const body = utf8(`${head}\r\nContent-Type: text/plain\r\n\r\nhello`);
    const stored = message(CPIM, body);
    const cpim = parseCpim(enclosed(envelopeOf(stored, body, "id-1")!, body));
    assert.equal(cpimFrom(cpim)?.uri, ALICE, head);
    assert.equal(new TextDecoder().decode(cpim.body), "hello");
  }
});

Deno.test("the same address written otherwise is let be", () => {
  const body = utf8(
    "From: <sips:alice@EXAMPLE.test:5061;x=y>\r\nDateTime: x\r\n\r\nContent-Type: text/plain\r\n\r\nhello",
  );
  const stored = message(CPIM, body);
  const envelope = envelopeOf(stored, body, "id-1")!;
  assert.deepEqual([envelope.head.length, envelope.skip, envelope.inner], [0, 0, "text/plain"]);
  assert.equal(enclosed(envelope, body), body);
});

Deno.test("what is no wrapper cannot be one", () => {
  for (const text of ["", "hello", "From: x\nTo: y\n\n", `${"X: y\r\n".repeat(70)}\r\n`]) {
    assert.equal(envelopeOf(message(CPIM, utf8(text)), utf8(text), "id-1"), null, text.slice(0, 20));
    assert.equal(unwrapped(message(CPIM, utf8(text))), null);
  }
});

Deno.test("a wrapper taken off leaves the content with its own type; a notification keeps its", () => {
  const body = utf8(`From: <${ALICE}>\r\n\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>`);
  const bare = unwrapped(
    message(`From: <${ALICE}>\r\nSubject: s\r\nc: message/cpim\r\nContent-Encoding: x\r\n`, body),
  )!;
  assert.equal(bare.headers, `From: <${ALICE}>\r\nSubject: s\r\nContent-Type: text/html; charset=utf-8\r\n`);
  assert.equal(new TextDecoder().decode(bare.body), "<p>");
  assert.equal(
    unwrapped(message(CPIM, utf8(`From: <${ALICE}>\r\n\r\nContent-Type: message/imdn+xml\r\n\r\n<imdn/>`))),
    null,
  );
  assert.equal(unwrapped(message(`From: <${ALICE}>\r\nContent-Type: text/plain\r\n`)), null);
});
