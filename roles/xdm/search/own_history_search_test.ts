import { deepEqual, equal, rejects } from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { OperationError } from "../../../operations/mod.ts";
import { parseXml } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { Condition } from "./condition.ts";
import { type SaidWords, searchHistory } from "./own_history_search.ts";
import { is } from "./testing/search_world.ts";
import { parseQuery } from "./xquery.ts";

const ALICE = "sip:alice@example.test";
const HISTORY = `<history-list xmlns="urn:oma:xml:im:history-list">
  <history history-reference="h-1"><size>4</size><subject>Birthday</subject><date>2026-03-01</date>
    <pager><from>sip:carol@example.test</from><to>${ALICE}</to></pager></history>
  <history history-reference="h-2"><size>7</size><subject>Boats</subject><date>2026-05-01</date>
    <pager><from>sip:dora@example.test</from><to>${ALICE}</to></pager></history>
</history-list>`;

/** What was said where: searched word by word, a conversation at a time. */
const SAID: Readonly<Record<string, string>> = { "h-1": "a cake and a candle", "h-2": "a sail and a candle" };

function saidWords(asked: string[], bounded = false): SaidWords {
  return {
    saying: (owner, words, most) => {
      asked.push(`${owner} ${words}`);
      if (words === "?") return Promise.reject(new OperationError("invalid", "words has no word in it"));
      if (words === "busy") return Promise.reject(new OperationError("unavailable", "too many searches"));
      const found = Object.keys(SAID).filter((one) => words.split(" ").every((word) => SAID[one].includes(word)));
      return Promise.resolve({ references: new Set(found.slice(0, most)), bounded });
    },
  };
}

async function found(where: Condition | null, said: SaidWords | null) {
  const service = { read: () => Promise.resolve({ document: parseXml(HISTORY) }) } as unknown as DocumentService;
  const { found, more } = await searchHistory(ALICE, where, 9, { service, clock: new FakeTime(), said });
  return { references: found.map(({ fields }) => fields["history-reference"][0]).join(" "), more };
}

Deno.test("own conversations are found by words of their messages, along with what else is known of them", async () => {
  const asked: string[] = [];
  const said = saidWords(asked);
  equal((await found(is("words", "cake"), said)).references, "h-1");
  equal((await found(is("words", "candle"), said)).references, "h-1 h-2");
  equal((await found({ kind: "all", of: [is("words", "candle"), is("subject", "boats")] }, said)).references, "h-2");
  equal(
    (await found({ kind: "all", of: [is("words", "candle"), { kind: "not", of: is("words", "sail") }] }, said))
      .references,
    "h-1",
  );
  equal(
    (await found({ kind: "any", of: [is("words", "sail"), is("subject", "birthday")] }, said)).references,
    "h-1 h-2",
  );
  equal((await found(is("words", "nothing"), said)).references, "");
  deepEqual([...new Set(asked.map((one) => one.split(" ")[0]))], [ALICE], "one's own alone");
});

Deno.test("words are looked up only where a query has them, each once, and a few of them", async () => {
  const asked: string[] = [];
  const said = saidWords(asked);
  equal((await found(is("subject", "boats"), said)).references, "h-2");
  equal((await found(null, said)).references, "h-1 h-2");
  deepEqual(asked, []);
  await found({ kind: "any", of: [is("words", "cake"), is("words", " CAKE ")] }, said);
  equal(asked.length, 1);
  await rejects(
    found({ kind: "any", of: ["a", "b", "c", "d", "e"].map((one) => is("words", one)) }, said),
    /4 times at most/,
  );
});

Deno.test("a search that was cut off says that there may be more; one that is none is refused; without conversations nothing was said", async () => {
  deepEqual(await found(is("words", "cake"), saidWords([], true)), { references: "h-1", more: true });
  await rejects(found(is("words", "?"), saidWords([])), { name: "SearchRefusal", kind: "query" });
  await rejects(found(is("words", "busy"), saidWords([])), { name: "SearchRefusal", kind: "busy", retryAfter_s: 5 });
  equal((await found(is("words", "cake"), null)).references, "");
});

Deno.test("words can be asked for in XQuery, as a field of a conversation", () => {
  const query = parseQuery(
    `xquery version "1.0"; declare default element namespace "urn:oma:xml:im:history-list";
    for $h in collection("org.openmobilealliance.conv-history/users/")/history-list/history where $h/words = "cake candle" return $h`,
  );
  deepEqual(query.where, { kind: "compare", field: "words", operator: "=", value: "cake candle" });
});
