import assert from "node:assert/strict";
import fc from "fast-check";
import { toLatin1, utf8 } from "../../foundation/mod.ts";
import { SMALL_XML, xmlAttribute } from "../xml/mod.ts";
import { readXmlBody, xmlChildText, xmlDocument, xmlMarkup } from "./xml_body.ts";
import { strictXml } from "./xml_reader.ts";

Deno.test("a body: UTF-8 only, no document type for any reader", () => {
  const never = { read: () => assert.fail("the reader was asked") };
  assert.throws(() => readXmlBody(utf8("<!doctype a><a/>"), never), SyntaxError);
  assert.throws(() => readXmlBody(new Uint8Array([60, 97, 62, 0xff]), never), SyntaxError);
  assert.throws(() => readXmlBody(new Uint8Array(SMALL_XML.characters + 1), never), SyntaxError);
  assert.equal(readXmlBody(utf8("\ufeff<é/>"), strictXml).name, "é");
});

Deno.test("a child's text by name and namespace", () => {
  const root = strictXml.read("<a xmlns='u'><b> t\n</b><b>2</b><c xmlns='v'>3</c></a>");
  assert.deepEqual([xmlChildText(root, "u", "b"), xmlChildText(root, "u", "c")], ["t", undefined]);
});

Deno.test("what is written is escaped", () => {
  const element = xmlMarkup("a", { x: `<"'&\n`, y: undefined }, "<b>&", xmlMarkup("c", {}), undefined);
  assert.equal(
    toLatin1(xmlDocument(element)),
    '<?xml version="1.0" encoding="UTF-8"?>\n<a x="&#60;&#34;&#39;&#38;&#10;">&#60;b&#62;&#38;<c/></a>\n',
  );
});

Deno.test("property: any text comes back from attributes and content", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const kept = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\ufffd");
    const root = readXmlBody(xmlDocument(xmlMarkup("a", { x: text }, text)), strictXml);
    assert.deepEqual([xmlAttribute(root, "x"), root.text], [kept, kept]);
  }));
});
