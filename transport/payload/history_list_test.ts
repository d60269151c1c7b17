import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import {
  type HistoryCommand,
  MOST_RECORDING_NAME,
  MOST_REFERENCES,
  namesKept,
  readHistoryCommand,
  readReferences,
  writeHistoryCommand,
  writeReferences,
} from "./history_list.ts";

const decoder = new TextDecoder();
const list = (inner: string, attributes = "") =>
  utf8(`<history-list xmlns="urn:oma:xml:im:history-list" ${attributes}>${inner}</history-list>`);
const PRIVATE = 'xmlns:p="urn:parley:xml:history"';

Deno.test("references are written and read in their order, each once", () => {
  const references = ["h-b", "h-a", "deferred1", 'h-"<&>'];
  assert.deepEqual(readReferences(writeReferences(references)), references);
  assert.deepEqual(readReferences(writeReferences([])), []);
  assert.deepEqual(readReferences(writeReferences(["h-a", "h-a"])), ["h-a"]);
});

Deno.test("a reference may be an attribute, a child, or stand by itself; what others add is passed over (oma-reference §5.8)", () => {
  const body = list(
    `<history history-reference="h-1"/><history><history-reference> h-2 </history-reference><size>1</size></history>` +
      `<history-reference>h-3</history-reference><x:history xmlns:x="urn:x" history-reference="h-4"/><other/>`,
  );
  assert.deepEqual(readReferences(body), ["h-1", "h-2", "h-3"]);
  const deferred =
    `<deferred-list xmlns="urn:oma:xml:im:deferred-list"><history history-reference="a"/></deferred-list>`;
  assert.deepEqual(readReferences(utf8(deferred)), ["a"]);
});

Deno.test("as many references as allowed are taken, one more is refused by both sides", () => {
  const most = Array.from({ length: MOST_REFERENCES }, (_, i) => `h-${i}`);
  assert.equal(readReferences(writeReferences(most)).length, MOST_REFERENCES);
  assert.throws(() => writeReferences([...most, "h-x"]), RangeError);
  const body = list([...most, "h-x"].map((reference) => `<history history-reference="${reference}"/>`).join(""));
  assert.throws(() => readReferences(body), { name: "SyntaxError", message: "more than 2000 references" });
});

Deno.test("lists of references are told by their media type", () => {
  assert.ok(namesKept("application/vnd.oma.im.history-list+xml"));
  assert.ok(namesKept("application/vnd.oma.im.deferred-list+xml"));
  assert.ok(!namesKept("application/resource-lists+xml"));
});

Deno.test("commands are read as they were written", () => {
  const commands: HistoryCommand[] = [
    { action: "start", conversation: { group: "sip:conf-1@example.com;gr" }, name: 'Work/Plan <1> & "2"' },
    { action: "stop", conversation: { group: "sip:team@groups.example.com" }, name: "" },
    { action: "start", conversation: { party: "sip:bob@example.com" }, name: "Bob" },
    { action: "stop", conversation: { party: "tel:+4930123" }, name: "" },
  ];
  for (const command of commands) assert.deepEqual(readHistoryCommand(writeHistoryCommand(command)), command);
});

Deno.test("the command of the reference is written: a conference with its URI, the action in our namespace (§3.5)", () => {
  const body = writeHistoryCommand({ action: "start", conversation: { group: "sip:r@x" }, name: "N" });
  assert.equal(
    decoder.decode(body),
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<history-list xmlns="urn:oma:xml:im:history-list" xmlns:p="urn:parley:xml:history">' +
      '<history p:action="start"><conference><recording-name>N</recording-name>' +
      '<conf-list group-uri="sip:r@x"/></conference></history></history-list>\n',
  );
});

Deno.test("commands of other clients: the action without a namespace, the name in any of the two, one entry for a session of two", () => {
  const conference = `<conference><recording-name>
    A  B </recording-name><conf-list><entry uri=" sip:bob@x "/></conf-list></conference>`;
  assert.deepEqual(readHistoryCommand(list(`<history action="stop">${conference}</history>`)), {
    action: "stop",
    conversation: { party: "sip:bob@x" },
    name: "A B",
  });
  const pager = `<pager><recording-name>N</recording-name><recipient-list group-uri="sip:g@x"><entry uri="sip:a@x"/>` +
    `<entry uri="sip:b@x"/></recipient-list></pager>`;
  assert.deepEqual(readHistoryCommand(list(`<history p:action="start">${pager}</history>`, PRIVATE)), {
    action: "start",
    conversation: { group: "sip:g@x" },
    name: "N",
  });
});

const WITH = `<conference><conf-list group-uri="sip:r@x"/></conference>`;
for (
  const [what, body, message] of [
    ["that is no XML", utf8("start"), /cannot be read/],
    ["with a document type", utf8('<!DOCTYPE a><history-list xmlns="urn:oma:xml:im:history-list"/>'), /cannot be read/],
    ["of another root", utf8('<history-list xmlns="urn:x"/>'), /neither deferred-list nor history-list/],
    ["without a history", list(""), /names one history/],
    ["with two histories", list(`<history action="start">${WITH}</history>`.repeat(2)), /names one history/],
    ["without an action", list(`<history>${WITH}</history>`), /must be start or stop/],
    ["with an action nobody knows", list(`<history action="pause">${WITH}</history>`), /must be start or stop/],
    ["with nothing that was said", list(`<history action="start"/>`), /neither conference nor pager/],
    ["without a list", list(`<history action="start"><pager/></history>`), /no list of who takes part/],
    [
      "without anybody",
      list(`<history action="start"><pager><recipient-list/></pager></history>`),
      /neither a group-uri nor one entry/,
    ],
    [
      "with an entry that names nobody",
      list(`<history action="start"><pager><recipient-list><entry/></recipient-list></pager></history>`),
      /no uri/,
    ],
    [
      "with too long a URI",
      list(
        `<history action="start"><conference><conf-list group-uri="sip:${"a".repeat(2048)}"/></conference></history>`,
      ),
      /2048 characters/,
    ],
    [
      "with too long a name",
      list(
        `<history action="start"><conference><recording-name>${"n".repeat(257)}</recording-name>` +
          `<conf-list group-uri="sip:r@x"/></conference></history>`,
      ),
      /256 characters/,
    ],
    ["that is too large", list(`<history action="start">${WITH}</history>${" ".repeat(16_384)}`), /cannot be read/],
  ] as const
) {
  Deno.test(`a command is refused: ${what}`, () => {
    assert.throws(() => readHistoryCommand(body), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a list of references is refused where it is none, or one of them is empty", () => {
  for (const body of [utf8("x"), utf8("<a/>"), list("<history/>")]) {
    assert.throws(() => readReferences(body), SyntaxError);
  }
});

Deno.test("a name that is too long is not written", () => {
  const name = "n".repeat(MOST_RECORDING_NAME);
  writeHistoryCommand({ action: "start", conversation: { group: "sip:r@x" }, name });
  const conversation = { group: "sip:r@x" };
  assert.throws(() => writeHistoryCommand({ action: "start", conversation, name: `${name}n` }), RangeError);
});
