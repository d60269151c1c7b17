import { defineTexts, useUi } from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { de, HELP } from "./names.de.ts";
import { en } from "./names.en.ts";

export const names = defineTexts(en, { de });

/** What a setting is called. */
export function settingLabel(key: string): string {
  return named(key) ?? key;
}

export function areaLabel(area: string): string {
  return named(`area:${area}`) ?? area;
}

/** What a word of a choice means; the word itself where it says so. */
export function choiceLabel(key: string, word: string): string {
  return named(`${key}=${word}`) ?? word;
}

/** What a setting is for, in the language of the page where that is known. */
export function settingHelp({ key, help }: Pick<SettingRow, "key" | "help">): string {
  return isTranslated(key) ? HELP[key] : help;
}

/** The language of what `settingHelp` gives, where it is not the page's. */
export function settingHelpLanguage({ key }: Pick<SettingRow, "key">): "en" | undefined {
  return useUi().locale === "en" || isTranslated(key) ? undefined : "en";
}

function isTranslated(key: string): boolean {
  return useUi().locale === "de" && Object.hasOwn(HELP, key);
}

function named(key: string): string | null {
  return Object.hasOwn(en, key) ? names(key as Exclude<keyof typeof en, symbol>) : null;
}
