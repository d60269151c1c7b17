import assert from "node:assert/strict";
import fc from "fast-check";
import { parseNodeSelector, SELECTOR_LIMITS } from "./parse_node_selector.ts";
import type { Step, XcapTarget } from "./selector.ts";
import { selectorText } from "./selector_text.ts";
import { XcapProblem } from "./xcap_problem.ts";
import { parseXcapUri, URI_LIMITS, xcapUri } from "./xcap_uri.ts";
import { parseXmlnsQuery, QUERY_LIMITS, xmlnsQuery } from "./xmlns_query.ts";

const DOCUMENT = "/resource-lists/users/sip:a@x/index";
const steps = (path: string, query = "") => parseXcapUri(`${DOCUMENT}/~~/${path}`, query).selector!.steps;
const status = (wanted: number) => (error: unknown) => {
  assert.ok(error instanceof XcapProblem, `${error}`);
  assert.equal(error.status, wanted, error.message);
  return true;
};

Deno.test("documents and collections are told apart", () => {
  const cases: [string, Omit<XcapTarget, "selector">][] = [
    ["/a/users/sip:joe@example.com/index", { auid: "a", tree: "users", xui: "sip:joe@example.com", document: "index" }],
    ["a/users/sip%3Ajoe%40example.com/index", {
      auid: "a",
      tree: "users",
      xui: "sip:joe@example.com",
      document: "index",
    }],
    ["a/users/sip:a%2Fb%3F%C3%A4@x/index", { auid: "a", tree: "users", xui: "sip:a/b?ä@x", document: "index" }],
    ["a/users/tel:+1-2;x=y/d%20e", { auid: "a", tree: "users", xui: "tel:+1-2;x=y", document: "d e" }],
    ["a/users/u/sub/d", { auid: "a", tree: "users", xui: "u", document: "sub/d" }],
    ["a/users/u/sub/", { auid: "a", tree: "users", xui: "u", document: "sub/" }],
    ["a/users/u/", { auid: "a", tree: "users", xui: "u", document: "/" }],
    ["a/users/", { auid: "a", tree: "users", xui: null, document: "/" }],
    ["a/", { auid: "a", tree: null, xui: null, document: "/" }],
    ["a/global/index", { auid: "a", tree: "global", xui: null, document: "index" }],
    ["a/global/", { auid: "a", tree: "global", xui: null, document: "/" }],
    ["a/users/u/index~~", { auid: "a", tree: "users", xui: "u", document: "index~~" }],
  ];
  for (const [path, place] of cases) {
    const target = parseXcapUri(path, "ignored=without a selector");
    assert.deepEqual(target, { ...place, selector: null }, path);
    assert.deepEqual(parseXcapUri(xcapUri(target), ""), target, path);
  }
});

Deno.test("the URIs that RFC 5875 §4.4 subscribes to are read", () => {
  const [document, element, collection] = [
    "resource-lists/users/sip:joe@example.com/index",
    "rls-services/users/sip:joe@example.com/index/~~/*/service%5b@uri='sip:marketing@example.com'%5d",
    "pidf-manipulation/",
  ].map((uri) => parseXcapUri(uri, ""));
  assert.equal(document.document, "index");
  assert.equal(element.selector?.steps[1].attribute?.value, "sip:marketing@example.com");
  assert.deepEqual(collection, { auid: "pidf-manipulation", tree: null, xui: null, document: "/", selector: null });
});

Deno.test("no document can be where the path does not say whose it is", () => {
  const paths = [
    "",
    "/",
    "a",
    "a/user/u/d",
    "a/users",
    "a/users/u",
    "a/global",
    "//users/u/d",
    "a//u/d",
    "a/users//d",
    "a/users/u//d",
    "a/users/u/../d",
    "a/users/u/%2e/d",
    "a/users/u/a%2Fb",
    "a/users/u/sub//",
    "x/".repeat(URI_LIMITS.segments + 1),
    "a/users/u/sub//~~/r",
    "a/users/u/~~/r",
    "~~/a",
  ];
  for (const path of paths) assert.throws(() => parseXcapUri(path, ""), status(404), path);
});

Deno.test("the separator is the first segment of two tildes, escaped or not", () => {
  for (const separator of ["~~", "%7E%7e", "~%7E"]) {
    assert.equal(parseXcapUri(`${DOCUMENT}/${separator}/r/a%5B@b=%22/~~/%22%5D`, "").selector!.text, 'r/a[@b="/~~/"]');
  }
});

