import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { randomXml } from "./testing/random_xml.ts";
import { documentView, shapeOf, viewOf } from "./testing/xml_view.ts";
import { splicedDocument } from "./spliced_document.ts";
import { parseXml, parseXmlFragment, parseXmlOctets, textOfXml } from "./xml_parse.ts";
import { SMALL_XML, type XmlLimits, XmlProblem } from "./xml_node.ts";

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
    [
      "prefixes and names of letters of all kinds",
      "<p:\u00e9 xmlns:p='u'><\u00e9:p xmlns:\u00e9='v'/></p:\u00e9>",
      '{u}\u00e9[]""({v}p[]""())',
    ],
    ["a namespace with references", "<a xmlns='u&#58;&lt;'><p:b xmlns:p='u:&#60;'/></a>", '{u:<}a[]""({u:<}b[]""())'],
    ["prefixes", "<p:a xmlns:p='u' p:x='1' x='2'><p:b xmlns:p='v'/></p:a>", '{u}a[{u}x="1",x="2"]""({v}b[]""())'],
    ["no default namespace for attributes", "<a xmlns='u' x='1'/>", '{u}a[x="1"]""()'],
    ["xml:lang", "<a xml:lang='de'/>", 'a[{http://www.w3.org/XML/1998/namespace}lang="de"]""()'],
    ["names beyond ASCII", "<é·1 ü-.='1'/>", 'é·1[ü-.="1"]""()'],
    [
      "many attributes",
      `<a ${[..."bcdefghijkl"].map((name) => `${name}=''`).join(" ")}/>`,
      `a[${[..."bcdefghijkl"].map((name) => `${name}=""`).join()}]""()`,
    ],
    ["the same attribute in two namespaces", "<a xmlns:p='u' p:x='1' x='2'/>", 'a[{u}x="1",x="2"]""()'],
    ["the prefix xml declared as it is", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", 'a[]""()'],
    ["a prefix given back", "<a xmlns:p='u'><b xmlns:p='v'/><p:c/></a>", 'a[]""(b[]""(),{u}c[]""())'],
    ["a byte order mark", "\ufeff<?xml version='1.0'?><a/>", 'a[]""()'],
    ["any encoding, once it is text", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", 'a[]""()'],
    ["leading zeros", "<a>&#00000000000000000065;</a>", 'a[]"A"()'],
    ["almost ]]>", "<a>]] > ]>]</a>", 'a[]"]] > ]>]"()'],
    ["carriage returns by reference", "<a b='&#13;\r'>&#13;\r\n</a>", 'a[b="\\r "]"\\r\\n"()'],
    ["an instruction with <", "<a><?p <b> & ?>x</a>", 'a[]"x"()'],
    ["> in attributes and text", "<a b='>'>></a>", 'a[b=">"]">"()'],
  ] as const
) {
  Deno.test(`XML: ${name}`, () => assert.equal(shapeOf(parseXml(text).root), expected));
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
    "<a: xmlns:a='u'/>",
    "<a:1 xmlns:a='u'/>",
    "<a:-b xmlns:a='u'/>",
    "<a::b xmlns:a='u'/>",
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
    "<a></a",
    "<a></a b>",
    "<a></ a>",
    "<a></>",
    "<a b = >",
    "<a b='&'/>",
    "<a b='&x;'/>",
    "<a/ >",
    "<a / >",
    "<a xmlns:p='u' xmlns:p='v'/>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' p:x=''/>",
    "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
    "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:='u'/>",
    "<a xmlns:p:q='u'/>",
    "<xmlns:a/>",
    "<a xmlns:p='u'><b xmlns:p=''/></a>",
    "<a><b xmlns:p='u'/><p:c/></a>",
    "<a xml:lang='de' xml:lang='en'/>",
    "<a xml:b='' xmlns:q='u' q:c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' d=''/>",
    "<a xmlns:p='u' xmlns:q='u' p:d='' b='' e='' f='' g='' h='' i='' j='' k='' q:d=''/>",
    "<\u00b7a/>",
    "<a\u00d7/>",
    "<-a/>",
    "<a .b=''/>",
    "<a><?xml?></a>",
    "<a><?XML x?></a>",
    "<a><?p:q?></a>",
    "<a><?></a>",
    "<a><!></a>",
    "<a><!-></a>",
    "<a><!--></a>",
    "<a><!---></a>",
    "<a><!-- x --- ></a>",
    "<a><!-- x ---></a>",
    "<a><![cdata[x]]></a>",
    "<a><![CDATA[x]] ></a>",
    "<!--x--><!--y-->",
    "<a/>&#32;",
    "&#32;<a/>",
    "<a/><![CDATA[]]>",
    "\ufeff\ufeff<a/>",
    " \ufeff<a/>",
    "<?xml version='1.0'?><?xml version='1.0'?><a/>",
    "<?xml version=\"1.0'?><a/>",
    "<?xml version='1.0'encoding='UTF-8'?><a/>",
    "<?xml version='1.0' standalone='maybe'?><a/>",
    "<a>&#38</a>",
    "<a>&#xZ;</a>",
    "<a>&#X41;</a>",
    "<a>&#-1;</a>",
    "<a>&#xFFFE;</a>",
    "<a>&#11;</a>",
    "<a>&AMP;</a>",
    "<a>\u{1F600}\udc00</a>",
    "<a b='\u0000'/>",
    "<a><!--\u0008--></a>",
    "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
    "<a><!ELEMENT b></a>",
    "<a>".repeat(SMALL_XML.depth + 1) + "</a>".repeat(SMALL_XML.depth + 1),
    `<a>${"<b/>".repeat(SMALL_XML.elements)}</a>`,
    `<a ${Array.from({ length: SMALL_XML.attributes + 1 }, (_, i) => `b${i}=''`).join(" ")}/>`,
    `<a>${" ".repeat(SMALL_XML.characters)}</a>`,
  ]
) {
  Deno.test(`not XML that we read: ${JSON.stringify(text).slice(0, 50)}`, () => {
    assert.throws(() => parseXml(text), XmlProblem);
  });
}

