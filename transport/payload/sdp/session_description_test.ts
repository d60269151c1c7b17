import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { attribute, attributeName, attributes, lineValue, withoutAttributes } from "./attributes.ts";
import { connectionLine, connectionOf } from "./connection_address.ts";
import { LinesEdit, withAttribute } from "./lines_edit.ts";
import { addrTypeOf, nextVersion, originLine, originOf, sessionLines, withOrigin } from "./origin.ts";
import {
  type MediaDescription,
  parseSdp,
  SDP_LIMITS,
  type SessionDescription,
  writeSdp,
} from "./session_description.ts";
import { example, exampleNames, exampleOctets, sdpOf, SESSION } from "./testing/examples.ts";

Deno.test("every description of RFC 3264, 4975, 5547, 7701 and 8866 is read and written as it was", () => {
  const names = exampleNames();
  assert.equal(names.length, 26);
  for (const name of names) {
    const octets = exampleOctets(name);
    assert.equal(toLatin1(writeSdp(parseSdp(octets))), toLatin1(octets), name);
  }
});

Deno.test("RFC 8866 §5: sections, ports, formats, where each line belongs", () => {
  const sdp = example("rfc8866/01");
  assert.deepEqual(sdp.media.map(({ media, port, proto, formats }) => [media, port, proto, formats]), [
    ["audio", 49170, "RTP/AVP", ["0"]],
    ["audio", 49180, "RTP/AVP", ["0"]],
    ["video", 51372, "RTP/AVP", ["99"]],
  ]);
  assert.deepEqual(sdp.media[2].lines, ["c=IN IP6 2001:db8::2", "a=rtpmap:99 h263-1998/90000"]);
  assert.equal(connectionOf(sdp, sdp.media[0])?.address, "198.51.100.1");
  assert.deepEqual(connectionOf(sdp, sdp.media[2]), { netType: "IN", addrType: "IP6", address: "2001:db8::2" });
  assert.deepEqual(originOf(sdp), {
    username: "jdoe",
    sessionId: "3724394400",
    version: "3724394405",
    netType: "IN",
    addrType: "IP4",
    address: "198.51.100.1",
  });
});

Deno.test("unknown lines, unknown attributes and octets above 127 stay where and as they are", () => {
  const lines = [
    ...SESSION,
    "y=0100000002",
    "a=x-new:\xc3\xa9 \xff  two  blanks ",
    "m=image 9/2 udptl  t38",
    "q=?",
    "a=",
    "a=:",
  ];
  const sdp = sdpOf(...lines);
  assert.deepEqual([sdp.media[0].portCount, sdp.media[0].formats], [2, ["t38"]]);
  assert.equal(toLatin1(writeSdp(sdp)), lines.join("\r\n").replace("  t38", " t38") + "\r\n");
});

Deno.test("bare LF, no last line end, and empty lines at the end are read", () => {
  const wanted = toLatin1(writeSdp(sdpOf(...SESSION)));
  for (const text of [SESSION.join("\n"), SESSION.join("\n") + "\n", SESSION.join("\r\n") + "\r\n\r\n\n"]) {
    assert.equal(toLatin1(writeSdp(parseSdp(fromLatin1(text)))), wanted);
  }
});

const head = SESSION.join("\r\n") + "\r\n";
for (
  const [name, text] of [
    ["nothing", ""],
    ["only line ends", "\r\n\r\n"],
    ["another version", head.replace("v=0", "v=1")],
    ["no origin", "v=0\r\ns=-\r\n"],
    ["an origin that is cut", "v=0\r\no=- 1 IN IP4 x\r\n"],
    ["an origin whose version is no number", "v=0\r\no=- 1 x IN IP4 x\r\n"],
    ["a line without =", head + "a\r\n"],
    ["a line with a blank before =", head + "a =x\r\n"],
    ["an upper-case type", head + "A=x\r\n"],
    ["an empty line between", "v=0\r\n\r\no=- 1 1 IN IP4 x\r\n"],
    ["NUL", head + "a=x\0y\r\n"],
    ["a bare CR", head + "a=x\ry\r\n"],
    ["m= without a format", head + "m=message 1 TCP/MSRP\r\n"],
    ["m= with a port above 65535", head + "m=message 65536 TCP/MSRP *\r\n"],
    ["m= with a negative port", head + "m=message -1 TCP/MSRP *\r\n"],
    ["m= with no ports at all", head + "m=message 5/0 TCP/MSRP *\r\n"],
    ["m= with an empty protocol part", head + "m=message 5 TCP//MSRP *\r\n"],
    ["m= that is empty", head + "m=\r\n"],
    ["too long a line", head + `a=${"x".repeat(SDP_LIMITS.line)}\r\n`],
    ["too many lines", head + "a=x\r\n".repeat(SDP_LIMITS.lines)],
    ["too many sections", head + "m=audio 0 RTP/AVP 0\r\n".repeat(SDP_LIMITS.media + 1)],
    ["too many octets", head + "a=xxxxxxxx\r\n".repeat(SDP_LIMITS.octets / 11)],
  ]
) {
  Deno.test(`no session description: ${name}`, () => {
    assert.throws(() => parseSdp(fromLatin1(text)), SyntaxError);
  });
}

