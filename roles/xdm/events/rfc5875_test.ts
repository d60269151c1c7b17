/** The examples of RFC 5875: figures 1 and 2, and appendix A in its order. Entity tags are those of our store. */
import assert from "node:assert/strict";
import { applyPatch, parseXcapDiff, type XcapChange } from "../../../transport/xcap/mod.ts";
import { parseXml, SMALL_XML } from "../../../transport/xml/mod.ts";
import rfc5875 from "../../../transport/xcap/testdata/rfc5875.json" with { type: "json" };
import type { Usage } from "../usage.ts";
import { USAGES } from "../usages/usages.ts";
import { WatchWorld } from "./testing/watch_world.ts";

/** §A.1: an imaginary usage without a default namespace. */
const TESTS: Usage = {
  auid: "tests",
  mediaType: "application/xml",
  namespace: "",
  trees: ["users"],
  documentName: () => true,
  grammar: null,
  namespaces: [],
  limits: { octets: 10_000, documents: 10 },
  othersAccess: () => "none",
};
const JOE = "tests/users/sip:joe@example.com";
const vectors = rfc5875.documents.map(({ document }) => document);
const lists = vectors.filter((text) => text.includes("<resource-lists"));
const diffs = vectors.filter((text) => text.includes("xcap-diff")).map((text) => parseXcapDiff(text));

async function world(): Promise<WatchWorld> {
  const world = await WatchWorld.open({
    domain: "example.com",
    root: "http://xcap.example.com",
    usages: new Map([...USAGES, ["tests", TESTS]]),
    users: ["joe", "john"],
  });
  // §A.1.
  await world.put(`${JOE}/index`, vectors[0], "joe");
  await world.put("tests/users/sip:john@example.com/index", vectors[1], "john");
  return world;
}

const resourceList = (text: string) => ["application/resource-lists+xml", text] as const;
const own = { user: "joe", resource: "sip:example.com" };

/** What stands in an RFC's vector, with our tags for its own, and without operations. */
function expected(changes: readonly XcapChange[], tags: Readonly<Record<string, string>>): unknown[] {
  return changes.map((change) =>
    change.kind !== "document" ? change : {
      ...change,
      previousEtag: change.previousEtag === null ? null : tags[change.previousEtag],
      newEtag: change.newEtag === null ? null : tags[change.newEtag],
      body: change.body === null ? null : "operations",
    }
  );
}
const withoutOperations = (changes: readonly XcapChange[]) =>
  changes.map((change) =>
    change.kind === "document" && change.body !== null ? { ...change, body: "operations" } : change
  );

Deno.test("figures 1 and 2: a document, an element and a collection; what may be read of them comes at once", async () => {
  const world = await WatchWorld.open({
    domain: "example.com",
    root: "http://xcap.example.com/root",
    users: ["joe", "john"],
  });
  const lists = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>`;
  await world.put("resource-lists/users/sip:joe@example.com/index", lists, "joe");
  const tuple = (id: string) =>
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:${id}@example.com"><tuple id="a"><status/></tuple></presence>`;
  await world.put("pidf-manipulation/users/sip:joe@example.com/index", tuple("joe"), "joe");
  await world.put("pidf-manipulation/users/sip:john@example.com/index", tuple("john"), "john");
  const service = `<s:service uri="sip:marketing@example.com">
        <s:list name="marketing">
          <rl:entry uri="sip:joe@example.com"/>
          <rl:entry uri="sip:sudhir@example.com"/>
        </s:list>
        <s:packages>
          <s:package>presence</s:package>
        </s:packages>
      </s:service>`;
  await world.put(
    "rls-services/users/sip:joe@example.com/index",
    `<s:rls-services xmlns:s="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">${service}</s:rls-services>`,
    "joe",
  );
  const element = "rls-services/users/sip:joe@example.com/index/~~/*/service%5b@uri='sip:marketing@example.com'%5d";
  const answer = world.subscribe(
    ["resource-lists/users/sip:joe@example.com/index", element, "pidf-manipulation/"],
    { ...own, event: "xcap-diff; diff-processing=aggregate", expires: 4200 },
  );
  assert.deepEqual([answer.status, answer.header("Expires")], [200, "4200"]);
  const [first] = await world.after();
  assert.equal(first.root, "http://xcap.example.com/root/");
  assert.deepEqual(first.changes.slice(0, 2), [
    {
      kind: "document",
      sel: "resource-lists/users/sip:joe@example.com/index",
      previousEtag: null,
      newEtag: "t1",
      body: null,
    },
    {
      kind: "document",
      sel: "pidf-manipulation/users/sip:joe@example.com/index",
      previousEtag: null,
      newEtag: "t2",
      body: null,
    },
  ]);
  const [, , node] = first.changes;
  assert.equal(first.changes.length, 3);
  assert.ok(node.kind === "element" && node.sel === element && node.exists);
  assert.equal(node.content, service);
  assert.deepEqual([node.namespaces.get("s"), node.namespaces.get("rl")], [
    "urn:ietf:params:xml:ns:rls-services",
    "urn:ietf:params:xml:ns:resource-lists",
  ]);
});

