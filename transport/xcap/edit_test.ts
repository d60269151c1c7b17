import assert from "node:assert/strict";
import { parseXml } from "../xml/mod.ts";
import { putNode, removeNode } from "./edit_node.ts";
import { mediaTypeOf } from "./media_types.ts";
import { nodeContent } from "./node_content.ts";
import { parseNodeSelector } from "./parse_node_selector.ts";
import { XcapProblem } from "./xcap_problem.ts";

const LIST = `<l xmlns="urn:l" xmlns:o="urn:o">
  <e n="1"/>
  <!-- two --><e n="2"><o:x/>text</e>
  <f/>
</l>`;

function put(document: string | null, text: string, body: string, namespaces = new Map<string, string>()) {
  const selector = parseNodeSelector(text, namespaces);
  const content = { mediaType: mediaTypeOf(selector), octets: new TextEncoder().encode(body) };
  return putNode(
    document === null ? null : parseXml(document),
    selector,
    "urn:l",
    content,
    "http://h/xcap/a/users/u/d",
  );
}

function remove(document: string, text: string) {
  return removeNode(parseXml(document), parseNodeSelector(text, new Map()), "urn:l").document.text;
}

function refused(status: number, element: string | null, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof XcapProblem);
    assert.deepEqual([error.status, error.condition?.element ?? null], [status, element], error.message);
    assert.match(error.message, message);
    return true;
  };
}

Deno.test("PUT of an element replaces just that element", () => {
  const { document, created } = put(LIST, 'l/e[@n="2"]', ' <e n="2"  new=""/>\n');
  assert.equal(document.text, LIST.replace('<e n="2"><o:x/>text</e>', '<e n="2"  new=""/>'));
  assert.equal(created, false);
});

Deno.test("an element goes where its name, the position or the end says", () => {
  const cases: [string, string, string][] = [
    ["l/g", "<g/>", LIST.replace("</l>", "<g/></l>")],
    ['l/e[@n="3"]', '<e n="3"/>', LIST.replace("text</e>", 'text</e><e n="3"/>')],
    ['l/e[1][@n="0"]', '<e n="0"/>', LIST.replace('<e n="1"/>', '<e n="0"/><e n="1"/>')],
    ['l/*[1][@n="0"]', '<z n="0"/>', LIST.replace('<e n="1"/>', '<z n="0"/><e n="1"/>')],
    ['l/*[2][@n="0"]', '<z n="0"/>', LIST.replace('<e n="1"/>', '<e n="1"/><z n="0"/>')],
    ["l/*[4]", "<z/>", LIST.replace("<f/>", "<f/><z/>")],
    ['l/*[@n="9"]', '<z n="9"/>', LIST.replace("</l>", '<z n="9"/></l>')],
    ['l/*[@n="9"]', '<f n="9"/>', LIST.replace("<f/>", '<f/><f n="9"/>')],
    ["l/f/g", "<g/>", LIST.replace("<f/>", "<f><g/></f>")],
    ["l/f/g[1]", "<g/>", LIST.replace("<f/>", "<f><g/></f>")],
    ["l/f/*", "<g/>", LIST.replace("<f/>", "<f><g/></f>")],
  ];
  for (const [selector, body, result] of cases) {
    assert.equal(put(LIST, selector, body).document.text, result, `${selector} ${body}`);
  }
});

Deno.test("an element written <a /> takes its first child", () => {
  assert.equal(
    put('<l xmlns="urn:l"><p:f a="/" xmlns:p="urn:l" /></l>', "l/f/g", "<p:g/>").document.text,
    '<l xmlns="urn:l"><p:f a="/" xmlns:p="urn:l" ><p:g/></p:f></l>',
  );
});

Deno.test("prefixes of the document may be used in the body, others not", () => {
  const namespaces = new Map([["q", "urn:o"]]);
  assert.equal(put(LIST, "l/f/q:y", "<o:y/>", namespaces).document.text, LIST.replace("<f/>", "<f><o:y/></f>"));
  assert.throws(() => put(LIST, "l/f/q:y", "<q:y/>", namespaces), refused(409, "not-xml-frag", /q/));
});

