import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Events, Metrics, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { storageIn, TemporaryFolder } from "../../storage/testing.ts";
import { nodeContent, parseNodeSelector, putNode, removeNode, XcapProblem } from "../../transport/xcap/mod.ts";
import { checkGrammar, parseXml, type XmlDocument, type XmlLimits } from "../../transport/xml/mod.ts";
import { UNCONDITIONAL } from "./conditions.ts";
import { DocumentServer } from "./document_server.ts";
import { ALICE, ROOT } from "./testing/xdm_world.ts";
import { USAGES } from "./usages/usages.ts";
import type { Usage } from "./usage.ts";
import type { XdmEvents } from "./xdm_events.ts";

const OWNER = "sip:alice@example.test";
const DOMAINS = new Set(["example.test"]);
const LIMITS: XmlLimits = { characters: 524_288, depth: 64, elements: 65_536, attributes: 128 };
const NAMESPACES = new Map([["o", "urn:other"], ["x", "urn:x"], ["cp", "urn:ietf:params:xml:ns:common-policy"]]);
const octets = (text: string) => new TextEncoder().encode(text);

/** Enough entries that changes are stored as edits (16 KB and more), with what edits may stumble over between them. */
function longList(count: number): string {
  const between = ["\n ", "\r\n", "<!-- <entry uri='no'/> -->", "<?pi a?>", " <!----> "];
  let text = "";
  for (let n = 0; n < count; n++) {
    text +=
      `<entry uri="sip:n${n}@example.test"><display-name>Ø 😀 ${n} &amp; <![CDATA[]]]]>&#x1F600;</display-name></entry>`;
    text += between[n % between.length];
  }
  return text;
}

const RL = "urn:ietf:params:xml:ns:resource-lists";
const CP = "urn:ietf:params:xml:ns:common-policy";
const rules = (count: number) =>
  Array.from(
    { length: count },
    (_, n) =>
      `<rule id="r${n}"><conditions><identity><one id="sip:n${n}@example.test"/><many domain="d${n}.test">` +
      `<except id="sip:x@d${n}.test"/></many></identity></conditions><actions/></rule>\r\n`,
  ).join("");

/** Per usage: documents to begin with, the pieces that are put, and the selectors. */
const SUBJECTS = [
  {
    auid: "resource-lists",
    begin: [
      `\ufeff<?xml version="1.0"?>\r\n<!-- top --><resource-lists xmlns="${RL}" xmlns:o="urn:other"><list name="a">${
        longList(160)
      }</list><list name="b"/><list name="c" ><entry uri="sip:n1@example.test"/></list></resource-lists>\n<!-- end -->`,
      `<o:resource-lists xmlns:o="${RL}"><o:list name="a"><o:display-name/><o:entry uri="sip:n1@example.test"/></o:list></o:resource-lists>`,
      `<resource-lists xmlns="${RL}"/>`,
    ],
    pieces: [
      ...["n1", "n2", "n150", "new", "&#110;1", "a&amp;b", "a b"].map((name) =>
        `<entry uri="sip:${name}@example.test"/>`
      ),
      `<entry uri='sip:n1@example.test'>\r\n<display-name xml:lang="en"> 😀 </display-name><x:e xmlns:x="urn:x">t</x:e></entry>`,
      `<entry uri="sip:p@example.test" xmlns="urn:other"/>`,
      `<o:entry xmlns:o="${RL}" uri="sip:n1@example.test"/>`,
      `<o:entry uri="sip:n1@example.test"/>`,
      `<list name="a"/>`,
      `<list name="d"><entry uri="sip:n1@example.test"/><list name="d"/></list>`,
      `<list name="d"><entry uri="sip:d@x"/><entry uri="sip:d@x"/></list>`,
      `<external anchor="${ROOT}/resource-lists/users/${OWNER}/index/~~/resource-lists/list%5B@name=%22a%22%5D"/>`,
      `<external anchor="https://other.test/"/>`,
      `<entry-ref ref="resource-lists/users/${OWNER}/index/~~/resource-lists/list/entry"/>`,
      `<display-name>name</display-name>`,
      `<o:e xmlns:o="urn:other">/</o:e>`,
      `<entry/>`,
      `<entry uri="sip:x@y">`,
      `<!-- --><entry uri="sip:n1@example.test"/>`,
      `<resource-lists xmlns="${RL}"><list name="a"><entry uri="sip:n1@example.test"/></list></resource-lists>`,
    ],
    steps: [
      ...["n1", "n2", "n150", "new", "a&amp;b", "d"].map((name) => `entry[@uri="sip:${name}@example.test"]`),
      ...["entry", "entry[1]", "entry[3]", "*[2]", `*[2][@uri="sip:n1@example.test"]`, "list", `list[@name="d"]`],
      ...["display-name", "*", "o:e", "entry[1]/display-name", "entry[1]/x:e", "external", "entry-ref"],
    ],
    tops: [`resource-lists/list[@name="a"]`, "resource-lists/list[1]", "resource-lists/list[2]", "resource-lists", "*"],
    attributes: ["uri", "name", "o:x", "xml:lang", "anchor"],
    clashes: {
      places: [1, 2, 3].map((n) => `resource-lists/list[@name="a"]/entry[${n}]`),
      attribute: "uri",
      values: [0, 1, 2, 3, 9].map((n) => `sip:n${n}@example.test`),
      element: "entry",
    },
    values: [
      `"sip:n1@example.test"`,
      `'sip:new@example.test'`,
      `"a"`,
      `"b"`,
      `"&#97;"`,
      `"a\tb"`,
      `"de"`,
      `""`,
      `"&lt;/"`,
    ],
  },
  {
    auid: "org.openmobilealliance.access-rules",
    begin: [
      `<?xml version="1.0" encoding="utf-8"?>\n<ruleset xmlns="${CP}" xmlns:x="urn:x">${rules(90)}</ruleset>`,
      `<cp:ruleset xmlns:cp="${CP}"><cp:rule id="r0"/></cp:ruleset>`,
    ],
    pieces: [
      `<rule id="r1"/>`,
      `<rule id="n"><conditions/><actions/><transformations/></rule>`,
      `<rule id="n"><actions/><conditions/></rule>`,
      `<rule id="1"/>`,
      `<one id="sip:n1@example.test"/>`,
      `<except domain="a.test"/>`,
      `<conditions><validity><from>2025-01-01T00:00:00Z</from><until>2024-01-01T00:00:00Z</until></validity></conditions>`,
      `<conditions><x:foo/><sphere value="home"/></conditions>`,
      `<x:foo><rule id="r1"/></x:foo>`,
      `<actions><pr:sub-handling xmlns:pr="urn:ietf:params:xml:ns:pres-rules">maybe</pr:sub-handling></actions>`,
      `<actions><oxe:allow-reject-invite xmlns:oxe="urn:oma:xml:xdm:extensions">true</oxe:allow-reject-invite></actions>`,
    ],
    steps: [
      ...[`rule[@id="r1"]`, `rule[@id="n"]`, "rule[2]", "rule[1]", `*[1][@id="n"]`, "conditions", "actions"],
      ...["conditions/identity/one", "conditions/identity/many", "conditions/identity/many/except", "x:foo"],
    ],
    tops: ["ruleset", "ruleset/rule[1]", `ruleset/rule[@id="r1"]`, "*/cp:rule[1]"],
    attributes: ["id", "domain", "x:a"],
    clashes: {
      places: [1, 2, 3].map((n) => `ruleset/rule[${n}]`),
      attribute: "id",
      values: [0, 1, 2, 3, 200].map((n) => `r${n}`),
      element: "rule",
    },
    values: [`"r1"`, `"n"`, `"1"`, `"d.test"`, `'x y'`],
  },
] as const;

