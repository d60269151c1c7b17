/** Which test asserts which example: an example in no row, a row without its test, and a wrong count fail. */
import assert from "node:assert/strict";
import documents from "./testdata/examples.json" with { type: "json" };
import events from "./testdata/event_examples.json" with { type: "json" };
import fragments from "./testdata/fragment_examples.json" with { type: "json" };
import messages from "./testdata/sip_examples.json" with { type: "json" };

/** An example by its kind: `presence`, an element on its own, a SIP message, or the root of an event's document; RFC; number. */
const VECTORS: readonly string[] = [
  ...documents.map(({ from, number }) => `${from} document ${number}`),
  ...events.map(({ from, root, number }) => `${from} ${root} ${number}`),
  ...fragments.map(({ from, number }) => `${from} element ${number}`),
  ...messages.map(({ from, number }) => `${from} message ${number}`),
];

/** How many an RFC prints; what is a schema, a DTD or a registration's template is none. */
const PRINTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "RFC 3856": { message: 6 },
  "RFC 3857": { message: 8, watcherinfo: 3 },
  "RFC 3858": { watcherinfo: 1 },
  "RFC 3863": { document: 6 },
  "RFC 4119": { document: 2 },
  "RFC 4479": { document: 1 },
  "RFC 4480": { element: 12, document: 1 },
  "RFC 4481": { document: 1 },
  "RFC 4482": { document: 2 },
  "RFC 4660": { "filter-set": 7, presence: 6, watcherinfo: 5 },
  "RFC 4661": { "filter-set": 6 },
  // The documents of §6 are in its multipart bodies.
  "RFC 4662": { list: 1, multipart: 3, message: 14 },
  "RFC 5025": { element: 4 },
  "RFC 5196": { document: 1 },
  "RFC 5262": { document: 3 },
  "RFC 5263": { document: 2, message: 6 },
  "RFC 5264": { document: 2, message: 4 },
  "RFC 5364": { "resource-lists": 2 },
  // Figure 2 brings the list of figure 1.
  "RFC 5367": { "resource-lists": 1, message: 1 },
  "RFC 5491": { document: 12 },
};

/** RFC, kind, first and last number, file, test. */
type Row = readonly [string, string, number, number, string, string];

const READ = "every document of the RFCs is read, and who sees all of it sees all of it";
const HEADS = "every SIP message of the RFCs is read, but for what no message is as it is printed";
const FILTERS = "every filter of the RFCs is read, but for two with errors";
const WATCHERS = "every watcher information document of the RFCs is read";
const RECIPIENTS = "RFC 5367 §4: a recipient list; RFC 5364 §6: with copy control, which says nothing here";

