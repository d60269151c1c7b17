/** What others send as watcher information, lists and filters: taken, or refused in words; never at a great cost. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml } from "../xml/mod.ts";
import { FilterProblem } from "./filter_problem.ts";
import { FILTER_LIMITS, readFilterSet, SIMPLE_FILTER_NAMESPACE, SIMPLE_FILTER_TYPE } from "./filter_set.ts";
import { firesTrigger } from "./filter_trigger.ts";
import { filteredText } from "./filter_what.ts";
import { readListBody } from "./list_body.ts";
import { readRlmi } from "./list_meta_information.ts";
import { readRecipients } from "./list_recipients.ts";
import { PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
import examples from "./testdata/event_examples.json" with { type: "json" };
import { presence } from "./testing.ts";
import { readWatcherInfo } from "./watcher_info.ts";
import { WatcherTable } from "./watcher_table.ts";

const LIST_TYPE = 'multipart/related;type="application/rlmi+xml";start="<nXYxAE@pres.vancouver.example.com>"' +
  ';boundary="50UBfW7LSCVLtggUPe5z"';

const READERS: Record<string, (text: string) => unknown> = {
  watcherinfo: (text) => new WatcherTable().receive(readWatcherInfo(text)),
  list: readRlmi,
  "resource-lists": (text) => readRecipients(text, 10),
  "filter-set": (text) => readFilterSet(SIMPLE_FILTER_TYPE, text),
  multipart: (text) => readListBody(LIST_TYPE, new TextEncoder().encode(text.replaceAll("\n", "\r\n"))),
};

Deno.test("a document of the RFCs with something broken in it is taken or refused in words", () => {
  const known = examples.filter(({ root }) => root in READERS);
  const junk = fc.constantFrom("", "<", ">", '"', "&", "&#0;", "]]>", "<!--", "<x/>", "\0", "é", "//", "[", "--", "\n");
  const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(40), insert: junk });
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.array(edit, { maxLength: 3 }), ({ root, text }, edits) => {
      for (const { at, cut, insert } of edits) {
        const start = Math.floor(at * text.length);
        text = text.slice(0, start) + insert + text.slice(start + cut);
      }
      try {
        READERS[root](text);
      } catch (error) {
        assert.ok(error instanceof PresenceProblem || error instanceof FilterProblem, `${error}\n${text}`);
        assert.match(error.message, /./);
        assert.ok(error.message.length < 300, error.message);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("the worst filter over the worst document holds nobody up", () => {
  const steps = "//*".repeat(11);
  const condition = `//*[${Array.from({ length: 8 }, () => '*/*/*="x"').join(" or ")}]`;
  const worst = [...Array(6).fill(steps), ...Array(10).fill(condition)];
  const document = (basic: string) =>
    parseXml(
      presence(
        `<tuple id="t"><status><basic>${basic}</basic></status>${"<n><n><n><n>y</n></n></n></n>".repeat(490)}</tuple>`,
      ),
      PRESENCE_LIMITS.xml,
    );
  const before = document("open"), after = document("closed");
  const read = (content: string) =>
    readFilterSet(
      SIMPLE_FILTER_TYPE,
      `<filter-set xmlns="${SIMPLE_FILTER_NAMESPACE}"><filter id="1">${content}</filter></filter-set>`,
    ).filters[0];
  assert.equal(6 * 11 + 10 * 9, FILTER_LIMITS.parts - 4);
  const { what } = read(`<what>${worst.map((path) => `<exclude>${path}</exclude>`).join("")}</what>`);
  const { triggers } = read(
    `<trigger>${`<added>${steps}</added><changed>${steps}</changed>`.repeat(7)}</trigger>`,
  );
  const times = [() => filteredText(after, what!), () => firesTrigger(triggers, before, after)].map((run) => {
    let best = Infinity;
    for (let i = 0; i < 10 && (i < 3 || best >= 200); i++) {
      const start = performance.now();
      run();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  });
  // Some 15 ms on a quiet machine: this one is shared.
  assert.ok(times.every((ms) => ms < 200), `${times} ms`);
});