Deno.test("as deep, as many and as long as is allowed", () => {
  const limits: XmlLimits = { characters: 60, depth: 3, elements: 5, attributes: 2 };
  const kindOf = (text: string) => {
    try {
      parseXml(text, limits);
      return "read";
    } catch (error) {
      return error instanceof XmlProblem ? error.kind : String(error);
    }
  };
  assert.deepEqual(
    [
      "<a><b><c></c></b></a>",
      "<a><b><c><d/></c></b></a>",
      "<a><b/><b/><b/><b/></a>",
      "<a><b/><b/><b/><b/><b/></a>",
      "<a b='' xmlns='u'/>",
      "<a b='' c='' xmlns='u'/>",
      `<a>${"x".repeat(53)}</a>`,
      `<a>${"x".repeat(54)}</a>`,
    ].map(kindOf),
    ["read", "too-large", "read", "too-large", "read", "too-large", "read", "too-large"],
  );
});

for (
  const [text, message] of [
    ["<a>\n  <b>\n</a>", "line 3, column 1: </a> where </b> belongs"],
    ["<a>\r\n\r<b c='1'\r\n  c='2'/></a>", "line 4, column 3: the attribute c is given twice"],
    ["\ufeff<a><p:b/></a>", "line 1, column 4: the prefix p is not declared"],
    ["<a>é😀&nbsp;</a>", "line 1, column 7: & that begins no character reference or built-in entity"],
    ["<a>\n<!DOCTYPE b>", "line 2, column 1: a document type; it is not taken"],
    ["<a>", "line 1, column 4: the text ends inside of a"],
    ["<a b='1'", "line 1, column 9: the text ends in the tag a"],
    ["<a/>\n x", "line 2, column 2: text outside of the root element"],
    ["<a>\n\u0001</a>", "line 2, column 1: the character U+0001 is not allowed in XML"],
    ["<a>\ud83d</a>", "line 1, column 4: the character U+D83D is not allowed in XML"],
    [`<${"n".repeat(100)}></a>`, `line 1, column 103: </a> where </${"n".repeat(60)}…> belongs`],
  ]
) {
  Deno.test(`what is wrong and where: ${JSON.stringify(text).slice(0, 40)}`, () => {
    assert.throws(() => parseXml(text), { name: "XmlProblem", message });
  });
}

