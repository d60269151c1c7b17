import { useUi } from "../request_ui.ts";
import type { Locale } from "./locale.ts";
import { pseudo } from "./pseudo.ts";

/** A text with `{names}`; or one for each plural of `{n}` that English and German have. */
export type Message = string | { readonly one: string; readonly other: string };
export type Catalogue = Readonly<Record<string, Message>>;

/** The names between braces. */
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<M> = M extends string ? Names<M> : M extends { readonly other: infer O extends string } ? "n" | Names<O>
: never;
type Params<M> = [NamesOf<M>] extends [never] ? [] : [params: Readonly<Record<NamesOf<M>, string | number>>];

/** A catalogue in another language: every key, plural where the source is. A key that is missing does not compile. */
export type Translation<C extends Catalogue> = {
  readonly [K in keyof C]: C[K] extends string ? string : { readonly one: string; readonly other: string };
};

/** Gives a text in the language of the request. Numbers among the params are written as that language does. */
export interface Texts<C extends Catalogue> {
  <K extends keyof C & string>(key: K, ...params: Params<C[K]>): string;
  /** For tests: what it is made of. */
  readonly source: C;
  readonly translations: { readonly de: Translation<C> };
}

/** Makes the `t` of one area. `en` is the source; the pseudo-locale is made from it. */
export function defineTexts<const C extends Catalogue>(
  en: C,
  translations: { readonly de: Translation<C> },
): Texts<C> {
  const by: Record<Locale, Catalogue> = {
    en,
    de: translations.de as Catalogue,
    "qps-rtl": Object.fromEntries(Object.entries(en).map(([key, message]) => [key, pseudoOf(message)])),
  };
  const t = (key: string, params: Readonly<Record<string, string | number>> = {}): string => {
    const { locale, format } = useUi();
    const message = by[locale][key];
    const text = typeof message === "string" ? message : message[format.plural(Number(params.n))];
    if (!text.includes("{")) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      return value === undefined ? whole : typeof value === "number" ? format.number(value) : value;
    });
  };
  return Object.assign(t, { source: en, translations }) as unknown as Texts<C>;
}

function pseudoOf(message: Message): Message {
  return typeof message === "string" ? pseudo(message) : { one: pseudo(message.one), other: pseudo(message.other) };
}
