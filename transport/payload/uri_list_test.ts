import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import examples from "./testdata/uri_list_examples.json" with { type: "json" };
import { readUriList, URI_LIST_LIMITS, type UriListEntry, UriListProblem } from "./uri_list.ts";
import { collapsedRecipients, recipientHistory, recipientHistoryPart, writeUriList } from "./uri_list_history.ts";

const read = (text: string) => readUriList(utf8(text));

/** `address copyControl[*][?] count`: `*` anonymous, `?` not said. */
const short = ({ address, copyControl, isTagged, anonymize, count }: UriListEntry) =>
  `${address} ${copyControl}${anonymize ? "*" : ""}${isTagged ? "" : "?"} ${count}`;

const ANONYMOUS = "sip:anonymous@anonymous.invalid";
const SEVEN = [
  "sip:bill@example.com to 1",
  "sip:randy@example.net to* 1",
  "sip:eddy@example.com to* 1",
  "sip:joe@example.org cc 1",
  "sip:carol@example.net cc* 1",
  "sip:ted@example.net bcc 1",
  "sip:andy@example.com bcc 1",
];
const HISTORY = [
  "sip:bill@example.com to 1",
  `${ANONYMOUS} to 2`,
  "sip:joe@example.org cc 1",
  `${ANONYMOUS} cc 1`,
];
const THREE = ["sip:bill@example.com to 1", "sip:joe@example.org cc 1", "sip:ted@example.net bcc 1"];
const NAMES = ["sip:bill@example.com bcc? 1", "sip:joe@example.com bcc? 1", "sip:nancy@example.com bcc? 1"];
const BYES = ["sip:bill@example.com bcc? 1", "sip:joe@example.org bcc? 1", "sip:ted@example.net bcc? 1"];

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "RFC 4826 1": NAMES,
  "RFC 5364 1": SEVEN,
  "RFC 5364 2": HISTORY,
  "RFC 5365 1": SEVEN,
  "RFC 5365 2": HISTORY,
  "RFC 5366 1": THREE,
  "RFC 5366 2": SEVEN,
  "RFC 5366 3": HISTORY,
  "RFC 5368 1": THREE,
  "RFC 5368 2": BYES,
};

for (const { from, number, text } of examples) {
  Deno.test(`list ${number} of ${from} is read`, () => {
    assert.deepEqual(read(text).entries.map(short), EXPECTED[`${from} ${number}`]);
  });
}

Deno.test("the lists of recipients that RFC 5364, 5365 and 5366 show for those that they begin with", () => {
  const texts = new Map(examples.map(({ from, number, text }) => [`${from} ${number}`, text]));
  for (
    const [asked, told] of [["RFC 5364 1", "RFC 5364 2"], ["RFC 5365 1", "RFC 5365 2"], ["RFC 5366 2", "RFC 5366 3"]]
  ) {
    const history = recipientHistory(read(texts.get(asked)!).entries)!;
    const expected = read(texts.get(told)!).entries;
    assert.deepEqual(readUriList(history).entries.map(short), expected.map(short), asked);
  }
});

Deno.test("names, nested lists, headers of URIs, and what is left out", () => {
  const [friends, byes] = ["RFC 4826", "RFC 5368"].map((rfc) =>
    read(examples.findLast(({ from }) => from === rfc)!.text)
  );
  assert.deepEqual(friends.entries.map(({ displayName, line }) => [displayName, line]), [
    ["Bill Doe", 5],
    ["Joe Smith", 13],
    ["Nancy Gross", 16],
  ]);
  assert.equal(friends.references, 2);
  assert.deepEqual(byes.entries.map(({ uri }) => uri.headers), ["method=BYE", "method=BYE", "method=BYE"]);
});

const NS = 'xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol"';
const list = (inside: string) => `<resource-lists ${NS}>\n<list>\n${inside}\n</list></resource-lists>`;
const entry = (uri: string, more = "") => `<entry uri="${uri}" ${more}/>`;
const tagged = (uri: string, copy: string, more = "") => entry(uri, `cp:copyControl="${copy}" ${more}`);

