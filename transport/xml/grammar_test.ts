import assert from "node:assert/strict";
import type { Grammar } from "./grammar.ts";
import {
  ANY_URI,
  anyOf,
  ANYTHING,
  attribute,
  BOOLEAN,
  checkGrammar,
  choice,
  element,
  elements,
  type ElementType,
  EMPTY,
  enumeration,
  grammar,
  many,
  maybe,
  mixed,
  NON_NEGATIVE_INTEGER,
  one,
  OTHER_NAMESPACES,
  parseXml,
  some,
  splicedDocument,
  STRING,
  text,
  TOKEN,
} from "./mod.ts";

const U = "urn:u";
const NAME = element(U, "name", text(STRING), [
  attribute("lang", TOKEN, { namespace: "http://www.w3.org/XML/1998/namespace" }),
]);
const ENTRY = element(
  U,
  "entry",
  elements(maybe(NAME), many(anyOf(OTHER_NAMESPACES))),
  [attribute("uri", ANY_URI, { required: true })],
  OTHER_NAMESPACES,
);
const LIST: ElementType = element(U, "list", () => elements(maybe(NAME), many(choice([LIST, ENTRY]))), [
  attribute("name", STRING),
]);
const GRAMMAR: Grammar = grammar(
  [element(U, "lists", elements(many(LIST)))],
  [
    element("urn:v", "flag", text(BOOLEAN)),
    element("urn:v", "empty", EMPTY),
    element("urn:v", "strict", elements(one(anyOf({ namespaces: ["urn:v"], process: "strict" })))),
    element("urn:v", "skip", elements(many(anyOf({ namespaces: "any", process: "skip" })))),
    element("urn:v", "mixed", mixed(many(LIST))),
    element("urn:v", "any", ANYTHING),
    element("urn:v", "size", text(NON_NEGATIVE_INTEGER), [attribute("unit", enumeration(["kB", "MB"]))]),
    element("urn:v", "quiet", elements(some(ENTRY))),
  ],
);

/** In a list's entry, where other namespaces are open. */
const inEntry = (content: string) => inList(`<entry uri='sip:a'>${content}</entry>`);
const inList = (content: string) =>
  `<lists xmlns='${U}' xmlns:v='urn:v' xmlns:w='urn:w'><list>${content}</list></lists>`;
const xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";

/** What breaks, `message`, and where: the text of the attribute or the name of the element. */
function breachOf(document: string): [message: string, where: string] | null {
  const breach = checkGrammar(parseXml(document), GRAMMAR);
  if (breach === null) return null;
  const { element, attribute, message } = breach;
  return [message, attribute === null ? element.name : document.slice(attribute.start, attribute.valueEnd + 1)];
}

for (
  const [name, document] of [
    ["nothing in it", `<lists xmlns='${U}'/>`],
    ["white space and comments", `<lists xmlns='${U}'>\n <!-- x --> <?p?></lists>`],
    ["another prefix", `<p:lists xmlns:p='${U}'><p:list name=' x '/></p:lists>`],
    ["lists in lists", inList("<name xml:lang=' de '>x</name><list><list/></list><entry uri='sip:a'/><list/>")],
    ["other namespaces, unknown", inEntry("<name/><w:x y='1'><w:z>text</w:z></w:x><w:x/>")],
    ["other attributes", inList("<entry uri='a' w:x='1'/>")],
    ["other namespaces, known", inEntry("<v:flag> true\n</v:flag><v:empty> </v:empty>")],
    ["known in unknown", inEntry("<w:x><v:flag>0</v:flag><list/></w:x>")],
    ["strict", inEntry("<v:strict><v:empty/></v:strict>")],
    ["skipped", inEntry("<v:skip><v:flag>maybe</v:flag><list x='1'/></v:skip>")],
    ["mixed", inEntry("<v:mixed>a<list/>b</v:mixed>")],
    ["anything", inEntry("<v:any x='1'>a<list x='1'/></v:any>").replace(" x='1'>a", ">a")],
    ["values", inEntry("<v:size unit=' kB '>\t7 </v:size>")],
    ["schema locations", `<lists xmlns='${U}' ${xsi} xsi:schemaLocation='a b' xsi:noNamespaceSchemaLocation='c'/>`],
    ["a type", `<lists xmlns='${U}' ${xsi} xsi:type=' xsi:any '/>`],
    ["nil on what is not known", inEntry(`<w:x ${xsi} xsi:nil='true'/>`)],
  ]
) {
  Deno.test(`fits its grammar: ${name}`, () => assert.equal(breachOf(document), null));
}

