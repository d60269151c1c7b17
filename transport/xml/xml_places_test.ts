import assert from "node:assert/strict";
import fc from "fast-check";
import { randomXml } from "./testing/random_xml.ts";
import { allOf } from "./testing/xml_view.ts";
import { namespaceOf, namespacesInScope, xmlAttribute, xmlChild, xmlChildren } from "./xml_access.ts";
import { parseXml, parseXmlFragment } from "./xml_parse.ts";
import { escapeXml, expandedValue, xmlCollapsed, xmlTrim } from "./xml_text.ts";

Deno.test("places of a document's parts", () => {
  const text = "<?xml version='1.0'?>\n<p:a  xmlns:p='u' p:b = \"&lt;\" ><c/>x</p:a >\n";
  const { root, prologEnd } = parseXml(text);
  const [attribute] = root.attributes;
  const [declaration] = root.declarations;
  const [child] = root.children;
  assert.deepEqual(
    [
      text.slice(0, prologEnd),
      text.slice(root.start, root.contentStart),
      text.slice(root.contentStart, root.contentEnd),
      text.slice(root.contentEnd, root.end),
      text.slice(attribute.start, attribute.valueEnd + 1),
      text.slice(attribute.valueStart, attribute.valueEnd),
      text.slice(declaration.start, declaration.end),
      text.slice(child.start, child.end),
    ],
    [
      "<?xml version='1.0'?>",
      "<p:a  xmlns:p='u' p:b = \"&lt;\" >",
      "<c/>x",
      "</p:a >",
      'p:b = "&lt;"',
      "&lt;",
      "xmlns:p='u'",
      "<c/>",
    ],
  );
  assert.deepEqual([child.selfClosing, child.contentStart, child.contentEnd], [true, child.end, child.end]);
  assert.equal(root.selfClosing, false);
});

Deno.test("the prolog of a document without a declaration", () => {
  assert.deepEqual([parseXml("<a/>").prologEnd, parseXml("\ufeff<a/>").prologEnd], [0, 1]);
});

Deno.test("property: what stands at a node's place is the node", () => {
  fc.assert(fc.property(randomXml, (text) => {
    for (const element of allOf(parseXml(text).root)) {
      const called = element.prefix === "" ? element.name : `${element.prefix}:${element.name}`;
      const head = text.slice(element.start, element.contentStart);
      assert.ok(head.startsWith(`<${called}`) && head.endsWith(element.selfClosing ? "/>" : ">"), head);
      const tail = text.slice(element.contentEnd, element.end);
      assert.ok(element.selfClosing ? tail === "" : tail.startsWith(`</${called}`) && tail.endsWith(">"), tail);
      for (const attribute of element.attributes) {
        const name = attribute.prefix === "" ? attribute.name : `${attribute.prefix}:${attribute.name}`;
        assert.ok(text.startsWith(name, attribute.start));
        assert.equal(expandedValue(text.slice(attribute.valueStart, attribute.valueEnd)), attribute.value);
        const quote = text[attribute.valueEnd];
        assert.ok((quote === '"' || quote === "'") && text[attribute.valueStart - 1] === quote);
        assert.equal(xmlAttribute(element, attribute.name, attribute.namespace), attribute.value);
      }
      for (const { prefix, namespace, start, end } of element.declarations) {
        assert.equal(text.slice(start, end), `xmlns${prefix === "" ? "" : `:${prefix}`}="${namespace}"`);
      }
      let at = element.contentStart;
      for (const child of element.children) {
        assert.ok(child.start >= at && child.parent === element);
        at = child.end;
      }
      assert.ok(at <= element.contentEnd);
    }
  }));
});

Deno.test("property: the namespaces in scope are those that the text needs to be read by itself", () => {
  fc.assert(fc.property(randomXml, (text) => {
    for (const element of allOf(parseXml(text).root)) {
      const around = element.parent === null ? new Map<string, string>() : namespacesInScope(element.parent);
      const alone = parseXmlFragment(text.slice(element.start, element.end), (prefix) => around.get(prefix));
      assert.deepEqual([alone.namespace, alone.name, alone.text], [element.namespace, element.name, element.text]);
      assert.equal(namespaceOf(element, element.prefix), element.namespace);
      const scope = namespacesInScope(element);
      for (const prefix of ["", "p", "q"]) {
        assert.equal(namespaceOf(element, prefix) || undefined, scope.get(prefix), prefix);
      }
    }
  }));
});

Deno.test("namespaces: the innermost holds, the default one can be taken back", () => {
  const { root } = parseXml("<a xmlns='u' xmlns:p='v'><b xmlns='' xmlns:p='w'><c/></b></a>");
  const [b] = root.children;
  const [c] = b.children;
  assert.deepEqual([...namespacesInScope(root)], [["", "u"], ["p", "v"]]);
  assert.deepEqual([...namespacesInScope(c)], [["p", "w"]]);
  assert.deepEqual(["", "p", "q", "xml"].map((prefix) => namespaceOf(c, prefix)), [
    "",
    "w",
    undefined,
    "http://www.w3.org/XML/1998/namespace",
  ]);
});

Deno.test("children and attributes by name and namespace", () => {
  const { root } = parseXml("<a xmlns='u' x='1' xmlns:p='v' p:x='2'><b>1</b><c/><b xmlns='v'/><b>2</b></a>");
  assert.deepEqual(xmlChildren(root, "u", "b").map((child) => child.text), ["1", "2"]);
  assert.deepEqual([xmlChild(root, "u", "b")?.text, xmlChild(root, "v", "c")], ["1", undefined]);
  assert.deepEqual(["", "u", "v"].map((namespace) => xmlAttribute(root, "x", namespace)), ["1", undefined, "2"]);
  assert.deepEqual(xmlAttribute({ ...root, attributes: root.attributes }, "x"), "1");
});

Deno.test("white space", () => {
  for (
    const [text, trimmed, collapsed] of [
      ["", "", ""],
      [" ", "", ""],
      ["a", "a", "a"],
      ["a b", "a b", "a b"],
      [" \t\na  b\r\n", "a  b", "a b"],
      ["a\nb", "a\nb", "a b"],
      ["a ", "a", "a"],
      [" a", "a", "a"],
      ["\u00a0a", "\u00a0a", "\u00a0a"],
    ]
  ) assert.deepEqual([xmlTrim(text), xmlCollapsed(text)], [trimmed, collapsed], JSON.stringify(text));
});

Deno.test("property: escaped text comes back from attributes and content", () => {
  assert.equal(escapeXml("a\0\ud800\uffffb😀"), "a\ufffd\ufffd\ufffdb😀");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const kept = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\ufffd");
    const { root } = parseXml(`<a x="${escapeXml(text)}" y='${escapeXml(text)}'>${escapeXml(text)}</a>`);
    assert.deepEqual([xmlAttribute(root, "x"), xmlAttribute(root, "y"), root.text], [kept, kept, kept]);
  }));
});
