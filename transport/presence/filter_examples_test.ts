/** The examples of RFC 4660 and 4661, as filters and as what they leave. */
import assert from "node:assert/strict";
import { parseXml, SMALL_XML } from "../xml/mod.ts";
import { FilterProblem } from "./filter_problem.ts";
import { type EventFilter, type FilterSet, readFilterSet, SIMPLE_FILTER_TYPE } from "./filter_set.ts";
import { SubscriptionFilters } from "./filter_subscription.ts";
import { firesTrigger } from "./filter_trigger.ts";
import { filteredText } from "./filter_what.ts";
import examples from "./testdata/event_examples.json" with { type: "json" };
import { meaning } from "./testing.ts";

function example(from: string, root: string, number: number): string {
  return examples.find((one) => one.from === from && one.root === root && one.number === number)!.text;
}

function read(text: string): FilterSet {
  return readFilterSet(SIMPLE_FILTER_TYPE, text);
}

function filter(number: number, mend = (text: string) => text): EventFilter {
  return read(mend(example("RFC 4660", "filter-set", number))).filters[0];
}

const xml = (text: string) => parseXml(text, SMALL_XML);

/** What a filter leaves of a document of RFC 4660 says what another one says. */
function leaves({ what }: EventFilter, root: string, of: number, expected: number): void {
  const left = filteredText(xml(example("RFC 4660", root, of)), what!);
  assert.equal(meaning(xml(left!).root), meaning(xml(example("RFC 4660", root, expected)).root));
}

Deno.test("every filter of the RFCs is read, but for two with errors", () => {
  const refused: string[] = [];
  for (const { from, root, number, text } of examples) {
    if (root !== "filter-set") continue;
    try {
      assert.ok(read(text).filters.length > 0);
    } catch (error) {
      assert.ok(error instanceof FilterProblem && error.status === 488);
      refused.push(`${from} ${number}: ${error.message}`);
    }
  }
  assert.deepEqual(refused, [
    'RFC 4661 5: line 9, column 7: include: the prefix "pidf" is not bound in ns-bindings',
    "RFC 4660 7: line 2, column 1: the root is {urn:ietf:params:xml:ns:simple-winfo-filter}filter-set; " +
    "allowed: {urn:ietf:params:xml:ns:simple-filter}filter-set",
  ]);
});

Deno.test("RFC 4660 §7.1.1: what is about messaging", () => leaves(filter(2), "presence", 1, 2));

Deno.test("RFC 4660 §7.1.2: what is open", () => leaves(filter(3), "presence", 1, 3));

Deno.test("RFC 4660 §7.1.3: a NOTIFY only when a status becomes open, with all of it", () => {
  const { what, triggers } = filter(4);
  assert.equal(what, null);
  const [first, second, third] = [1, 4, 5].map((number) => xml(example("RFC 4660", "presence", number)));
  assert.equal(firesTrigger(triggers, first, second), false);
  // The second was not told: the first still is what the subscriber has.
  assert.equal(firesTrigger(triggers, first, third), true);
  assert.equal(firesTrigger(triggers, third, first), true, "voice became open");
  assert.equal(firesTrigger(triggers, third, second), false);
});

Deno.test("RFC 4660 §7.1.3: the document in the RFC's NOTIFY is that of the first state, not of the one that fired", () => {
  const [first, fired, printed] = [1, 5, 6].map((number) => meaning(xml(example("RFC 4660", "presence", number)).root));
  assert.equal(printed, first);
  assert.notEqual(printed, fired);
});

Deno.test("RFC 4660 §7.2.1: active watchers", () => leaves(filter(5), "watcherinfo", 1, 2));

Deno.test("RFC 4660 §7.2.2: those for more than 500 seconds", () => leaves(filter(6), "watcherinfo", 1, 3));

Deno.test("RFC 4660 §7.2.3: when somebody was rejected, who that is; ids that all have tell nobody apart", () => {
  const rejected = filter(7, (text) => text.replace("simple-winfo-filter", "simple-filter"));
  const [before, after] = [1, 4].map((number) => xml(example("RFC 4660", "watcherinfo", number)));
  assert.equal(firesTrigger(rejected.triggers, before, after), true);
  assert.equal(firesTrigger(rejected.triggers, after, before), false);
  leaves(rejected, "watcherinfo", 4, 5);
});

Deno.test("RFC 4660 §4.1: filters for members of a list", () => {
  const filters = SubscriptionFilters.none("sip:List1@example.com", "presence")
    .changed(read(example("RFC 4660", "filter-set", 1)));
  assert.equal(filters.find("sip:sarah@example.com")?.id, "999");
  assert.equal(filters.find("sip:alice@BILOXI.com")?.id, "8439");
  assert.equal(filters.find("sip:bob@example.com"), null);
});

const PIDF = 'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"';

