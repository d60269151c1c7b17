import { defineTexts, useLanguage } from "../texts/kit.ts";
import { de } from "./texts.de.ts";
import { en } from "./texts.en.ts";
import { fr } from "./texts.fr.ts";

const texts = { de, fr };

/** Few, and all at once: what goes wrong at the start can load nothing. */
export const t = defineTexts("page", en);

/** In the first language of the browser's that there is, while nobody has chosen one. */
export function useBrowserLanguage(): void {
  for (const name of navigator.languages) {
    const tag = name.split("-")[0];
    if (tag === "en") break;
    if (tag === "de" || tag === "fr") return useLanguage(tag, name, { page: texts[tag] });
  }
  useLanguage("en", "en", {});
}
