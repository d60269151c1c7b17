import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, fromLatin1, toLatin1, utf8 } from "../../foundation/mod.ts";
import {
  CPIM_LIMITS,
  CPIM_NAMESPACE,
  cpimContentType,
  cpimDateTime,
  cpimFrom,
  cpimHeader,
  cpimHeaders,
  cpimSubjects,
  cpimTo,
  cpimUnmetRequirements,
  parseCpim,
  readCpimHead,
  tryParseCpim,
} from "./cpim.ts";
import { cpimAddressText, escapeCpim, parseCpimAddress, quoteCpim, unescapeCpim } from "./cpim_text.ts";
import { cpimHeadOctets, type CpimParts, dateTimeText, writeCpim } from "./cpim_writer.ts";
import { mimeHeader } from "./mime_head.ts";
import { exampleBody } from "./testing/bodies.ts";

/** A message with these headers and a text. */
function message(...headers: readonly string[]) {
  return parseCpim(utf8([...headers, "", "Content-Type: text/plain", "", "Hi"].join("\r\n")));
}

Deno.test("RFC 3862 §5.1: the example message", () => {
  const octets = exampleBody("rfc3862-5.1.cpim");
  const cpim = parseCpim(octets);
  assert.deepEqual(cpimFrom(cpim), { name: "MR SANDERS", uri: "im:piglet@100akerwood.com" });
  assert.deepEqual(cpimTo(cpim), [{ name: "Depressed Donkey", uri: "im:eeyore@100akerwood.com" }]);
  assert.equal(cpimDateTime(cpim), "2000-12-13T13:40:00-08:00");
  assert.deepEqual(cpimSubjects(cpim), [
    { text: "the weather will be fine today" },
    { text: "beau temps prevu pour aujourd'hui", lang: "fr" },
  ]);
  assert.equal(cpimHeader(cpim, "WackyMessageOption", "mid:MessageFeatures@id.foo.com")?.value, "Use-silly-font");
  assert.deepEqual(cpimUnmetRequirements(cpim, () => false), ["MyFeatures.VitalMessageOption"]);
  assert.deepEqual(
    cpimUnmetRequirements(cpim, (ns, name) => ns === "mid:MessageFeatures@id.foo.com" && name === "VitalMessageOption"),
    [],
  );
  assert.equal(cpimContentType(cpim), "text/xml; charset=utf-8");
  assert.equal(mimeHeader(cpim.contentHeaders, "content-id"), "<1234567890@foo.com>");
  assert.equal(toLatin1(cpim.body), "<body>\r\nHere is the text of my message.\r\n</body>\r\n");
});

Deno.test("the body is a view, and the offsets tell a bridge where to cut", () => {
  const octets = exampleBody("rfc3862-5.1.cpim");
  const cpim = parseCpim(octets);
  assert.equal(cpim.body.buffer, octets.buffer);
  assert.equal(cpim.body.byteOffset, octets.byteOffset + cpim.bodyAt);
  assert.equal(toLatin1(octets, cpim.contentAt, cpim.contentAt + 13), "Content-type:");
  assert.equal(toLatin1(octets, cpim.contentAt - 4, cpim.contentAt), "\r\n\r\n");
});

Deno.test("a stream: no head until the last octet of it is there", () => {
  const octets = exampleBody("rfc3862-5.1.cpim");
  const { bodyAt } = parseCpim(octets);
  for (let n = 0; n < bodyAt; n++) assert.equal(readCpimHead(octets.subarray(0, n)), null, String(n));
  assert.equal(readCpimHead(octets.subarray(0, bodyAt))?.bodyAt, bodyAt);
});

