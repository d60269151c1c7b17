import { AsyncLocalStorage } from "node:async_hooks";
import type { Format } from "./format.ts";
import type { Locale } from "./texts/locale.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

/** How much room things have. */
export const DENSITIES = ["roomy", "compact"] as const;
export type Density = typeof DENSITIES[number];

/** Said once, on the page that a form leads to. */
export interface Flash {
  readonly tone: "ok" | "info" | "warning" | "critical";
  readonly text: string;
}

/** What every piece of a page may need to know of the request that it is made for. */
export interface Ui {
  readonly locale: Locale;
  readonly dir: "ltr" | "rtl";
  readonly theme: Theme;
  readonly density: Density;
  readonly format: Format;
  /** Of this response's Content-Security-Policy. */
  readonly nonce: string;
  /** What forms carry back: see security/csrf.ts. */
  readonly csrf: string;
  /** Path and query of the request. */
  readonly path: string;
  /** The page answers a form: loading its address anew would not bring it back, with what it shows only once. */
  readonly answersForm: boolean;
  /** Where the footer's menus of theme and language post to. */
  readonly preferences: string;
  /** What the page before has to say: "Saved." */
  readonly flash: Flash | null;
  /** ms since the epoch. */
  readonly now: number;
}

// JSX is compiled to templates, which are written from the inside out: a context of hono/jsx would not be there yet when the
// inner pieces are written. The request's own storage is.
const storage = new AsyncLocalStorage<Ui>();

/** Runs `work` with this ui in all it calls and awaits. */
export function withUi<T>(ui: Ui, work: () => T): T {
  return storage.run(ui, work);
}

/** Throws where no page is being made: only within `pageSecurity`, or `withUi`. */
export function useUi(): Ui {
  const ui = storage.getStore();
  if (ui === undefined) throw new Error("a page is made outside pageSecurity");
  return ui;
}