Deno.test("a body that is not one element is refused, and never changes what is around it", () => {
  for (
    const body of [
      "",
      " ",
      "text",
      "<e>",
      "</e>",
      "</l><l>",
      "<e/><e/>",
      "<e/>x",
      "<!-- --><e/>",
      '<?xml version="1.0"?><e/>',
      "<e a=1/>",
      "<e>&nbsp;</e>",
      "<!DOCTYPE e><e/>",
      "<e>\u0001</e>",
      "<e xmlns:p=''/>",
      "<e a='' a=''/>",
    ]
  ) {
    assert.throws(() => put(LIST, "l/f/e", body), refused(409, "not-xml-frag", /./), body);
  }
  const selector = parseNodeSelector("l/f/e", new Map());
  const broken = { mediaType: mediaTypeOf(selector), octets: Uint8Array.of(60, 101, 47, 62, 0xff) };
  assert.throws(() => putNode(parseXml(LIST), selector, "urn:l", broken, "u"), refused(409, "not-utf-8", /UTF-8/));
});

Deno.test("no-parent names the nearest ancestor that is there", () => {
  const ancestorOf = (selector: string, document: string | null = LIST, namespaces = new Map<string, string>()) => {
    try {
      put(document, selector, selector.includes("/@") ? '"v"' : "<z/>", namespaces);
    } catch (error) {
      assert.ok(
        error instanceof XcapProblem && error.status === 409 && error.condition?.element === "no-parent",
        `${error}`,
      );
      return error.condition.ancestor;
    }
    assert.fail("not refused");
  };
  const uri = "http://h/xcap/a/users/u/d";
  assert.equal(ancestorOf("x/y"), uri);
  assert.equal(ancestorOf("l/x/y"), `${uri}/~~/l`);
  assert.equal(ancestorOf('l/e[@n="1"]/x/z/z'), `${uri}/~~/l/e%5B@n=%221%22%5D`);
  assert.equal(ancestorOf("l/e/z"), `${uri}/~~/l`, "two elements are as good as none");
  assert.equal(ancestorOf("l/x/@a"), `${uri}/~~/l`);
  assert.equal(ancestorOf("p:l/x/y", LIST, new Map([["p", "urn:l"]])), `${uri}/~~/p:l?xmlns(p=urn:l)`);
  assert.equal(ancestorOf("l/x", null), null);
});

Deno.test("what a GET would not give afterwards cannot be inserted", () => {
  const cases: [string, string][] = [
    ["l/e", "<e/>"],
    ['l/e[@n="3"]', '<e n="4"/>'],
    ['l/e[@n="1"]', '<e n="3"/>'],
    ["l/g", "<h/>"],
    ["l/g[2]", "<g/>"],
    ["l/f/g[2]", "<g/>"],
    ["l/*[9]", "<g/>"],
    ['l/e[4][@n="3"]', '<e n="3"/>'],
    ["l/e[0]", "<e/>"],
    ["l/g", '<g xmlns="urn:other"/>'],
    ["m", "<m/>"],
    ["l", "<m/>"],
    ['l/e[@n="1"]/@n', '"2"'],
    ["l/@xmlns", '"urn:x"'],
    ["l/e[99999999999999999999]", "<e/>"],
  ];
  for (const [selector, body] of cases) {
    assert.throws(() => put(LIST, selector, body), refused(409, "cannot-insert", /./), `${selector} ${body}`);
  }
});

Deno.test("the root can be replaced, but not removed", () => {
  assert.equal(
    put(`<?xml version="1.0"?>\n${LIST}\n`, "l", '<l xmlns="urn:l"/>').document.text,
    '<?xml version="1.0"?>\n<l xmlns="urn:l"/>\n',
  );
  assert.throws(() => remove(LIST, "l"), refused(409, "schema-validation-error", /root/));
});

Deno.test("PUT of an attribute: made, replaced, quotes as they came", () => {
  const cases: [string, string, string][] = [
    ["l/f/@a", '"1"', LIST.replace("<f/>", '<f a="1"/>')],
    ['l/e[@n="1"]/@b', "'\"&amp;'", LIST.replace('n="1"', `n="1" b='"&amp;'`)],
    ["l/e[2]/@n", "'7'\n", LIST.replace('n="2"', "n='7'")],
    ["l/@a", '""', LIST.replace('xmlns:o="urn:o"', 'xmlns:o="urn:o" a=""')],
    ["l/f/@xml:lang", '"de"', LIST.replace("<f/>", '<f xml:lang="de"/>')],
  ];
  for (const [selector, body, result] of cases) {
    const { document } = put(LIST, selector, body);
    assert.equal(document.text, result, selector);
    assert.equal(nodeContent(document, parseNodeSelector(selector, new Map()), "urn:l")?.body, body.trim());
  }
});

