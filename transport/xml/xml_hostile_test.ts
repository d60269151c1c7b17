import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { ANYTHING, checkGrammar, element, elements, grammar, many, maybe, one } from "./mod.ts";
import { splicedDocument } from "./spliced_document.ts";
import { namespacesInScope } from "./xml_access.ts";
import { type XmlLimits, XmlProblem } from "./xml_node.ts";
import { parseXml, parseXmlOctets } from "./xml_parse.ts";

const MEGABYTE = 1_000_000;
/** Wide enough that nothing but the text itself stops the reader. */
const WIDE: XmlLimits = {
  characters: 40 * MEGABYTE,
  depth: MEGABYTE,
  elements: 4 * MEGABYTE,
  attributes: 2 * MEGABYTE,
};
const LARGE: XmlLimits = { characters: 16 * MEGABYTE, depth: 64, elements: 20_000, attributes: 64 };

function bounded(work: () => void): void {
  const start = performance.now();
  work();
  assert.ok(performance.now() - start < 5000, "in bounded time");
}

const BOMB = `<!DOCTYPE a [<!ENTITY x0 "xxxxxxxxxx">${
  Array.from({ length: 20 }, (_, i) => `<!ENTITY x${i + 1} "${`&x${i};`.repeat(10)}">`).join("")
}]><a>&x20;</a>`;
const MANY_ATTRIBUTES = `<a ${Array.from({ length: MEGABYTE }, (_, i) => `b${i}=''`).join(" ")}/>`;