Deno.test("steps of all kinds are read", () => {
  const plain = { prefix: "", position: 0, attribute: null };
  assert.deepEqual(steps("a/*/b%5B2%5D"), [{ ...plain, name: "a" }, { ...plain, name: "*" }, {
    ...plain,
    name: "b",
    position: 2,
  }]);
  const attribute = { prefix: "", name: "u", value: "sip:a/b" };
  assert.deepEqual(steps("a%5b@u=%22sip:a/b%22%5d"), [{ ...plain, name: "a", attribute }]);
  assert.deepEqual(steps("a%5B03%5D%5B@u='sip:a/b'%5D"), [{ ...plain, name: "a", position: 3, attribute }]);
  assert.deepEqual(steps("p:a%5B@p:u=%22%22%5D", "xmlns(p=urn:p)"), [
    { ...plain, prefix: "p", name: "a", attribute: { prefix: "p", name: "u", value: "" } },
  ]);
  assert.equal(steps("%C3%A4-.1%E3%82%A2")[0].name, "ä-.1ア");
  const node = (path: string) => parseXcapUri(`${DOCUMENT}/~~/${path}`, "xmlns(p=urn:p)").selector!.node;
  assert.deepEqual(node("a/@b"), { kind: "attribute", prefix: "", name: "b" });
  assert.deepEqual(node("a/@p:b"), { kind: "attribute", prefix: "p", name: "b" });
  assert.deepEqual(node("a/@xml:lang"), { kind: "attribute", prefix: "xml", name: "lang" });
  assert.deepEqual(node("a/namespace::*"), { kind: "namespaces" });
  assert.deepEqual(node("a/namespace::%2A"), { kind: "namespaces" });
});

Deno.test("references in values are expanded as in a document", () => {
  const value = (raw: string) => parseNodeSelector(`a[@b="${raw}"]`, new Map()).steps[0].attribute!.value;
  assert.equal(value("&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;"), `<>&"'A\u{1F600}`);
  assert.equal(value("a\n\tb&#10;"), "a  b\n");
  assert.equal(value("]['"), "]['");
  for (
    const raw of [
      "&",
      "&nbsp;",
      "&lt",
      "&#0;",
      "&#xD800;",
      "&#x110000;",
      "&#;",
      "&#x;",
      "&constructor;",
      "<",
      "&" + "#".repeat(99) + ";",
    ]
  ) {
    assert.throws(() => value(raw), status(400), raw);
  }
});

Deno.test("a selector that cannot be read is a 400, an extension of selectors a 404", () => {
  const bad = [
    "",
    "/",
    "a/",
    "a//b",
    "/a",
    "a[",
    "a[]",
    "a[1",
    "a[-1]",
    "a[@b]",
    "a[@b=c]",
    'a[@b="c]',
    'a[@b="c"',
    'a[@b="c"][1]',
    "a[1][2]",
    "a[b='c']",
    "@b",
    "a/@b/c",
    "a/@",
    "a/namespace::*/b",
    "a b",
    "1a",
    "a:",
    "q:a",
    "a/@q:b",
    "a[@q:b='']",
    "a[@xmlns:b='']",
    "**",
    "a[1]b",
    'a[@b="c"]]',
    "a]",
  ];
  for (const text of bad) {
    assert.throws(() => parseXcapUri(`${DOCUMENT}/~~/${encodeURIComponent(text)}`, ""), status(400), text);
  }
  for (const path of ["%", "%4", "%zz", "a%5B@b=%22%FF%22%5D", "%C3"]) {
    assert.throws(() => parseXcapUri(`${DOCUMENT}/~~/${path}`, ""), status(400), path);
  }
  for (const text of ["id('x')", "a/parent::b", "a/text()", "last()", "a/namespace::p", "namespace::*"]) {
    assert.throws(() => parseNodeSelector(text, new Map()), status(404), text);
  }
  assert.throws(() => parseXcapUri(`${DOCUMENT}/~~`, ""), status(400));
});

Deno.test("lengths and numbers are bounded", () => {
  assert.equal(steps("a/".repeat(SELECTOR_LIMITS.steps - 1) + "a").length, SELECTOR_LIMITS.steps);
  assert.throws(() => steps("a/".repeat(SELECTOR_LIMITS.steps) + "a"), status(400));
  assert.throws(() => steps("a".repeat(SELECTOR_LIMITS.characters + 1)), status(400));
  assert.throws(() => parseXcapUri("a".repeat(URI_LIMITS.characters + 1), ""), status(400));
  assert.throws(() => parseXmlnsQuery("x".repeat(QUERY_LIMITS.characters + 1)), status(400));
  const many = Array.from({ length: QUERY_LIMITS.bindings + 1 }, (_, i) => `xmlns(p${i}=u)`).join("");
  assert.throws(() => parseXmlnsQuery(many), status(400));
});