Deno.test("every example of the RFC is here", () => {
  assert.deepEqual([lists.length, diffs.length, vectors.length], [4, 9, 16]);
});

Deno.test("A.2: with Expires 0 it is a look at the collection", async () => {
  const watched = await world();
  const answer = watched.ask({ ...own, body: resourceList(lists[0]), expires: 0 });
  assert.deepEqual([answer.status, answer.header("Expires")], [200, "0"]);
  const [only] = await watched.after();
  assert.equal(only.state, "terminated;reason=timeout");
  assert.deepEqual(only.changes, expected(diffs[0].changes, { "7ahggs": "t1" }));
  await watched.put(`${JOE}/another_document`, vectors[4], "joe");
  assert.deepEqual(await watched.after(6000), []);
});

Deno.test("A.2, A.3: the collection of Joe, the same as of all users; a new document comes alone; a refresh brings both", async () => {
  const watched = await world();
  for (const [i, body] of [lists[0], lists[0].replace("sip:joe@example.com/", "")].entries()) {
    const answer = watched.ask({
      ...own,
      event: "xcap-diff; diff-processing=aggregate",
      body: resourceList(body),
      callId: `a${i}`,
    });
    assert.equal(answer.status, 200);
    const [first] = await watched.after();
    assert.equal(first.request.get("Content-Type"), "application/xcap-diff+xml");
    assert.equal(first.request.get("Event"), "xcap-diff");
    assert.equal(first.root, diffs[0].root);
    assert.deepEqual(first.changes, expected(diffs[0].changes, { "7ahggs": "t1" }));
  }
  const tag =
    watched.ask({ ...own, event: "xcap-diff;diff-processing=aggregate", body: resourceList(lists[0]), callId: "b" })
      .toTag;
  await watched.after();
  const { etag } = await watched.put(`${JOE}/another_document`, vectors[4], "joe");
  const told = await watched.after(1000);
  assert.equal(told.length, 3);
  for (const { changes } of told) assert.deepEqual(changes, expected(diffs[1].changes, { terteer: etag! }));
  watched.ask({ ...own, event: "xcap-diff", body: resourceList(lists[0]), callId: "b", toTag: tag, cseq: 2 });
  const [again] = await watched.after(6000);
  assert.deepEqual(again.changes.map(({ sel }) => sel).sort(), [`${JOE}/another_document`, `${JOE}/index`]);
});

/** A.4: three elements are put in, one after the other, before a NOTIFY can go out. */
async function threeChanges(mode: string) {
  const watched = await world();
  const answer = watched.ask({ ...own, event: `xcap-diff;diff-processing=${mode}`, body: resourceList(lists[0]) });
  assert.equal(answer.status, 200);
  await watched.after();
  const before = await watched.text(`${JOE}/index`);
  const tags: Record<string, string> = { "7ahggs": "t1", "7ahggs3": "t1" };
  const puts = [
    ["fgherhryt3", "foo", "<foo>this is a new element</foo>"],
    ["dgdgdfgrrr", "bar", "<bar>this is a bar element\n</bar>"],
    ["63hjjsll", "foobar", "<foobar>this is a foobar element</foobar>"],
  ];
  for (const [tag, name, element] of puts) {
    tags[tag] = (await watched.put(`${JOE}/index/~~/doc/${name}`, element, "joe")).etag!;
  }
  const told = await watched.after(5000);
  assert.equal(told.length, 1);
  return { told: told[0], tags, before, after: await watched.text(`${JOE}/index`) };
}

