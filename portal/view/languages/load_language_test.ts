import { deepEqual, equal, rejects } from "node:assert/strict";
import { language } from "../../texts/kit.ts";
import { drawn } from "../kit/drawn.ts";
import { kitText } from "../kit/mod.ts";

/** In the place of what the build says. */
Object.assign(globalThis, {
  PORTAL_TEXTS: { en: "/en.json", de: "/de.json", fr: "/fr.json" },
  PORTAL_DRAWINGS: "/drawings.json",
});
const { loadLanguage } = await import("./load_language.ts");

const FILES: Readonly<Record<string, unknown>> = {
  "/en.json": { kit: { close: "Close" } },
  "/de.json": { kit: { close: "Schließen" } },
  "/fr.json": { kit: { close: "Fermer" } },
  "/drawings.json": { check: "M5 12" },
};

/** Answers as it is told, and keeps what was asked for. */
function network(answer: (url: string) => Promise<Response> | Response): Disposable & { readonly asked: string[] } {
  const before = globalThis.fetch, asked: string[] = [];
  globalThis.fetch = async (url) => {
    asked.push(String(url));
    return await answer(String(url));
  };
  return { asked, [Symbol.dispose]: () => void (globalThis.fetch = before) };
}

const there = (url: string) => Response.json(FILES[url]);

Deno.test("texts that cannot be had leave the language as it is, and are asked for again; those that are there are not", async () => {
  using online = network(there);
  await loadLanguage("en", "en-GB");
  deepEqual([language.value.tag, language.value.intl, kitText("close")], ["en", "en-GB", "Close"]);
  equal(drawn.value?.check, "M5 12");
  {
    using _gone = network(() => Promise.reject(new TypeError("no network")));
    await rejects(loadLanguage("de", "de-AT"), /no network/);
    using _updated = network(() => new Response("", { status: 404 }));
    await rejects(loadLanguage("de", "de-AT"), /\/de\.json cannot be had: 404/);
  }
  deepEqual([language.value.tag, kitText("close")], ["en", "Close"]);
  await loadLanguage("de", "de-AT");
  deepEqual([language.value.tag, language.value.intl, kitText("close")], ["de", "de-AT", "Schließen"]);
  await loadLanguage("qps-rtl", "en");
  deepEqual([language.value.tag, kitText("close")], ["qps-rtl", "⟦Clóšé ·⟧"]);
  deepEqual(online.asked.sort(), ["/de.json", "/drawings.json", "/en.json"]);
});

Deno.test("of two languages the one that was asked for last counts, whichever comes first", async () => {
  const late = Promise.withResolvers<Response>();
  using _network = network((url) => url === "/fr.json" ? late.promise : there(url));
  const french = loadLanguage("fr", "fr");
  await loadLanguage("de", "de");
  late.resolve(there("/fr.json"));
  await french;
  equal(kitText("close"), "Schließen");
});

Deno.test("what has no text is called by its name", () => {
  equal(kitText.has("close"), true);
  equal(kitText.has("save"), false);
  equal(kitText("save"), "save");
});
