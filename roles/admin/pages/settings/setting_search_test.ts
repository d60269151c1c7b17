import assert from "node:assert/strict";
import { highlighted, queryTerms, searchSettings } from "./setting_search.ts";

const rows = [
  { key: "limits.message", label: "Whole message", help: "A whole message, with its body.", words: "" },
  { key: "pager.max_body", label: "Largest message", help: "Body of a MESSAGE; beyond it 413.", words: "size bytes" },
  { key: "deferred.quota_bytes", label: "Room for one user", help: "Their sizes together.", words: "" },
  { key: "pager.types", label: "Allowed types", help: "Content types.", words: "mime body" },
];
const keys = (query: string) => searchSettings(rows, query).map(({ key }) => key);

Deno.test("a search ranks keys that begin with the words before words that do, and those before the rest", () => {
  assert.deepEqual(keys("pager"), ["pager.max_body", "pager.types"]);
  assert.deepEqual(keys("body"), ["pager.max_body", "pager.types", "limits.message"]);
  assert.deepEqual(keys("bytes"), ["deferred.quota_bytes", "pager.max_body"]);
  assert.deepEqual(keys("essage"), ["limits.message", "pager.max_body"]);
});

Deno.test("every word must be found; none finds all; nothing found is nothing", () => {
  assert.deepEqual(keys("pager SIZE"), ["pager.max_body"]);
  assert.equal(keys("  ").length, 4);
  assert.deepEqual(keys("pager quota"), []);
  assert.deepEqual(keys("(["), []);
});

Deno.test("hits are marked wherever they stand, whatever signs they hold", () => {
  const parts = highlighted("Body of a MESSAGE", queryTerms("message body"));
  assert.deepEqual(parts.filter(({ hit }) => hit).map(({ text }) => text), ["Body", "MESSAGE"]);
  assert.equal(parts.map(({ text }) => text).join(""), "Body of a MESSAGE");
  assert.deepEqual(highlighted("a.b", ["."]).map(({ text }) => text), ["a", ".", "b"]);
  assert.deepEqual(highlighted("plain", []), [{ text: "plain", hit: false }]);
});
