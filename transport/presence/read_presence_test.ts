import assert from "node:assert/strict";
import fc from "fast-check";
import { compose } from "./compose.ts";
import { PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
import { parsePresence } from "./read_presence.ts";
import { ALL, composed, lines, meanings, NOW, presence } from "./testing.ts";

const STATUS = "<status><basic>open</basic></status>";

Deno.test("what is wrong is said with its place", () => {
  const cases: [content: string, message: RegExp][] = [
    ["<tuple>" + STATUS + "</tuple>", /^line 1, column \d+: tuple: attribute id is required$/],
    ['<tuple id=" ">' + STATUS + "</tuple>", /tuple: attribute id is required/],
    [`<tuple id="a">${STATUS}</tuple>\n<dm:person id="a"/>`, /^line 2, column 1: person: the id "a" is given twice$/],
    ['\n\n  <tuple id="a"/>', /^line 3, column 3: tuple: status is missing in it/],
    [`<tuple id="a">${STATUS}${STATUS}</tuple>`, /status: a second status of one tuple/],
    ['<tuple id="a"><status><basic>Open</basic></status></tuple>', /basic: "Open" is none of open, closed/],
    [`<tuple id="a">${STATUS}<contact>a:b</contact><contact>a:c</contact></tuple>`, /contact: a second one/],
    [`<tuple id="a">${STATUS}<timestamp>today</timestamp></tuple>`, /timestamp: "today" is no date and time/],
    [
      `<tuple id="a">${STATUS}<timestamp>2026-02-30T12:00:00Z</timestamp></tuple>`,
      /timestamp: "2026-02-30T12:00:00Z" is no date and time/,
    ],
    [
      '<dm:person id="a"><dm:timestamp>2026-02-03T12:00:00Z</dm:timestamp><dm:timestamp>2026-02-03T12:00:00Z</dm:timestamp></dm:person>',
      /timestamp: a second one/,
    ],
    ['<dm:device id="a"/>', /device: deviceID is missing in it/],
    ['<dm:device id="a"><dm:deviceID> </dm:deviceID></dm:device>', /device: deviceID is missing in it/],
    [
      '<dm:device id="a"><dm:deviceID>a:b</dm:deviceID><dm:deviceID>a:b</dm:deviceID></dm:device>',
      /deviceID: a second one/,
    ],
  ];
  for (const [content, message] of cases) {
    assert.throws(() => parsePresence(presence(content)), (error: unknown) => {
      assert.ok(error instanceof PresenceProblem, `${error}`);
      assert.match(error.message, message);
      assert.deepEqual([error.kind, error.status], ["invalid", 400]);
      return true;
    });
  }
  assert.throws(
    () => parsePresence("<presence/>"),
    /^PresenceProblem: line 1, column 1: the root is \{\}presence; allowed/,
  );
  assert.throws(() => parsePresence('<?xml version="1.0"?>\n<a xmlns="b"/>'), /line 2, column 1: the root is \{b\}a/);
});

Deno.test("what is too large is refused as that", () => {
  const { components, attributes, xml } = PRESENCE_LIMITS;
  const devices = (count: number) =>
    Array.from({ length: count }, (_, i) => `<dm:device id="d${i}"><dm:deviceID>a:${i}</dm:deviceID></dm:device>`).join(
      "",
    );
  const large = [
    devices(components + 1),
    "<note/>".repeat(attributes + 1),
    "<op:x/>".repeat(attributes + 1),
    `<dm:person id="p">${"<op:x/>".repeat(attributes + 1)}</dm:person>`,
    `<dm:person id="p">${"<op:x>".repeat(xml.depth)}${"</op:x>".repeat(xml.depth)}</dm:person>`,
    "x".repeat(xml.characters),
  ];
  for (const content of large) {
    assert.throws(() => parsePresence(presence(content)), (error: unknown) => {
      assert.ok(error instanceof PresenceProblem, `${error}`);
      assert.deepEqual([error.kind, error.status], ["too-large", 413], error.message);
      return true;
    });
  }
  assert.equal(parsePresence(presence(devices(components))).components.length, components);
});

Deno.test("octets are read as XML wants them", () => {
  const octets = new TextEncoder().encode(`\ufeff${presence("<note>zwölf</note>")}`);
  assert.equal(parsePresence(octets).notes[0].text, "<note>zwölf</note>");
  assert.throws(() => parsePresence(octets.subarray(0, 40)), /^PresenceProblem: line 1/);
  assert.throws(() => parsePresence(new Uint8Array([60, 255, 62])), /not UTF-8/);
});

Deno.test("what says the same is the same text: prefixes, white space, comments, order", () => {
  const plain =
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"><tuple id="1"><status><basic>open</basic></status>` +
    `<r:class xmlns:r="urn:ietf:params:xml:ns:pidf:rpid">c</r:class>` +
    `<d:deviceID xmlns:d="urn:ietf:params:xml:ns:pidf:data-model">urn:x:1</d:deviceID><contact priority='1'>sip:a@b</contact></tuple></presence>`;
  const other =
    `<!-- x --><q:presence xmlns:q="urn:ietf:params:xml:ns:pidf" xmlns:rpid="urn:ietf:params:xml:ns:pidf:data-model"
    xmlns:dm="urn:ietf:params:xml:ns:pidf:rpid"  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="urn:ietf:params:xml:ns:pidf pidf.xsd" entity="sip:a@b">
    <q:tuple id="another">
      <q:contact priority="1" xsi:schemaLocation="a b">
        sip:a@b </q:contact><!-- here -->
      <rpid:deviceID>urn:x:1</rpid:deviceID>
      <dm:class><![CDATA[c]]></dm:class>
      <q:status> <q:basic> open <!-- sure --></q:basic></q:status>
    </q:tuple>
  </q:presence>`;
  const view = (text: string) =>
    compose("sip:a@b", [{ key: "1", document: parsePresence(text), publishedAt: NOW }], NOW).view(ALL);
  assert.equal(view(other).text, view(plain).text);
  assert.ok(view(other).saysSameAs(view(plain)));
});

Deno.test("elements of other namespaces bring along what they need, whatever their prefixes are", () => {
  const text = `<p xmlns="urn:x"/>`;
  const document =
    `<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" xmlns="urn:y" xmlns:dm="urn:z" xmlns:x="urn:x" entity="sip:a@b">
    <p:tuple id="t"><p:status><x:s a="1"/></p:status>
      <e><dm:f x:a="b"> &lt; <g/></dm:f></e>
      <dm:type xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x:y"/>
      <h xmlns="">${text}</h><p:contact p:mustUnderstand="1">a:b</p:contact>
      <p:note>text <x:b>mixed</x:b></p:note></p:tuple></p:presence>`;
  const source = { key: "1", document: parsePresence(document), publishedAt: NOW };
  const view = compose("sip:a@b", [source], NOW).view(ALL);
  assert.deepEqual(meanings(view.text), meanings(document));
  assert.match(view.text, /<e xmlns:dm="urn:z" xmlns:x="urn:x" xmlns="urn:y">/);
  assert.match(view.text, /<h xmlns="">/);
  assert.match(view.text, /<dm:type xmlns:dm="urn:z" xmlns:x="urn:x" xmlns:xsi="[^"]+" xsi:type="x:y"\/>/);
  assert.match(view.text, /<p:contact xmlns:p="urn:ietf:params:xml:ns:pidf" p:mustUnderstand="1">a:b</);
});

const names = fc.constantFrom("a", "rpid:a", "dm:b", "x:a", "op:c", "caps:d");
const texts = fc.constantFrom("", " ", "t", "\n u &amp; v ", "<!-- c -->", "<![CDATA[<]]>", "&#13;", "a]]&gt;b", "x:y");
const declared = fc.constantFrom(
  "",
  ' xmlns="urn:y"',
  ' xmlns:rpid="urn:y"',
  ' xmlns:x="urn:ietf:params:xml:ns:pidf:rpid"',
  ' xmlns=""',
);
const attributes = fc.constantFrom(
  "",
  ' k="1"',
  " k='\"&gt;>'",
  ' x:k="&#10;"',
  ' rpid:k="x:v"',
  ' xml:lang="en"',
  ' until="no"',
);
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc.tuple(names, declared, attributes, tie("content")).map(([name, namespace, more, content]) =>
    `<${name}${namespace}${more}>${content}</${name}>`
  ),
  content: fc.oneof(
    { depthSize: "small" },
    texts,
    fc.tuple(fc.array(tie("element"), { maxLength: 3 }), fc.constantFrom("", "\n  ")).map(([all, gap]) =>
      all.join(gap)
    ),
    fc.tuple(texts, tie("element"), texts).map((all) => all.join("")),
  ),
}));
const root = fc.constantFrom(
  '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:x="urn:x" xmlns:op="urn:o" xmlns:caps="urn:ietf:params:xml:ns:pidf:caps" entity="sip:a@b">|</presence>',
  '<pidf:presence xmlns:pidf="urn:ietf:params:xml:ns:pidf" xmlns:rpid="urn:r" xmlns:dm="urn:d" xmlns:x="urn:ietf:params:xml:ns:pidf:rpid" xmlns:op="urn:oma:xml:prs:pidf:oma-pres" xmlns:caps="urn:c" entity="sip:a@b">|</pidf:presence>',
);

Deno.test("no element of any namespace is lost or means something else", () => {
  fc.assert(
    fc.property(
      root,
      fc.array(element, { maxLength: 5 }),
      fc.array(element, { maxLength: 3 }),
      (root, inPerson, beside) => {
        const [start, end] = root.split("|");
        const person = `<m:person xmlns:m="urn:ietf:params:xml:ns:pidf:data-model" id="p">${
          inPerson.join("\n")
        }</m:person>`;
        const text = start + person + beside.join("") + end;
        const document = parsePresence(text);
        const shown = compose("sip:a@b", [{ key: "1", document, publishedAt: NOW }], NOW).view(ALL).text;
        assert.deepEqual(meanings(shown), meanings(text));
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("what a source says of itself twice in one document stays two things", () => {
  const tuple = (id: string, basic: string) =>
    `<tuple id="${id}"><status><basic>${basic}</basic></status><contact>sip:a@b</contact></tuple>`;
  const twice = composed(tuple("a", "open") + tuple("b", "closed"));
  assert.equal(lines(twice).length, 2);
  assert.notEqual(twice.components[0].id, twice.components[1].id);
});
