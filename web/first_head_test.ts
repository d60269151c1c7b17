import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import { FirstOctets, lookAtHead, MAX_HEAD } from "./first_head.ts";

const GOOD: readonly string[] = [
  "GET /ws HTTP/1.1",
  "Host: im.example.test",
  "Upgrade: WebSocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: msrp",
];
const head = (lines: readonly string[]) => utf8(`${lines.join("\r\n")}\r\n\r\n`);
/** The good head with one line in another's place, or left out. */
const but = (name: string, line: string | null) =>
  head(GOOD.flatMap((old) => old.startsWith(name) ? line === null ? [] : [line] : [old]));

Deno.test("a handshake for msrp is one at any split, and not before its last octet", () => {
  const octets = head(GOOD);
  for (let length = 1; length < octets.length; length++) {
    const first = new FirstOctets();
    assert.equal(first.take(octets.subarray(0, length)), null, `${length}`);
    assert.deepEqual(first.take(octets.subarray(length)), octets);
  }
  const single = new FirstOctets();
  for (let at = 0; at < octets.length - 1; at++) assert.equal(single.take(octets.subarray(at, at + 1)), null);
  const whole = single.take(new Uint8Array([octets.at(-1)!, ...utf8("early")]))!;
  const found = lookAtHead(whole);
  assert.ok(found.kind === "handshake");
  assert.equal(found.end, octets.length);
  assert.equal(new TextDecoder().decode(whole.subarray(found.end)), "early");
  assert.equal(found.handshake.subprotocol, "msrp");
  assert.equal(found.handshake.url, "/ws");
  assert.equal(found.handshake.headers["sec-websocket-key"], "dGhlIHNhbXBsZSBub25jZQ==");
});

Deno.test("sip goes before msrp, in one header or several; what is neither is not ours", () => {
  const chosen = (...lines: string[]) => {
    const found = lookAtHead(head([...GOOD.slice(0, -1), ...lines.map((line) => `Sec-WebSocket-Protocol: ${line}`)]));
    return found.kind === "handshake" ? found.handshake.subprotocol : found.kind;
  };
  assert.equal(chosen("msrp, sip"), "sip");
  assert.equal(chosen("msrp", "sip"), "sip");
  assert.equal(chosen("xmpp,msrp"), "msrp");
  assert.equal(chosen("MSRP"), "other");
  assert.equal(chosen(), "other");
});

Deno.test("what is not in order goes on as it is", () => {
  for (
    const [name, line] of [
      ["GET", "GET /ws HTTP/1.0"],
      ["GET", "GET /wsx HTTP/1.1"],
      ["GET", "GET /ws /b HTTP/1.1"],
      ["Host", null],
      ["Upgrade", "Upgrade: h2c"],
      ["Upgrade", null],
      ["Connection", "Connection: close"],
      ["Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"],
      ["Sec-WebSocket-Key", "Sec-WebSocket-Key: short"],
      ["Host", "Host: a\r\nContent-Length: 5"],
      ["Host", "Host: a\r\nTransfer-Encoding: chunked"],
      ["Host", "Host: a\r\n folded: b"],
      ["Host", "Host : a"],
      ["Host", "Host: a\nb"],
    ] as const
  ) assert.equal(lookAtHead(but(name, line)).kind, "other", String(line));
  assert.equal(lookAtHead(but("GET", "GET /ws?token=1 HTTP/1.1")).kind, "handshake");
});

Deno.test("the head of a page is waited for as well; what is no HTTP, or has no end, is not", () => {
  const page = new FirstOctets();
  assert.equal(page.take(utf8("\r\nGET /portal HTTP/1.1\r\nHost: a")), null);
  assert.equal(lookAtHead(page.take(utf8(".test\r\n\r\n"))!).kind, "other");
  assert.equal(new FirstOctets().take(utf8("\x16\x03\x01"))!.length, 3);
  const long = utf8(`GET /ws HTTP/1.1\r\nX: ${"x".repeat(MAX_HEAD)}`);
  const first = new FirstOctets();
  assert.equal(first.take(long.subarray(0, MAX_HEAD - 1)), null);
  assert.equal(lookAtHead(first.take(long.subarray(MAX_HEAD - 1))!).kind, "other");
});
