import assert from "node:assert/strict";
import { parseXml } from "../xml/mod.ts";
import { applyPatch } from "./apply_patch.ts";
import { putNode, removeNode } from "./edit_node.ts";
import { mediaTypeOf } from "./media_types.ts";
import { parseXcapDiff } from "./parse_xcap_diff.ts";
import { patch } from "./patch.ts";
import type { PatchOperation } from "./patch_operation.ts";
import { parseNodeSelector } from "./parse_node_selector.ts";
import rfc5874 from "./testdata/rfc5874.json" with { type: "json" };
import rfc5875 from "./testdata/rfc5875.json" with { type: "json" };
import { canonical } from "./testing.ts";
import { type XcapChange, xcapDiff } from "./xcap_diff.ts";
import { parseXcapUri } from "./xcap_uri.ts";

const INDEX = "tests/users/sip:joe@example.com/index";
const diffs = rfc5875.documents.filter(({ document }) => document.includes("xcap-diff"));
const NONE = new Map<string, string>();

Deno.test("the xcap-diff of RFC 5874 §5 is read, and what we write of it says the same", () => {
  const { root, changes } = parseXcapDiff(rfc5874.document);
  assert.equal(root, "http://xcap.example.com/root/");
  assert.equal(changes.length, 3);
  const [document, element, attribute] = changes;
  assert.deepEqual(document, {
    kind: "document",
    sel: "resource-lists/users/sip:joe@example.com/coworkers",
    previousEtag: "8a77f8d",
    newEtag: "7ahggs",
    body: null,
  });
  assert.ok(element.kind === "element" && element.exists);
  assert.match(
    element.content!,
    /^<service uri="sip:marketing@example.com">[^]*<rl:entry uri="sip:joe@example.com"\/>[^]*<\/service>$/,
  );
  assert.equal(element.namespaces.get(""), "urn:ietf:params:xml:ns:rls-services");
  assert.equal(element.namespaces.get("rl"), "urn:ietf:params:xml:ns:resource-lists");
  // The RFC folds the line inside of the attribute.
  const [path] = element.sel.replace(" ", "").split("?");
  const { selector } = parseXcapUri(path, "");
  assert.equal(selector?.text, "*/service[@uri='sip:marketing@example.com']");
  assert.deepEqual(attribute, {
    kind: "attribute",
    sel: "rls-services/users/sip:joe@example.com/index/~~/*/service/@uri",
    value: "sip:marketing@example.com",
  });
  const again = parseXcapDiff(xcapDiff(root, changes));
  assert.deepEqual(withoutOwn(again.changes), withoutOwn(changes));
});

/** Beyond the prefix of xcap-diff itself. */
function withoutOwn(changes: XcapChange[]): unknown[] {
  return changes.map((change) =>
    change.kind !== "element" ? change : {
      ...change,
      namespaces: [...change.namespaces].filter(([, namespace]) => !namespace.endsWith("xcap-diff")).sort(),
    }
  );
}

Deno.test("the notifications of RFC 5875 appendix A are read", () => {
  assert.equal(diffs.length, 9);
  const read = diffs.map(({ document }) => parseXcapDiff(document));
  for (const { root } of read) assert.equal(root, "http://xcap.example.com/");
  const of = (index: number) => read[index].changes;
  const document = { kind: "document", sel: INDEX, previousEtag: null, body: null };
  const another = { ...document, sel: "tests/users/sip:joe@example.com/another_document", newEtag: "terteer" };
  const attribute = { kind: "attribute", sel: `${INDEX}/~~/doc/@id` };
  assert.deepEqual(of(0), [{ ...document, newEtag: "7ahggs" }]);
  assert.deepEqual(of(1), [another]);
  assert.deepEqual(of(4), [{ ...document, previousEtag: "7ahggs3", newEtag: "63hjjsll" }]);
  assert.deepEqual(of(5), []);
  assert.deepEqual(of(6), [{ ...attribute, value: "bar" }]);
  assert.deepEqual(of(7), [{ ...attribute, value: null }]);
  assert.deepEqual(of(8), [{ ...document, newEtag: "63hjjsll" }, another]);
});

