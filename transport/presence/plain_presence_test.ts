import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { checkPresence } from "./check_presence.ts";
import { plainEntity } from "./plain_presence.ts";
import { PresenceProblem } from "./presence_problem.ts";
import { parsePresenceXml } from "./read_presence.ts";
import examples from "./testdata/examples.json" with { type: "json" };
import { presence } from "./testing.ts";

/** The entity as those who read in full have it; null for what they refuse, and for what is no `presence`. */
function fullEntity(octets: Uint8Array): string | null {
  try {
    const { isFull, entity } = checkPresence(parsePresenceXml(octets));
    return isFull ? null : entity;
  } catch (error) {
    if (error instanceof PresenceProblem) return null;
    throw error;
  }
}

const RUNS = 4000;

/** It never takes what is not taken in full, nor as somebody else's. */
function agrees(octets: Uint8Array): boolean {
  const plain = plainEntity(octets);
  if (plain !== null) assert.equal(plain, fullEntity(octets), new TextDecoder().decode(octets));
  return plain !== null;
}

/** Of those that are taken in full: with a comment, references, white space in attributes, or a declaration of their own. */
const UNCOMMON = ["RFC 4482 2", "RFC 5491 5", "RFC 5491 12"];

Deno.test("the examples of the RFCs are told as they are read, nearly all without being read", () => {
  for (const { from, number, text } of examples) {
    const octets = utf8(text), full = fullEntity(octets);
    const isUncommon = UNCOMMON.includes(`${from} ${number}`);
    assert.equal(plainEntity(octets), isUncommon ? null : full, `${from} ${number}`);
    if (isUncommon) assert.notEqual(full, null);
  }
});

/** What is put into documents to break them, or to make them mean something else. */
const PIECES = [
  ...[
    "<",
    ">",
    "/",
    '"',
    "'",
    "&",
    "&amp;",
    " ",
    "\n",
    "\t",
    "]]>",
    "]]",
    "\0",
    "\x7f",
    "\u0085",
    "é",
    "😀",
    "\ufffe",
    "\ufeff",
    ":",
    "=",
  ],
  ...["</tuple>", "<tuple/>", "</presence>", "<presence/>", "<!-- c -->", "<?pi?>", "<![CDATA[x]]>", "<!DOCTYPE a>"],
  ...[
    ' id="x"',
    ' id=""',
    ' id=" t1 "',
    ' entity="sip:x@y"',
    ' xml:lang="de"',
    ' dm:id="t1"',
    ' x:id="t1"',
    ' a="1" a="2"',
  ],
  ...[
    ' xmlns="u"',
    ' xmlns=""',
    ' xmlns:dm="u"',
    ' xmlns:dm=""',
    ' xmlns:xml="u"',
    ' xmlns:xmlns="u"',
    ' xmlns:q="u" xmlns:q="v"',
  ],
  ...[
    ' xmlns:q="http://www.w3.org/XML/1998/namespace"',
    ' xmlns="http://www.w3.org/2000/xmlns/"',
    "<x:y/>",
    "<xml:y/>",
  ],
  ...[
    "<status/>",
    "<status><basic>open</basic></status>",
    "<basic>ajar</basic>",
    "<basic> closed\n</basic>",
    "<basic/>",
  ],
  ...[
    "<timestamp>2026-11-21T14:56:07Z</timestamp>",
    "<timestamp>now</timestamp>",
    "<timestamp/>",
    "<dm:timestamp>x</dm:timestamp>",
  ],
  ...[
    "<contact/>",
    "<contact>sip:a@b</contact>",
    "<dm:contact>c</dm:contact>",
    "<dm:deviceID>d</dm:deviceID>",
    "<dm:deviceID/>",
  ],
  ...['<tuple id="t1">', '<dm:device id="d">', '<dm:person id="t1"/>', "<note>n</note>", "<dm:note>n</dm:note>"],
];

const RICH = presence(
  `<tuple id="t1"><status><basic>open</basic><rpid:x/></status><dm:deviceID>d1</dm:deviceID><contact priority="0.8">sip:a@b</contact>` +
    `<timestamp>2026-11-21T14:56:07Z</timestamp></tuple><dm:device id="d1"><dm:deviceID>urn:x</dm:deviceID></dm:device>` +
    `<dm:person id="p1"><rpid:activities><rpid:busy/></rpid:activities><dm:note xml:lang="de">é [x] 'y' "z" ></dm:note></dm:person>` +
    `<note>all</note>`,
);

