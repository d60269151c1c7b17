import assert from "node:assert/strict";
import { parseXml } from "../xml/mod.ts";
import { capabilitiesDocument } from "./capabilities.ts";
import { parseEntityTags } from "./conditions.ts";
import { directoryDocument, IETF_DIRECTORY_NAMESPACE, OMA_DIRECTORY_NAMESPACE } from "./directory.ts";
import { errorBody, parseErrorBody } from "./error_body.ts";
import { nodeContent } from "./node_content.ts";
import { parseNodeSelector } from "./parse_node_selector.ts";
import { type XcapCondition, XcapProblem } from "./xcap_problem.ts";

const CONDITIONS: XcapCondition[] = [
  { element: "not-well-formed" },
  { element: "not-xml-frag" },
  { element: "schema-validation-error" },
  { element: "not-utf-8" },
  { element: "not-xml-att-value" },
  { element: "cannot-insert" },
  { element: "cannot-delete" },
  { element: "constraint-failure" },
  { element: "no-parent", ancestor: null },
  { element: "no-parent", ancestor: "http://h/a/users/u/d/~~/r%5B@a=%22<&>%22%5D" },
  { element: "uniqueness-failure", exists: [] },
  {
    element: "uniqueness-failure",
    exists: [{ field: "r/s/@uri", alternatives: ["sip:a@x", "<b>"] }, { field: "r", alternatives: [] }],
  },
  { element: "local", alternatives: [], description: "" },
  { element: "local", alternatives: [{ field: "groups", value: "20 & no more" }], description: "at most 20\ngroups" },
];

Deno.test("each condition of RFC 4825 §11.1 and OMA's is written and read the same", () => {
  for (const condition of CONDITIONS) {
    const text = errorBody(new XcapProblem(409, 'line 3: "<a>" & more', condition))!;
    const read = parseErrorBody(text)!;
    assert.deepEqual([read.status, read.message, read.condition], [409, 'line 3: "<a>" & more', condition]);
    const { root } = parseXml(text);
    assert.equal(root.children.length, 1);
    assert.equal(root.children[0].name, condition.element === "local" ? "extension" : condition.element);
  }
  assert.equal(errorBody(new XcapProblem(404, "gone")), null);
});

Deno.test("OMA's condition is a local-constraint-failure in its own namespace", () => {
  const text = errorBody(new XcapProblem(409, "too many", CONDITIONS.at(-1)!))!;
  const [failure] = parseXml(text).root.children[0].children;
  assert.equal(failure.namespace, "urn:oma:xml:xdm:xcap-error");
  assert.deepEqual(failure.children.map(({ name }) => name), ["alt-value", "description"]);
});

Deno.test("an unknown extension is no report, and other documents are refused", () => {
  const report = (inside: string) =>
    parseErrorBody(`<xcap-error xmlns="urn:ietf:params:xml:ns:xcap-error">${inside}</xcap-error>`);
  assert.equal(report('<extension><x xmlns="urn:x"/></extension>'), null);
  assert.equal(report("<extension/>"), null);
  assert.equal(report("<news/>"), null);
  assert.equal(report('<x xmlns="urn:x"/>'), null);
  assert.throws(() => report(""), SyntaxError);
  assert.throws(() => parseErrorBody("<xcap-error><cannot-insert/></xcap-error>"), SyntaxError);
  assert.throws(() => parseErrorBody("<xcap-error"), SyntaxError);
});

Deno.test("entity tags of a header field are read", () => {
  assert.deepEqual(parseEntityTags("*"), ["*"]);
  assert.deepEqual(parseEntityTags(' "a" ,, W/"b",""\t'), ["a", "b", ""]);
  assert.deepEqual(parseEntityTags('W/"b", "a,b"', "strong"), ["a,b"]);
  assert.deepEqual(parseEntityTags('W/"b"', "strong"), []);
  assert.deepEqual(parseEntityTags('"*"'), ['"*"'], "a tag that is a star is not any tag");
  for (const value of ["", ",", "a", '"a', '"a" "b"', 'w/"a"', '"a b"', '*, "a"', '"a", *', Array(66).join('"a",')]) {
    assert.throws(() => parseEntityTags(value), (error: XcapProblem) => error.status === 400, value);
  }
});

Deno.test("xcap-caps lists itself and nothing twice", () => {
  const { root } = parseXml(
    capabilitiesDocument({ auids: ["a&b", "xcap-caps"], extensions: [], namespaces: ["urn:<x>", "urn:<x>"] }),
  );
  assert.equal(root.namespace, "urn:ietf:params:xml:ns:xcap-caps");
  assert.deepEqual(root.children.map(({ name, children }) => [name, children.map((one) => [one.name, one.text])]), [
    ["auids", [["auid", "xcap-caps"], ["auid", "a&b"]]],
    ["extensions", []],
    ["namespaces", [["namespace", "urn:ietf:params:xml:ns:xcap-caps"], ["namespace", "urn:<x>"]]],
  ]);
});

Deno.test("a directory has one folder for each usage, with its documents or why not", () => {
  const entry = { uri: "http://h/a/users/u/d", etag: "1", modifiedAt: 0, size: 5 };
  const text = directoryDocument([{ auid: "a", content: [entry] }, { auid: "b", content: [] }, {
    auid: "c",
    content: { errorCode: 503 },
  }]);
  const folder = (auid: string) =>
    nodeContent(
      parseXml(text),
      parseNodeSelector(`xcap-directory/folder[@auid="${auid}"]`, new Map()),
      OMA_DIRECTORY_NAMESPACE,
    )?.body;
  assert.match(
    folder("a")!,
    /<entry uri="http:\/\/h\/a\/users\/u\/d" etag="1" last-modified="1970-01-01T00:00:00.000Z" size="5"\/>/,
  );
  assert.match(folder("b")!, /^<folder auid="b">\s*<\/folder>$/);
  assert.match(folder("c")!, /<error-code>503<\/error-code>/);
  assert.equal(folder("d"), undefined);
  assert.equal(parseXml(directoryDocument([], IETF_DIRECTORY_NAMESPACE)).root.namespace, IETF_DIRECTORY_NAMESPACE);
});