Deno.test("the query binds prefixes; other schemes are ignored", () => {
  const bound = (query: string) => Object.fromEntries(parseXmlnsQuery(query));
  assert.deepEqual(bound("xmlns(a=urn:x)xmlns(b=urn:y)"), { a: "urn:x", b: "urn:y" });
  assert.deepEqual(bound("xmlns(a=urn:x)%20%0Axmlns(%20b%20=%20urn:y%20)%20"), { a: "urn:x", b: "urn:y" });
  assert.deepEqual(bound("xmlns(a=urn:x)xmlns(a=urn:y)"), { a: "urn:y" });
  assert.deepEqual(bound("xmlns(a=u^(^)^^)xmlns(b=u(v)w)"), { a: "u()^", b: "u(v)w" });
  assert.deepEqual(bound("xpointer(id('a')/b)xmlns(a=urn:x)p:q(%29".replace("%29", ")")), { a: "urn:x" });
  assert.deepEqual(bound("xmlns(xml=urn:x)xmlns(xmlns=urn:y)xmlns(a=)"), { a: "" });
  assert.deepEqual(bound("shorthand"), {});
  assert.deepEqual(bound("xmlns(a=urn:%C3%A4)"), { a: "urn:ä" });
  for (
    const query of [
      "xmlns(a=urn:x",
      "xmlns(a)",
      "xmlns(=u)",
      "xmlns()",
      "xmlns(a=u^x)",
      "(a=u)",
      "xmlns(a=u))",
      "a=b",
      "p:(x)",
    ]
  ) {
    assert.throws(() => bound(query), status(400), query);
  }
});

const name = fc.constantFrom("a", "ä", "entry", "x-1._");
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("\"&<>'", "sip:a@b?c=d;e", "]/[", "\t\n\r", "%41"),
);
const plain = { noNullPrototype: true };
const isKept = (text: string) => !/[^\P{C}\t\n\r]/u.test(text);
const attribute = fc.record({ prefix: fc.constantFrom("", "p"), name, value: value.filter(isKept) }, plain);
const step: fc.Arbitrary<Step> = fc.record(
  { prefix: fc.constantFrom("", "p"), name, position: fc.nat({ max: 3 }), attribute: fc.option(attribute) },
  plain,
);

Deno.test("a URI that is written is read as it was", () => {
  const namespace = fc.oneof(
    fc.constantFrom("urn:p", "u(^)", "", "a b#?&=%"),
    fc.constant("http://h.test/a?b=c%20d&e(f)#g"),
  );
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), namespace, value, (list, bound, xui) => {
    fc.pre(xui !== "" && xui !== "." && xui !== ".." && xui.isWellFormed());
    const namespaces = new Map([["p", bound]]);
    assert.deepEqual(parseXmlnsQuery(xmlnsQuery(namespaces)), new Map([["p", bound.trim()]]));
    const selector = parseNodeSelector(selectorText(list), namespaces);
    assert.deepEqual(selector.steps, list);
    const uri = xcapUri({ auid: "a", tree: "users", xui, document: "d/e", selector });
    assert.match(uri, /^[\x21-\x7E]*$/);
    assert.equal(URL.parse(`http://h/${uri}`)?.href, `http://h/${uri}`);
    const question = uri.indexOf("?");
    const path = uri.slice(0, question), query = uri.slice(question + 1);
    const read = parseXcapUri(path, query);
    assert.equal(read.xui, xui);
    assert.deepEqual(read.selector, { ...selector, namespaces: new Map([["p", bound.trim()]]) });
  }));
});

Deno.test("any path and any query is a target or an XcapProblem", () => {
  const noise = fc.array(
    fc.constantFrom(
      "a",
      "/",
      "~~",
      "%5B",
      "%5D",
      "[",
      "]",
      "@",
      "=",
      "'",
      "%22",
      "*",
      "1",
      ":",
      "%",
      "%FF",
      "(",
      ")",
      "^",
      "xmlns(a=b)",
      " ",
    ),
  )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(noise, noise, (path, query) => {
      try {
        parseXcapUri(`${DOCUMENT}/~~/${path}`, query);
      } catch (error) {
        assert.ok(error instanceof XcapProblem && (error.status === 400 || error.status === 404), `${error}`);
      }
    }),
    { numRuns: 3000 },
  );
});
