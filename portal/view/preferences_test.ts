import { deepEqual, equal } from "node:assert/strict";
import type { LocalStore } from "../engine/doors.ts";
import { Preferences } from "./preferences.ts";

function memory(first: Record<string, string> = {}): LocalStore & { readonly values: Map<string, string> } {
  const values = new Map(Object.entries(first));
  return {
    values,
    get: (key) => values.get(key) ?? null,
    set: (key, value) => (values.set(key, value), true),
    remove: (key) => void values.delete(key),
    keys: () => [...values.keys()],
    clear: () => values.clear(),
  };
}

Deno.test("what is preferred outlives a reload", () => {
  const store = memory();
  const first = new Preferences(store);
  first.theme.value = "dark";
  first.keywords.value = ["fire"];
  first.quietHours.value = { on: true, from: 0, until: 60 };
  const again = new Preferences(store);
  equal(again.theme.value, "dark");
  deepEqual(again.keywords.value, ["fire"]);
  deepEqual(again.quietHours.value, { on: true, from: 0, until: 60 });
});

Deno.test("defaults are stored at the first start, so that later ones turn nothing over", () => {
  const store = memory();
  new Preferences(store);
  const stored = JSON.parse(store.values.get("preferences")!);
  equal(stored.notify, true);
  equal(Object.keys(stored).length, 15);
});

Deno.test("what is stored wins over a default; what is missing or broken gets one", () => {
  const store = memory({
    preferences: JSON.stringify({ notify: false, theme: "pink", keywords: ["", "x"], quietHours: { on: 1 } }),
  });
  const preferences = new Preferences(store);
  equal(preferences.notify.value, false);
  equal(preferences.theme.value, "auto");
  deepEqual(preferences.keywords.value, []);
  equal(preferences.quietHours.value.on, false);
  equal(new Preferences(memory({ preferences: "{" })).theme.value, "auto");
});

Deno.test("two tabs do not write over each other's changes, and take them over", () => {
  const store = memory();
  const [one, two] = [new Preferences(store), new Preferences(store)];
  one.theme.value = "dark";
  two.emoticons.value = false;
  const third = new Preferences(store);
  equal(third.theme.value, "dark");
  equal(third.emoticons.value, false);
  one.reread();
  equal(one.emoticons.value, false);
});

Deno.test("it is told when nothing can be stored", () => {
  const preferences = new Preferences({ ...memory(), set: () => false });
  preferences.theme.value = "light";
  equal(preferences.stored.value, false);
});

Deno.test("the language is the user's choice, else the browser's first that there is", () => {
  const preferences = new Preferences(memory());
  deepEqual(preferences.languageFor(["es", "de-AT", "en"]), { tag: "de", intl: "de-AT" });
  deepEqual(preferences.languageFor(["es"]), { tag: "en", intl: "en" });
  preferences.language.value = "fr";
  preferences.hourCycle.value = "12";
  deepEqual(preferences.languageFor(["de-AT"]), { tag: "fr", intl: "fr-u-hc-h12" });
  preferences.language.value = "qps-rtl";
  preferences.hourCycle.value = "auto";
  deepEqual(preferences.languageFor(["de"]), { tag: "qps-rtl", intl: "en" });
});
