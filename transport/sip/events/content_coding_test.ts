import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { utf8 } from "../../../foundation/mod.ts";
import { decodeContent } from "../../net/machine/mod.ts";
import { SipRequest } from "../message.ts";
import type { SubscribeContents } from "../event_package.ts";
import { EventWorld, TestPackage } from "../testing/event_world.ts";
import { codingsAccepted, decodedBody } from "./content_coding.ts";

function request(body: Uint8Array, coding = ""): SipRequest {
  const line = coding === "" ? "" : `Content-Encoding: ${coding}\r\n`;
  const head = `SUBSCRIBE sip:rls@a.test SIP/2.0\r\n${line}Content-Length: ${body.length}\r\n\r\n`;
  return new SipRequest(head, body, "SUBSCRIBE", "sip:rls@a.test");
}

function read(body: Uint8Array, coding: string, decode: typeof decodeContent | null = decodeContent): string | null {
  const decoded = decodedBody(request(body, coding), decode);
  return decoded === null ? null : new TextDecoder().decode(decoded);
}

const LIST = utf8("<resource-lists/>".repeat(20));

Deno.test("a body is read without its coding, whichever way that is written", () => {
  const text = new TextDecoder().decode(LIST);
  assert.equal(read(new Uint8Array(deflateSync(LIST)), "deflate"), text);
  assert.equal(read(new Uint8Array(gzipSync(LIST)), " GZIP "), text);
  for (const coding of ["", "identity", "Identity"]) assert.equal(read(LIST, coding), text);
  const plain = request(LIST);
  assert.equal(decodedBody(plain, decodeContent), plain.body, "no copy");
  assert.equal(read(utf8(""), "br"), "", "nothing is no coding's");
});

Deno.test("what is coded otherwise, or is none of its coding, or too large, is not read", () => {
  const deflated = new Uint8Array(deflateSync(LIST));
  assert.equal(read(deflated, "br"), null);
  assert.equal(read(deflated, "gzip"), null);
  assert.equal(read(deflated, "deflate, gzip"), null);
  assert.equal(read(deflated.subarray(0, 12), "deflate"), null);
  assert.equal(read(new Uint8Array(deflateSync(new Uint8Array(262_144))), "deflate")?.length, 262_144);
  assert.equal(read(new Uint8Array(deflateSync(new Uint8Array(262_145))), "deflate"), null);
  assert.equal(read(deflated, "deflate", null), null);
});

Deno.test("an answer says what would have been read", () => {
  assert.deepEqual(codingsAccepted(null), { headers: [["Accept-Encoding", "identity"]] });
  assert.deepEqual(codingsAccepted(decodeContent), { headers: [["Accept-Encoding", "deflate, gzip, identity"]] });
});

/** Takes note of bodies. */
class BodyPackage extends TestPackage {
  override readonly name = "bodies";
  readonly bodies: string[] = [];
  refuse({ filter }: SubscribeContents): null {
    this.bodies.push(new TextDecoder().decode(filter!.body));
    return null;
  }
}

Deno.test("a package gets the body of a SUBSCRIBE without its coding", () => {
  const decode = (coding: string, octets: Uint8Array) =>
    coding === "deflate" ? utf8(new TextDecoder().decode(octets).toUpperCase()) : null;
  const world = new EventWorld({ decode });
  const bodies = new BodyPackage();
  world.server.register(bodies);
  const subscribe = (coding: string, callId: string) =>
    world.request("SUBSCRIBE", { event: "bodies", callId, body: "list", more: `Content-Encoding: ${coding}\r\n` });
  assert.equal(subscribe("deflate", "a").status, 200);
  assert.deepEqual(bodies.bodies, ["LIST"]);
  const refused = subscribe("br", "b");
  assert.deepEqual([refused.status, refused.header("Accept-Encoding")], [415, "deflate, gzip, identity"]);
});