Deno.test("attributes: by exact name, flags, several, changed in place", () => {
  const lines = ["i=x", "a=path:one", "a=pathology:no", "a=msrp-cema", "a=path:two", "a=recvonly"];
  assert.deepEqual(
    ["path", "msrp-cema", "pat", "Path", "i"].map((name) => attribute(lines, name)),
    ["one", "", undefined, undefined, undefined],
  );
  assert.deepEqual(attributes(lines, "path"), ["one", "two"]);
  assert.deepEqual(lines.map(attributeName), ["", "path", "pathology", "msrp-cema", "path", "recvonly"]);
  assert.deepEqual(withAttribute(lines, "path", "new"), [
    "i=x",
    "a=path:new",
    "a=pathology:no",
    "a=msrp-cema",
    "a=recvonly",
  ]);
  assert.deepEqual(withAttribute(["i=x"], "msrp-cema", null), ["i=x", "a=msrp-cema"]);
  assert.deepEqual(withoutAttributes(lines, "path", "recvonly"), ["i=x", "a=pathology:no", "a=msrp-cema"]);
});

Deno.test("several attributes in one pass: in place, doubles out, missing ones behind, undefined takes out", () => {
  const lines = ["i=x", "a=path:one", "a=setup:active", "a=path:two", "a=label:9"];
  const edit = new LinesEdit().set("label", undefined).set("max-size", "7").set("path", "new").set("msrp-cema", null)
    .set("x", undefined);
  assert.deepEqual(edit.done(lines), ["i=x", "a=path:new", "a=setup:active", "a=max-size:7", "a=msrp-cema"]);
  assert.deepEqual(new LinesEdit().done(lines), lines);
});

Deno.test("in the same pass: one direction in the place of the first, no c=, names that go", () => {
  const done = (lines: string[], dropped: string[] = [], unconnected = false) =>
    new LinesEdit(dropped).set("path", "new").done(lines, "recvonly", unconnected);
  assert.deepEqual(done(["a=x", "a=sendonly", "a=y", "a=inactive"]), ["a=x", "a=recvonly", "a=y", "a=path:new"]);
  assert.deepEqual(done(["a=path:old", "a=recvonly:x"]), ["a=path:new", "a=recvonly:x", "a=recvonly"]);
  assert.deepEqual(done(["c=IN IP4 192.0.2.1", "b=AS:1"]), [
    "c=IN IP4 192.0.2.1",
    "b=AS:1",
    "a=recvonly",
    "a=path:new",
  ]);
  assert.deepEqual(done(["c=IN IP4 192.0.2.1", "b=AS:1"], [], true), ["b=AS:1", "a=recvonly", "a=path:new"]);
  const dropped = ["a=crypto:1", "a=path:a", "a=label", "a=labelled", "a=path:b"];
  assert.deepEqual(done(dropped, ["label", "crypto"]), ["a=path:new", "a=labelled", "a=recvonly"]);
  assert.deepEqual(done(dropped, ["path"]), ["a=crypto:1", "a=label", "a=labelled", "a=recvonly", "a=path:new"]);
});

Deno.test("descriptions written one after the other do not touch each other", () => {
  const lines = sessionLines({ sessionId: "7", host: "192.0.2.1" });
  const named = (name: string): SessionDescription => ({ lines: [...lines, `i=${name}`], media: [] });
  const names = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? "\xe9" : "x").repeat(i * 7));
  const written = names.map((name) => writeSdp(named(name)));
  assert.deepEqual(written.map((octets) => lineValue(parseSdp(octets).lines, "i")), names);
});

Deno.test("an m= line that is known gives the same again, whatever its section holds", () => {
  const text = (m: string, a: string) => `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n${m}\r\n${a}\r\n`;
  for (let i = 0; i < 600; i++) {
    const m = `m=message ${2000 + i % 300} TCP/MSRP *`;
    const [section] = parseSdp(fromLatin1(text(m, `a=n:${i}`))).media;
    const read = { media: "message", port: 2000 + i % 300, portCount: 1, proto: "TCP/MSRP", formats: ["*"] };
    assert.deepEqual(section, { ...read, lines: [`a=n:${i}`] });
  }
  for (let again = 0; again < 2; again++) assert.throws(() => parseSdp(fromLatin1(text("m=x 1", "a=b"))), SyntaxError);
});

