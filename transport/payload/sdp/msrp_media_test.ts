import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSdp, writeSdp } from "./session_description.ts";
import {
  firstMsrp,
  isMsrp,
  MSRP_MEDIA_LIMITS,
  type MsrpMedia,
  readMsrpMedia,
  rewriteMsrpMedia,
  writeMsrpMedia,
} from "./msrp_media.ts";
import { example, exampleNames, sdpOf, SESSION } from "./testing/examples.ts";

function read(...lines: readonly string[]): MsrpMedia {
  const sdp = sdpOf(...SESSION, ...lines);
  return readMsrpMedia(sdp, sdp.media[0]);
}

const PLAIN = ["m=message 2855 TCP/MSRP *", "a=accept-types:text/plain", "a=path:msrp://192.0.2.1:2855/s1;tcp"];

Deno.test("RFC 4975 §8.7: the section of endpoint A", () => {
  const sdp = example("rfc4975/02");
  assert.deepEqual(readMsrpMedia(sdp, sdp.media[0]), {
    proto: "TCP/MSRP",
    port: 7394,
    address: "alice.example.com",
    path: ["msrp://alice.example.com:7394/2s93i93idj;tcp"],
    acceptTypes: ["message/cpim", "text/plain", "text/html"],
    acceptWrappedTypes: [],
    direction: "sendrecv",
    fingerprints: [],
    cema: false,
  });
});

Deno.test("every MSRP section of the RFCs is read; sections that are not MSRP are none", () => {
  for (const name of exampleNames()) {
    const sdp = example(name);
    const msrp = /rfc(4975|5547|7701)/.test(name);
    for (const section of sdp.media) {
      assert.equal(isMsrp(section), msrp, name);
      if (msrp) readMsrpMedia(sdp, section);
      else assert.throws(() => readMsrpMedia(sdp, section), SyntaxError, name);
    }
  }
});

Deno.test("RFC 7701 §9.1: a room that wants everything wrapped", () => {
  const sdp = example("rfc7701/02");
  const media = readMsrpMedia(sdp, sdp.media[0]);
  assert.deepEqual(media.chatroom, ["nickname", "private-messages"]);
  assert.deepEqual([media.acceptTypes, media.acceptWrappedTypes], [["message/cpim"], ["text/plain", "text/html", "*"]]);
  assert.deepEqual(read(...PLAIN, "a=chatroom").chatroom, []);
});

Deno.test("every attribute at once, and how it is written", () => {
  const lines = [
    "m=message 9 TCP/TLS/MSRP *",
    "c=IN IP6 2001:db8::7",
    "a=sendonly",
    'a=accept-types:message/cpim text/* text/plain;charset="a b"',
    "a=accept-wrapped-types:*",
    "a=max-size:10485760",
    "a=path:msrps://r.test:2856/a;tcp msrps://[2001:db8::7]:9/b;ws",
    "a=setup:active",
    "a=msrp-cema",
    "a=fingerprint:sha-256 AA:01",
    "a=fingerprint:sha-1 BB:02",
    "a=chatroom:nickname",
    'a=file-selector:name:"a.txt" type:text/plain size:3',
    "a=file-transfer-id:t1",
  ];
  const media = read(...lines);
  assert.deepEqual([media.proto, media.port, media.address, media.setup, media.direction, media.cema, media.maxSize], [
    "TCP/TLS/MSRP",
    9,
    "2001:db8::7",
    "active",
    "sendonly",
    true,
    10485760,
  ]);
  assert.deepEqual(media.acceptTypes, ["message/cpim", "text/*", 'text/plain;charset="a b"']);
  assert.deepEqual(media.path.length, 2);
  assert.deepEqual(media.fingerprints, [{ hash: "sha-256", value: "AA:01" }, { hash: "sha-1", value: "BB:02" }]);
  assert.equal(media.file?.selector.name, "a.txt");
  assert.deepEqual(writeMsrpMedia(media), sdpOf(...SESSION, ...lines).media[0]);
});