/** The document after all operations of these changes. */
function patched(text: string, changes: readonly XcapChange[]): string {
  let document = parseXml(text, SMALL_XML);
  for (const change of changes) {
    assert.ok(change.kind === "document" && Array.isArray(change.body));
    document = applyPatch(document, change.body);
  }
  return document.text;
}

Deno.test("A.4: aggregated, three changes are one, from the first to the last entity tag", async () => {
  const { told, tags, before, after } = await threeChanges("aggregate");
  assert.deepEqual(withoutOperations(told.changes), expected(diffs[2].changes, tags));
  assert.equal(patched(before, told.changes), after);
  const [change] = told.changes;
  assert.ok(change.kind === "document" && Array.isArray(change.body) && change.body.length === 1);
});

Deno.test("A.4: with xcap-patching each change has its own patch, in order, and the chain of entity tags is whole", async () => {
  const { told, tags, before, after } = await threeChanges("xcap-patching");
  assert.deepEqual(withoutOperations(told.changes), expected(diffs[3].changes, tags));
  assert.equal(patched(before, told.changes), after);
});

Deno.test("A.4: without patching it is the document and its entity tags", async () => {
  const { told, tags } = await threeChanges("no-patching");
  assert.deepEqual(told.changes, expected(diffs[4].changes, tags));
});

Deno.test("A.5: an attribute that is not there, comes, and goes", async () => {
  const watched = await world();
  watched.ask({ ...own, body: resourceList(lists[1]) });
  const [first] = await watched.after();
  assert.deepEqual([first.root, first.changes], [diffs[5].root, []]);
  const root = `<doc id="bar">This is a new root element</doc>`;
  await watched.put(`${JOE}/index/~~/doc`, root, "joe");
  assert.deepEqual((await watched.after(1000)).map(({ changes }) => changes), [diffs[6].changes]);
  await watched.remove(`${JOE}/index/~~/doc/@id`, "joe");
  assert.deepEqual((await watched.after(6000)).map(({ changes }) => changes), [diffs[7].changes]);
});

Deno.test("A.6: a conditional subscription gets no NOTIFY while nothing has changed, and the new mode after that", async () => {
  const watched = await world();
  await watched.put(`${JOE}/another_document`, vectors[4], "joe");
  const body = resourceList(lists[2]);
  const asked = { ...own, body };
  const { toTag } = watched.ask({ ...asked, event: "xcap-diff; diff-processing=xcap-patching" });
  const [first] = await watched.after();
  const rfc = expected(diffs[8].changes, { "63hjjsll": "t1", terteer: "t3" }) as XcapChange[];
  const bySel = (a: XcapChange, b: XcapChange) => a.sel < b.sel ? -1 : 1;
  assert.deepEqual([...first.changes].sort(bySel), rfc.sort(bySel));
  const tag = first.request.get("SIP-ETag")!;
  const refresh = {
    ...asked,
    body: resourceList(lists[3]),
    event: "xcap-diff; diff-processing=aggregate",
    toTag,
    more: `Suppress-If-Match: ${tag}\r\n`,
  };
  const answer = watched.ask({ ...refresh, cseq: 2 });
  assert.deepEqual([answer.status, answer.header("Expires")], [204, "600"]);
  assert.deepEqual(await watched.after(1000), []);
  await watched.put(`${JOE}/index/~~/doc/foo`, "<foo/>", "joe");
  await watched.put(`${JOE}/index/~~/doc/bar`, "<bar/>", "joe");
  const told = await watched.after(6000);
  assert.deepEqual(told.map(({ changes }) => changes.length), [1], "aggregated");
  assert.notEqual(told[0].request.get("SIP-ETag"), tag);
  assert.equal(watched.ask({ ...refresh, cseq: 3 }).status, 200, "the state is another");
  const [full] = await watched.after(6000);
  assert.equal(full.changes.length, 2);
  assert.equal(full.request.get("SIP-ETag"), told[0].request.get("SIP-ETag"), "the tag is that of the whole state");
});