Deno.test("the PUTs of RFC 5875 A.4 make the patches of its notifications", () => {
  const steps = [
    ["doc/foo", "<foo>this is a new element</foo>"],
    ["doc/bar", "<bar>this is a bar element\n</bar>"],
    ["doc/foobar", "<foobar>this is a foobar element</foobar>"],
  ];
  const start = parseXml(rfc5875.documents[0].document);
  let now = start;
  const ours: PatchOperation[] = [];
  for (const [text, body] of steps) {
    const selector = parseNodeSelector(text, NONE);
    const content = { mediaType: mediaTypeOf(selector), octets: new TextEncoder().encode(body) };
    const { document } = putNode(now, selector, "", content, "u");
    ours.push(...patch(now, document)!);
    now = document;
  }
  assert.equal(now.text.split("\n").slice(3).join("\n"), `${steps[0][1]}${steps[1][1]}${steps[2][1]}</doc>`);
  const [, , aggregated, patched] = diffs.map(({ document }) => parseXcapDiff(document).changes);
  const operationsOf = (changes: XcapChange[]) =>
    changes.flatMap((change) =>
      change.kind === "document" && Array.isArray(change.body) ? change.body as PatchOperation[] : []
    );
  for (const operations of [operationsOf(aggregated), operationsOf(patched), ours]) {
    assert.equal(canonical(applyPatch(start, operations)), canonical(now));
  }
  assert.equal(operationsOf(aggregated).length, 1);
  assert.equal(operationsOf(patched).length, 3);
  assert.equal(ours.length, 3);
  // The chain of entity tags of A.4, in the order of the changes.
  assert.deepEqual(patched.map((change) => change.kind === "document" && [change.previousEtag, change.newEtag]), [
    ["7ahggs", "fgherhryt3"],
    ["fgherhryt3", "dgdgdfgrrr"],
    ["dgdgdfgrrr", "63hjjsll"],
  ]);
});

Deno.test("RFC 5875 A.5: an attribute comes with its root and goes", () => {
  const { selector } = parseXcapUri(`${INDEX}/~~/doc`, "");
  const content = {
    mediaType: mediaTypeOf(selector!),
    octets: new TextEncoder().encode('<doc id="bar">This is a new root element</doc>'),
  };
  const before = parseXml(rfc5875.documents[0].document);
  const { document } = putNode(before, selector!, "", content, "u");
  assert.equal(canonical(applyPatch(before, patch(before, document)!)), canonical(document));
  const id = parseXcapUri(`${INDEX}/~~/doc/@id`, "").selector!;
  const gone = removeNode(document, id, "").document;
  assert.match(gone.text, /<doc>This is a new root element<\/doc>$/);
  assert.deepEqual(patch(document, gone), [{ kind: "remove", sel: "*/@id", ws: null, namespaces: NONE }]);
});

Deno.test("every change that can be told is written and read the same", () => {
  const namespaces = new Map([["", "urn:a"], ["d", "urn:d"], ["d1", "urn:d1"]]);
  const changes: XcapChange[] = [
    { kind: "document", sel: "a/users/u/d", previousEtag: "1", newEtag: "2", body: "not changed" },
    { kind: "document", sel: "a/users/u/d", previousEtag: "2", newEtag: null, body: null },
    { kind: "document", sel: "a/users/u/d", previousEtag: null, newEtag: '&<">', body: null },
    {
      kind: "document",
      sel: "a",
      previousEtag: "1",
      newEtag: "2",
      body: [
        { kind: "add", sel: "*/*[1]", pos: "after", type: null, content: '\n <d:x a="&lt;"/>', namespaces },
        { kind: "add", sel: "*", pos: null, type: "@d1:a", content: "&#10;&amp;", namespaces },
        { kind: "replace", sel: '*/a[@b="c"]', content: "<y/>", namespaces },
        { kind: "remove", sel: "*/@d:a", ws: null, namespaces },
        { kind: "remove", sel: "*/*[3]", ws: "both", namespaces },
      ],
    },
    {
      kind: "element",
      sel: "a/users/u/d/~~/r/e",
      exists: true,
      content: '<e xmlns:q="urn:q"> <q:f/><d:g/></e>',
      namespaces,
    },
    { kind: "element", sel: "a/users/u/d/~~/r/e", exists: true, content: null, namespaces: NONE },
    { kind: "element", sel: "a/users/u/d/~~/r/e", exists: false, content: null, namespaces: NONE },
    { kind: "attribute", sel: "a/users/u/d/~~/r/@e", value: " \n<&>\"'" },
    { kind: "attribute", sel: "a/users/u/d/~~/r/@e", value: "" },
    { kind: "attribute", sel: "a/users/u/d/~~/r/@e", value: null },
  ];
  const text = xcapDiff("https://h/xcap/", changes);
  assert.match(text, /xmlns:d2="urn:ietf:params:xml:ns:xcap-diff"/, "d and d1 are the content's own");
  const { root, changes: read } = parseXcapDiff(text);
  assert.equal(root, "https://h/xcap/");
  const plain = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value, (_, inner) =>
        inner instanceof Map ? [...inner].filter(([prefix]) => prefix !== "d2").sort() : inner),
    );
  assert.deepEqual(plain(read), plain(changes));
});

Deno.test("what is no xcap-diff is refused", () => {
  assert.throws(() => parseXcapDiff("<xcap-diff/>"), SyntaxError);
  assert.throws(() => parseXcapDiff('<xcap-diff xmlns="urn:ietf:params:xml:ns:xcap-diff"/>'), SyntaxError);
  const start = '<xcap-diff xmlns="urn:ietf:params:xml:ns:xcap-diff" xcap-root="r">';
  assert.throws(() => parseXcapDiff(`${start}<document/></xcap-diff>`), SyntaxError);
  assert.throws(
    () => parseXcapDiff(`${start}<document sel="a"><remove sel="*" ws="all"/></document></xcap-diff>`),
    /ws="all"/,
  );
});