type Subject = typeof SUBJECTS[number];
type Operation =
  | { readonly kind: "put" | "remove"; readonly path: string; readonly body: string }
  /** Replaces the document by one of those to begin with. */
  | { readonly kind: "whole"; readonly begin: number }
  | { readonly kind: "reopen" };

function operations(subject: Subject): fc.Arbitrary<Operation[]> {
  const paths = fc.tuple(fc.constantFrom<string>(...subject.tops), fc.constantFrom<string>("", ...subject.steps))
    .map(([top, step]) => step === "" ? top : `${top}/${step}`);
  const attributes = fc.tuple(paths, fc.constantFrom<string>(...subject.attributes)).map((parts) => parts.join("/@"));
  const piece = fc.constantFrom<string>(...subject.pieces), value = fc.constantFrom<string>(...subject.values);
  // What a client usually does: the body is what the selector says.
  const fitting = fc.tuple(fc.constantFrom<string>(...subject.tops), piece).map(([top, body]) => {
    const [, name, attribute = ""] = /^<([\w:-]+)(?:[^>]*? ((?:uri|name|id)=(?:"[^"]*"|'[^']*')))?/.exec(body) ?? [];
    return { kind: "put" as const, path: `${top}/${name}${attribute === "" ? "" : `[@${attribute}]`}`, body };
  });
  // What must be unique, by an element and by its attribute.
  const { clashes } = subject;
  const clashing = fc.tuple(fc.constantFrom(...clashes.places), fc.constantFrom(...clashes.values), fc.boolean())
    .map(([place, value, whole]) => ({
      kind: "put" as const,
      path: whole ? place : `${place}/@${clashes.attribute}`,
      body: whole ? `<${clashes.element} ${clashes.attribute}="${value}"/>` : `"${value}"`,
    }));
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fitting },
      { weight: 4, arbitrary: clashing },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("put" as const), path: paths, body: piece }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), path: attributes, body: value }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("remove" as const),
          path: fc.oneof(paths, attributes),
          body: fc.constant(""),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("whole" as const), begin: fc.nat(subject.begin.length - 1) }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
    ),
    { minLength: 8, maxLength: 40, size: "max" },
  );
}