Deno.test("what is written into a line cannot end it", () => {
  assert.deepEqual(withAttribute([], "path", "a\r\na=evil"), ["a=path:a  a=evil"]);
  assert.equal(connectionLine("192.0.2.1\r\na=evil"), "c=IN IP4 192.0.2.1a=evil");
  const [, origin] = sessionLines({ username: "a b\r\n", sessionId: "7", host: "[2001:db8::1]" });
  assert.equal(origin, "o=ab 7 1 IN IP6 2001:db8::1");
});

Deno.test("a session of our own is a description with all its lines", () => {
  const lines = sessionLines({ sessionId: "42", host: "im.example.test" });
  assert.deepEqual(lines, ["v=0", "o=- 42 1 IN IP4 im.example.test", "s=-", "c=IN IP4 im.example.test", "t=0 0"]);
  assert.deepEqual(sdpOf(...lines), { lines, media: [] });
  assert.deepEqual([addrTypeOf("::1"), addrTypeOf("x.test")], ["IP6", "IP4"]);
});

Deno.test("versions count beyond what a number holds exactly", () => {
  const origin = { ...originOf(example("rfc3264/01")), version: "9223372036854775807" };
  assert.equal(nextVersion(origin).version, "9223372036854775808");
  const moved = withOrigin(example("rfc3264/01"), nextVersion(origin));
  assert.equal(moved.lines[1], originLine(nextVersion(origin)));
});

const word = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,8}$/);
const value = fc.stringMatching(/^[\x01-\x09\x0b\x0c\x0e-\xff]{0,40}$/);
const line = fc.tuple(fc.constantFrom(..."abceiknpqrtuxyz"), value).map(([type, text]) => `${type}=${text}`);
const section: fc.Arbitrary<MediaDescription> = fc.record({
  media: word,
  port: fc.nat(65_535),
  portCount: fc.integer({ min: 1, max: 9 }),
  proto: fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
  formats: fc.array(word, { minLength: 1, maxLength: 4 }),
  lines: fc.array(line, { maxLength: 8 }),
}, { noNullPrototype: true });

Deno.test("property: what was written is read back", () => {
  const sdp: fc.Arbitrary<SessionDescription> = fc.record({
    lines: fc.array(line, { maxLength: 8 }).map((lines) => ["v=0", "o=a 1 2 IN IP4 x", ...lines]),
    media: fc.array(section, { maxLength: 4 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(sdp, (sdp) => assert.deepEqual(parseSdp(writeSdp(sdp)), sdp)));
});

Deno.test("property: whatever octets come, a description or a SyntaxError", () => {
  const pieces = fc.constantFrom(
    ...head.split(/(?<=\r\n)/),
    "m=message 1 TCP/MSRP *\r\n",
    "a=",
    "\r",
    "\0",
    "\n",
    "m= /",
  );
  fc.assert(fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 12 }), (parts) => {
    let sdp: SessionDescription;
    try {
      sdp = parseSdp(fromLatin1(head.slice(0, parts.length % 2 ? undefined : 0) + parts.join("")));
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      return;
    }
    assert.deepEqual(parseSdp(writeSdp(sdp)), sdp);
  }));
});

Deno.test("o= and c= are what RFC 8866 has them be, blanks at their end let pass", () => {
  const read = (origin: string, connection = "IN IP4 192.0.2.1") => {
    const sdp = parseSdp(
      fromLatin1(`v=0\r\no=${origin}\r\ns=-\r\nc=${connection}\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n`),
    );
    return [originOf(sdp), connectionOf(sdp, sdp.media[0])];
  };
  for (const good of ["- 1 1 IN IP4 a", "\xe9 0 99999999999999999999999999999999 IN IP6 ::1  ", "ab 1 2 X Y Z"]) {
    assert.doesNotThrow(() => read(good), good);
  }
  for (
    const bad of [
      "",
      " - 1 1 IN IP4 a",
      "-  1 1 IN IP4 a",
      "- 1 1 IN IP4",
      "- 1 1 IN IP4 ",
      "- x 1 IN IP4 a",
      "- 1 IN IP4 a b",
      `- ${"1".repeat(33)} 1 IN IP4 a`,
      "- 1 1 IN IP4 a b",
      "- 1 1 IN\tIP4 a",
    ]
  ) assert.throws(() => read(bad), SyntaxError, bad);
  assert.deepEqual(read("- 1 1 IN IP4 a", "IN   IP6  ::1 ")[1], { netType: "IN", addrType: "IP6", address: "::1" });
  for (const bad of ["", "IN", "IN IP4", "IN IP4 ", " IN IP4 a", "IN IP4 a b", "IN IP4 \xe9", "IN IP4\ta"]) {
    assert.throws(() => read("- 1 1 IN IP4 a", bad), SyntaxError, bad);
  }
});