Deno.test("RFC 3862 §3.4: prefixes stand for their URI from the declaration on", () => {
  const cpim = message(
    "acme.early: 1",
    "NS: acme <http://id.acme.widgets/wily-headers/>",
    "acme.runner-trap: set",
    "NS: w<http://id.acme.widgets/wily-headers/>",
    "w.runner-trap: again",
    "NS: <http://id.acme.widgets/wily-headers/>",
    "runner-trap: default",
    "NS: cpim <urn:ietf:params:cpim-headers:>",
    "cpim.To: <im:x@y>",
  );
  assert.deepEqual(
    cpimHeaders(cpim, "runner-trap", "http://id.acme.widgets/wily-headers/").map((header) => header.value),
    ["set", "again", "default"],
  );
  assert.equal(cpim.headers[0].namespace, undefined);
  assert.deepEqual(cpimTo(cpim), [{ name: "", uri: "im:x@y" }]);
  assert.equal(cpimHeader(cpim, "From"), undefined);
});

Deno.test("names are case-sensitive; several To; parameters; a missing blank", () => {
  const cpim = message(
    "from: <im:no@x>",
    "To: <im:a@x>",
    "To:<im:b@x>",
    'To: "C \\"c\\" \\\\ \\u00e9" <im:c@x>',
    'Subject:;lang=de;x="a; b" Grüße \\t\\n',
  );
  assert.equal(cpimFrom(cpim), undefined);
  assert.deepEqual(cpimTo(cpim).map(({ uri }) => uri), ["im:a@x", "im:b@x", "im:c@x"]);
  assert.equal(cpimTo(cpim)[2].name, 'C "c" \\ é');
  assert.deepEqual(cpimSubjects(cpim), [{ text: "Grüße \t\n", lang: "de" }]);
  assert.equal(cpim.headers[4].params, ';lang=de;x="a; b"');
});

Deno.test("content: folded headers, no headers at all, bare LF", () => {
  const text = 'From: <im:a@x>\r\n\r\nContent-Type: multipart/mixed;\r\n boundary="b"\nX: y\n\nbody';
  const cpim = parseCpim(fromLatin1(text));
  assert.equal(cpimContentType(cpim), 'multipart/mixed; boundary="b"');
  assert.equal(toLatin1(cpim.body), "body");
  const bare = parseCpim(fromLatin1("From: <im:a@x>\r\n\r\n\r\nbody"));
  assert.deepEqual([cpimContentType(bare), toLatin1(bare.body)], ["text/plain;charset=us-ascii", "body"]);
});

const CONTENT = "\r\n\r\nContent-Type: text/plain\r\n\r\nx";
for (
  const [name, text] of [
    ["nothing", ""],
    ["no headers", "\r\nContent-Type: text/plain\r\n\r\nx"],
    ["no end of the headers", "From: <im:a@x>\r\n"],
    ["no end of the content's headers", "From: <im:a@x>\r\n\r\nContent-Type: text/plain\r\n"],
    ["bare LF", "From: <im:a@x>\n\nContent-Type: text/plain\n\nx"],
    ["LF that smuggles a header in", `Subject: x\nFrom: <im:evil@x>${CONTENT}`],
    ["a bare CR", `Subject: x\ry${CONTENT}`],
    ["a tab", `Subject: x\ty${CONTENT}`],
    ["DEL", `Subject: \x7f${CONTENT}`],
    ["a folded line", `Subject: x\r\n y${CONTENT}`],
    ["no colon", `Subject${CONTENT}`],
    ["a name with a separator", `Sub@ject: x${CONTENT}`],
    ["a name of two dots", `a.b.c: x${CONTENT}`],
    ["a blank before the colon", `Subject : x${CONTENT}`],
    ["two From", `From: <im:a@x>\r\nFrom: <im:b@x>${CONTENT}`],
    ["two From, one in disguise", `NS: c <${CPIM_NAMESPACE}>\r\nFrom: <im:a@x>\r\nc.From: <im:b@x>${CONTENT}`],
    ["two DateTime", `DateTime: 1\r\nDateTime: 2${CONTENT}`],
    ["a declaration that is none", `NS: imdn${CONTENT}`],
    ["a byte order mark", `\xef\xbb\xbfFrom: <im:a@x>${CONTENT}`],
    ["too many headers", "To: <im:a@x>\r\n".repeat(CPIM_LIMITS.headers + 1) + CONTENT.slice(2)],
    ["too long a head", `Subject: ${"x".repeat(CPIM_LIMITS.head)}${CONTENT}`],
    ["too long a content head", `Subject: x\r\n\r\nX: ${"x".repeat(CPIM_LIMITS.head)}\r\n\r\n`],
    ["content without a header line", "From: <im:a@x>\r\n\r\nHello\r\n\r\nx"],
  ]
) {
  Deno.test(`not CPIM: ${name}`, () => {
    assert.throws(() => parseCpim(fromLatin1(text)), SyntaxError);
    assert.equal(tryParseCpim(fromLatin1(text)), null);
  });
}