Deno.test("what the session says holds for its sections: c=, setup, fingerprint, direction", () => {
  const sdp = sdpOf(...SESSION, "a=setup:passive", "a=fingerprint:SHA-256 ab:cd", "a=recvonly", ...PLAIN);
  const media = readMsrpMedia(sdp, sdp.media[0]);
  assert.deepEqual(
    [media.address, media.setup, media.direction, media.fingerprints],
    ["192.0.2.1", "passive", "recvonly", [{ hash: "sha-256", value: "AB:CD" }]],
  );
  const own = sdpOf(...SESSION, "a=fingerprint:sha-1 00", ...PLAIN, "a=fingerprint:sha-256 11", "a=setup:actpass");
  assert.deepEqual(readMsrpMedia(own, own.media[0]).fingerprints, [{ hash: "sha-256", value: "11" }]);
});

Deno.test("what clients write otherwise: case, WebSocket protocols, holdconn, types on several lines, huge sizes", () => {
  for (const proto of ["tcp/msrp", "TCP/WS/MSRP", "TCP/WSS/MSRP", "TCP/TLS/MSRP"]) {
    assert.equal(read(PLAIN[0].replace("TCP/MSRP", proto), ...PLAIN.slice(1)).proto, proto.toUpperCase());
  }
  const media = read(...PLAIN, "a=accept-types:image/png", "a=setup:holdconn", "a=max-size:99999999999999999999");
  assert.deepEqual(media.acceptTypes, ["text/plain", "image/png"]);
  assert.deepEqual([media.setup, media.maxSize], [undefined, Number.MAX_SAFE_INTEGER]);
  const lines = PLAIN.slice(1).map((line) => line.replace("text/plain", "text/plain  *"));
  assert.deepEqual(read("m=Message 2855 TCP/MSRP *", ...lines).acceptTypes, ["text/plain", "*"]);
});

for (
  const [name, ...lines] of [
    ["no path", PLAIN[0], PLAIN[1]],
    ["no types", PLAIN[0], PLAIN[2]],
    ["a type that is none", PLAIN[0], PLAIN[2], "a=accept-types:text"],
    ["a type with a blank name", PLAIN[0], PLAIN[2], "a=accept-types:/plain"],
    ["a size that is none", ...PLAIN, "a=max-size:1k"],
    ["a fingerprint that is none", ...PLAIN, "a=fingerprint:sha-256"],
    ["a fingerprint with half an octet", ...PLAIN, "a=fingerprint:sha-256 A:BB"],
    ["a c= that is none", PLAIN[0], "c=IN IP4", PLAIN[1], PLAIN[2]],
    ["too long a path", PLAIN[0], PLAIN[1], `a=path:${"msrp://a:1/b;tcp ".repeat(MSRP_MEDIA_LIMITS.path + 1)}`],
    ["too many types", PLAIN[0], PLAIN[2], `a=accept-types:${"a/b ".repeat(MSRP_MEDIA_LIMITS.types + 1)}`],
    ["a malformed file", ...PLAIN, "a=file-selector:size:x"],
    ["audio", "m=audio 1 RTP/AVP 0"],
  ]
) {
  Deno.test(`not an MSRP section that can be used: ${name}`, () => {
    const sdp = sdpOf(...SESSION, ...lines);
    assert.throws(() => readMsrpMedia(sdp, sdp.media[0]), SyntaxError);
  });
}

Deno.test("a refused section needs neither path nor types", () => {
  assert.deepEqual(read("m=message 0 TCP/MSRP *").path, []);
});

Deno.test("the first MSRP section in use", () => {
  const sdp = sdpOf(...SESSION, "m=audio 4000 RTP/AVP 0", "m=message 0 TCP/MSRP *", ...PLAIN);
  assert.equal(firstMsrp(sdp)?.index, 2);
  assert.equal(firstMsrp(sdpOf(...SESSION, "m=message 0 TCP/MSRP *")), undefined);
});

