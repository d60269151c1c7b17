import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1, utf8 } from "../../foundation/mod.ts";
import { ID } from "./header_names.ts";
import { parseMessage, SipRequest, SipResponse, StartLineError } from "./message.ts";
import { DEFAULT_LIMITS } from "./problem.ts";

const LINES = [
  "Via: SIP/2.0/UDP a.test;branch=z9hG4bK1",
  "From: <sip:a@x.test>;tag=1",
  "To: <sip:b@x.test>",
  "Call-ID: c1",
  "CSeq: 1 MESSAGE",
  "Max-Forwards: 70",
];

/** A MESSAGE with these lines, each in the place of the one of the same name, or after all. */
function message(...lines: string[]): SipRequest {
  const named = (line: string) => line.slice(0, line.indexOf(":"));
  const kept = LINES.filter((line) => !lines.some((other) => named(other) === named(line)));
  return request(["MESSAGE sip:b@x.test SIP/2.0", ...kept, ...lines]);
}

function request(lines: string[], body = ""): SipRequest {
  const parsed = parseMessage(lines.join("\r\n") + "\r\n\r\n", fromLatin1(body));
  assert.ok(parsed instanceof SipRequest);
  return parsed;
}

Deno.test("headers are found by any spelling, compact form and number", () => {
  const m = message("sUbJeCt: one", "k: path", "Supported : outbound , gruu", "X-Other:  y ");
  assert.equal(m.check(), null);
  assert.equal(m.get("Subject"), "one");
  assert.deepEqual(m.list(ID.Supported), ["path", "outbound", "gruu"]);
  assert.ok(m.lists("Supported", "gruu") && !m.lists("Supported", "100rel") && !m.lists("Require", "gruu"));
  assert.equal(m.getOther("x-OTHER"), "y");
  assert.equal(m.getOther("subject"), undefined);
  assert.equal(m.nameAt(m.lines - 2), "Supported");
});

Deno.test("From and To that name no URI: a request is refused; a response only says again what its request said", () => {
  for (const line of ["From: <not a uri>;tag=1", "To: <sip:>"]) {
    const asked = message(line);
    assert.equal(asked.check()?.status, 400);
    const answered = parseMessage(asked.head.replace("MESSAGE sip:b@x.test SIP/2.0", "SIP/2.0 200 OK"));
    assert.equal(answered.check(), null);
    assert.throws(() => [answered.from.uri, answered.to.uri], SyntaxError);
  }
  const broken = message("To: <sip:b@x.test").head.replace("MESSAGE sip:b@x.test SIP/2.0", "SIP/2.0 200 OK");
  assert.equal(parseMessage(broken).check()?.status, 400, "what is no address at all");
});

Deno.test("folded lines are one value; a blank that is octet 0xA0 belongs to its character", () => {
  const m = message(
    "Subject: a\r\n  b \r\n\t\r\n c",
    "Organization: caf\xc3\xa0",
    'Contact: "\xc3\xa0"\r\n <sip:a@b>\r\n ,<sip:c@d>',
  );
  assert.equal(m.check(), null);
  assert.equal(m.get("Subject"), "a b c");
  assert.equal(m.get("Organization"), "caf\xc3\xa0");
  assert.deepEqual(m.list("Contact"), ['"\xc3\xa0" <sip:a@b>', "<sip:c@d>"]);
});

Deno.test("any text in a header value comes out octet for octet", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const value = toLatin1(utf8(text.replace(/[\x00-\x20\x7f]/g, "_")));
    assert.equal(message(`Subject: ${value}`).get("Subject"), value);
  }));
});

Deno.test("a list is split at commas outside quotes and angle brackets", () => {
  const m = message('Contact: "a, \\"b" <sip:a,b@x;p=","> , , sip:c@d;x="1,2"');
  assert.deepEqual(m.list("Contact"), ['"a, \\"b" <sip:a,b@x;p=",">', 'sip:c@d;x="1,2"']);
});