for (
  const [what, text, message, status] of [
    ["no XML", "sip:bob@example.test", /line 1/, 400],
    ["another root", "<list/>", /the root is \{\}list; allowed: .*resource-lists/, 400],
    ["an entry without a URI", list("<entry/>"), /^entry 1 \(line 3\): no uri$/, 400],
    [
      "a URI that is none",
      list(`${entry("sip:a@x")}\n${entry("bob")}`),
      /^entry 2 \(line 4\): URI "bob": no scheme$/,
      400,
    ],
    [
      "a copy control that is none",
      list(tagged("sip:a@x", "from")),
      /^entry 1 .*copyControl "from"; allowed: to, cc, bcc$/,
      400,
    ],
    ["an anonymize that is none", list(tagged("sip:a@x", "to", 'cp:anonymize="yes"')), /anonymize "yes"; allowed/, 400],
    ["a count that is none", list(tagged("sip:a@x", "to", 'cp:count="-1"')), /count "-1"; allowed/, 400],
    ["a URI that is too long", list(entry(`sip:${"a".repeat(3000)}@x`)), /more than 2048 characters/, 413],
    ["too many entries", list(entry("sip:a@x").repeat(2001)), /^entry 2001 \(line 3\): more than 2000 entries$/, 413],
    ["too deep", `<resource-lists ${NS}>${"<list>".repeat(9)}${"</list>".repeat(9)}</resource-lists>`, /8 deep/, 413],
    ["too large", list(" ".repeat(300_000)), /./, 413],
    ["a document type", `<!DOCTYPE a [<!ENTITY b "c">]>${list("")}`, /line 1/, 400],
  ] as const
) {
  Deno.test(`a list is refused: ${what}`, () => {
    assert.throws(() => read(text), (error) => {
      assert.ok(error instanceof UriListProblem);
      assert.match(error.message, message);
      assert.equal(error.status, status);
      return true;
    });
  });
}

Deno.test("a URI that is there twice counts once, with the highest of what is said of it (RFC 5363 §4.1, RFC 5364 §4)", () => {
  const collapsed = collapsedRecipients(
    read(list([
      tagged("sip:bob@Example.TEST", "cc"),
      tagged("sip:bob@example.test:5060;user=ip", "to", 'cp:anonymize="1"'),
      `<entry uri="sips:b%6fb@example.test?Subject=x"><display-name> Bob </display-name></entry>`,
      entry("sip:eve@example.test"),
      tagged("sip:Bob@example.test", "bcc"),
      entry("tel:+1-555-0100"),
      tagged("tel:+15550100", "cc"),
    ].join(""))).entries,
  );
  assert.deepEqual(collapsed.map((one) => `${short(one)} ${one.displayName}`), [
    "sip:bob@example.test to* 1 Bob",
    "sip:eve@example.test bcc? 1 ",
    "sip:Bob@example.test bcc 1 ",
    "tel:+15550100 cc 1 ",
  ]);
});

Deno.test("the list that others get says nothing that was for us alone", () => {
  const entries = read(list(
    `<entry uri="sip:bob:secret@example.test;method=INVITE?Session-Replaces=d1%40x" cp:copyControl="to">` +
      `<display-name>Fatty</display-name></entry>` + tagged("sip:eve@example.test", "bcc", 'cp:anonymize="true"') +
      entry("sip:ted@example.test"),
  )).entries;
  const text = new TextDecoder().decode(recipientHistory(entries)!);
  assert.match(text, /<list><entry uri="sip:bob@example.test" cp:copyControl="to"\/><\/list>/);
  assert.doesNotMatch(text, /secret|Replaces|Fatty|eve|ted|method/);
  assert.equal(recipientHistory(entries.slice(1)), null);
  assert.equal(recipientHistoryPart([]), null);
  assert.deepEqual(recipientHistoryPart(entries)!.headers, [
    ["Content-Type", "application/resource-lists+xml"],
    ["Content-Disposition", "recipient-list-history; handling=optional"],
  ]);
});

Deno.test("limits are the caller's", () => {
  const body = utf8(list(entry("sip:a@x") + entry("sip:b@x")));
  assert.throws(() => readUriList(body, { ...URI_LIST_LIMITS, entries: 1 }), /^UriListProblem: entry 2/);
});

Deno.test("property: what is written is read as the same, and nobody who is hidden is in a list of recipients", () => {
  const recipients = fc.array(fc.record({
    name: fc.stringMatching(/^[a-z]{1,6}$/),
    displayName: fc.constantFrom("", "A & B", "<x>"),
    copyControl: fc.constantFrom("to" as const, "cc" as const, "bcc" as const),
    anonymize: fc.boolean(),
    count: fc.nat({ max: 5 }),
  }));
  fc.assert(fc.property(recipients, (all) => {
    const written = all.map(({ name, ...more }) => ({ uri: `sip:${name}@x`, ...more }));
    const { entries } = readUriList(writeUriList(written));
    const again = entries.map(({ address: uri, displayName, copyControl, anonymize, count }) => ({
      uri,
      displayName,
      copyControl,
      anonymize,
      count,
    }));
    assert.deepEqual(again, written);
    const history = recipientHistory(entries);
    const shown = history === null ? [] : readUriList(history).entries;
    const people = collapsedRecipients(entries).filter(({ copyControl }) => copyControl !== "bcc");
    assert.equal(shown.reduce((sum, { count }) => sum + count, 0), people.length);
    const open = people.filter(({ anonymize }) => !anonymize).map(({ address }) => address);
    assert.deepEqual(shown.map(({ address }) => address).filter((uri) => uri !== ANONYMOUS).sort(), open.sort());
  }));
});
