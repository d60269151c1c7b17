import { computed, type ReadonlySignal, signal } from "@preact/signals-core";

/**
 * The texts of the page. English is the source. Each language is data beside the script, loaded when it is chosen. The pseudo-locale is
 * made from English: it shows what is not translated, not mirrored, or has too little room.
 */
export const LANGUAGES = ["en", "de", "fr", "qps-rtl"] as const;
export type LanguageTag = typeof LANGUAGES[number];

/** How each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<LanguageTag, string>> = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  "qps-rtl": "Pseudo (RTL)",
};

/** A text with `{names}`; or one for each plural of `{n}`. */
export type Text = string | { readonly one: string; readonly other: string };
export type Catalogue = Readonly<Record<string, Text>>;

/** The names between braces. */
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<M> = M extends string ? Names<M>
  : M extends { readonly other: infer O extends string } ? "n" | Names<O>
  : never;
type Params<M> = [NamesOf<M>] extends [never] ? [] : [params: Readonly<Record<NamesOf<M>, string | number>>];

/** A catalogue in another language: every key, plural where the source is. A key that is missing does not compile. */
export type Translation<C extends Catalogue> = {
  readonly [K in keyof C]: C[K] extends string ? string : { readonly one: string; readonly other: string };
};

/** Gives a text in the language of the page; a component that calls it is drawn again when the language changes. */
export interface Texts<C extends Catalogue> {
  <K extends keyof C & string>(key: K, ...params: Params<C[K]>): string;
  /** Whether there is a text under that name. */
  has(key: string): key is keyof C & string;
}

interface Chosen {
  readonly tag: LanguageTag;
  /** By which `Intl` writes numbers and dates: `en-GB` stays British. */
  readonly intl: string;
  /** By area. */
  readonly texts: Readonly<Record<string, Catalogue>>;
}

const chosen = signal<Chosen>({ tag: "en", intl: "en", texts: {} });

/** The language of the page. */
export const language: ReadonlySignal<Omit<Chosen, "texts">> = chosen;
export const direction: ReadonlySignal<"ltr" | "rtl"> = computed(() => chosen.value.tag === "qps-rtl" ? "rtl" : "ltr");

/** Chooses a language. `texts`: its catalogues by area, see `loadLanguage`. */
export function useLanguage(tag: LanguageTag, intl: string, texts: Readonly<Record<string, Catalogue>>): void {
  chosen.value = { tag, intl, texts };
}

/** Makes the `t` of one area. `C`: its texts in English, of which only the names are known to the script. */
export function defineTexts<C extends Catalogue>(area: string): Texts<C> {
  const t = (key: string, params: Readonly<Record<string, string | number>> = {}): string => {
    const { tag, intl, texts } = chosen.value;
    // Drawn before any language has come, and in place of nothing, the name itself is the better word.
    const found = texts[area]?.[key] ?? key;
    const text = typeof found === "string" ? found : found[pluralOf(intl, Number(params.n))];
    const shown = tag === "qps-rtl" ? pseudo(text) : text;
    if (!shown.includes("{")) return shown;
    return shown.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      return value === undefined ? whole : typeof value === "number" ? value.toLocaleString(intl) : value;
    });
  };
  const has = (key: string) => Object.hasOwn(chosen.value.texts[area] ?? {}, key);
  return Object.assign(t, { has }) as unknown as Texts<C>;
}

const plurals = new Map<string, Intl.PluralRules>();

function pluralOf(intl: string, n: number): "one" | "other" {
  let rules = plurals.get(intl);
  if (rules === undefined) plurals.set(intl, rules = new Intl.PluralRules(intl));
  return rules.select(n) === "one" ? "one" : "other";
}

const ACCENTED: Readonly<Record<string, string>> = {
  a: "á",
  e: "é",
  i: "í",
  o: "ó",
  u: "ú",
  n: "ñ",
  c: "ç",
  s: "š",
  A: "Á",
  E: "É",
  O: "Ó",
};

function pseudo(text: string): string {
  if (text === "") return "";
  const accented = text.split(/(\{\w+\})/).map((part) =>
    part.startsWith("{") ? part : part.replace(/[a-z]/gi, (letter) => ACCENTED[letter] ?? letter)
  );
  return `⟦${accented.join("")}${" ·".repeat(Math.ceil(text.length / 12))}⟧`;
}
