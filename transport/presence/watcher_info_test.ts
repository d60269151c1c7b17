import assert from "node:assert/strict";
import { PresenceProblem } from "./presence_problem.ts";
import examples from "./testdata/event_examples.json" with { type: "json" };
import { readWatcherInfo, WATCHER_INFO_NAMESPACE } from "./watcher_info.ts";
import { WatcherTable } from "./watcher_table.ts";

function example(from: string, number: number): string {
  return examples.find((one) => one.from === from && one.root === "watcherinfo" && one.number === number)!.text;
}

function document(content: string, root = 'version="0" state="full"'): string {
  return `<watcherinfo xmlns="${WATCHER_INFO_NAMESPACE}" ${root}>${content}</watcherinfo>`;
}

Deno.test("every watcher information document of the RFCs is read", () => {
  const read = examples.filter(({ root }) => root === "watcherinfo").map(({ from, number, text }) => {
    const { version, state, lists } = readWatcherInfo(text);
    const watchers = lists.flatMap((list) =>
      list.watchers.map(({ status, event, uri }) => `${status} ${event} ${uri}`)
    );
    return [`${from} ${number}`, version, state, lists[0].resource, lists[0].eventPackage, ...watchers];
  });
  const PRESENTITY = "sip:presentity@example.com";
  // The quote behind the addresses of RFC 4660 is the RFC's.
  const [A, B, C, D] = ["A", "B", "C", "D"].map((name) => `sip:watcher${name}@example.com"`);
  assert.deepEqual(read, [
    ["RFC 3857 1", 0, "full", "sip:B@example.com", "presence", "pending subscribe sip:A@example.com"],
    ["RFC 3857 2", 0, "full", "sip:joe@example.com", "presence", "pending subscribe sip:A@example.com"],
    ["RFC 3857 3", 1, "partial", "sip:joe@example.com", "presence", "active approved sip:A@example.com"],
    [
      "RFC 3858 1",
      0,
      "full",
      "sip:professor@example.net",
      "presence",
      "active approved sip:userA@example.net",
      "pending subscribe sip:userB@example.org",
    ],
    [
      "RFC 4660 1",
      0,
      "full",
      PRESENTITY,
      "presence",
      `active approved ${A}`,
      `pending subscribe ${B}`,
      `terminated rejected ${C}`,
      `active approved ${D}`,
    ],
    ["RFC 4660 2", 0, "full", PRESENTITY, "presence", `active approved ${A}`, `active approved ${D}`],
    ["RFC 4660 3", 0, "full", PRESENTITY, "presence", `active approved ${A}`, `pending subscribe ${B}`],
    [
      "RFC 4660 4",
      0,
      "full",
      PRESENTITY,
      "presence",
      `active approved ${A}`,
      `terminated rejected ${B}`,
      `terminated rejected ${C}`,
      `active approved ${D}`,
    ],
    ["RFC 4660 5", 0, "full", PRESENTITY, "presence", `terminated rejected ${B}`, `terminated rejected ${C}`],
  ]);
});

Deno.test("RFC 3858 §5: all that is said of a watcher", () => {
  assert.deepEqual(readWatcherInfo(example("RFC 3858", 1)).lists[0].watchers, [
    {
      id: "8ajksjda7s",
      uri: "sip:userA@example.net",
      displayName: "",
      status: "active",
      event: "approved",
      expiration_s: null,
      subscribed_s: 509,
    },
    {
      id: "hh8juja87s997-ass7",
      uri: "sip:userB@example.org",
      displayName: "Mr. Subscriber",
      status: "pending",
      event: "subscribe",
      expiration_s: null,
      subscribed_s: null,
    },
  ]);
});

Deno.test("RFC 3857 §5: Joe's table after both documents", () => {
  const table = new WatcherTable();
  assert.equal(table.receive(readWatcherInfo(example("RFC 3857", 2))), "replaced");
  assert.equal(table.receive(readWatcherInfo(example("RFC 3857", 3))), "changed");
  const [[id, { status }], ...others] = table.watchers("sip:joe@example.com", "presence");
  assert.deepEqual([id, status, others.length], ["77ajsyy76", "active", 0]);
});

Deno.test("what is unknown is passed over, what is no document is refused with its place", () => {
  const { lists } = readWatcherInfo(document(`<x xmlns="u"/><watcher-list resource=" sip:a@b " package="presence">
    <watcher id="1" status="active" event="invented" expiration="soon" x="y">sip:c@d</watcher>
    <watcher id="2" status="asleep" event="timeout">sip:c@d</watcher><watcher status="active"/><note xmlns="u"/>
    </watcher-list>`));
  assert.deepEqual(lists[0].watchers.map(({ id, event, expiration_s }) => [id, event, expiration_s]), [[
    "1",
    null,
    null,
  ]]);
  assert.equal(lists[0].resource, "sip:a@b");
  for (
    const [text, message] of [
      [
        "<watcherinfo/>",
        "line 1, column 1: the root is {}watcherinfo; allowed: {urn:ietf:params:xml:ns:watcherinfo}watcherinfo",
      ],
      [document("", 'version="-1" state="full"'), "line 1, column 1: version is no number up to 4294967295"],
      [document("", 'version="4294967296" state="full"'), "line 1, column 1: version is no number up to 4294967295"],
      [document("", 'version="1" state="half"'), "line 1, column 1: state is neither full nor partial"],
    ]
  ) {
    assert.throws(() => readWatcherInfo(text), (error: unknown) => {
      assert.ok(error instanceof PresenceProblem && error.status === 400);
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("RFC 3858 §4: old documents are dropped, lost ones noticed, what is over forgotten", () => {
  const watcher = (id: string, status: string) =>
    `<watcher id="${id}" status="${status}" event="timeout">sip:a@b</watcher>`;
  const list = (...watchers: string[]) => `<watcher-list resource="r" package="p">${watchers.join("")}</watcher-list>`;
  const table = new WatcherTable();
  const receive = (version: number, state: string, content: string) =>
    table.receive(readWatcherInfo(document(content, `version="${version}" state="${state}"`)));
  const ids = () => [...table.watchers("r", "p").keys()];
  assert.equal(receive(5, "partial", list(watcher("1", "active"))), "missed", "it began with a part");
  assert.equal(receive(6, "partial", list(watcher("2", "waiting"))), "changed");
  assert.equal(receive(6, "partial", list(watcher("3", "active"))), "stale");
  assert.deepEqual(ids(), ["1", "2"]);
  assert.equal(receive(8, "partial", list(watcher("1", "terminated"))), "missed");
  assert.deepEqual(ids(), ["2"]);
  assert.equal(receive(9, "full", list(watcher("4", "pending"))), "replaced");
  assert.equal(receive(9, "full", list(watcher("5", "pending"))), "replaced", "a notifier that does not count");
  assert.equal(receive(3, "full", list()), "stale");
  assert.deepEqual(ids(), ["5"]);
});
