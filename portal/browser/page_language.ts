import { effect } from "@preact/signals-core";
import { loadLanguage } from "../view/languages/load_language.ts";
import type { Preferences } from "../view/preferences.ts";

/** The page is in the language that its user prefers, from now on. Resolves when its texts are there; rejects where none can be had. */
export async function followLanguage(preferences: Preferences): Promise<void> {
  let first: Promise<void> | null = null;
  effect(() => {
    const { tag, intl } = preferences.languageFor(navigator.languages);
    const loading = loadLanguage(tag, intl);
    first ??= loading;
    loading.catch((error) => {
      // The network, or an update of the box: it is to be chosen again.
      console.warn("a language could not be loaded", { tag, error: String(error) });
    });
  });
  // A page in another language is better than none; the browser may have kept that one.
  await first!.catch(() => loadLanguage("en", "en"));
}