Deno.test("RFC 3862 §2.3: escapes", () => {
  assert.equal(unescapeCpim("a\\\\b\\\"c\\'d\\b\\t\\n\\r\\u00E9\\u0041"), "a\\b\"c'd\b\t\n\réA");
  assert.equal(unescapeCpim("\\x\\u12\\"), "xu12");
  assert.equal(escapeCpim("\\ \b\t\n\r \0\x0b\x7f \"'é"), "\\\\ \\b\\t\\n\\r \\u0000\\u000b\\u007f \"'é");
  assert.equal(quoteCpim("\"a'\\"), '"\\"a\'\\\\"');
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(unescapeCpim(escapeCpim(text)), text);
    assert.equal(unescapeCpim(quoteCpim(text).slice(1, -1)), text);
    assert.doesNotMatch(escapeCpim(text) + quoteCpim(text), /[\x00-\x1f\x7f]/);
  }));
});

Deno.test("addresses: names bare, quoted, missing", () => {
  for (
    const [value, name, uri] of [
      ["Winnie the Pooh <im:pooh@100akerwood.com>", "Winnie the Pooh", "im:pooh@100akerwood.com"],
      ["<im:tigger@100akerwood.com>", "", "im:tigger@100akerwood.com"],
      ['"<im:evil@x>" <sip:a@x;transport=tcp>', "<im:evil@x>", "sip:a@x;transport=tcp"],
      ["sip:a@x", "", "sip:a@x"],
      ["Zoë 💬 <tel:+1555>", "Zoë 💬", "tel:+1555"],
    ]
  ) {
    assert.deepEqual(parseCpimAddress(value), { name, uri }, value);
  }
  for (const value of ["", "Bob", "<>", "<im:a", "<im:a> x", "<a b:c>", "<no-scheme>", "<im:>", '"x" im:a@b']) {
    assert.throws(() => parseCpimAddress(value), SyntaxError, value);
  }
  assert.equal(cpimAddressText({ name: "MR SANDERS", uri: "im:p@x" }), "MR SANDERS <im:p@x>");
  assert.equal(cpimAddressText({ name: "a, b", uri: "im:p@x" }), '"a, b" <im:p@x>');
  assert.equal(cpimAddressText({ name: "", uri: "im:p@x>\r\nFrom: <im:q" }), "<im:p@xFrom:im:q>");
});

Deno.test("a minimal message, and all that one can have", () => {
  const parts: CpimParts = {
    from: { name: "Zoë", uri: "sip:z@x" },
    to: [{ name: "", uri: "sip:a@x" }],
    dateTime: dateTimeText(Date.UTC(2026, 0, 2, 3, 4, 5)),
    subjects: [{ text: "Grüße\n", lang: "de" }],
    namespaces: [["imdn", "urn:ietf:params:imdn"]],
    extensions: [{ prefix: "imdn", name: "Message-ID", value: "m1" }],
    contentHeaders: [["Content-Type", "text/plain;charset=utf-8"]],
  };
  const octets = writeCpim(parts, utf8("hé"));
  assert.equal(
    new TextDecoder().decode(octets),
    "From: Zoë <sip:z@x>\r\nTo: <sip:a@x>\r\nDateTime: 2026-01-02T03:04:05.000Z\r\nSubject:;lang=de Grüße\\n\r\n" +
      "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: m1\r\n\r\nContent-Type: text/plain;charset=utf-8\r\n\r\nhé",
  );
  assert.equal(parseCpim(octets).bodyAt, cpimHeadOctets(parts).length);
});

