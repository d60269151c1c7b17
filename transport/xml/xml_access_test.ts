import { equal, ok } from "node:assert/strict";
import { parseXml, xmlAttribute, xmlAttributeIs } from "./mod.ts";

Deno.test("an attribute is compared as it is read: references expanded, namespaces told apart, prefixes of values no match", () => {
  const { root } = parseXml(`<a xmlns:p="urn:p" plain="one two" p:plain="three" coded="a&amp;b" tab="a\tb"/>`);
  const cases: [name: string, value: string, namespace?: string][] = [
    ["plain", "one two"],
    ["plain", "three", "urn:p"],
    ["coded", "a&b"],
    ["tab", "a b"],
  ];
  for (const [name, value, namespace] of cases) {
    equal(xmlAttribute(root, name, namespace), value);
    ok(xmlAttributeIs(root, name, value, namespace));
    for (const other of [value.slice(0, -1), `${value}x`, "", value.toUpperCase()]) {
      ok(!xmlAttributeIs(root, name, other, namespace), other);
    }
  }
  ok(!xmlAttributeIs(root, "coded", "a&amp;b"));
  ok(!xmlAttributeIs(root, "none", ""));
});