Deno.test("whatever is done to a document: what is taken without being read would be taken, as the same user's", () => {
  const texts = [...examples.map(({ text }) => text), ...Array.from({ length: 12 }, () => RICH)];
  let taken = 0, uncommon = 0;
  const change = fc.record({
    where: fc.nat(9_999),
    length: fc.constantFrom(0, 0, 0, 1, 3, 10, 40),
    insert: fc.constantFrom("", ...PIECES),
    /** Behind the next tag, where it is likely to be taken. */
    behindTag: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 2 }), (text, changes) => {
      for (const { where, length, insert, behindTag } of changes) {
        let at = Math.floor(where / 10_000 * text.length);
        if (behindTag) at = Math.max(text.indexOf(insert.startsWith(" ") ? ">" : "<", at), 0);
        text = text.slice(0, at) + insert + text.slice(at + (behindTag ? 0 : length));
      }
      const octets = utf8(text);
      if (agrees(octets)) taken++;
      else if (fullEntity(octets) !== null) uncommon++;
    }),
    { numRuns: RUNS },
  );
  assert.ok(taken > RUNS / 25, `${taken} taken`);
  assert.ok(taken > uncommon, `${taken} taken, ${uncommon} read although they are in order`);
});

Deno.test("whatever octet is another: what is taken without being read would be taken", () => {
  const texts = [RICH, ...examples.map(({ text }) => text)].map(utf8);
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(100_000), fc.nat(255), (octets, at, octet) => {
      const changed = octets.slice();
      changed[at % octets.length] = octet;
      agrees(changed);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("it may end anywhere", () => {
  const octets = utf8(RICH);
  for (let end = 0; end < octets.length; end++) assert.equal(plainEntity(octets.subarray(0, end)), null);
  assert.equal(plainEntity(octets), "sip:a@b");
});

Deno.test("what is too much for it is left to those who read in full", () => {
  const person = (content: string) => presence(`<dm:person id="p">${content}</dm:person>`);
  const many = (count: number, each: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => each(n)).join("");
  const tuple = (n: number) => `<tuple id="t${n}"><status/></tuple>`;
  for (
    const [name, few, much] of [
      [
        "octets",
        person(`<dm:note>${"x".repeat(15_000)}</dm:note>`),
        person(`<dm:note>${"x".repeat(16_384)}</dm:note>`),
      ],
      ["depth", person(`${"<a>".repeat(14)}${"</a>".repeat(14)}`), person(`${"<a>".repeat(15)}${"</a>".repeat(15)}`)],
      ["elements", person(`<a>${"<b/>".repeat(247)}</a>`), person(`<a>${"<b/>".repeat(248)}</a>`)],
      ["attributes", person(`<a${many(16, (n) => ` a${n}=""`)}/>`), person(`<a${many(17, (n) => ` a${n}=""`)}/>`)],
      [
        "declarations",
        person(`<a${many(42, (n) => ` xmlns:a${n}="u"`)}/>`),
        person(`<a${many(43, (n) => ` xmlns:a${n}="u"`)}/>`),
      ],
      ["components", presence(many(20, tuple)), presence(many(21, tuple))],
      ["notes", presence("<note/>".repeat(60)), presence("<note/>".repeat(61))],
      ["parts of a component", person("<dm:note/>".repeat(60)), person("<dm:note/>".repeat(61))],
    ]
  ) {
    assert.equal(plainEntity(utf8(few)), "sip:a@b", name);
    assert.equal(plainEntity(utf8(much)), null, name);
    assert.equal(fullEntity(utf8(much)), "sip:a@b", name);
  }
});

const OPEN = "<status><basic>open</basic></status>";
for (
  const [name, text] of [
    ["another root", '<presence xmlns="urn:ietf:params:xml:ns:pidf-diff"/>'],
    ["a tuple without a status", presence('<tuple id="t"><note/></tuple>')],
    ["two of them", presence(`<tuple id="t">${OPEN}${OPEN}</tuple>`)],
    ["a basic that is neither", presence('<tuple id="t"><status><basic>ajar</basic></status></tuple>')],
    ["an empty basic", presence('<tuple id="t"><status><basic/></status></tuple>')],
    ["no id", presence("<dm:person/>")],
    ["a blank id", presence('<dm:person id=" "/>')],
    ["an id of another namespace", presence('<dm:person dm:id="p"/>')],
    ["an id twice", presence(`<dm:person id="p"/><tuple id=" p ">${OPEN}</tuple>`)],
    ["a device without its deviceID", presence('<dm:device id="d"/>')],
    ["with an empty one", presence('<dm:device id="d"><dm:deviceID> </dm:deviceID></dm:device>')],
    ["with two", presence('<dm:device id="d"><dm:deviceID>a</dm:deviceID><dm:deviceID>b</dm:deviceID></dm:device>')],
    ["no time", presence('<dm:person id="p"><dm:timestamp>noon</dm:timestamp></dm:person>')],
    [
      "two times",
      presence(`<dm:person id="p">${"<dm:timestamp>2026-11-21T14:56:07Z</dm:timestamp>".repeat(2)}</dm:person>`),
    ],
    ["two contacts", presence(`<tuple id="t">${OPEN}<contact>a</contact><contact>b</contact></tuple>`)],
  ]
) {
  Deno.test(`what is no presence is not taken without being read: ${name}`, () => {
    assert.equal(fullEntity(utf8(text)), null);
    assert.equal(plainEntity(utf8(text)), null);
  });
}
