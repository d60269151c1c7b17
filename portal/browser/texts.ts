import { defineTexts, type LanguageTag, useLanguage } from "../texts/kit.ts";
import { de } from "./texts.de.ts";
import { en } from "./texts.en.ts";
import { fr } from "./texts.fr.ts";

const texts = { en, de, fr };

/** Few, and all in the script: what goes wrong at the start can load nothing. */
export const t = defineTexts<typeof en>("page");

/** The first language of the browser's that there is, and what `Intl` calls it; nobody may have chosen one yet. */
export function browserLanguage(): { readonly tag: keyof typeof texts & LanguageTag; readonly intl: string } {
  for (const intl of navigator.languages) {
    const tag = intl.split("-")[0];
    if (Object.hasOwn(texts, tag)) return { tag: tag as keyof typeof texts, intl };
  }
  return { tag: "en", intl: "en" };
}

/** Puts what stands here in that language. */
export function useBrowserLanguage(): void {
  const { tag, intl } = browserLanguage();
  useLanguage(tag, intl, { page: texts[tag] });
}