Deno.test("RFC 4661 §6.1: the basic status of tuples of some classes, on its way", () => {
  const [{ what }] = read(example("RFC 4661", "filter-set", 1)).filters;
  const left = filteredText(xml(example("RFC 4660", "presence", 1)), what!);
  assert.equal(
    left,
    `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf"` +
      `\n                        entity="sip:presentity@example.com"><tuple id="432sd"><status><basic>closed</basic></status></tuple></presence>\n`,
  );
});

Deno.test("RFC 4661 §6.2: CLOSED and OPEN, as the example writes them, are closed and open", () => {
  const [{ triggers }] = read(example("RFC 4661", "filter-set", 2)).filters;
  const [first, second, third] = [1, 4, 5].map((number) => xml(example("RFC 4660", "presence", number)));
  assert.equal(firesTrigger(triggers, first, second), false);
  assert.equal(firesTrigger(triggers, second, third), true);
});

Deno.test("RFC 4661 §6.3: somebody asks, or waits", () => {
  const [{ what, triggers }] = read(example("RFC 4661", "filter-set", 3)).filters;
  const list = (...watchers: [id: string, status: string][]) =>
    xml(
      `<watcherinfo xmlns="urn:ietf:params:xml:ns:watcherinfo" version="0" state="full"><watcher-list resource="r" package="p">${
        watchers.map(([id, status]) => `<watcher id="${id}" status="${status}" event="timeout">sip:${id}@x</watcher>`)
          .join("")
      }</watcher-list></watcherinfo>`,
    );
  const before = list(["a", "active"]);
  assert.equal(firesTrigger(triggers, before, list(["a", "active"], ["b", "active"])), false);
  const asks = list(["b", "pending"], ["a", "active"]);
  assert.equal(firesTrigger(triggers, before, asks), true, "who is new and pending became so");
  assert.equal(firesTrigger(triggers, asks, list(["b", "pending"], ["a", "terminated"])), false);
  const waits = list(["a", "active"], ["b", "waiting"]);
  assert.equal(firesTrigger(triggers, asks, waits), true);
  assert.match(
    filteredText(waits, what!)!,
    /<watcher-list [^>]*><watcher id="b"[^>]*>sip:b@x<\/watcher><\/watcher-list>/,
  );
  assert.doesNotMatch(filteredText(waits, what!)!, /id="a"/);
});

Deno.test("RFC 4661 §6.4: all of one namespace", () => {
  const [{ what, uri }] = read(example("RFC 4661", "filter-set", 4)).filters;
  assert.equal(uri, "sip:buddylist@example.com");
  const left = filteredText(xml(example("RFC 4660", "presence", 1)), what!)!;
  assert.doesNotMatch(left, /rpid/);
  assert.equal(
    meaning(xml(left).root),
    meaning(xml(example("RFC 4660", "presence", 1).replaceAll(/<rpid:class>.*?<\/rpid:class>/g, "")).root),
  );
});

Deno.test("RFC 4661 §6.5, with its prefix bound: the status of one game", () => {
  const bind = (text: string) =>
    text.replace("<ns-binding ", '<ns-binding prefix="pidf" urn="urn:ietf:params:xml:ns:pidf"/><ns-binding ');
  const [{ what }] = read(bind(example("RFC 4661", "filter-set", 5))).filters;
  const game = (id: string, label: string) =>
    `<tuple id="${id}"><status><basic>open</basic><g:label>${label}</g:label></status><contact>sip:a@b</contact></tuple>`;
  const document = (content: string) =>
    `<presence ${PIDF} xmlns:g="urn:ietf:params:xml:ns:game-ext" entity="e">${content}</presence>`;
  const left = filteredText(xml(document(game("1", "game-X") + game("2", "game-Y"))), what!)!;
  const expected = xml(document(game("1", "game-X").replace("<contact>sip:a@b</contact>", "")));
  assert.equal(meaning(xml(left).root), meaning(expected.root));
  assert.equal(filteredText(xml(document(game("2", "game-Y"))), what!), null, "nothing is left");
});

Deno.test("RFC 4661 §6.6: one filter for the list, another for Bob, without notes", () => {
  const filters = SubscriptionFilters.none("sip:buddies@example.com", "presence")
    .changed(read(example("RFC 4661", "filter-set", 6)));
  assert.deepEqual(
    ["sip:buddies@example.com", "sip:bob@example.com", "sip:carol@example.com"].map((uri) => filters.find(uri)?.id),
    ["8439", "999", "8439"],
  );
  const tuple =
    '<tuple id="1"><status><basic>open</basic></status><rpid:class>service</rpid:class><contact>sip:a@b</contact><note>n</note></tuple>';
  const document = xml(`<presence ${PIDF} entity="e">${tuple}<note>all</note></presence>`);
  const left = (uri: string) => filteredText(document, filters.find(uri)!.what!)!.split("\n")[1];
  const head =
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="e"><tuple id="1"><status><basic>open</basic></status>';
  assert.equal(left("sip:carol@example.com"), `${head}</tuple></presence>`);
  assert.equal(left("sip:bob@example.com"), `${head}<contact>sip:a@b</contact></tuple><note>all</note></presence>`);
});