for (
  const [name, text, limits, message] of [
    ["an entity bomb", BOMB, WIDE, /a document type/],
    ["an external entity", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', WIDE, /a document type/],
    ["an external subset", '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', WIDE, /a document type/],
    ["10,000 levels", "<a>".repeat(10_000), LARGE, /^line 1, column 193: more than 64 elements in one another/],
    ["1,000,000 attributes", MANY_ATTRIBUTES, LARGE, /more than 64 attributes/],
    ["1,000,000 elements", `<a>${"<b/>".repeat(MEGABYTE)}</a>`, LARGE, /more than 20000 elements/],
    ["a megabyte of <", "<".repeat(MEGABYTE), WIDE, /an element's name belongs here/],
    ["a megabyte of <a", "<a".repeat(MEGABYTE / 2), WIDE, /white space, > or/],
    ["a megabyte of <a>", "<a>".repeat(MEGABYTE / 3), WIDE, /the text ends inside of a/],
    ["a megabyte of ]", `<a>${"]".repeat(MEGABYTE)}`, WIDE, /the text ends inside of a/],
    ["a megabyte of ]]>", `<a>${"]]>".repeat(MEGABYTE / 3)}`, WIDE, /\]\]> in text/],
    ["a megabyte of &", `<a>${"&".repeat(MEGABYTE)}`, WIDE, /begins no character reference/],
    ["an endless reference", `<a>&#${"0".repeat(MEGABYTE)}`, WIDE, /begins no character reference/],
    ["a reference far too large", `<a>&#${"9".repeat(MEGABYTE)};`, WIDE, /begins no character reference/],
    ["an endless comment", `<a><!--${"- ".repeat(MEGABYTE / 2)}`, WIDE, /a comment that is not closed/],
    ["comments in comments", `<a>${"<!--".repeat(MEGABYTE / 4)}`, WIDE, /-- in a comment/],
    ["endless CDATA", `<a><![CDATA[${"]]".repeat(MEGABYTE / 2)}`, WIDE, /a CDATA section that is not closed/],
    ["an endless instruction", `<a><?p ${"?".repeat(MEGABYTE)}`, WIDE, /instruction that is not closed/],
    [
      "an endless declaration",
      `<?xml version='1.0'${" ".repeat(MEGABYTE)}`,
      WIDE,
      /an XML declaration that is malformed/,
    ],
    ["an endless value", `<a b='${"&lt;".repeat(MEGABYTE / 4)}`, WIDE, /value that is not closed/],
    ["a name of a megabyte", `<${"n".repeat(MEGABYTE)}></n>`, WIDE, /<\/n> where <\/n{60}…> belongs/],
    ["a name of colons", `<${"a:".repeat(MEGABYTE / 2)}/>`, WIDE, /white space, > or/],
    ["a name beyond ASCII", `<${"é".repeat(MEGABYTE)}:`, WIDE, /an element's name belongs here/],
    ["a prefix of a megabyte", `<${"p".repeat(MEGABYTE)}:a/>`, WIDE, /the prefix p{60}… is not declared/],
    ["blanks alone", " ".repeat(MEGABYTE), WIDE, /no root element/],
    ["too long", " ".repeat(MEGABYTE), { ...WIDE, characters: MEGABYTE - 1 }, /1000000 characters/],
  ] as const
) {
  Deno.test(`hostile XML is refused: ${name}`, () => {
    bounded(() =>
      assert.throws(() => parseXml(text, limits), (e) => e instanceof XmlProblem && message.test(e.message))
    );
  });
}

Deno.test("wrong encodings are refused, however long", () => {
  bounded(() => {
    for (const octets of [new Uint8Array(4 * MEGABYTE), new Uint8Array(4 * MEGABYTE).fill(0xc3)]) {
      assert.throws(() => parseXmlOctets(octets, WIDE), { kind: "not-utf-8" });
    }
    assert.throws(() => parseXmlOctets(new Uint8Array(121 * MEGABYTE), WIDE), { kind: "too-large" });
    assert.throws(() => parseXmlOctets(utf8(BOMB), WIDE), { kind: "not-well-formed" });
  });
});

Deno.test("what is large and well-formed is read in bounded time", () => {
  const levels = 50_000;
  bounded(() => {
    const deep = parseXml(`${"<a>".repeat(levels)}${"</a>".repeat(levels)}`, WIDE);
    let depth = 0;
    for (let at = deep.root; at !== undefined; at = at.children[0]) depth++;
    assert.equal(depth, levels);
    const many = Array.from({ length: 100_000 }, (_, i) => `b${i}=''`).join(" ");
    assert.equal(parseXml(`<a ${many}/>`, WIDE).root.attributes.length, 100_000);
  });
});

Deno.test("a prefix costs the same however many are declared around it", () => {
  const levels = 60;
  const declared = (level: number) =>
    Array.from({ length: 60 }, (_, i) => ` xmlns:p${level}-${i}='urn:${level}'`).join("");
  const open = Array.from({ length: levels }, (_, level) => `<a${declared(level)}>`).join("");
  const text = `${open}${"<p0-0:b p0-1:x=''/>".repeat(19_000)}${"</a>".repeat(levels)}`;
  bounded(() => {
    let at = parseXml(text, LARGE).root;
    while (at.children[0].name === "a") at = at.children[0];
    assert.equal(at.children[18_999].namespace, "urn:0");
    assert.equal(namespacesInScope(at).size, levels * 60);
  });
});

Deno.test("splices of a large document are bounded, also where they do not read", () => {
  const document = parseXml(`<a>${"<b>x</b>".repeat(15_000)}</a>`, LARGE);
  bounded(() => {
    for (let i = 0; i < 5; i++) {
      const child = document.root.children[i * 2000];
      for (const insert of ["<", "<b>", "</b>", "<!--", "]]>", "&", "<!DOCTYPE b>"]) {
        assert.throws(() => splicedDocument(document, child.start, child.end, insert), XmlProblem, insert);
      }
    }
  });
});

Deno.test("a grammar of many optional parts, and children that leave them all out", () => {
  const types = Array.from({ length: 200 }, (_, i) => element("", `e${i}`));
  const nested = element("", "n", () => elements(maybe(nested), many(one(types[0]))));
  const g = grammar([element("", "a", elements(...types.map(maybe), many(element("", "z", ANYTHING)))), nested]);
  bounded(() => {
    assert.equal(checkGrammar(parseXml(`<a>${"<z/>".repeat(19_000)}</a>`, LARGE), g), null);
    assert.equal(checkGrammar(parseXml(`${"<n>".repeat(64)}${"</n>".repeat(64)}`, LARGE), g), null);
    const levels = 50_000;
    assert.equal(checkGrammar(parseXml(`${"<n>".repeat(levels)}${"</n>".repeat(levels)}`, WIDE), g), null);
    const late = checkGrammar(parseXml(`<a>${"<z/>".repeat(18_000)}<e0/></a>`, LARGE), g);
    assert.equal(late?.message, "a: e0 may not stand behind z; allowed: z");
  });
});
