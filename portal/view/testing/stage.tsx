/**
 * What the browser runs on the stage. The address tells how it begins: `?lang=de&theme=dark&state=waiting#/people`. Tests find everything
 * in `globalThis.stage`.
 */
import { render } from "preact";
import { effect } from "@preact/signals";
import { startNotifier } from "../../browser/notifier.ts";
import { App } from "../app.tsx";
import { loadLanguage } from "../languages/load_language.ts";
import { Preferences } from "../preferences.ts";
import { LANGUAGES } from "../../texts/kit.ts";
import type { LocalStore } from "../../engine/doors.ts";
import type { LinkState } from "../../model/mod.ts";
import { type FakeModel, fakeModel } from "./fake_model.ts";
import { demoParts } from "./demo_parts.ts";

declare global {
  var stage: { readonly model: FakeModel; readonly preferences: Preferences };
}

function memoryStore(): LocalStore {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => (values.set(key, value), true),
    remove: (key) => void values.delete(key),
    keys: () => [...values.keys()],
    clear: () => values.clear(),
  };
}

const wishes = new URL(location.href).searchParams;
const preferences = new Preferences(memoryStore());
const model: FakeModel = fakeModel(demoParts((address) => model.conversations.open(address)));
globalThis.stage = { model, preferences };

const state = wishes.get("state");
if (state !== null) model.link.state.value = state as LinkState;
if (state === "waiting") model.link.retryAt.value = Date.now() + 20_000;
if (wishes.has("empty")) model.list.value = [];
preferences.language.value = LANGUAGES.find((tag) => tag === wishes.get("lang")) ?? "en";
const theme = wishes.get("theme");
if (theme === "dark" || theme === "light") preferences.theme.value = theme;

let spoken = Promise.resolve();
effect(() => {
  const { tag, intl } = preferences.languageFor(["en-GB"]);
  spoken = loadLanguage(tag, intl);
});
await spoken;
startNotifier({ model, preferences });
render(<App model={model} preferences={preferences} />, document.getElementById("portal")!);