for (
  const [name, document, message, where] of [
    ["another root", `<list xmlns='${U}'/>`, "the root is {urn:u}list; allowed: {urn:u}lists", "list"],
    ["a root of no namespace", "<lists/>", "the root is lists; allowed: {urn:u}lists", "lists"],
    ["an attribute missing", inList("<entry/>"), "entry: attribute uri is required", "entry"],
    ["an attribute too many", inList("<list x='1'/>"), "list: attribute x may not stand here; allowed: name", "x='1'"],
    [
      "an attribute of another namespace",
      inList("<list w:x='1'/>"),
      "list: attribute w:x may not stand here; allowed: name",
      "w:x='1'",
    ],
    [
      "an attribute without prefix where others may stand",
      inList("<entry uri='a' x='1'/>"),
      "entry: attribute x may not stand here; allowed: uri",
      "x='1'",
    ],
    ["an attribute's value", inList("<entry uri='a b'/>"), 'entry: attribute uri: "a b" is no URI', "uri='a b'"],
    [
      "an order",
      inList("<entry uri='a'/><name/>"),
      "list: name may not stand behind entry; allowed: list, entry",
      "name",
    ],
    ["at the beginning", inList("<w:x/>"), "list: w:x may not stand at its beginning; allowed: name, list, entry", "x"],
    ["twice", inList("<name/><name/>"), "list: name may not stand behind name; allowed: list, entry", "name"],
    [
      "another namespace",
      inEntry("<list/>"),
      "entry: list may not stand at its beginning; allowed: name, elements of another namespace",
      "list",
    ],
    ["text between elements", inList("x"), "list: text may not stand here", "list"],
    ["CDATA between elements", inList("<![CDATA[ ]]>"), "list: text may not stand here", "list"],
    ["elements in text", inList("<name><name/></name>"), "name: name may not stand in it; no element may", "name"],
    [
      "a known one of another namespace",
      inEntry("<v:flag>yes</v:flag>"),
      'v:flag: "yes" is none of true, false, 1, 0',
      "flag",
    ],
    [
      "a known one in an unknown",
      inEntry("<w:x><w:y><v:flag/></w:y></w:x>"),
      'v:flag: "" is none of true, false, 1, 0',
      "flag",
    ],
    [
      "text in what is empty",
      inEntry("<v:empty>x</v:empty>"),
      "v:empty: text may not stand in it; it is empty",
      "empty",
    ],
    [
      "an element in what is empty",
      inEntry("<v:empty><w:x/></v:empty>"),
      "v:empty: w:x may not stand in it; no element may",
      "empty",
    ],
    [
      "unknown where it must be known",
      inEntry("<v:strict><v:x/></v:strict>"),
      "v:x: an element that is not known here",
      "x",
    ],
    [
      "something missing",
      inEntry("<v:quiet/>"),
      "v:quiet: something is missing at its end; expected: {urn:u}entry",
      "quiet",
    ],
    [
      "the second of two",
      inEntry("<v:size unit='GB'>1</v:size>"),
      'v:size: attribute unit: "GB" is none of kB, MB',
      "unit='GB'",
    ],
    [
      "a type of no prefix",
      `<lists xmlns='${U}' ${xsi} xsi:type='q:x'/>`,
      "lists: attribute xsi:type: the prefix q is not declared",
      "xsi:type='q:x'",
    ],
    [
      "a type that is no name",
      `<lists xmlns='${U}' ${xsi} xsi:type='1'/>`,
      'lists: attribute xsi:type: "1" is no name',
      "xsi:type='1'",
    ],
    [
      "nil",
      inList(`<list ${xsi} xsi:nil='false'/>`),
      "list: attribute xsi:nil: the element must have content",
      "xsi:nil='false'",
    ],
    [
      "xsi's own that are none",
      inList(`<list ${xsi} xsi:x=''/>`),
      "list: attribute xsi:x: there is no such attribute",
      "xsi:x=''",
    ],
  ]
) {
  Deno.test(`breaks its grammar: ${name}`, () => assert.deepEqual(breachOf(document), [message, where]));
}

Deno.test("the first breach in the document's order is told", () => {
  const document = inList("<entry uri='a'/><list><entry/></list><entry uri='b c'/>");
  assert.deepEqual(breachOf(document), ["entry: attribute uri is required", "entry"]);
  const breach = checkGrammar(parseXml(document), GRAMMAR);
  assert.equal(breach?.element.start, document.indexOf("<entry/>"));
  assert.equal(breach?.element.parent?.name, "list");
});

Deno.test("a document that was checked and then spliced is checked where it changed", () => {
  const document = parseXml(inList("<entry uri='a'/><list name='x'><entry uri='b'/></list><entry uri='c'/>"));
  assert.equal(checkGrammar(document, GRAMMAR), null);
  const spliced = (find: string, insert: string) => {
    const at = document.text.indexOf(find);
    return checkGrammar(splicedDocument(document, at, at + find.length, insert), GRAMMAR)?.message ?? null;
  };
  assert.equal(spliced("<entry uri='b'/>", "<entry uri='d'/>"), null);
  assert.equal(spliced("<entry uri='b'/>", "<entry/>"), "entry: attribute uri is required");
  assert.equal(spliced("<entry uri='b'/>", "x"), "list: text may not stand here");
  assert.equal(spliced("uri='c'", "uri='c' y=''"), "entry: attribute y may not stand here; allowed: uri");
  assert.equal(spliced("<entry uri='c'/>", "<name/>"), "list: name may not stand behind list; allowed: list, entry");
  assert.equal(spliced("xmlns='urn:u'", "xmlns='urn:x'"), "the root is {urn:x}lists; allowed: {urn:u}lists");
  assert.equal(checkGrammar(document, GRAMMAR), null);
});

Deno.test("what fits one grammar is looked at again for another", () => {
  const document = parseXml("<a><b x='1'/></a>");
  const b = element("", "b", EMPTY, [], { namespaces: "any", process: "lax" });
  const loose = grammar([element("", "a", elements(many(b)))]);
  const strict = grammar([element("", "a", elements(many(element("", "b"))))]);
  const shared = grammar([element("", "a", elements(many(anyOf({ namespaces: "any", process: "strict" }))))], [b]);
  assert.equal(checkGrammar(document, loose), null);
  assert.equal(checkGrammar(document, strict)?.message, "b: attribute x may not stand here; allowed: none");
  assert.equal(checkGrammar(document, shared), null);
  assert.equal(checkGrammar(document, loose), null);
});

Deno.test("a document that is not ours", () => {
  const { text, root, prologEnd } = parseXml("<a/>");
  const foreign = { text, root, prologEnd, parts: 1, spliced: () => assert.fail("spliced") };
  assert.throws(() => checkGrammar(foreign, GRAMMAR), TypeError);
});
