import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { readListBody } from "./list_body.ts";
import { readRlmi, RLMI_NAMESPACE, rlmiText } from "./list_meta_information.ts";
import { readRecipients } from "./list_recipients.ts";
import { ListTable } from "./list_table.ts";
import { PresenceProblem } from "./presence_problem.ts";
import { parsePresence } from "./read_presence.ts";
import examples from "./testdata/event_examples.json" with { type: "json" };

function example(from: string, root: string, number: number): string {
  return examples.find((one) => one.from === from && one.root === root && one.number === number)!.text;
}

function multipart(number: number, mend = (text: string) => text): Uint8Array {
  return utf8(mend(example("RFC 4662", "multipart", number)).replaceAll("\n", "\r\n"));
}

const TYPE = 'multipart/related;type="application/rlmi+xml";start="<';
const FIRST = `${TYPE}nXYxAE@pres.vancouver.example.com>";boundary="50UBfW7LSCVLtggUPe5z"`;
const SECOND = `${TYPE}2BEI83@pres.vancouver.example.com>";boundary="TfZxoxgAvLqgj4wRWPDL"`;
const INNER = `${TYPE}Cvjpeo@stockholm.example.org>";boundary="tuLLl3lDyPZX0GMr2YOo"`;

function refused(run: () => unknown, message: string, status = 400): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof PresenceProblem, `${error}`);
    assert.deepEqual([error.message, error.status], [message, status]);
    return true;
  });
}

Deno.test("RFC 4662 §5.1: the document is read, and written again it is the same", () => {
  const rlmi = readRlmi(example("RFC 4662", "list", 1));
  assert.deepEqual(rlmi, {
    uri: "sip:adam-friends@lists.vancouver.example.com",
    version: 7,
    fullState: true,
    cid: "",
    names: [{ text: "Buddy List", language: "en" }, { text: "Liste d'amis", language: "fr" }],
    resources: [
      {
        uri: "sip:bob@vancouver.example.com",
        names: [{ text: "Bob Smith", language: "" }],
        instances: [{ id: "juwigmtboe", state: "active", reason: "", cid: "12345.aaa@vancouver.example.com" }],
      },
      {
        uri: "sip:dave@vancouver.example.com",
        names: [{ text: "Dave Jones", language: "" }],
        instances: [{ id: "hqzsuxtfyq", state: "active", reason: "", cid: "12345.aab@vancouver.example.com" }],
      },
      {
        uri: "sip:jim@vancouver.example.com",
        names: [{ text: "Jim", language: "" }],
        instances: [{ id: "oflzxqzuvg", state: "terminated", reason: "rejected", cid: "" }],
      },
      {
        uri: "sip:ed@vancouver.example.com",
        names: [{ text: "Ed", language: "" }],
        instances: [{ id: "grqhzsppxb", state: "pending", reason: "", cid: "" }],
      },
    ],
  });
  assert.deepEqual(readRlmi(rlmiText(rlmi)), rlmi);
});

Deno.test("RFC 4662 §6, step 3: the quote too many is refused with its place, without it the body is read", () => {
  refused(
    () => readListBody(FIRST, multipart(1)),
    "line 7, column 48: white space, > or /> must follow in the tag resource",
  );
  const { rlmi, parts } = readListBody(FIRST, multipart(1, (text) => text.replace('com"">', 'com">')));
  assert.deepEqual([rlmi.version, rlmi.fullState, rlmi.resources.map(({ instances }) => instances.length)], [1, true, [
    1,
    1,
    0,
    0,
  ]]);
  const [bob, dave] = rlmi.resources.map(({ instances }) => parts.get(instances[0]?.cid)!);
  assert.equal(parsePresence(bob.body).entity, "sip:bob@vancouver.example.com");
  assert.equal(parsePresence(dave.body).entity, "sip:dave@vancouver.example.com");
  assert.equal(bob.contentType, 'application/pidf+xml;charset="UTF-8"');
});

Deno.test("RFC 4662 §6, step 11: the list in a signed body", () => {
  const { rlmi, parts } = readListBody(
    INNER,
    multipart(2).slice(indexOf(multipart(2), "--tuLLl3lDyPZX0GMr2YOo"), indexOf(multipart(2), "\r\n\r\n--l3WMZ")),
  );
  assert.deepEqual(rlmi.resources.map(({ uri, instances }) => [uri, parts.has(instances[0].cid)]), [
    ["sip:joe@stockholm.example.org", true],
    ["sip:mark@stockholm.example.org", true],
  ]);
});

Deno.test("RFC 4662 §6, step 13: what changed comes to what was known", () => {
  const table = new ListTable();
  const first = readListBody(FIRST, multipart(1, (text) => text.replace('com"">', 'com">')));
  assert.equal(table.receive(first), "replaced");
  assert.equal(table.receive(readListBody(SECOND, multipart(3))), "changed");
  const known = [...table.resources].map(({ uri, instances }) =>
    [uri, ...[...instances.values()].map(({ state, part }) => `${state} ${part?.contentType.split(";")[0] ?? "-"}`)]
      .join(" ")
  );
  assert.deepEqual(known, [
    "sip:bob@vancouver.example.com active application/pidf+xml",
    "sip:dave@vancouver.example.com active application/pidf+xml",
    "sip:ed@dallas.example.net pending -",
    "sip:adam-friends@stockholm.example.org active multipart/signed",
  ]);
  assert.equal(table.receive(first), "stale");
});