interface Box {
  readonly server: DocumentServer;
  close(): Promise<void>;
}

async function open(folder: TemporaryFolder, time: FakeTime): Promise<Box> {
  const storage = await storageIn(folder, time);
  const server = await DocumentServer.open({
    documents: storage.documents,
    usages: USAGES,
    domains: DOMAINS,
    isAddress: () => false,
    root: () => ROOT,
    settings: { plain: false, max_document: 524_288, max_documents: 100, max_total: 4_194_304 },
    events: new Events<XdmEvents>((error) => {
      throw error;
    }),
    clock: time,
    metrics: new Metrics(),
    log: silentLog,
  });
  return { server, close: () => storage.close() };
}

const refusalOf = (error: unknown) => {
  if (!(error instanceof XcapProblem)) throw error;
  return `${error.status} ${error.condition?.element ?? ""}`;
};

const nameOf = ({ documentName }: Usage) => typeof documentName === "string" ? documentName : "index";

/** The same by nothing but whole documents: what becomes of `text`, or why it stays. */
function fromScratch(
  usage: Usage,
  begin: readonly string[],
  text: string,
  operation: Operation,
): { text: string } | { refused: string } {
  try {
    let after: XmlDocument;
    const before = parseXml(text, LIMITS);
    if (operation.kind === "whole") after = parseXml(begin[operation.begin], LIMITS);
    else if (operation.kind === "reopen") return { text };
    else {
      const selector = parseNodeSelector(operation.path, NAMESPACES);
      const mediaType = `application/xcap-${selector.node.kind === "element" ? "el" : "att"}+xml`;
      const edited = operation.kind === "remove"
        ? removeNode(before, selector, usage.namespace)
        : putNode(before, selector, usage.namespace, { mediaType, octets: octets(operation.body) }, "u");
      const { start, end, insert } = edited.edit;
      equal(edited.document.text, text.slice(0, start) + insert + text.slice(end));
      after = parseXml(edited.document.text, LIMITS);
    }
    const breach = checkGrammar(after, usage.grammar!);
    if (breach !== null) throw new XcapProblem(409, breach.message, { element: "schema-validation-error" });
    const key = { auid: usage.auid, owner: OWNER, name: nameOf(usage) };
    usage.check?.(after, before, { key, root: ROOT, domains: DOMAINS, takenBy: () => undefined }, ALICE);
    return { text: after.text };
  } catch (error) {
    return { refused: refusalOf(error) };
  }
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject.auid}: edits through the server and the store are what whole documents say, over restarts`, async () => {
    const usage = USAGES.get(subject.auid)!;
    const name = nameOf(usage);
    const key = { auid: usage.auid, owner: OWNER, name };
    const did = { taken: 0, refused: 0 };
    const run = async (first: number, all: readonly Operation[]) => {
      using folder = new TemporaryFolder();
      const time = new FakeTime();
      let box = await open(folder, time);
      const tags = new Set<string>();
      const written = await box.server.put(ALICE, key, null, {
        mediaType: usage.mediaType,
        octets: octets(subject.begin[first]),
      }, UNCONDITIONAL);
      tags.add(written.etag!);
      let text: string = subject.begin[first];
      for (const operation of all) {
        if (operation.kind === "reopen") {
          await box.close();
          box = await open(folder, time);
        }
        const expected = fromScratch(usage, subject.begin, text, operation);
        const what = JSON.stringify(operation);
        if (operation.kind !== "reopen") {
          const selector = operation.kind === "whole" ? null : parseNodeSelector(operation.path, NAMESPACES);
          const kind = selector?.node.kind;
          const mediaType = kind === undefined
            ? usage.mediaType
            : `application/xcap-${kind === "element" ? "el" : "att"}+xml`;
          const body = {
            mediaType,
            octets: octets(operation.kind === "whole" ? subject.begin[operation.begin] : operation.body),
          };
          let outcome: { text: string } | { refused: string };
          try {
            const done = operation.kind === "remove"
              ? await box.server.remove(ALICE, key, selector, UNCONDITIONAL)
              : await box.server.put(ALICE, key, selector, body, UNCONDITIONAL);
            ok(!tags.has(done.etag!), "a tag is given once");
            tags.add(done.etag!);
            outcome = { text: (await box.server.read(key))!.document.text };
            if (operation.kind === "put") {
              const found = nodeContent(parseXml(outcome.text, LIMITS), selector!, usage.namespace);
              equal(found?.body, operation.body, what);
            }
            did.taken++;
          } catch (error) {
            outcome = { refused: refusalOf(error) };
            did.refused++;
          }
          deepEqual(outcome, expected, what);
        }
        if ("text" in expected) text = expected.text;
        equal((await box.server.read(key))!.document.text, text, what);
      }
      await box.close();
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(subject.begin.length - 1), operations(subject), run),
      { numRuns: 40, interruptAfterTimeLimit: 30_000 },
    );
    ok(did.taken > 50 && did.refused > 50, JSON.stringify(did));
  });
}
