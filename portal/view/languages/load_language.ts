import { type Catalogue, type LanguageTag, useLanguage } from "../../texts/kit.ts";
import { type Drawings, useDrawings } from "../kit/drawn.ts";

/** What makes the page's script says where its data are: the texts of each language, catalogues by area, and the drawings of icons. */
declare const PORTAL_TEXTS: Readonly<Record<Exclude<LanguageTag, "qps-rtl">, string>>;
declare const PORTAL_DRAWINGS: string;

type Catalogues = Readonly<Record<string, Catalogue>>;

const loaded = new Map<string, Promise<unknown>>();
let turn = 0;

/**
 * Makes this the language of the page; its texts are loaded when it is asked for the first time. `intl`: for numbers and dates. Rejects with
 * a TypeError where the texts, or the drawings, cannot be had: the page keeps its language then. Of several the last one asked for counts.
 */
export async function loadLanguage(tag: LanguageTag, intl: string): Promise<void> {
  const mine = ++turn;
  const [texts, drawings] = await beginLoading(tag);
  useDrawings(drawings);
  if (mine === turn) useLanguage(tag, intl, texts);
}

/** Begins to load what `loadLanguage` needs of a language that will be wanted soon. */
export function beginLoading(tag: LanguageTag): Promise<[Catalogues, Drawings]> {
  return Promise.all([
    data<Catalogues>(PORTAL_TEXTS[tag === "qps-rtl" ? "en" : tag]),
    data<Drawings>(PORTAL_DRAWINGS),
  ]);
}

function data<T>(url: string): Promise<T> {
  let found = loaded.get(url);
  if (found === undefined) {
    loaded.set(url, found = fetched(url));
    // It can be asked for again.
    found.catch(() => loaded.delete(url));
  }
  return found as Promise<T>;
}

async function fetched(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new TypeError(`${url} cannot be had: ${answer.status}`);
  return await answer.json();
}
