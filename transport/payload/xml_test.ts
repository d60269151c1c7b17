import assert from "node:assert/strict";
import fc from "fast-check";
import { toLatin1, utf8 } from "../../foundation/mod.ts";
import {
  escapeXml,
  readXmlBody,
  xmlAttribute,
  xmlChild,
  xmlChildText,
  xmlDocument,
  xmlMarkup,
  xmlTrim,
} from "./xml_body.ts";
import { strictXml, XML_LIMITS, type XmlElement } from "./xml_reader.ts";

/** `{ns}name[attributes]text(children)` */
function shape(e: XmlElement): string {
  const name = (namespace: string, local: string) => namespace === "" ? local : `{${namespace}}${local}`;
  const attributes = e.attributes.map((a) => `${name(a.namespace, a.name)}=${JSON.stringify(a.value)}`).join(",");
  return `${name(e.namespace, e.name)}[${attributes}]${JSON.stringify(e.text)}(${e.children.map(shape).join()})`;
}

for (
  const [name, text, expected] of [
    ["an empty element", "<a/>", 'a[]""()'],
    ["open and closed", "<a ></a\n>", 'a[]""()'],
    ["a declaration", "<?xml version='1.0' encoding=\"UTF-8\" standalone='yes' ?>\r\n<a/>\n", 'a[]""()'],
    ["children and mixed text", "<a>x<b/>y<c>z</c></a>", 'a[]"xy"(b[]""(),c[]"z"())'],
    ["references", "<a b='&lt;&#65;&#x1F600;'>&amp;&gt;&quot;&apos;</a>", 'a[b="<A😀"]"&>\\"\'"()'],
    ["a reference that makes a reference", "<a>&#38;lt;&amp;lt;</a>", 'a[]"&lt;&lt;"()'],
    ["CDATA", "<a><![CDATA[<b>&amp;]]]]><![CDATA[>]]></a>", 'a[]"<b>&amp;]]>"()'],
    ["comments and instructions", "<!-- <x> --><?p q?><a><!--&no;--><?x?>t</a><!----><?y z?>", 'a[]"t"()'],
    ["white space in attributes", "<a b='1\t2\r\n3&#10;4'/>", 'a[b="1 2 3\\n4"]""()'],
    ["line ends", "<a>1\r\n2\r3\n</a>", 'a[]"1\\n2\\n3\\n"()'],
    ["a default namespace, taken off inside", "<a xmlns='u'><b/><c xmlns=''/></a>", '{u}a[]""({u}b[]""(),c[]""())'],
    ["prefixes", "<p:a xmlns:p='u' p:x='1' x='2'><p:b xmlns:p='v'/></p:a>", '{u}a[{u}x="1",x="2"]""({v}b[]""())'],
    ["no default namespace for attributes", "<a xmlns='u' x='1'/>", '{u}a[x="1"]""()'],
    ["xml:lang", "<a xml:lang='de'/>", 'a[{http://www.w3.org/XML/1998/namespace}lang="de"]""()'],
    ["names beyond ASCII", "<é·1 ü-.='1'/>", 'é·1[ü-.="1"]""()'],
    ["> in attributes and text", "<a b='>'>></a>", 'a[b=">"]">"()'],
  ] as const
) {
  Deno.test(`XML: ${name}`, () => assert.equal(shape(strictXml.read(text)), expected));
}

for (
  const text of [
    "",
    " ",
    "text",
    "<a>",
    "<a",
    "<a/",
    "<a></b>",
    "<a></A>",
    "</a>",
    "<a/><b/>",
    "<a/>x",
    "x<a/>",
    "<a b/>",
    "<a b=1/>",
    "<a b='1/>",
    "<a b='<'/>",
    "<a b='1'c='2'/>",
    "<a b='1' b='2'/>",
    "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
    "<a xmlns='u' xmlns='u'/>",
    "<p:a/>",
    "<a p:b='1'/>",
    "<a xmlns:p=''/>",
    "<a xmlns:xml='u'/>",
    "<a xmlns:xmlns='u'/>",
    "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
    "<a:b:c xmlns:a='u'/>",
    "<:a/>",
    "<1/>",
    "< a/>",
    "<a>&</a>",
    "<a>& lt;</a>",
    "<a>&lt</a>",
    "<a>&nbsp;</a>",
    "<a>&constructor;</a>",
    "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a>&#x;</a>",
    "<a>&#99999999999;</a>",
    "<a>\u0001</a>",
    "<a>\ud800</a>",
    "<a>\ufffe</a>",
    "<a>]]></a>",
    "<a><![CDATA[x</a>",
    "<![CDATA[x]]><a/>",
    "<a><!-- -- --></a>",
    "<a><!-- x</a>",
    "<a><?xml version='1.0'?></a>",
    " <?xml version='1.0'?><a/>",
    "<?xml version='2.0'?><a/>",
    "<?xml encoding='UTF-8'?><a/>",
    "<a><?p</a>",
    "<a><?p+?></a>",
    "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
    "<a><!ELEMENT b></a>",
    "<a>".repeat(XML_LIMITS.depth + 1) + "</a>".repeat(XML_LIMITS.depth + 1),
    `<a>${"<b/>".repeat(XML_LIMITS.elements)}</a>`,
    `<a ${Array.from({ length: XML_LIMITS.attributes + 1 }, (_, i) => `b${i}=''`).join(" ")}/>`,
    `<a>${" ".repeat(XML_LIMITS.characters)}</a>`,
  ]
) {
  Deno.test(`not XML that we read: ${JSON.stringify(text).slice(0, 50)}`, () => {
    assert.throws(() => strictXml.read(text), SyntaxError);
  });
}

