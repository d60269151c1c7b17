import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import { parseMessage } from "../sip/mod.ts";
import { mediaTypeParam, parseMediaType } from "./media_type.ts";
import { boundaryOf, buildMultipart, MULTIPART_LIMITS, parseMultipart, partHeader } from "./multipart.ts";

const TYPE = "multipart/mixed;boundary=b1";

function parts(text: string, type = TYPE): [unknown, string][] {
  return parseMultipart(type, fromLatin1(text)).map((part) => [part.headers, toLatin1(part.body)]);
}

Deno.test("parts between delimiters; preamble and epilogue left out", () => {
  const text =
    "preamble\r\n--b1x\r\n--b1 \t\r\nContent-Type: text/plain;\r\n charset=x\r\nX:\xc3\xa0\r\n\r\none\r\n\r\n--b1\r\n\r\n--b1--no\r\n--b1--\r\n--b1\r\nepilogue";
  assert.deepEqual(parts(text.replace("--b1--no", "-b1--no")), [
    [[["Content-Type", "text/plain; charset=x"], ["X", "\xc3\xa0"]], "one\r\n"],
    [[], "-b1--no"],
  ]);
});

Deno.test("empty parts, no epilogue, delimiter at the very start", () => {
  assert.deepEqual(parts("--b1\r\n\r\n\r\n--b1\r\n\r\n--b1--"), [[[], ""], [[], ""]]);
});

Deno.test("a delimiter counts only at the start of a line", () => {
  assert.deepEqual(parts("--b1\r\n\r\na--b1--\r\n\n--b1\r\n--b12\r\n--b1--"), [[[], "a--b1--\r\n\n--b1\r\n--b12"]]);
});

for (
  const [name, text] of [
    ["no delimiter", "abc"],
    ["nothing", ""],
    ["no end", "--b1\r\n\r\nabc"],
    ["cut inside the last delimiter", "--b1\r\n\r\nabc\r\n--b1-"],
    ["no part", "--b1--"],
    ["head that does not end", "--b1\r\nA: b\r\n--b1--".replace("A: b\r\n", "A: b")],
    ["line without a name", "--b1\r\n: b\r\n\r\n\r\n--b1--"],
    ["continuation first", "--b1\r\n x\r\n\r\n\r\n--b1--"],
    ["too many parts", "--b1\r\n\r\n\r\n".repeat(MULTIPART_LIMITS.parts + 1) + "--b1--"],
    ["too many header lines", `--b1\r\n${"A: b\r\n".repeat(MULTIPART_LIMITS.headers + 1)}\r\n\r\n--b1--`],
    ["too long a head", `--b1\r\nA: ${"b".repeat(9000)}\r\n\r\n\r\n--b1--`],
  ]
) {
  Deno.test(`not a multipart body: ${name}`, () => {
    assert.throws(() => parts(text), SyntaxError);
  });
}

Deno.test("boundaries", () => {
  assert.equal(boundaryOf(parseMediaType('multipart/mixed; boundary="a b:c"')), "a b:c");
  for (
    const type of [
      "text/plain;boundary=x",
      "multipart/mixed",
      'multipart/mixed;boundary="a "',
      `multipart/mixed;boundary=${"x".repeat(71)}`,
      'multipart/mixed;boundary="a\\"b"',
    ]
  ) {
    assert.throws(() => boundaryOf(parseMediaType(type)), SyntaxError, type);
  }
});

Deno.test("what was built is read back, whatever octets the parts hold", () => {
  const octets = fc.uint8Array({ maxLength: 60 });
  const nasty = fc.constantFrom("\r\n--", "--", "\r\n", "\r\n\r\n", "--b1\r\n").map(fromLatin1);
  fc.assert(fc.property(fc.array(fc.oneof(octets, nasty), { minLength: 1, maxLength: 6 }), (bodies) => {
    const input = bodies.map((body, i) => ({ headers: [["Content-ID", `<${i}>`] as const], body }));
    const { contentType, body } = buildMultipart("related", input);
    const output = parseMultipart(contentType, body);
    assert.deepEqual(output.map((part) => [...part.body]), bodies.map((b) => [...b]));
    assert.deepEqual(output.map((part) => partHeader(part, "content-id")), bodies.map((_, i) => `<${i}>`));
  }));
});

Deno.test("RFC 4475 mpart01: a text and 342 binary octets", () => {
  const octets = Deno.readFileSync(new URL("../sip/testdata/rfc4475/mpart01.dat", import.meta.url));
  const end = toLatin1(octets).indexOf("\r\n\r\n") + 4;
  const message = parseMessage(toLatin1(octets, 0, end), octets.subarray(end));
  const [text, signature] = parseMultipart(message.get("Content-Type")!, message.body);
  assert.equal(toLatin1(text.body), "Hello");
  assert.equal(partHeader(signature, "Content-Type"), "application/octet-stream");
  assert.deepEqual([signature.body.length, signature.body[0], signature.body[1]], [342, 0x30, 0x82]);
});

Deno.test("a body of dashes costs no quadratic time", () => {
  const start = performance.now();
  for (
    const text of [
      "-".repeat(65_000),
      "\r\n--b1 ".repeat(9000),
      "--b1" + " ".repeat(65_000),
      "--b1\r\n" + " \r\n".repeat(20_000),
    ]
  ) assert.throws(() => parseMultipart(TYPE, fromLatin1(text)), SyntaxError);
  const dashes = `multipart/mixed;boundary=${"-".repeat(70)}`;
  assert.throws(() => parseMultipart(dashes, fromLatin1("-".repeat(65_000))), SyntaxError);
  assert.ok(performance.now() - start < 1000);
});

Deno.test("media types", () => {
  const type = parseMediaType('Text / PLAIN ; Charset="UTF-8";format=flowed');
  assert.deepEqual([
    type.essence,
    mediaTypeParam(type, "charset"),
    mediaTypeParam(type, "format"),
    mediaTypeParam(type, "x"),
  ], ["text/plain", "UTF-8", "flowed", ""]);
  for (
    const text of [
      "",
      "text",
      "text/",
      "/plain",
      "a/b/c",
      "text/plain;",
      "text/plain;;x",
      "te xt/plain",
      "text/plain x",
    ]
  ) {
    assert.throws(() => parseMediaType(text), SyntaxError, text);
  }
});

Deno.test("a boundary is the last parameter, and has quotes only where it needs them: some take all that follows for it", () => {
  const drawn = buildMultipart("related;type=text/plain", [{ headers: [], body: fromLatin1("x") }]).contentType;
  assert.match(drawn, /^multipart\/related;type=text\/plain;boundary=[\w-]+$/);
  const given = buildMultipart("mixed", [{ headers: [], body: fromLatin1("x") }], "a b");
  assert.equal(given.contentType, 'multipart/mixed;boundary="a b"');
  assert.equal(toLatin1(parseMultipart(given.contentType, given.body)[0].body), "x");
});
