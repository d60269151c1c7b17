import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml, type XmlDocument } from "../xml/mod.ts";
import { applyPatch } from "./apply_patch.ts";
import { parseXcapDiff } from "./parse_xcap_diff.ts";
import { patch } from "./patch.ts";
import { type PatchOperation, PatchProblem } from "./patch_operation.ts";
import { canonical } from "./testing.ts";
import { xcapDiff } from "./xcap_diff.ts";

const NONE = new Map<string, string>();

/** Elements, text and the rest in all mixtures that differ little, so that two of them have much in common. */
const content = fc.letrec<{ content: string; node: string; element: string }>((tie) => ({
  element: fc.tuple(
    fc.constantFrom("a", "b", "p:a"),
    fc.constantFrom("", ' n="1"', ' n="2"', ' p:n="&lt;"', ' n="1" m="2"', ' xmlns:p="urn:q"', ' xmlns="urn:e"'),
    tie("content"),
  ).map(([name, attributes, inside]) =>
    inside === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}</${name}>`
  ),
  node: fc.oneof(
    { depthSize: "small" },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        "\n  ",
        " ",
        "text",
        "-->",
        "amp;",
        "<!-- c -->",
        "<?p i?>",
        "<![CDATA[<x>]]>",
        "&amp;",
      ),
    },
    { weight: 4, arbitrary: tie("element") },
  ),
  content: fc.array(tie("node"), { maxLength: 6, depthIdentifier: "d" }).map((nodes) =>
    nodes.join("").replaceAll("]]>-->", "]]>x")
  ),
}));

const document = fc.tuple(fc.constantFrom("", ' n="1"', ' xmlns="urn:d"'), content.content).map((
  [attributes, inside],
) => `<r xmlns:p="urn:p"${attributes}>${inside}</r>`);

/** Through the wire format, as a subscriber gets it. */
function overTheWire(operations: readonly PatchOperation[]): readonly PatchOperation[] {
  if (operations.length === 0) return operations;
  const change = { kind: "document", sel: "d", previousEtag: "1", newEtag: "2", body: operations } as const;
  const [read] = parseXcapDiff(xcapDiff("http://h/", [change])).changes;
  assert.ok(read.kind === "document" && Array.isArray(read.body));
  return read.body as PatchOperation[];
}

Deno.test("the patch of any two documents makes the second of the first", () => {
  fc.assert(
    fc.property(document, document, (first, second) => {
      const before = parseXml(first), after = parseXml(second);
      const operations = patch(before, after);
      if (operations === null) return;
      assert.equal(canonical(applyPatch(before, operations)), canonical(after));
      assert.equal(canonical(applyPatch(before, overTheWire(operations))), canonical(after));
    }),
    { numRuns: 1500 },
  );
});

/** A list and what becomes of each of its items, `undefined` standing for "stays": most of it is the same in both documents. */
const edited = fc.tuple(
  fc.constantFrom("", "\n  ", " ", "<!-- c -->\n", "text"),
  fc.array(
    fc.tuple(
      content.element,
      fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        fc.constant([]),
        fc.array(content.element, { minLength: 1, maxLength: 3 }),
      ),
      fc.boolean(),
    ),
    { minLength: 1, maxLength: 12 },
  ),
);

Deno.test("lists that differ in some entries are patched without replacing them whole", () => {
  let fine = 0, all = 0;
  fc.assert(
    fc.property(edited, ([gap, items]) => {
      const list = (entries: readonly string[]) =>
        parseXml(
          `<r xmlns="urn:r" xmlns:p="urn:p"><l k="1">${gap}${entries.map((entry) => entry + gap).join("")}</l><l/></r>`,
        );
      const before = list(items.map(([item]) => item));
      const after = list(
        items.flatMap(([item, become, keep]) => become === undefined || keep ? [item, ...become ?? []] : become),
      );
      const operations = patch(before, after);
      all++;
      if (operations === null) return;
      if (operations.every(({ sel }) => sel.startsWith("*/*[1]/"))) fine++;
      const patched = applyPatch(before, overTheWire(operations));
      assert.equal(canonical(patched), canonical(after));
    }),
    { numRuns: 1500 },
  );
  assert.ok(fine > all / 2, `${fine} of ${all}`);
});

Deno.test("a few changes in a list make a few small operations", () => {
  const entries = Array.from({ length: 300 }, (_, i) => `<entry uri="sip:${i}@x"><name>N${i}</name></entry>`);
  const listOf = (all: string[]) => parseXml(`<list xmlns="urn:l">\n  ${all.join("\n  ")}\n</list>`);
  const changed = [...entries];
  changed[20] = changed[20].replace("sip:20@x", "sip:twenty@x");
  changed.splice(100, 2);
  changed.splice(200, 0, '<entry uri="sip:new@x"/>');
  changed.push('<entry uri="sip:last@x"/>');
  const before = listOf(entries), after = listOf(changed);
  const operations = patch(before, after)!;
  assert.deepEqual(operations.map(({ kind, sel }) => [kind, sel]), [
    ["add", "*/*[300]"],
    ["add", "*/*[202]"],
    ["remove", "*/*[102]"],
    ["remove", "*/*[101]"],
    ["replace", "*/*[21]/@uri"],
  ]);
  assert.equal(applyPatch(before, operations).text, after.text);
});

Deno.test("there is no patch for another prolog, nor one longer than the document", () => {
  assert.equal(patch(parseXml("<!-- a --><r/>"), parseXml("<!-- b --><r/>")), null);
  assert.equal(patch(parseXml("<r/>"), parseXml("<r/><?x?>")), null);
  assert.deepEqual(patch(parseXml("<r/>"), parseXml('<?xml version="1.0"?>\n<r></r>\n')), []);
  assert.notEqual(patch(parseXml("<r/>"), parseXml("<s/>")), null);
});

function failing(document: string, operation: PatchOperation, element: string): void {
  const before: XmlDocument = parseXml(document);
  assert.throws(() => applyPatch(before, [operation]), (error: unknown) => {
    assert.ok(error instanceof PatchProblem, `${error}`);
    assert.equal(error.element, element, error.message);
    return true;
  });
}

Deno.test("a patch that cannot be applied says why in the words of RFC 5261 §5.1", () => {
  const namespaces = NONE;
  const add = { kind: "add", sel: "r", pos: null, type: null, content: "<x/>", namespaces } as const;
  const replace = { kind: "replace", sel: "r/a", content: "<x/>", namespaces } as const;
  const remove = { kind: "remove", sel: "r/a", ws: null, namespaces } as const;
  const R = '<r n="1"><a/>t<a k="1"/><!--c--></r>';
  failing(R, { ...add, sel: "r/b" }, "unlocated-node");
  failing(R, { ...add, sel: "r/a" }, "unlocated-node");
  failing(R, { ...add, sel: "q:r" }, "invalid-namespace-prefix");
  failing(R, { ...add, sel: 'id("x")' }, "unsupported-id-function");
  for (
    const sel of [
      "",
      "r//a",
      "r/",
      "r[",
      "r[1",
      "r[0]",
      "r[@a]",
      "r[@a=b]",
      'r[@a="b]',
      "r/@",
      "r/text()/a",
      "count(r)",
      "r|a",
      "../r",
    ]
  ) {
    failing(R, { ...add, sel }, "invalid-attribute-value");
  }
  failing(R, { ...add, content: "<x>" }, "invalid-diff-format");
  failing(R, { ...add, content: "</w><w>" }, "invalid-diff-format");
  failing(R, { ...add, content: "<q:x/>" }, "invalid-diff-format");
  failing(R, { ...add, content: "<q:x/>", namespaces: new Map([["q", "urn:q"]]) }, "invalid-namespace-prefix");
  failing('<r xmlns="urn:r"/>', { ...add, sel: "*" }, "invalid-namespace-prefix");
  failing(R, { ...add, pos: "after" }, "invalid-root-element-operation");
  failing(R, { ...add, sel: "r/@n" }, "invalid-patch-directive");
  failing(R, { ...add, type: "@n", content: "2" }, "invalid-attribute-value");
  failing(R, { ...add, type: "@m", content: "<x/>" }, "invalid-node-types");
  failing(R, { ...add, type: "m", content: "" }, "invalid-attribute-value");
  failing(R, { ...add, type: '@m="1" x', content: "" }, "invalid-attribute-value");
  failing(R, { ...replace, sel: "r/a[1]", content: "text" }, "invalid-node-types");
  failing(R, { ...replace, sel: "r/a[1]", content: "<x/><y/>" }, "invalid-node-types");
  failing(R, { ...replace, sel: "r/comment()", content: "<x/>" }, "invalid-node-types");
  failing(R, { ...replace, sel: "r/text()", content: "<x/>" }, "invalid-node-types");
  failing(R, { ...remove, sel: "r" }, "invalid-root-element-operation");
  failing(R, { ...remove, sel: "r/a[1]", ws: "after" }, "invalid-whitespace-directive");
  failing(R, { ...remove, sel: "r/@n", ws: "after" }, "invalid-patch-directive");
  failing('<r xmlns:p="urn:p"><p:a/></r>', { ...remove, sel: "r/namespace::p" }, "invalid-namespace-prefix");
});

Deno.test("selectors find by values and by what is beside the root", () => {
  const cases: [string, string, string][] = [
    ["<r><a><b>x</b></a><a><b>y</b></a></r>", "r/a[b='y']", "<r><a><b>x</b></a></r>"],
    ["<r><a>x<!-- -->&amp;<b>z</b></a><a/></r>", "r/a[.='x&z']", "<r><a/></r>"],
    ['<r><a k="1"/><a k="1"/><b k="1"/></r>', "r/*[@k='1'][3]", '<r><a k="1"/><a k="1"/></r>'],
    ['<r><a/><a k="1"/></r>', "/r/a[2][@k='1']", "<r><a/></r>"],
    ["<r><a><b/></a><c/></r>", "r/*/b", "<r><a></a><c/></r>"],
    ["<!-- x --><r/>", "comment()", "<r/>"],
    ["<r/><?a?><?b?>", "processing-instruction('b')", "<r/><?a?>"],
  ];
  for (const [text, sel, result] of cases) {
    assert.equal(applyPatch(parseXml(text), [{ kind: "remove", sel, ws: null, namespaces: NONE }]).text, result, sel);
  }
});

Deno.test("content takes the target's prefixes as RFC 5261 §4.2.3 orders", () => {
  const at = (target: string, content: string, namespaces: [string, string][], sel = "*") =>
    applyPatch(parseXml(target), [{
      kind: "add",
      sel,
      pos: null,
      type: null,
      content,
      namespaces: new Map(namespaces),
    }]).text;
  assert.equal(
    at('<r xmlns:b="foo:"/>', "<a:bar><a:x></a:x></a:bar>", [["a", "foo:"]]),
    '<r xmlns:b="foo:"><b:bar><b:x></b:x></b:bar></r>',
  );
  assert.equal(at('<r xmlns="foo:"/>', "<a:bar/>", [["a", "foo:"]]), '<r xmlns="foo:"><bar/></r>');
  // The default namespace is not for attributes.
  assert.throws(() => at('<r xmlns="foo:"/>', '<a:bar a:k=""/>', [["a", "foo:"]]), /no prefix for foo:/);
  const two = '<r xmlns:x="foo:" xmlns:y="foo:"/>';
  assert.match(at(two, "<xx:e/>", [["xx", "foo:"]]), /<x:e\/>/);
  assert.match(at(two, "<a:e/>", [["a", "foo:"]]), /<x:e\/>/);
  assert.match(at(two, "<y:e/>", [["y", "foo:"]]), /<y:e\/>/);
  assert.match(at(two, "<z:e/>", [["z", "foo:"]]), /<y:e\/>/);
  assert.match(at(two.replace("<r", '<r xmlns="foo:"').replace("r ", "x:r "), "<a:e/>", [["a", "foo:"]]), /<x:e\/>/);
  // The content's own declarations come along as they are.
  assert.match(
    at(two, '<a:e xmlns:q="urn:q"><q:f q:g=""/></a:e>', [["a", "foo:"]]),
    /<x:e xmlns:q="urn:q"><q:f q:g=""\/><\/x:e>/,
  );
});

Deno.test("nodes are added to an element that is written <a/>, whatever stands behind it", () => {
  const before = parseXml("<r><a/>/<b/></r>");
  const add = { kind: "add", sel: "r/a", pos: null, type: null, content: "<c/>", namespaces: NONE } as const;
  assert.equal(applyPatch(before, [add]).text, "<r><a><c/></a>/<b/></r>");
});