Deno.test("octets: UTF-8 and nothing else, kept as they are", () => {
  const kindOf = (octets: Uint8Array) => {
    try {
      return parseXmlOctets(octets).text;
    } catch (error) {
      return error instanceof XmlProblem ? error.kind : String(error);
    }
  };
  const wide = (text: string, mark: number[]) =>
    new Uint8Array([...mark, ...[...text].flatMap((c) => [c.charCodeAt(0), 0])]);
  for (const kept of ["\ufeff<é/>\r\n", "<?xml version='1.0' encoding='utf-8'?><a/>", "<a/>"]) {
    assert.equal(kindOf(utf8(kept)), kept);
  }
  assert.deepEqual(
    [
      wide("<a/>", [0xff, 0xfe]),
      wide("<a/>", []),
      wide("<a/>", []).map((_, i, all) => all[i ^ 1]),
      new Uint8Array([60, 97, 62, 0xe9, 60, 47, 97, 62]),
      new Uint8Array([60, 97, 62, 0xed, 0xa0, 0x80, 60, 47, 97, 62]),
      new Uint8Array([60, 97, 62, 0xc0, 0xaf, 60, 47, 97, 62]),
      utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"),
      utf8('<?xml version="1.0" encoding="UTF-16"?><a/>'),
      utf8("<?xml version='1.0' encoding='UTF-8"),
      new Uint8Array(SMALL_XML.characters * 3 + 1),
    ].map(kindOf),
    [
      ...["not-utf-8", "not-utf-8", "not-utf-8", "not-utf-8", "not-utf-8", "not-utf-8", "not-utf-8", "not-utf-8"],
      ...["not-well-formed", "too-large"],
    ],
  );
  assert.equal(textOfXml(utf8("\ufeffé")), "\ufeffé");
});

Deno.test("a fragment is one element in the namespaces around it", () => {
  const scope = (prefix: string) => new Map([["", "urn:d"], ["p", "urn:p"], ["q", "urn:q"]]).get(prefix);
  const read = (text: string) => parseXmlFragment(text, scope);
  assert.equal(
    shapeOf(read("\n <!--c--><entry p:x='1' xmlns:q='urn:r'><q:b/></entry> <?p?>\n")),
    '{urn:d}entry[{urn:p}x="1"]""({urn:r}b[]""())',
  );
  const element = read("\ufeff\n<p:a>x</p:a>");
  assert.deepEqual([element.start, element.contentStart, element.contentEnd, element.end], [2, 7, 8, 14]);
  assert.equal(element.parent, null);
  for (
    const text of [
      "",
      " ",
      "x",
      "<a/><b/>",
      "<a/>x",
      "<a>",
      "<r:a/>",
      "<?xml version='1.0'?><a/>",
      "<a p:x='' xmlns:o='urn:p' o:x=''/>",
    ]
  ) {
    assert.throws(() => read(text), XmlProblem, text);
  }
  assert.equal(parseXmlFragment("<a/>", () => undefined).namespace, "");
});

Deno.test("property: a fragment in its scope is what it was in its document", () => {
  fc.assert(fc.property(randomXml, (text) => {
    const { root } = parseXml(text);
    const slice = text.slice(root.start, root.end);
    const fragment = parseXmlFragment(`${" ".repeat(root.start)}${slice}`, () => undefined);
    assert.deepEqual(viewOf(fragment), viewOf(root));
  }));
});

Deno.test("property: octets and text are read alike", () => {
  fc.assert(fc.property(randomXml, (text) => {
    assert.deepEqual(documentView(parseXmlOctets(utf8(text))), documentView(parseXml(text)));
  }));
});

Deno.test("namespaces are what is declared, whatever others were met before, and however many", () => {
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 600; n++) {
      const [short, long] = [`urn:n${n}`, `urn:${"n".repeat(200)}${n}`];
      const { root } = parseXml(`<a xmlns="${short}" xmlns:p="${short}&amp;"><p:b/><c xmlns="${long}"/></a>`);
      const [b, c] = root.children;
      assert.deepEqual([root.namespace, b.namespace, c.namespace], [short, `${short}&`, long]);
    }
  }
});

Deno.test("property: any text is a document or an XmlProblem with a place", () => {
  const piece = fc.constantFrom(
    ..."<a> </a> <b/> <a x='1'> xmlns='u' xmlns:p='u' <p:a> </p:a> &lt; &#65; & <!-- --> <![CDATA[ ]]> <?x ?> \" ' > < = t"
      .split(" "),
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        parseXml(pieces.join(""));
      } catch (error) {
        assert.ok(error instanceof XmlProblem && /^line \d+, column \d+: /.test(error.message), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a document knows how many elements, attributes and declarations it has, also after an edit", () => {
  const document = parseXml('<a><b x="1" y="2"/><b xmlns="urn:b"><c/></b></a>');
  assert.equal(document.parts, 7);
  const at = document.text.indexOf("<c/>");
  const more = splicedDocument(document, at, at + 4, '<c z=""/><d><e/></d>');
  assert.equal(more.parts, 10);
  assert.equal(parseXml(more.text).parts, 10);
  const tag = more.text.indexOf(" x=");
  assert.equal(splicedDocument(more, tag, tag + 6, "").parts, 9);
});
