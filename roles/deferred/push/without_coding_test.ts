import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import type { DeferredMessage } from "../../../storage/mod.ts";
import { withoutCoding } from "./without_coding.ts";

const PLAIN = new TextEncoder().encode("From: <sip:a@x>\r\n\r\nContent-Type: text/plain\r\n\r\nhello");

function stored(coding: string, body: Uint8Array): DeferredMessage {
  return {
    recipient: "sip:bob@x",
    device: "",
    sender: "sip:a@x",
    arrivedAt: 0,
    expiresAt: 1,
    transaction: "t",
    headers: `From: <sip:a@x>\r\nTo: <sip:bob@x>\r\n${coding}Content-Type: message/cpim\r\n`,
    body,
  };
}

Deno.test("compressed bodies are opened, and the header that says so goes", () => {
  for (
    const [coding, body] of [
      ["Content-Encoding: deflate\r\n", deflateSync(PLAIN)],
      ["e:DEFLATE\r\n", deflateSync(PLAIN)],
      ["Content-Encoding : gzip\r\n", gzipSync(PLAIN)],
    ] as const
  ) {
    const message = withoutCoding(stored(coding, body));
    assert.deepEqual(message.body, PLAIN, coding);
    assert.equal(message.headers, stored("", PLAIN).headers);
  }
});

Deno.test("what has no coding, an unknown one, a broken body, or too much in it, is left as it is", () => {
  const bomb = deflateSync(new Uint8Array(1_000_000));
  for (
    const message of [
      stored("", PLAIN),
      stored("Content-Encoding: br\r\n", PLAIN),
      stored("Content-Encoding: deflate\r\n", PLAIN),
      stored("Content-Encoding: deflate\r\n", bomb),
      { ...stored("Content-Encoding: deflate\r\n", PLAIN), content: { id: "c", octets: 1, sha256: "" } },
    ]
  ) assert.equal(withoutCoding(message), message);
});
