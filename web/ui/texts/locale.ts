/** The languages of the pages. `qps-rtl` is made from `en` by rule: it shows what is not translated and what is not mirrored. */
export const LOCALES = ["en", "de", "qps-rtl"] as const;
export type Locale = typeof LOCALES[number];

/** How each language calls itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = {
  en: "English",
  de: "Deutsch",
  "qps-rtl": "Pseudo (RTL)",
};

export function isLocale(text: unknown): text is Locale {
  return LOCALES.includes(text as Locale);
}

export function directionOf(locale: Locale): "ltr" | "rtl" {
  return locale === "qps-rtl" ? "rtl" : "ltr";
}

/** The locale to write in, and the tag by which `Intl` writes numbers and dates: `en-GB` stays British. */
export interface Language {
  readonly locale: Locale;
  readonly intl: string;
}

const MAX_WISHES = 10;

/** What was chosen, else the first of `Accept-Language` (RFC 9110 §12.5.4) that we have, else English. */
export function languageOf(chosen: string | undefined, acceptLanguage: string | undefined): Language {
  const wishes = (acceptLanguage ?? "").slice(0, 500).split(",", MAX_WISHES).map(wish).filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q);
  const locale = isLocale(chosen) ? chosen : wishes.map(({ tag }) => localeOf(tag)).find((one) => one !== null) ?? "en";
  if (locale === "qps-rtl") return { locale, intl: "en" };
  const regional = wishes.find(({ tag }) => localeOf(tag) === locale && /^[a-z]{2}-[a-z]{2}$/i.test(tag));
  return { locale, intl: regional === undefined ? locale : canonical(regional.tag) ?? locale };
}

function wish(text: string): { tag: string; q: number } {
  const [tag, q] = text.trim().split(/\s*;\s*q=/i);
  return { tag, q: q === undefined ? 1 : Number(q) || 0 };
}

function localeOf(tag: string): Locale | null {
  const [primary] = tag.toLowerCase().split("-");
  return primary === "en" || primary === "de" ? primary : null;
}

function canonical(tag: string): string | null {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([tag])[0] ?? null;
  } catch {
    return null;
  }
}