const TABLE: readonly Row[] = [
  ["RFC 3856", "message", 1, 6, "sip_examples_test.ts", HEADS],
  ["RFC 3856", "message", 1, 6, "sip_examples_test.ts", "RFC 3856 §8: SUBSCRIBE and two NOTIFYs"],
  ["RFC 3857", "message", 1, 8, "sip_examples_test.ts", HEADS],
  [
    "RFC 3857",
    "message",
    1,
    2,
    "sip_examples_test.ts",
    "RFC 3857 §1: a subscription to watcher information; its NOTIFY says no state",
  ],
  ["RFC 3857", "message", 3, 8, "sip_examples_test.ts", "RFC 3857 §5: Joe's subscription to presence.winfo"],
  ["RFC 3857", "watcherinfo", 1, 3, "watcher_info_test.ts", WATCHERS],
  ["RFC 3857", "watcherinfo", 2, 3, "watcher_info_test.ts", "RFC 3857 §5: Joe's table after both documents"],
  ["RFC 3858", "watcherinfo", 1, 1, "watcher_info_test.ts", "RFC 3858 §5: all that is said of a watcher"],
  ["RFC 3863", "document", 1, 6, "rfc_examples_test.ts", READ],
  [
    "RFC 3863",
    "document",
    1,
    2,
    "rfc_examples_test.ts",
    "RFC 3863 §4.2.2: one document with and without a prefix is one text",
  ],
  ["RFC 3863", "document", 4, 5, "rfc_examples_test.ts", "RFC 3863: tuples, contacts and notes"],
  [
    "RFC 3863",
    "document",
    6,
    6,
    "rfc_examples_test.ts",
    "RFC 3863 §4.3.3: what must be understood is shown as such, in whatever prefix",
  ],
  ["RFC 4119", "document", 1, 2, "rfc_examples_test.ts", READ],
  ["RFC 4479", "document", 1, 1, "rfc_examples_test.ts", READ],
  ["RFC 4480", "document", 1, 1, "rfc_examples_test.ts", "RFC 4480: person and device"],
  [
    "RFC 4480",
    "element",
    1,
    12,
    "fragment_examples_test.ts",
    "every element of RFC 4480 §3 is shown as it was published",
  ],
  ["RFC 4481", "document", 1, 1, "rfc_examples_test.ts", READ],
  [
    "RFC 4482",
    "document",
    1,
    1,
    "rfc_examples_test.ts",
    "the example of RFC 4482 that is not well-formed is refused with its place",
  ],
  ["RFC 4482", "document", 2, 2, "rfc_examples_test.ts", READ],
  ["RFC 4660", "filter-set", 1, 7, "filter_examples_test.ts", FILTERS],
  ["RFC 4660", "filter-set", 1, 1, "filter_examples_test.ts", "RFC 4660 §4.1: filters for members of a list"],
  ["RFC 4660", "presence", 1, 2, "filter_examples_test.ts", "RFC 4660 §7.1.1: what is about messaging"],
  ["RFC 4660", "presence", 3, 3, "filter_examples_test.ts", "RFC 4660 §7.1.2: what is open"],
  [
    "RFC 4660",
    "presence",
    4,
    5,
    "filter_examples_test.ts",
    "RFC 4660 §7.1.3: a NOTIFY only when a status becomes open, with all of it",
  ],
  [
    "RFC 4660",
    "presence",
    6,
    6,
    "filter_examples_test.ts",
    "RFC 4660 §7.1.3: the document in the RFC's NOTIFY is that of the first state, not of the one that fired",
  ],
  ["RFC 4660", "watcherinfo", 1, 5, "watcher_info_test.ts", WATCHERS],
  ["RFC 4660", "watcherinfo", 1, 2, "filter_examples_test.ts", "RFC 4660 §7.2.1: active watchers"],
  ["RFC 4660", "watcherinfo", 3, 3, "filter_examples_test.ts", "RFC 4660 §7.2.2: those for more than 500 seconds"],
  [
    "RFC 4660",
    "watcherinfo",
    4,
    5,
    "filter_examples_test.ts",
    "RFC 4660 §7.2.3: when somebody was rejected, who that is; ids that all have tell nobody apart",
  ],
  ["RFC 4661", "filter-set", 1, 6, "filter_examples_test.ts", FILTERS],
  [
    "RFC 4662",
    "list",
    1,
    1,
    "list_body_test.ts",
    "RFC 4662 §5.1: the document is read, and written again it is the same",
  ],
  [
    "RFC 4662",
    "multipart",
    1,
    1,
    "list_body_test.ts",
    "RFC 4662 §6, step 3: the quote too many is refused with its place, without it the body is read",
  ],
  ["RFC 4662", "multipart", 2, 2, "list_body_test.ts", "RFC 4662 §6, step 11: the list in a signed body"],
  ["RFC 4662", "multipart", 3, 3, "list_body_test.ts", "RFC 4662 §6, step 13: what changed comes to what was known"],
  ["RFC 4662", "message", 1, 14, "sip_examples_test.ts", "RFC 4662 §6: a list, and what its server asks of others"],
  ["RFC 5025", "element", 1, 3, "fragment_examples_test.ts", "RFC 5025 §3.3.1.1: of two sets of devices the union"],
  ["RFC 5025", "element", 4, 4, "provided_test.ts", "RFC 5025 §6: the rule of the document provides what the RFC says"],
  ["RFC 5196", "document", 1, 1, "rfc_examples_test.ts", READ],
  ["RFC 5262", "document", 1, 3, "partial_test.ts", "the diff of RFC 5262 makes the RFC's result of its document"],
  ["RFC 5263", "document", 1, 2, "partial_test.ts", "the notifications of RFC 5263 are followed"],
  ["RFC 5263", "message", 1, 6, "sip_examples_test.ts", "RFC 5263 §5: a watcher that would rather have differences"],
  ["RFC 5264", "document", 1, 2, "partial_test.ts", "the publication of RFC 5264 is changed by its diff"],
  ["RFC 5264", "message", 1, 4, "sip_examples_test.ts", "RFC 5264 §6: a publication and its change"],
  ["RFC 5364", "resource-lists", 1, 2, "list_body_test.ts", RECIPIENTS],
  ["RFC 5367", "resource-lists", 1, 1, "list_body_test.ts", RECIPIENTS],
  ["RFC 5367", "message", 1, 1, "sip_examples_test.ts", "RFC 5367 §7: a subscription that brings its list"],
  ["RFC 5491", "document", 1, 12, "rfc_examples_test.ts", "RFC 5491: points, civic addresses and shapes"],
];

Deno.test("every example that the RFCs print is a vector", () => {
  const counted: Record<string, Record<string, number>> = {};
  for (const vector of VECTORS) {
    const [, rfc, kind] = /^(RFC \d+) (\S+)/.exec(vector)!;
    const kinds = counted[rfc] ??= {};
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  assert.deepEqual(counted, PRINTED);
  assert.equal(new Set(VECTORS).size, VECTORS.length);
});

Deno.test("every vector is in a row, and every row names vectors that there are", () => {
  const named = TABLE.flatMap(([rfc, kind, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${rfc} ${kind} ${first + index}`)
  );
  assert.deepEqual(VECTORS.filter((vector) => !named.includes(vector)), []);
  assert.deepEqual(named.filter((name) => !VECTORS.includes(name)), []);
});

Deno.test("every row names a test that there is", () => {
  for (const [, , , , file, test] of TABLE) {
    const text = Deno.readTextFileSync(new URL(file, import.meta.url));
    assert.ok(text.includes(`Deno.test("${test}", `), `${file}: ${test}`);
  }
});
