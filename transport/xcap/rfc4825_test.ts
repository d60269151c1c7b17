import assert from "node:assert/strict";
import {
  attribute,
  checkGrammar,
  element,
  elements,
  grammar,
  many,
  parseXml,
  some,
  STRING,
  type XmlDocument,
} from "../xml/mod.ts";
import { parseErrorBody } from "./error_body.ts";
import { putNode, removeNode } from "./edit_node.ts";
import { mediaTypeOf } from "./media_types.ts";
import { nodeContent } from "./node_content.ts";
import { parseNodeSelector } from "./parse_node_selector.ts";
import vectors from "./testdata/rfc4825.json" with { type: "json" };
import { XcapProblem } from "./xcap_problem.ts";
import { parseXcapUri } from "./xcap_uri.ts";

const octets = (text: string) => new TextEncoder().encode(text);

Deno.test("the URI of RFC 4825 §6.2 is read", () => {
  assert.ok(vectors.uris.length > 0);
  for (const { path, query, auid, tree, xui, document } of vectors.uris) {
    assert.deepEqual(parseXcapUri(path, query), { auid, tree, xui, document, selector: null });
  }
});

Deno.test("each node of RFC 4825 §6.3, §6.4 and §10 is found", () => {
  assert.equal(vectors.selections.length, 5);
  for (const { from, document, namespace, path, query, body } of vectors.selections) {
    const { selector } = parseXcapUri(path, query);
    const found = nodeContent(parseXml(document), selector!, namespace);
    assert.deepEqual(found, { mediaType: mediaTypeOf(selector!), body }, from);
  }
});

Deno.test("each PUT of RFC 4825 §7.4, §7.7 and §8.2.3 gives the RFC's document or its refusal", () => {
  assert.equal(vectors.puts.length, 11);
  for (const { from, document, namespace, selector: text, body, result, refused } of vectors.puts) {
    const selector = parseNodeSelector(text, new Map());
    const content = { mediaType: mediaTypeOf(selector), octets: octets(body) };
    const put = () => putNode(parseXml(document), selector, namespace, content, "http://x/d");
    if (refused !== undefined) {
      assert.throws(put, (error: XcapProblem) => error.status === 409 && error.condition?.element === refused, from);
      continue;
    }
    const { document: after, created, edit } = put();
    assert.equal(after.text, result, `${from} ${text}`);
    assert.equal(created, true);
    assert.equal(document.slice(0, edit.start) + edit.insert + document.slice(edit.end), result);
    // And the same request once more replaces it by itself (§7).
    const again = putNode(after, selector, namespace, content, "http://x/d");
    assert.equal(again.created, false);
    assert.equal(again.document.text, result);
    assert.equal(nodeContent(after, selector, namespace)?.body, body);
    assert.equal(removeNode(after, selector, namespace).document.text, document);
  }
});

Deno.test("the report of RFC 4825 §11.1 is read", () => {
  assert.deepEqual(parseErrorBody(vectors.error.document)?.condition, {
    element: "uniqueness-failure",
    exists: [{ field: "rls-services/service/@uri", alternatives: ["sip:mybuddies@example.com"] }],
  });
});

Deno.test("the walk of RFC 4825 §13, step by step", () => {
  const namespaces: Record<string, string> = {
    "resource-lists": "urn:ietf:params:xml:ns:resource-lists",
    "rls-services": "urn:ietf:params:xml:ns:rls-services",
  };
  const documents = new Map<string, XmlDocument>();
  assert.equal(vectors.walk.length, 7);
  for (const { from, method, path, type, body, status } of vectors.walk) {
    const { auid, xui, document: name, selector } = parseXcapUri(path, "");
    const key = `${auid} ${xui} ${name}`;
    const now = documents.get(key) ?? null;
    if (method === "GET") {
      const answer = selector === null
        ? { mediaType: `application/${auid}+xml`, body: now!.text }
        : nodeContent(now!, selector, namespaces[auid]);
      assert.deepEqual(answer, { mediaType: type, body }, from);
    } else if (method === "DELETE") {
      documents.set(key, removeNode(now!, selector!, namespaces[auid]).document);
      assert.equal(nodeContent(documents.get(key)!, selector!, namespaces[auid]), null, from);
    } else if (selector === null) {
      documents.set(key, parseXml(body!));
    } else {
      const content = { mediaType: type!, octets: octets(body!) };
      const put = putNode(now, selector, namespaces[auid], content, `http://x${path}`);
      assert.equal(put.created ? 201 : 200, status, from);
      documents.set(key, put.document);
    }
  }
  assert.equal(documents.size, 2);
});

Deno.test("the schema of RFC 4825 §8.2.3: both kinds of elements are added without positions, the first of the former kind with one", () => {
  const [foo, bar] = ["foo", "bar"].map((name) => element("", name, undefined, [attribute("id", STRING)]));
  const after = (content: string, path: string, body: string) => {
    const put = { mediaType: "application/xcap-el+xml", octets: octets(body) };
    const document = parseXml(`<foobar>${content}</foobar>`);
    const { document: result } = putNode(document, parseNodeSelector(path, new Map()), "", put, "http://x/d");
    const fits = checkGrammar(result, grammar([element("", "foobar", elements(many(foo), some(bar)))])) === null;
    return [result.text.slice("<foobar>".length, -"</foobar>".length), fits];
  };
  const both = '<foo id="1"/><bar id="1"/>', one = '<bar id="1"/>';
  assert.deepEqual(after(both, 'foobar/foo[@id="2"]', '<foo id="2"/>'), [
    '<foo id="1"/><foo id="2"/><bar id="1"/>',
    true,
  ]);
  assert.deepEqual(after(both, 'foobar/bar[@id="2"]', '<bar id="2"/>'), [
    '<foo id="1"/><bar id="1"/><bar id="2"/>',
    true,
  ]);
  assert.deepEqual(after(one, "foobar/foo", '<foo id="2"/>'), ['<bar id="1"/><foo id="2"/>', false]);
  assert.deepEqual(after(one, 'foobar/*[1][@id="2"]', '<foo id="2"/>'), ['<foo id="2"/><bar id="1"/>', true]);
});
