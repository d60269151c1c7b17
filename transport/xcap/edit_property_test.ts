import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml, type XmlDocument, type XmlElement } from "../xml/mod.ts";
import { putNode, removeNode } from "./edit_node.ts";
import { mediaTypeOf } from "./media_types.ts";
import { nodeContent } from "./node_content.ts";
import { parseNodeSelector } from "./parse_node_selector.ts";
import { patch } from "./patch.ts";
import { applyPatch } from "./apply_patch.ts";
import { canonical } from "./testing.ts";
import { XcapProblem } from "./xcap_problem.ts";

const NAMESPACES = new Map([["p", "urn:p"]]);
const names = fc.constantFrom("a", "b", "p:a");
const attributes = fc.constantFrom("", ' n="1"', " n='2' ", ' p:n="1"', ' n="1" p:n="2"', ' xmlns:q="urn:p"');
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  content: fc.array(
    fc.oneof({ depthSize: "small" }, fc.constantFrom("\n ", "t", "/", "<!-- <a> -->", "&lt;"), tie("element")),
    {
      maxLength: 5,
      depthIdentifier: "d",
    },
  ).map((parts) => parts.join("")),
  element: fc.tuple(names, attributes, tie("content"))
    .map(([name, some, inside]) => inside === "" ? `<${name}${some}/>` : `<${name}${some}>${inside}</${name}>`),
}));
const documents = fc.array(fc.oneof({ weight: 3, arbitrary: element }, fc.constant("\n")), { minLength: 2 }).map((
  parts,
) => `<?xml version="1.0"?>\n<!-- x --><r xmlns="urn:d" xmlns:p="urn:p">${parts.join("")}</r>\n`);
const steps = fc.tuple(
  fc.constantFrom("a", "b", "p:a", "*", "*"),
  fc.constantFrom("", "[1]", "[1]", "[2]", "[3]"),
  fc.constantFrom("", "", "", "", '[@n="1"]', '[@n="2"]', '[@p:n="1"]'),
).map((parts) => parts.join(""));
const selectors = fc.array(steps, { minLength: 1, maxLength: 3 }).map((all) => ["r", ...all].join("/"));

/** Runs the edit; null where it is refused as it may be. */
function attempt<T>(edit: () => T, refusals: readonly (string | number)[]): T | null {
  try {
    return edit();
  } catch (error) {
    assert.ok(error instanceof XcapProblem, `${error}`);
    assert.ok(refusals.includes(error.condition?.element ?? error.status), error.message);
    return null;
  }
}

function checkUntouched(
  before: XmlDocument,
  after: XmlDocument,
  edit: { start: number; end: number; insert: string },
): void {
  assert.equal(after.text, before.text.slice(0, edit.start) + edit.insert + before.text.slice(edit.end));
  assert.deepEqual(shape(after.root), shape(parseXml(after.text).root), "as if it had been read anew");
  const operations = patch(before, after);
  if (operations !== null) assert.equal(canonical(applyPatch(before, operations)), canonical(after));
}

function shape({ name, namespace, start, end, attributes, children }: XmlElement): unknown {
  return [
    name,
    namespace,
    start,
    end,
    attributes.map(({ name, value, start }) => [name, value, start]),
    children.map(shape),
  ];
}

Deno.test("PUT of an element, then GET gives the body, and the rest is untouched", () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(documents, selectors, element, (text, path, body) => {
      const before = parseXml(text);
      const selector = parseNodeSelector(path, NAMESPACES);
      const content = { mediaType: mediaTypeOf(selector), octets: new TextEncoder().encode(body) };
      const there = nodeContent(before, selector, "urn:d");
      const done = attempt(() => putNode(before, selector, "urn:d", content, "u"), [
        "cannot-insert",
        "no-parent",
      ]);
      if (done === null) return;
      carriedOut++;
      assert.equal(nodeContent(done.document, selector, "urn:d")?.body, body);
      assert.equal(done.created, there === null);
      checkUntouched(before, done.document, done.edit);
      assert.equal(putNode(done.document, selector, "urn:d", content, "u").document.text, done.document.text);
      if (!done.created) return;
      const back = attempt(() => removeNode(done.document, selector, "urn:d"), ["cannot-delete"]);
      if (back !== null) assert.equal(canonical(back.document), canonical(before));
    }),
    { numRuns: 1500 },
  );
  assert.ok(carriedOut > 100, `${carriedOut} carried out`);
});

Deno.test("PUT of an attribute, then GET gives the value, and the rest is untouched", () => {
  let carriedOut = 0;
  const values = fc.oneof(
    fc.constantFrom('"1"', "'2'", '"&amp;"', "'\"'"),
    fc.string().map((text) => JSON.stringify(text)),
  );
  fc.assert(
    fc.property(documents, selectors, fc.constantFrom("n", "p:n", "z"), values, (text, path, name, body) => {
      const before = parseXml(text);
      const selector = parseNodeSelector(`${path}/@${name}`, NAMESPACES);
      const content = { mediaType: mediaTypeOf(selector), octets: new TextEncoder().encode(body) };
      const done = attempt(() => putNode(before, selector, "urn:d", content, "u"), [
        "cannot-insert",
        "no-parent",
        "not-xml-att-value",
      ]);
      if (done === null) return;
      carriedOut++;
      assert.equal(nodeContent(done.document, selector, "urn:d")?.body, body);
      checkUntouched(before, done.document, done.edit);
      const back = removeNode(done.document, selector, "urn:d");
      assert.equal(nodeContent(back.document, selector, "urn:d"), null);
      checkUntouched(done.document, back.document, back.edit);
    }),
    { numRuns: 1500 },
  );
  assert.ok(carriedOut > 100, `${carriedOut} carried out`);
});

Deno.test("DELETE of an element, then GET finds nothing, and the rest is untouched", () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(documents, selectors, (text, path) => {
      const before = parseXml(text);
      const selector = parseNodeSelector(path, NAMESPACES);
      const done = attempt(() => removeNode(before, selector, "urn:d"), [404, "cannot-delete"]);
      if (done === null) return;
      carriedOut++;
      assert.equal(nodeContent(done.document, selector, "urn:d"), null);
      assert.equal(done.edit.insert, "");
      checkUntouched(before, done.document, done.edit);
      assert.throws(() => removeNode(done.document, selector, "urn:d"), (error: XcapProblem) => error.status === 404);
    }),
    { numRuns: 2500 },
  );
  assert.ok(carriedOut > 100, `${carriedOut} carried out`);
});