Deno.test("a back-to-back user agent changes its lines and leaves all others in their places", () => {
  const section = sdpOf(
    ...SESSION,
    "m=message 7394 TCP/MSRP *",
    "i=topic \xc3\xa9",
    "c=IN IP4 10.0.0.7",
    "b=AS:64",
    "a=x-vendor:keep me",
    "a=accept-types:message/cpim text/html",
    "a=path:msrp://10.0.0.7:7394/abc;tcp",
    "a=fingerprint:sha-1 00",
    "a=max-size:5000",
    "a=msrp-cema",
    "a=label:7",
  ).media[0];
  const changes = {
    port: 2856,
    proto: "TCP/TLS/MSRP" as const,
    address: "im.example.test",
    path: ["msrps://im.example.test:2856/leg2;tcp"],
    acceptTypes: ["message/cpim"],
    maxSize: undefined,
    setup: "actpass" as const,
    cema: false,
    fingerprints: [],
  };
  const rewritten = rewriteMsrpMedia(section, changes);
  assert.deepEqual(rewritten, {
    media: "message",
    port: 2856,
    portCount: 1,
    proto: "TCP/TLS/MSRP",
    formats: ["*"],
    lines: [
      "i=topic \xc3\xa9",
      "c=IN IP4 im.example.test",
      "b=AS:64",
      "a=x-vendor:keep me",
      "a=accept-types:message/cpim",
      "a=path:msrps://im.example.test:2856/leg2;tcp",
      "a=label:7",
      "a=setup:actpass",
    ],
  });
  assert.deepEqual(rewriteMsrpMedia(section, {}), section);
});

const type = fc.constantFrom("*", "text/*", "text/plain", "message/cpim", 'a/b;c="d e"', "image/png;q=1");
const hex = fc.array(fc.constantFrom("00", "7F", "AB", "FF"), { minLength: 1, maxLength: 8 }).map((o) => o.join(":"));
const media: fc.Arbitrary<MsrpMedia> = fc.record({
  proto: fc.constantFrom("TCP/MSRP", "TCP/TLS/MSRP", "TCP/WS/MSRP", "TCP/WSS/MSRP"),
  port: fc.integer({ min: 1, max: 65_535 }),
  address: fc.constantFrom("192.0.2.1", "2001:db8::1", "a.example.test"),
  path: fc.array(fc.constantFrom("msrp://a:1/x;tcp", "msrps://b:2/y;ws"), { minLength: 1, maxLength: 3 }),
  acceptTypes: fc.array(type, { minLength: 1, maxLength: 5 }),
  acceptWrappedTypes: fc.array(type, { maxLength: 3 }),
  maxSize: fc.maxSafeNat(),
  setup: fc.constantFrom("active", "passive", "actpass"),
  direction: fc.constantFrom("sendrecv", "sendonly", "recvonly", "inactive"),
  fingerprints: fc.array(
    fc.record({ hash: fc.constantFrom("sha-1", "sha-256"), value: hex }, { noNullPrototype: true }),
    {
      maxLength: 3,
    },
  ),
  cema: fc.boolean(),
  chatroom: fc.array(fc.constantFrom("nickname", "private-messages"), { maxLength: 2 }),
}, {
  requiredKeys: [
    "proto",
    "port",
    "address",
    "path",
    "acceptTypes",
    "acceptWrappedTypes",
    "direction",
    "fingerprints",
    "cema",
  ],
  noNullPrototype: true,
});

Deno.test("property: a section that was written is read back, through octets", () => {
  fc.assert(fc.property(media, (media) => {
    const sdp = parseSdp(writeSdp({ lines: SESSION, media: [writeMsrpMedia(media)] }));
    assert.deepEqual(readMsrpMedia(sdp, sdp.media[0]), media);
  }));
});

Deno.test("property: any attribute values give a section or a SyntaxError", () => {
  const names = ["path", "accept-types", "max-size", "setup", "fingerprint", "chatroom", "file-selector", "file-date"];
  const line = fc.tuple(fc.constantFrom(...names), fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,30}$/))
    .map(([name, value]) => `a=${name}:${value}`);
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
    const sdp = sdpOf(...SESSION, ...PLAIN, ...lines);
    try {
      assert.ok(readMsrpMedia(sdp, sdp.media[0]).path.length > 0);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }));
});
