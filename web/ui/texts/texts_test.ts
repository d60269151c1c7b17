import assert from "node:assert/strict";
import { inPage } from "../testing/ui_of.ts";
import { Format, zoneOf } from "../format.ts";
import { defineTexts, type Message } from "./define_texts.ts";
import { t as kit } from "./kit.ts";
import { languageOf } from "./locale.ts";
import { pseudo } from "./pseudo.ts";

const t = defineTexts({
  "hello": "Hello {name}",
  "users": { one: "{n} user", other: "{n} users" },
}, { de: { "hello": "Hallo {name}", "users": { one: "{n} Benutzer", other: "{n} Benutzer" } } });

Deno.test("a text is in the language of the request, with its plural and its numbers", () => {
  assert.equal(inPage(() => t("users", { n: 1 })), "1 user");
  assert.equal(inPage(() => t("users", { n: 1234 })), "1,234 users");
  const german = { locale: "de", format: Format.of("de", "UTC") } as const;
  assert.equal(inPage(() => t("users", { n: 1234 }), german), "1.234 Benutzer");
  assert.equal(inPage(() => t("hello", { name: "{n} <b>" }), german), "Hallo {n} <b>");
});

Deno.test("the pseudo-locale shows what is not translated, and keeps placeholders", () => {
  assert.equal(pseudo("Save {name}"), "⟦Šávé {name} ·⟧");
  assert.match(inPage(() => t("hello", { name: "Bo" }), { locale: "qps-rtl" }), /^⟦Hélló Bo/);
});

Deno.test("a translation names what the source names", () => {
  const names = (message: Message) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort().join();
  for (const [key, message] of Object.entries(kit.source)) {
    const translated = (kit.translations.de as Record<string, Message>)[key];
    assert.equal(names(translated), names(message), key);
    assert.equal(typeof translated, typeof message, key);
  }
});

// deno-lint-ignore no-unused-vars
function doesNotCompile(): void {
  // @ts-expect-error a key that is missing in German
  defineTexts({ a: "A", b: "B" }, { de: { a: "A" } });
  // @ts-expect-error a plural that German has not
  defineTexts({ a: { one: "1", other: "2" } }, { de: { a: "A" } });
  // @ts-expect-error a key that there is not
  t("helo", { name: "" });
  // @ts-expect-error a param that is missing
  t("hello");
}

Deno.test("the language is the chosen one, else what the browser wishes first, else English", () => {
  assert.deepEqual(languageOf("de", "en-GB"), { locale: "de", intl: "de" });
  assert.deepEqual(languageOf(undefined, "fr, de-AT;q=0.8, en;q=0.9"), { locale: "en", intl: "en" });
  assert.deepEqual(languageOf(undefined, "fr, de-AT;q=0.8"), { locale: "de", intl: "de-AT" });
  assert.deepEqual(languageOf("klingon", "xx-" + "y".repeat(10_000)), { locale: "en", intl: "en" });
  assert.equal(languageOf("qps-rtl", undefined).locale, "qps-rtl");
});

Deno.test("numbers, octets and times as people read them", () => {
  const format = Format.of("en", "UTC");
  assert.equal(format.octets(0), "0 bytes");
  assert.equal(format.octets(1300), "1.3 kB");
  assert.equal(format.octets(42_400_000), "42 MB");
  assert.equal(format.duration(3 * 86_400_000 + 4 * 3_600_000 + 5), "3 days and 4 hours");
  assert.equal(format.duration(0), "0 seconds");
  assert.equal(format.relative(0, 5 * 60_000), "5 minutes ago");
  assert.equal(format.relative(86_400_000, 0), "tomorrow");
});

Deno.test("a day begins by the zone's clock, also where it changes", () => {
  const berlin = Format.of("de", "Europe/Berlin");
  assert.equal(berlin.dayStart("2026-01-15"), Date.UTC(2026, 0, 14, 23));
  assert.equal(berlin.dayStart("2026-03-29"), Date.UTC(2026, 2, 28, 23));
  assert.equal(berlin.dayStart("2026-03-30"), Date.UTC(2026, 2, 29, 22));
  assert.ok(Number.isNaN(berlin.dayStart("2026-13-01")) && Number.isNaN(berlin.dayStart("tomorrow")));
});

Deno.test("a zone from a cookie is one that there is", () => {
  assert.equal(zoneOf("Asia/Tokyo"), "Asia/Tokyo");
  const own = zoneOf(undefined);
  for (const text of ["Nowhere/At/All", "../../etc", "x".repeat(500), "Europe/Berlin\r\nX: y"]) {
    assert.equal(zoneOf(text), own);
  }
});