Deno.test("as deep as is allowed", () => {
  const { depth } = XML_LIMITS;
  assert.equal(strictXml.read("<a>".repeat(depth) + "</a>".repeat(depth)).children.length, 1);
});

Deno.test("a body: UTF-8 only, no document type for any reader", () => {
  const never = { read: () => assert.fail("the reader was asked") };
  assert.throws(() => readXmlBody(utf8("<!doctype a><a/>"), never), SyntaxError);
  assert.throws(() => readXmlBody(new Uint8Array([60, 97, 62, 0xff]), never), SyntaxError);
  assert.throws(() => readXmlBody(new Uint8Array(XML_LIMITS.characters + 1), never), SyntaxError);
  assert.equal(readXmlBody(utf8("\ufeff<é/>"), strictXml).name, "é");
});

Deno.test("children and attributes by name and namespace", () => {
  const root = strictXml.read("<a xmlns='u' x='1'><b> t\n</b><b>2</b><c xmlns='v'>3</c></a>");
  assert.deepEqual([xmlChildText(root, "u", "b"), xmlChildText(root, "u", "c"), xmlChild(root, "v", "c")?.text], [
    "t",
    undefined,
    "3",
  ]);
  assert.deepEqual([xmlAttribute(root, "x"), xmlAttribute(root, "x", "u")], ["1", undefined]);
});

Deno.test("what is written is escaped", () => {
  const element = xmlMarkup("a", { x: `<"'&\n`, y: undefined }, "<b>&", xmlMarkup("c", {}), undefined);
  assert.equal(
    toLatin1(xmlDocument(element)),
    '<?xml version="1.0" encoding="UTF-8"?>\n<a x="&#60;&#34;&#39;&#38;&#10;">&#60;b&#62;&#38;<c/></a>\n',
  );
  assert.equal(escapeXml("a\0\ud800\uffffb😀"), "a\ufffd\ufffd\ufffdb😀");
});

Deno.test("property: any text comes back from attributes and content", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const kept = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\ufffd");
    const root = readXmlBody(xmlDocument(xmlMarkup("a", { x: text }, text)), strictXml);
    assert.deepEqual([xmlAttribute(root, "x"), root.text], [kept, kept]);
  }));
});

Deno.test("property: any text is a document or a SyntaxError", () => {
  const piece = fc.constantFrom(
    ..."<a> </a> <b/> <a x='1'> xmlns='u' xmlns:p='u' <p:a> </p:a> &lt; &#65; & <!-- --> <![CDATA[ ]]> <?x ?> \" ' > < = t"
      .split(" "),
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        strictXml.read(pieces.join(""));
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("hostile documents cost linear time", () => {
  const start = performance.now();
  const n = XML_LIMITS.characters;
  for (
    const text of [
      "<a>" + "&".repeat(n - 3),
      "<a " + "b".repeat(n - 3),
      "<a>" + "<!--".repeat(n / 4 - 1),
      "<a>" + "]]".repeat(n / 2 - 2),
      "<a b='" + "&lt;".repeat(n / 4 - 2),
      "<" + "a:".repeat(n / 2 - 1),
      ("<a " + Array.from({ length: 60 }, (_, i) => `xmlns:p${i}='u'`).join(" ") + ">").repeat(60).slice(0, n),
      " ".repeat(n),
      "<?xml " + " ".repeat(n - 6),
      "<a>" + "&#".repeat(n / 2 - 2),
    ]
  ) assert.throws(() => strictXml.read(text), SyntaxError);
  assert.equal(xmlTrim(" ".repeat(n) + "x" + " ".repeat(n) + "y"), "x" + " ".repeat(n) + "y");
  assert.ok(performance.now() - start < 1000);
});
