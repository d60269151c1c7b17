import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { PLAIN_DONE, PLAIN_START, PLAIN_UNKNOWN, plainWord, PlainXml } from "./plain_xml.ts";
import { randomElement } from "./testing/random_xml.ts";
import type { XmlElement } from "./xml_node.ts";
import { XmlProblem } from "./xml_node.ts";
import { parseXmlOctets } from "./xml_parse.ts";

const NAMESPACES = ["urn:a", "urn:b"];
const LOCAL = ["a", "b", "entry", "list", "long-name-that-is-a-slice"];
const ATTRIBUTES = ["x", "y", "uri"];
const xml = new PlainXml(NAMESPACES);

/** Of each element: its namespace, name, attributes and, where it has no child, text; with `/` for each end. Null: it gave up. */
function read(octets: Uint8Array): string[] | null {
  const found: string[] = [];
  const open: { at: number; isLeaf: boolean }[] = [];
  if (!xml.begin(octets)) return null;
  for (;;) {
    const token = xml.next();
    if (token === PLAIN_UNKNOWN) return null;
    if (token === PLAIN_DONE) return found;
    if (token !== PLAIN_START) {
      const { at, isLeaf } = open.pop()!;
      if (isLeaf) found[at] += `"${textOf(xml.textFrom, xml.textTo, octets)}"`;
      found.push("/");
      continue;
    }
    if (open.length > 0) open.at(-1)!.isLeaf = false;
    open.push({ at: found.length, isLeaf: true });
    const name = LOCAL.find((local) => xml.isNamed(plainWord(local)));
    const attributes = ATTRIBUTES.filter((attribute) => xml.findAttribute(plainWord(attribute)))
      .map((attribute) => {
        xml.findAttribute(plainWord(attribute));
        return ` ${attribute}=${textOf(xml.textFrom, xml.textTo, octets)}`;
      });
    found.push(`{${NAMESPACES[xml.namespace - 1] ?? ""}}${name}${attributes.join("")}`);
  }
}

function textOf(from: number, to: number, octets: Uint8Array): string {
  return new TextDecoder().decode(octets.subarray(from, to)).replaceAll(/\r\n?/g, "\n");
}

/** The same of a document that was read in full. */
function told(element: XmlElement, into: string[] = []): string[] {
  const { namespace, name, attributes, children, text } = element;
  const known = ATTRIBUTES.flatMap((wanted) => attributes.filter((one) => one.prefix === "" && one.name === wanted));
  const all = known.map((attribute) => ` ${attribute.name}=${attribute.value}`).join("");
  const space = NAMESPACES.includes(namespace) ? namespace : "";
  const local = LOCAL.find((one) => one === name);
  into.push(`{${space}}${local}${all}${children.length > 0 ? "" : `"${text}"`}`);
  for (const child of children) told(child, into);
  into.push("/");
  return into;
}

Deno.test("what it reads to the end is a document, and says what a full reading says", () => {
  let taken = 0;
  const change = fc.record({
    at: fc.nat(400),
    length: fc.constantFrom(0, 0, 1, 5),
    insert: fc.constantFrom(
      "",
      "",
      "<",
      ">",
      "/",
      '"',
      " ",
      "é",
      "&",
      "]]>",
      ' x=""',
      ' xmlns="urn:b"',
      ' xmlns:p="urn:a"',
      "<p:a/>",
    ),
  });
  fc.assert(
    fc.property(randomElement, fc.option(change), (written, changed) => {
      // Most of what it gives up at is taken out, so that there is something left to read.
      let text = written.replace(/<!--.*?-->|<!\[CDATA\[[^]*?\]\]>|<\?.*?\?>|&[^;]*;|]]/g, "")
        .replace(/\s+/g, " ").replace(/ ?= ?/g, "=").replace(/ >/g, ">").replaceAll("é", "b");
      if (changed !== null) {
        const at = Math.min(changed.at, text.length);
        text = text.slice(0, at) + changed.insert + text.slice(at + changed.length);
      }
      const octets = utf8(text), found = read(octets);
      if (found === null) return;
      taken++;
      assert.deepEqual(found, told(parseXmlOctets(octets).root), text);
    }),
    { numRuns: 4000 },
  );
  assert.ok(taken > 400, `${taken}`);
});

