import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { PushWorld } from "../testing/push_world.ts";
import { simpler } from "./simpler.ts";

const FROM = "From: <sip:system@example.test>\r\n";
const part = (type: string, text: string, more: readonly (readonly [string, string])[] = []) => ({
  headers: [["Content-Type", type], ...more] as const,
  body: utf8(text),
});

function stored(contentType: string, body: Uint8Array): DeferredMessage {
  return {
    recipient: "sip:alice@example.test",
    device: "",
    sender: "sip:system@example.test",
    arrivedAt: 0,
    expiresAt: 1,
    transaction: "t",
    headers: `${FROM}Content-Type: ${contentType}\r\nSubject: s\r\n`,
    body,
  };
}

Deno.test("of parts that say the same the plain text is what every device reads", () => {
  const choices = part("application/vnd.oma.im.system-message+xml", "<x/>");
  const { contentType, body } = buildMultipart("alternative", [part("text/plain;charset=UTF-8", "Größe?"), choices]);
  const plain = simpler(stored(contentType, body))!;
  assert.equal(plain.headers, `${FROM}Subject: s\r\nContent-Type: text/plain;charset=UTF-8\r\n`);
  assert.equal(new TextDecoder().decode(plain.body), "Größe?");
});

Deno.test("of parts that say the same in a wrapper the plain text is left at once: a device is asked no third time", () => {
  const inside = buildMultipart("alternative", [part("text/html", "<p>a"), part("text/plain;charset=UTF-8", "a")]);
  const wrapped = (type: string, body: Uint8Array) =>
    simpler(stored("message/cpim", new Uint8Array([...utf8(`${FROM}\r\nContent-Type: ${type}\r\n\r\n`), ...body])))!;
  const plain = wrapped(inside.contentType, inside.body);
  assert.match(plain.headers, /\r\nContent-Type: text\/plain;charset=UTF-8\r\n$/);
  assert.equal(new TextDecoder().decode(plain.body), "a");
  const mixed = buildMultipart("mixed", [part("text/plain", "a")]);
  assert.deepEqual(wrapped(mixed.contentType, mixed.body).body, mixed.body, "of what says several things all of it");
});

Deno.test("what has no plain text, is coded, is cut off or says several things is left as it is", () => {
  const text = part("text/plain", "a");
  const coded = part("text/plain", "YQ==", [["Content-Transfer-Encoding", "base64"]]);
  const html = part("text/html", "<p>");
  for (
    const [subtype, parts] of [["alternative", [html, html]], ["alternative", [coded, html]], ["mixed", [
      text,
      html,
    ]]] as const
  ) {
    const { contentType, body } = buildMultipart(subtype, parts);
    assert.equal(simpler(stored(contentType, body)), null);
  }
  const { contentType, body } = buildMultipart("alternative", [text, html]);
  assert.equal(simpler(stored(contentType, body.subarray(0, body.length - 10))), null);
  assert.equal(simpler(stored("multipart/alternative", body)), null);
  assert.equal(simpler(stored("text/plain", utf8("a"))), null);
});

Deno.test("a device that answers 415 to the parts gets the text, and has it then", async () => {
  const world = new PushWorld();
  const { contentType, body } = buildMultipart("alternative", [
    part("text/plain", "Yes?"),
    part("text/html", "<p>Yes?"),
  ]);
  await world.stored({ body, headers: `${FROM}Content-Type: ${contentType}\r\n`, mode: "pager" });
  world.register("203.0.113.1", { params: "" });
  await world.pass(200);
  world.sent[0].answer(415);
  await world.quiet();
  assert.equal(new TextDecoder().decode(world.sent[1].request.body), "Yes?");
  assert.equal(world.sent[1].request.get("Content-Type"), "text/plain");
  world.sent[1].answer(200);
  await world.quiet();
  assert.equal(world.store.count, 0);
});