const REFUSED: [name: string, lines: string[], reason: string][] = [
  ["no Via", ["Via"], "Via missing"],
  ["no From", ["From"], "From missing"],
  ["no To", ["To"], "To missing"],
  ["no CSeq", ["CSeq"], "CSeq missing"],
  ["no Call-ID", ["Call-ID"], "Call-ID missing"],
  ["an empty Call-ID", ["Call-ID:"], "Call-ID empty"],
  ["a blank in the Call-ID", ["Call-ID: a b"], "Call-ID has a blank or control character"],
  ["two From, one of them compact", ["f: <sip:e@x.test>"], "More than one From"],
  ["two Content-Type", ["Content-Type: text/plain", "c: text/html"], "More than one Content-Type"],
  ["a line without a colon", ["Foobar roobar"], "Header line without a name and a colon"],
  ["a line without a name", [": x"], "Header line without a name and a colon"],
  ["a name with a blank inside", ["Call ID: x"], "Header line without a name and a colon"],
  ["a bare LF", ["Subject: a\nRoute: <sip:evil>"], "CR or LF that does not end a line"],
  ["a bare CR", ["Subject: a\rRoute: <sip:evil>"], "CR or LF that does not end a line"],
  ["Max-Forwards beyond 255", ["Max-Forwards: 256"], "Max-Forwards is not 0 to 255"],
  ["Max-Forwards of text", ["Max-Forwards: many"], "Max-Forwards is not 0 to 255"],
  ["Content-Length of text", ["Content-Length: five"], "Content-Length is not a number"],
  ["Content-Length beyond the body", ["Content-Length: 1"], "Body shorter than Content-Length"],
  ["another method in CSeq", ["CSeq: 1 OPTIONS"], "CSeq names another method"],
  ["a CSeq without a blank", ["CSeq: 1MESSAGE"], "CSeq malformed: not a number and a method"],
  ["two values in To", ["To: <sip:b@x.test>, <sip:c@x.test>"], "To malformed: text after >"],
  ["no URI in From", ["From: <nothing>"], 'From malformed: URI "nothing": no scheme'],
];

for (const [name, lines, reason] of REFUSED) {
  Deno.test(`400 for ${name}`, () => {
    let m: SipRequest;
    if (lines.length === 1 && !/[ :]/.test(lines[0])) {
      m = request(["MESSAGE sip:b@x.test SIP/2.0", ...LINES.filter((line) => !line.startsWith(lines[0] + ":"))]);
    } else m = message(...lines);
    assert.deepEqual(m.check(), { status: 400, reason });
  });
}

Deno.test("Content-Length: octets behind it are dropped, without it the body is the rest", () => {
  const start = ["MESSAGE sip:b@x.test SIP/2.0", ...LINES];
  const body = (m: SipRequest) => [m.check(), toLatin1(m.body)];
  assert.deepEqual(body(request([...start, "Content-Length: 3"], "abcdef")), [null, "abc"]);
  assert.deepEqual(body(request([...start, "l: 000"], "abcdef")), [null, ""]);
  assert.deepEqual(body(request(start, "abcdef")), [null, "abcdef"]);
});

Deno.test("limits stop the index, whatever follows", () => {
  const many = message(...Array.from({ length: 5000 }, (_, i) => `X-${i}: y`));
  assert.deepEqual(many.check(), { status: 400, reason: "More than 128 header lines" });
  assert.equal(many.lines, 128);
  const long = message(`Subject: ${"x".repeat(9000)}`);
  assert.deepEqual(long.check(), { status: 400, reason: "Header line longer than 8192 octets" });
  const folded = message("Subject: a" + "\r\n b".repeat(3000));
  assert.deepEqual(folded.check(), { status: 400, reason: "Header line longer than 8192 octets" });
  const text = message("Subject: hi").head;
  const strict = parseMessage(text, undefined, { ...DEFAULT_LIMITS, headers: 6 });
  assert.equal(strict.check()?.reason, "More than 6 header lines");
  assert.equal(
    parseMessage(text).check({ ...DEFAULT_LIMITS, header_length: 10 })?.reason,
    "Header line longer than 10 octets",
  );
  const uri = request([`MESSAGE sip:${"b".repeat(9000)}@x.test SIP/2.0`, ...LINES]);
  assert.deepEqual(uri.check(), { status: 414, reason: "Request-URI longer than 8192 octets" });
});

