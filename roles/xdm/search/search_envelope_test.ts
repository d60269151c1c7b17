import { deepEqual, equal, throws } from "node:assert/strict";
import { parseXml, xmlChildren } from "../../../transport/xml/mod.ts";
import { elementText } from "./element_text.ts";
import { readSearchSet, searchSet } from "./search_envelope.ts";
import { PEOPLE, ROOMS } from "./search_target.ts";

const octets = (text: string) => new TextEncoder().encode(text);
const set = (inside: string) => `<search-set xmlns="urn:oma:xml:xdm:search">${inside}</search-set>`;
const search = (id: string, attributes = "", query = "<query>q</query>") =>
  `<search id="${id}"><request${attributes}>${query}</request></search>`;

Deno.test("a search-set is read, one or several, the query as CDATA or escaped", () => {
  deepEqual(
    readSearchSet(octets(set(search("a", ' max-results="7"', "<query><![CDATA[a < b]]></query>") + search("b")))),
    [
      { id: "a", most: 7, query: "a < b" },
      { id: "b", most: null, query: "q" },
    ],
  );
});

Deno.test("what is no search-set is refused with what is allowed", () => {
  for (
    const [body, why] of [
      ["", /cannot be read/],
      ["<a/>", /root is "a" in ""; allowed: search-set/],
      [set(""), /1 to 5 <search>, not 0/],
      [set(search("a").repeat(6)), /not 6/],
      [set(search("")), /an id/],
      [set(`<search id="a"/>`), /a <request> with a <query>/],
      [set(search("a", "", "")), /a <request> with a <query>/],
      [set(search("a", ' max-results="-1"')), /max-results is "-1"/],
      [set(search("a").repeat(2)).padEnd(20_000), /cannot be read/],
      [set("<a>".repeat(20) + "</a>".repeat(20)), /cannot be read/],
    ] as const
  ) throws(() => readSearchSet(octets(body)), why);
  throws(() => readSearchSet(new Uint8Array([0x3c, 0xff, 0xfe])), /cannot be read/);
});

Deno.test("answers are well-formed whatever the values are, each element in its namespace and place", () => {
  const nasty = `<&"'> ]]> \u0001`;
  const text = searchSet([
    {
      id: nasty,
      target: PEOPLE,
      returns: { element: null, fields: [] },
      rows: [{ fields: { uri: ["a@b"], "display-name": [nasty], country: ["N"], locality: ["D"], hobby: ["1", "2"] } }],
      more: true,
    },
    {
      id: "2",
      target: ROOMS,
      returns: { element: { namespace: "", name: "found" }, fields: ["subject", "uri", "subject"] },
      rows: [{ fields: { uri: ["sip:r@b"], subject: ["s"] } }],
      more: false,
    },
  ]);
  const [first, second] = xmlChildren(parseXml(text).root, "urn:oma:xml:xdm:search", "search").map(({ children }) =>
    children[0].children[0]
  );
  equal(first.children[0].text, nasty.replace("\u0001", "\ufffd"));
  equal(
    elementText(first).replace(/<display-name>.*<\/display-name>/, ""),
    `<user-profile xmlns="urn:oma:xml:xdm:user-profile" uri="a@b"><address><country>N</country><locality>D</locality></address>` +
      `<hobbies><hobby>1</hobby><hobby>2</hobby></hobbies></user-profile>`,
  );
  equal(elementText(second), `<found uri="sip:r@b"><subject xmlns="urn:oma:xml:xdm:extensions">s</subject></found>`);
});

Deno.test("an element stands alone with the namespaces that it needs", () => {
  const { root } = parseXml(
    `<a xmlns="urn:a" xmlns:p="urn:p"><p:b p:c="1" d="&lt;" xml:lang="en"><e xmlns="">t</e></p:b></a>`,
  );
  const text = elementText(root.children[0]);
  equal(text, `<b xmlns="urn:p" xmlns:a0="urn:p" a0:c="1" d="&#60;" xml:lang="en"><e xmlns="">t</e></b>`);
  equal(elementText(parseXml(text).root), text);
});
