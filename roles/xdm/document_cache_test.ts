import { equal, ok } from "node:assert/strict";
import { parseXml } from "../../transport/xml/mod.ts";
import { DocumentCache } from "./document_cache.ts";

const LIMITS = { characters: 1_000_000, depth: 8, elements: 100_000, attributes: 8 };
const version = (text: string) => ({ etag: "t", document: parseXml(text, LIMITS) });
const textOf = (octets: number) => `<a>${"x".repeat(octets / 2)}</a>`;

Deno.test("the documents used last are kept, as many as there is room for", () => {
  const cache = new DocumentCache(10_000);
  for (const name of ["a", "b", "c"]) cache.put(name, version(textOf(2_500)));
  ok(cache.get("a") !== undefined);
  cache.put("d", version(textOf(2_500)));
  equal(["a", "b", "c", "d"].filter((name) => cache.get(name) !== undefined).join(""), "acd");
  cache.drop("a");
  cache.put("e", version(textOf(2_500)));
  equal(["c", "d", "e"].filter((name) => cache.get(name) !== undefined).join(""), "cde");
});

Deno.test("a document of many small elements takes what it costs in memory, not what its text is long", () => {
  const cache = new DocumentCache(1_000_000);
  cache.put("dense", version(`<a>${"<b/>".repeat(5_000)}</a>`));
  equal(cache.get("dense"), undefined, "20,000 characters, 5,000 elements");
  cache.put("dense", version(`<a>${`<b c="" d="" e="" f=""/>`.repeat(1_000)}</a>`));
  equal(cache.get("dense"), undefined, "24,000 characters, 1,000 elements, 4,000 attributes");
  cache.put("plain", version(textOf(40_000)));
  ok(cache.get("plain") !== undefined);
});

Deno.test("a document that is written anew takes the place of the old one, also where it has no room", () => {
  const cache = new DocumentCache(10_000);
  cache.put("a", version(textOf(2_000)));
  cache.put("a", version(textOf(20_000)));
  equal(cache.get("a"), undefined);
  for (let n = 0; n < 100; n++) cache.put("a", version(textOf(6_000)));
  cache.put("b", version(textOf(2_000)));
  ok(cache.get("a") !== undefined && cache.get("b") !== undefined);
});