Deno.test("a head that does not end, or goes on behind its end, is refused", () => {
  const { head } = message();
  assert.equal(parseMessage(head.slice(0, -2)).check()?.reason, "Headers do not end with an empty line");
  assert.equal(parseMessage(head + "X: y\r\n\r\n").check()?.reason, "Headers do not end with an empty line");
  assert.equal(parseMessage(head.slice(0, -4)).check()?.reason, "Header line without CRLF");
});

const START_LINES: [line: string, expected: unknown][] = [
  ["MESSAGE sip:b@x.test sip/2.0", null],
  ["MESSAGE sip:b@x.test SIP/3.0", { status: 505, reason: "Version Not Supported" }],
  ["MESSAGE sip:b@x.test SIP/2.1", { status: 505, reason: "Version Not Supported" }],
  ["MESSAGE  sip:b@x.test SIP/2.0", {
    status: 400,
    reason: "More than one blank between the parts of the request line",
  }],
  ["MESSAGE SIP/2.0", { status: 400, reason: "Request-URI missing" }],
  ["MESSAGE sip:b@x.test SIP/2.0 ", { status: 400, reason: "Blanks at the end of the request line" }],
  ["MESSAGE sip:b@x.test?a=b SIP/2.0", { status: 400, reason: "Request-URI with header fields" }],
];

for (const [line, expected] of START_LINES) {
  Deno.test(`start line "${line}"`, () => assert.deepEqual(request([line, ...LINES]).check(), expected));
}

for (const tab of ["\t", "\0", "\x7f"]) {
  Deno.test(`a Request-URI with ${JSON.stringify(tab)} is refused`, () => {
    assert.match(request([`MESSAGE sip:b${tab}@x.test SIP/2.0`, ...LINES]).check()!.reason, /^Request-URI malformed/);
  });
}

for (
  const line of [
    "",
    "MESSAGE",
    "MESSAGE sip:b@x.test",
    "GET / HTTP/1.1",
    "(x) sip:b@x SIP/2.0",
    "SIP/2.0 99 x",
    "SIP/2.0 700 x",
    "SIP/2.0 2000 x",
    "SIP/3.0 200 OK",
    "SIP/2.0",
    "SIP/2.0 20",
    " MESSAGE sip:b@x SIP/2.0",
    "\x80 sip:b@x SIP/2.0",
  ]
) {
  Deno.test(`not a start line: ${JSON.stringify(line)}`, () => {
    assert.throws(() => parseMessage(line + "\r\n\r\n"), StartLineError);
  });
}

Deno.test("status lines, the blank behind the code forgotten or not", () => {
  for (const [line, status, reason] of [["SIP/2.0 200 All well", 200, "All well"], ["sip/2.0 699", 699, ""]] as const) {
    const m = parseMessage([line, ...LINES].join("\r\n") + "\r\n\r\n");
    assert.ok(m instanceof SipResponse);
    assert.deepEqual([m.status, m.reason, m.check()], [status, reason, null]);
  }
});

Deno.test("a header of blanks only costs no quadratic time", () => {
  const m = message("Subject: " + (" ".repeat(8000) + "x"), "Organization: " + "\r\n ".repeat(2000) + "y");
  const start = performance.now();
  for (let i = 0; i < 100; i++) void [m.get("Subject"), m.get("Organization"), m.list("Subject")];
  assert.ok(performance.now() - start < 500);
  assert.equal(m.get("Organization"), "y");
});