Deno.test("a list's table notices what it lost, and full state takes members away", () => {
  const table = new ListTable();
  const receive = (version: number, fullState: boolean, ...uris: string[]) => {
    const resources = uris.map((uri) => ({ uri, names: [], instances: [] }));
    return table.receive({
      rlmi: { uri: "sip:l", version, fullState, cid: "", names: [], resources },
      parts: new Map(),
    });
  };
  assert.equal(receive(0, true, "sip:a@x", "sip:b@x"), "replaced");
  assert.equal(receive(2, false, "sip:c@x"), "missed");
  assert.deepEqual([table.size, table.find("sip:a@X")?.uri], [3, "sip:a@x"]);
  assert.equal(receive(3, true, "sip:c@x"), "replaced");
  assert.equal(table.size, 1);
});

Deno.test("what is no list body is refused with its reason", () => {
  const rlmi = (content: string, root = 'uri="sip:l" version="0" fullState="true"') =>
    `<list xmlns="${RLMI_NAMESPACE}" ${root}>${content}</list>`;
  refused(
    () => readRlmi("<list/>"),
    "line 1, column 1: the root is {}list; allowed: {urn:ietf:params:xml:ns:rlmi}list",
  );
  refused(
    () => readRlmi(rlmi("", 'uri="x" version="x" fullState="1"')),
    "line 1, column 1: version is no number up to 4294967295",
  );
  refused(
    () => readRlmi(rlmi("", 'uri="x" version="1" fullState="yes"')),
    "line 1, column 1: fullState is neither true nor false",
  );
  refused(() => readRlmi(rlmi("", 'version="1" fullState="0"')), "line 1, column 1: list without uri");
  refused(
    () => readRlmi(rlmi('\n<resource uri="a:b"><instance id="1" state="on"/></resource>')),
    "line 2, column 21: state is none of active, pending, terminated",
  );
  refused(() => readListBody("text/plain", utf8("")), "text/plain is not multipart/related");
  refused(() => readListBody('multipart/related;boundary="b"', utf8("x")), "the boundary is not in the body");
  refused(
    () => readListBody('multipart/related;boundary="b";start="<a>"', utf8("--b\r\n\r\nx\r\n--b--")),
    "no part has the Content-ID <a> of start",
  );
  refused(
    () => readListBody('multipart/related;boundary="b"', utf8("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--")),
    'the root is "text/plain"; allowed: application/rlmi+xml',
  );
});

Deno.test("RFC 5367 §4: a recipient list; RFC 5364 §6: with copy control, which says nothing here", () => {
  const uris = (root: number, from: string) =>
    readRecipients(example(from, "resource-lists", root), 20).map(({ uri }) => uri);
  assert.deepEqual(uris(1, "RFC 5367"), ["sip:bill@example.com", "sip:joe@example.org", "sip:ted@example.net"]);
  assert.deepEqual(uris(1, "RFC 5364"), [
    "sip:bill@example.com",
    "sip:randy@example.net",
    "sip:eddy@example.com",
    "sip:joe@example.org",
    "sip:carol@example.net",
    "sip:ted@example.net",
    "sip:andy@example.com",
  ]);
  assert.deepEqual(uris(2, "RFC 5364"), [
    "sip:bill@example.com",
    "sip:anonymous@anonymous.invalid",
    "sip:joe@example.org",
  ]);
});

Deno.test("recipients: each once, lists in lists too, references not; too many and bad ones refused", () => {
  const lists = (content: string) =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`;
  const found = readRecipients(
    lists(
      `<list name="a"><entry uri="sip:a@B"><display-name xml:lang="en"> Ann </display-name></entry><entry-ref ref="x"/>
    <list><entry uri="sip:a@b"/><external anchor="y"/><entry uri="tel:+1"/></list><x xmlns="u"><entry uri="no"/></x></list>
    <entry uri="sip:outside@b"/>`,
    ),
    2,
  );
  assert.deepEqual(found, [{ uri: "sip:a@B", displayName: "Ann" }, { uri: "tel:+1", displayName: "" }]);
  const list = (...uris: string[]) => lists(`<list>${uris.map((uri) => `<entry uri="${uri}"/>`).join("")}</list>`);
  assert.deepEqual(readRecipients(list(), 2), []);
  refused(
    () => readRecipients(list("sip:a@b", "sip:c@d", "sip:e@f"), 2),
    "line 1, column 113: more than 2 recipients",
    413,
  );
  refused(
    () => readRecipients(list("bob"), 2),
    'line 1, column 69: the uri of an entry is "bob"; it must be an absolute URI',
  );
  refused(
    () => readRecipients("<a/>", 2),
    "line 1, column 1: the root is {}a; allowed: {urn:ietf:params:xml:ns:resource-lists}resource-lists",
  );
});

function indexOf(octets: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(octets).indexOf(text);
}