for (
  const [name, text] of [
    ["a reference", "<a>&amp;</a>"],
    ["a comment", "<a><!-- c --></a>"],
    ["CDATA", "<a><![CDATA[x]]></a>"],
    ["an instruction", "<a><?p?></a>"],
    ["a name beyond ASCII", "<é/>"],
    ["blanks around =", '<a x = ""/>'],
    ["a line end in a value", '<a x="\n"/>'],
    ["a blank in an end tag", "<a></a >"],
    ["a default namespace taken back", '<a xmlns="urn:a"><b xmlns=""/></a>'],
    ["the same local name twice", '<a xmlns:p="urn:a" x="" p:x=""/>'],
    ["a byte order mark", "\ufeff<a/>"],
    ["a declaration as few write it", `<?xml version='1.0'  encoding="Utf-8" ?><a/>`],
    ["U+FFFD, since U+FFFF begins as it does", "<a>\ufffd</a>"],
  ]
) {
  Deno.test(`it gives up at what a full reading takes: ${name}`, () => {
    parseXmlOctets(utf8(text));
    assert.equal(read(utf8(text)), null);
  });
}

for (
  const [name, text] of [
    ["nothing", ""],
    ["a declaration alone", '<?xml version="1.0" encoding="UTF-8"?>'],
    ["text in front", "x<a/>"],
    ["text behind", "<a/>x"],
    ["a second root", "<a/><a/>"],
    ["an end too many", "<a/></a>"],
    ["another end", "<a></b>"],
    ["no end", "<a><b></b>"],
    ["a prefix of an element that is not declared", "<p:a/>"],
    ["a prefix of an attribute that is not declared", '<a p:x=""/>'],
    ["a prefix that is declared elsewhere", '<a><b xmlns:p="urn:a"/><p:b/></a>'],
    ["an attribute twice", '<a x="" x=""/>'],
    ["a prefix twice", '<a xmlns:p="urn:a" xmlns:p="urn:b"/>'],
    ["a default namespace twice", '<a xmlns="urn:a" xmlns="urn:b"/>'],
    ["a prefix taken back", '<a xmlns:p=""/>'],
    ["xml as something else", '<a xmlns:xml="urn:a"/>'],
    ["something else as xml", '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>'],
    ["xmlns declared", '<a xmlns:xmlns="urn:a"/>'],
    ["attributes without white space", '<a x=""y=""/>'],
    ["a value without quotes", "<a x=y/>"],
    ["a value that does not end", '<a x="'],
    ["< in a value", '<a x="<"/>'],
    ["]]> in text", "<a>]]></a>"],
    ["a control character", "<a>\x01</a>"],
    ["U+FFFE", "<a>\ufffe</a>"],
    ["two colons", "<a:b:c/>"],
    ["a name that begins with a digit", "<1/>"],
  ]
) {
  Deno.test(`it does not read what is no document: ${name}`, () => {
    assert.throws(() => parseXmlOctets(utf8(text)), XmlProblem);
    assert.equal(read(utf8(text)), null);
  });
}

Deno.test("octets that are no UTF-8 are not read", () => {
  for (const octet of [0x80, 0xc0, 0xed, 0xf8, 0xff]) {
    for (const [before, after] of [["<a>", "</a>"], ['<a x="', '"/>']]) {
      const octets = Uint8Array.from([...utf8(before), octet, 0xa0, 0x80, ...utf8(after)]);
      assert.throws(() => parseXmlOctets(octets), XmlProblem);
      assert.equal(read(octets), null);
    }
  }
  assert.deepEqual(read(utf8("<a>é😀</a>")), ['{}a"é😀"', "/"]);
});