Deno.test("an attribute in a namespace takes the document's prefix, or declares one", () => {
  const at = (namespace: string) => put(LIST, "l/f/@o:a", '"1"', new Map([["o", namespace]])).document.text;
  assert.equal(at("urn:o"), LIST.replace("<f/>", '<f o:a="1"/>'));
  assert.equal(at("urn:new"), LIST.replace("<f/>", '<f xmlns:o1="urn:new" o1:a="1"/>'));
  const other = put(LIST, "l/f/@q:a", '"1"', new Map([["q", "urn:o"]])).document.text;
  assert.equal(other, LIST.replace("<f/>", '<f o:a="1"/>'));
  // The default namespace is none for attributes.
  const own = put(LIST, "l/f/@q:a", '"1"', new Map([["q", "urn:l"]])).document.text;
  assert.equal(own, LIST.replace("<f/>", '<f xmlns:q="urn:l" q:a="1"/>'));
});

Deno.test("what is no attribute's value is refused", () => {
  for (const body of ["", "v", '"', '"v', "'v\"", '"a" b="c"', '"<"', '"&x;"', '"&"', '"\u0001"', '"v"x']) {
    assert.throws(() => put(LIST, "l/f/@a", body), refused(409, "not-xml-att-value", /./), body);
  }
});

Deno.test("DELETE takes the node alone and leaves the white space", () => {
  assert.equal(remove(LIST, 'l/e[@n="1"]'), LIST.replace('<e n="1"/>', ""));
  assert.equal(remove(LIST, "l/e[2]"), LIST.replace('<e n="2"><o:x/>text</e>', ""));
  assert.equal(remove(LIST, "l/*[3]"), LIST.replace("<f/>", ""));
  assert.equal(remove(LIST, "l/e[2]/@n"), LIST.replace(' n="2"', ""));
  assert.equal(remove('<l xmlns="urn:l"  a="1"\n b="2" />', "l/@a"), '<l xmlns="urn:l"\n b="2" />');
});

Deno.test("DELETE that would name another node afterwards is refused", () => {
  for (const selector of ["l/e[1]", "l/*[1]", "l/*[2]"]) {
    assert.throws(() => remove(LIST, selector), refused(409, "cannot-delete", /./), selector);
  }
});

Deno.test("DELETE of what is not there once is a 404", () => {
  for (
    const selector of [
      "m",
      "l/g",
      "l/e",
      "l/e[3]",
      'l/e[@n="9"]',
      "l/f/@a",
      "l/e/@n",
      "l/@xmlns",
      'l[@xmlns="urn:l"]/f',
    ]
  ) {
    assert.throws(() => remove(LIST, selector), refused(404, null, /./), selector);
  }
});

Deno.test("namespaces are neither put nor removed, and media types must be right", () => {
  assert.throws(() => put(LIST, "l/namespace::*", "<l/>"), refused(405, null, /namespace/));
  assert.throws(() => remove(LIST, "l/namespace::*"), refused(405, null, /namespace/));
  const selector = parseNodeSelector("l/f", new Map());
  const content = { mediaType: "application/xml", octets: new Uint8Array() };
  assert.throws(() => putNode(null, selector, "urn:l", content, "u"), refused(415, null, /xcap-el/));
});

Deno.test("a document over its limits is a 413", () => {
  const limits = { characters: 100, depth: 8, elements: 8, attributes: 2 };
  const document = parseXml('<l xmlns="urn:l"/>', limits);
  const selector = parseNodeSelector("l/e", new Map());
  const all = ["<e>" + "x".repeat(100) + "</e>", "<e>" + "<e/>".repeat(10) + "</e>", "<e a='' b='' c=''/>"];
  for (const body of all) {
    const content = { mediaType: mediaTypeOf(selector), octets: new TextEncoder().encode(body) };
    assert.throws(() => putNode(document, selector, "urn:l", content, "u"), refused(413, null, /./), body);
  }
});

Deno.test("an element that is written <a/> is opened where it stands, whatever stands behind it", () => {
  const document = '<l xmlns="urn:l"><e/>/ or / <f x="/"/></l>';
  assert.equal(put(document, "l/e/g", "<g/>").document.text, '<l xmlns="urn:l"><e><g/></e>/ or / <f x="/"/></l>');
  assert.equal(put(document, "l/f/g", "<g/>").document.text, '<l xmlns="urn:l"><e/>/ or / <f x="/"><g/></f></l>');
});

Deno.test("an element of thousands of declarations costs no more than its length", () => {
  let tag = "";
  for (let i = 0; i < 4000; i++) tag += ` xmlns:p${i}="urn:${i}"`;
  assert.throws(() => put(LIST, "l/g", `<g${tag}/>`), refused(413, null, /more than \d{3} attributes/));
});
