import assert from "node:assert/strict";
import fc from "fast-check";
import { layoutOf } from "./document_layout.ts";
import type { ElementShape } from "./element_shape.ts";
import type { ParsedDocument } from "./parsed_document.ts";
import { splicedLayout } from "./splice.ts";
import { splicedDocument } from "./spliced_document.ts";
import { randomElement, randomXml } from "./testing/random_xml.ts";
import { allOf, documentView } from "./testing/xml_view.ts";
import { SMALL_XML, type XmlDocument, type XmlLimits, XmlProblem } from "./xml_node.ts";
import { parseXml } from "./xml_parse.ts";

const piece = fc.constantFrom(
  ...[
    "",
    "x",
    "<b/>",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?p",
    "?>",
    "&amp;",
    "&",
    ">",
    "/",
    '"',
    "'",
    "<",
  ],
  ...[" xmlns='urn:z'", " xmlns:p='urn:y'", " z='1'", "<p:n/>", "\r", "\n", "😀", "\ud83d", "\u0001", "]", "-", "é"],
);
const insert = fc.oneof(piece, fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join("")), randomElement);

function outcome(make: () => XmlDocument): unknown {
  try {
    return documentView(make());
  } catch (error) {
    assert.ok(error instanceof XmlProblem, String(error));
    return [error.kind, error.message];
  }
}

/** What is known of shapes and not seen from outside. */
function hidden(shape: ElementShape): unknown {
  return [shape.blank, shape.elements, shape.head, shape.inner, shape.tail, shape.starts, shape.children.map(hidden)];
}

/** Whether splicing does what reading the new text does. */
function isSame(document: XmlDocument, start: number, end: number, text: string, limits?: XmlLimits): void {
  const whole = document.text.slice(0, start) + text + document.text.slice(end);
  assert.deepEqual(outcome(() => splicedDocument(document, start, end, text)), outcome(() => parseXml(whole, limits)));
  const { layout } = document as ParsedDocument;
  const after = splicedLayout(layout, { start, end, insert: text });
  if (after !== null) assert.deepEqual(hidden(after.root), hidden(layoutOf(whole, layout.limits).root));
}

Deno.test("property: a splice anywhere is the parse of the new text", () => {
  fc.assert(
    fc.property(randomXml, fc.nat(), fc.nat(12), insert, (text, at, length, inserted) => {
      const start = at % (text.length + 1);
      isSame(parseXml(text), start, Math.min(start + length, text.length), inserted);
    }),
    { numRuns: 1500 },
  );
});

Deno.test("property: splices at the places of nodes, one after the other", () => {
  const kinds = fc.constantFrom(
    "element",
    "before",
    "behind",
    "content",
    "tag",
    "name",
    "value",
    "attribute",
    "inside",
  );
  fc.assert(
    fc.property(randomXml, fc.array(fc.tuple(kinds, fc.nat(), insert), { maxLength: 5 }), (text, cuts) => {
      let document = parseXml(text);
      for (const [kind, pick, inserted] of cuts) {
        const [start, end] = cutOf(document, kind, pick);
        isSame(document, start, end, inserted);
        try {
          document = splicedDocument(document, start, end, inserted);
        } catch (error) {
          assert.ok(error instanceof XmlProblem);
        }
      }
    }),
    { numRuns: 700 },
  );
});

function cutOf({ root }: XmlDocument, kind: string, pick: number): [start: number, end: number] {
  const elements = allOf(root);
  const element = elements[pick % elements.length];
  const attribute = element.attributes[0];
  switch (kind) {
    case "element":
      return [element.start, element.end];
    case "before":
      return [element.start, element.start];
    case "behind":
      return [element.end, element.end];
    case "content":
      return [element.contentStart, element.contentEnd];
    case "tag":
      return [element.start, element.contentStart];
    case "name":
      return [element.start + 1, element.start + 1 + element.name.length];
    case "value":
      return attribute === undefined
        ? [element.contentEnd, element.contentEnd]
        : [attribute.valueStart, attribute.valueEnd];
    case "attribute":
      return attribute === undefined
        ? [element.contentEnd, element.end]
        : [attribute.start - 1, attribute.valueEnd + 1];
    default:
      return [element.contentStart - 1, element.contentStart - 1];
  }
}