Deno.test("the writer refuses what would be no message, and lets no value end its line", () => {
  const contentHeaders = [["Content-Type", "text/plain"]] as const;
  assert.throws(() => cpimHeadOctets({ contentHeaders }), SyntaxError);
  assert.throws(() => cpimHeadOctets({ dateTime: "x", contentHeaders: [] }), SyntaxError);
  assert.throws(() => cpimHeadOctets({ namespaces: [["a b", "u"]], contentHeaders }), SyntaxError);
  const evil = "x\r\nFrom: <im:evil@x>";
  const cpim = parseCpim(writeCpim({
    dateTime: evil,
    subjects: [{ text: evil, lang: evil }],
    namespaces: [["p", evil]],
    extensions: [{ prefix: "p", name: "n", value: evil }],
    contentHeaders: [["Content-Type", evil]],
  }, new Uint8Array()));
  assert.equal(cpimFrom(cpim), undefined);
  assert.deepEqual(cpimSubjects(cpim), [{ text: evil }]);
  assert.equal(cpim.contentHeaders.length, 1);
});

const uri = fc.stringMatching(/^[a-z]{1,4}:[!#-;=?-~]{1,20}$/);
const address = fc.record({ name: fc.string({ unit: "grapheme" }), uri }, { noNullPrototype: true });

Deno.test("property: a message that was written is read back, whatever its names, subjects and octets are", () => {
  const list = fc.array(address, { maxLength: 3 });
  const subject = fc.record({ text: fc.string({ unit: "binary" }) }, { noNullPrototype: true });
  fc.assert(
    fc.property(address, list, fc.array(subject), fc.uint8Array(), (from, to, subjects, body) => {
      const cpim = parseCpim(writeCpim({ from, to, subjects, contentHeaders: [["Content-Type", "a/b"]] }, body));
      assert.deepEqual([cpimFrom(cpim), cpimTo(cpim), cpimSubjects(cpim)], [from, to, subjects]);
      assert.deepEqual([...cpim.body], [...body]);
    }),
  );
});

Deno.test("property: any octets are a message or a SyntaxError; every getter keeps to that", () => {
  const piece = fc.constantFrom(
    ...'From:|To: |<im:a@x>|\r\n|\r\n\r\n|NS: p <u>|p.|Subject:;lang=|"|\\|Require: p.q|Content-Type: a/b|\0|\xff'
      .split("|"),
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece.map(fromLatin1), fc.uint8Array({ maxLength: 3 })), { maxLength: 16 }),
      (parts) => {
        const cpim = tryParseCpim(
          concatBytes([fromLatin1("Subject: x\r\n"), ...parts, fromLatin1("\r\n\r\nA: b\r\n\r\n")]),
        );
        if (cpim === null) return;
        for (const get of [cpimFrom, cpimTo, cpimSubjects, cpimDateTime, cpimContentType]) {
          try {
            get(cpim);
          } catch (error) {
            assert.ok(error instanceof SyntaxError);
          }
        }
        cpimUnmetRequirements(cpim, () => false);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("hostile headers cost linear time", () => {
  const start = performance.now();
  for (const piece of [";a=", ';a="', "\\", '"', "<", ";a=b", "a.", '"\\', ';a="b"', "x ", "{"]) {
    const text = piece.repeat(15_000 / piece.length);
    for (const head of [`Subject:${text}`, `From: ${text}`, `NS: ${text}`, text, `Require: ${text}`]) {
      const cpim = tryParseCpim(fromLatin1(head + CONTENT));
      if (cpim === null) continue;
      cpimSubjects(cpim);
      cpimUnmetRequirements(cpim, () => false);
      try {
        cpimFrom(cpim);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }
  }
  assert.ok(performance.now() - start < 1000);
});
