import { type Catalogue, type LanguageTag, useLanguage } from "../../texts/kit.ts";

/** Makes this the language of the page; its texts are loaded when it is chosen the first time. `intl`: for numbers and dates. */
export async function loadLanguage(tag: LanguageTag, intl: string): Promise<void> {
  useLanguage(tag, intl, await textsOf(tag));
}

async function textsOf(tag: LanguageTag): Promise<Readonly<Record<string, Catalogue>>> {
  if (tag === "de") return (await import("./de.ts")).de;
  if (tag === "fr") return (await import("./fr.ts")).fr;
  return {};
}
