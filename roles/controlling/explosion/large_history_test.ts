import assert from "node:assert/strict";
import { concatBytes, utf8 } from "../../../foundation/mod.ts";
import { cpimContentType, parseCpim, parseMultipart, partHeader } from "../../../transport/payload/mod.ts";
import { LargeWorld } from "./testing/large_world.ts";
import { withHistory } from "./large_history.ts";
import { textOf } from "../../deferred/intake/testing/intake_world.ts";

const HISTORY = {
  headers: [
    ["Content-Type", "application/resource-lists+xml"],
    ["Content-Disposition", "recipient-list-history; handling=optional"],
  ],
  body: utf8("<who/>"),
} as const;

function whole(contentType: string, lines: string, text: string) {
  const octets = utf8(text);
  const { head, skip, tail, ...rest } = withHistory(HISTORY, contentType, lines, octets);
  return { body: concatBytes([head, octets.subarray(skip), tail]), ...rest };
}

Deno.test("what is not wrapped becomes a part with the header lines that came with it, and the list another", () => {
  const { body, contentType, lines } = whole("text/html", "Content-Language: fr\r\n", "<p>salut\r\n</p>\r\n");
  const [message, list] = parseMultipart(contentType, body);
  assert.equal(lines, "");
  assert.deepEqual([partHeader(message, "Content-Type"), partHeader(message, "Content-Language")], ["text/html", "fr"]);
  assert.equal(textOf(message.body), "<p>salut\r\n</p>\r\n");
  assert.match(partHeader(list, "Content-Disposition")!, /^recipient-list-history/);
  assert.equal(textOf(list.body), "<who/>");
});

Deno.test("what is wrapped stays so, with both parts inside", () => {
  const head = "From: <sip:alice@example.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: x1\r\n\r\n";
  const { body, contentType } = whole(
    "message/cpim",
    "",
    `${head}Content-Type: image/png\r\nContent-ID: <a@b>\r\n\r\nPNG`,
  );
  assert.equal(contentType, "message/cpim");
  const cpim = parseCpim(body);
  assert.equal(cpim.headers.length, 3);
  const [message, list] = parseMultipart(cpimContentType(cpim), cpim.body);
  assert.deepEqual([partHeader(message, "Content-Type"), partHeader(message, "Content-ID"), textOf(message.body)], [
    "image/png",
    "<a@b>",
    "PNG",
  ]);
  assert.equal(textOf(list.body), "<who/>");
});

Deno.test("copies say who else has them where the sender's copy control says so, short or as a content, and a time where there was none", async () => {
  for (const text of ["short", "a long story ".repeat(3_000)]) {
    const world = new LargeWorld();
    const list = world.people(2);
    const cpim = `From: <sip:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`;
    const facts = { list, attributes: ' cp:copyControl="to"' };
    assert.deepEqual(await world.sends(cpim, facts, { contentType: "message/cpim" }), ["m1xxxx sent"]);
    const { body, content = null, headers } = world.copyFor(list[1]);
    assert.match(headers, /\r\nContent-Type: message\/cpim\r\n$/);
    const message = parseCpim(content === null ? body : world.contents.octetsOf(content));
    assert.deepEqual(message.headers.map(({ name }) => name), ["DateTime", "From"]);
    const [inner, told] = parseMultipart(cpimContentType(message), message.body);
    assert.equal(textOf(inner.body), text);
    for (const aor of list) assert.ok(textOf(told.body).includes(aor));
  }
});
