import { effect } from "@preact/signals-core";
import { loadLanguage } from "../view/languages/load_language.ts";
import type { Preferences } from "../view/preferences.ts";
import { useBrowserLanguage } from "./texts.ts";

/** The page is in the language that its user prefers, from now on. Resolves when its texts are there. */
export async function followLanguage(preferences: Preferences): Promise<void> {
  // Until then, and where they cannot be had, at least what stands in this script.
  useBrowserLanguage();
  let first = Promise.resolve();
  effect(() => {
    const { tag, intl } = preferences.languageFor(navigator.languages);
    first = loadLanguage(tag, intl).catch((error) => {
      // The network, or an update of the box: it is to be chosen again.
      console.warn("a language could not be loaded", { tag, error: String(error) });
    });
  });
  await first;
}