Deno.test("property: limits hold for what a splice makes", () => {
  const limits: XmlLimits = { characters: 400, depth: 4, elements: 7, attributes: 3 };
  fc.assert(
    fc.property(randomXml, fc.nat(), insert, (text, pick, inserted) => {
      let document: XmlDocument;
      try {
        document = parseXml(text, limits);
      } catch {
        return;
      }
      const elements = allOf(document.root);
      const { contentEnd } = elements[pick % elements.length];
      isSame(document, contentEnd, contentEnd, inserted, limits);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("the document that was spliced stays as it was", () => {
  const document = parseXml("<a><b>1</b><c x='1'/></a>");
  const before = documentView(document);
  const after = splicedDocument(document, 3, 11, "<b>two</b><d/>");
  assert.equal(after.text, "<a><b>two</b><d/><c x='1'/></a>");
  assert.deepEqual(documentView(document), before);
  assert.deepEqual(documentView(parseXml("<a><b>1</b><c x='1'/></a>")), before);
});

Deno.test("text between children that is taken away is gone, and the rest of it is not", () => {
  isSame(parseXml("<a>x<b/><c/></a>"), 3, 4, "");
  isSame(parseXml("<a>x<b/>y<c/></a>"), 3, 4, "");
  isSame(parseXml("<a> <b/> <c/></a>"), 8, 9, "y");
});

Deno.test("a cut that is none", () => {
  const document = parseXml("<a/>");
  for (const [start, end] of [[-1, 2], [3, 2], [0, 5], [NaN, 1]]) {
    assert.throws(() => splicedDocument(document, start, end, ""), RangeError);
  }
});

const LIST = `<l xmlns='u'>\n${"<e x='1'><n>a</n></e>\n".repeat(50)}</l>`;

/** How many elements of the new layout are not taken over from the old one. */
function renewed(text: string, find: string, nth: number, insert: string, length = find.length): number {
  const layout = layoutOf(text, SMALL_XML);
  const known = new Set<ElementShape>();
  const visit = (shape: ElementShape, seen: (shape: ElementShape) => void): void => {
    seen(shape);
    for (const child of shape.children) visit(child, seen);
  };
  visit(layout.root, (shape) => known.add(shape));
  let start = -1;
  for (let i = 0; i <= nth; i++) start = text.indexOf(find, start + 1);
  const after = splicedLayout(layout, { start, end: start + length, insert });
  assert.ok(after !== null, "only the whole text could tell");
  let fresh = 0;
  visit(after.root, (shape) => fresh += known.has(shape) ? 0 : 1);
  return fresh;
}

Deno.test("only what a cut touches is read again", () => {
  const entry = "<e x='1'><n>a</n></e>";
  assert.deepEqual(
    {
      replaced: renewed(LIST, entry, 20, "<e/>"),
      removed: renewed(LIST, entry, 20, ""),
      put_before: renewed(LIST, entry, 20, "<e/><e/>", 0),
      text: renewed(LIST, ">a<", 20, ">b<"),
      attribute: renewed(LIST, "x='1'", 20, "x='2'"),
      start_tag_of_all: renewed(LIST, " xmlns='u'", 0, " xmlns='u' y='1'"),
      end_of_all: renewed(LIST, "</l>", 0, "<e/>", 0),
      two_entries: renewed(LIST, `${entry}\n${entry}`, 20, "<e/>"),
      namespace_of_all: renewed(LIST, "xmlns='u'", 0, "xmlns='v'"),
    },
    {
      // The root, and what was put.
      replaced: 2,
      removed: 1,
      put_before: 3,
      text: 3,
      attribute: 2,
      start_tag_of_all: 1,
      end_of_all: 2,
      two_entries: 2,
      namespace_of_all: 101,
    },
  );
});
