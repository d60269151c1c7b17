import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { LocalStore } from "../engine/doors.ts";
import { LANGUAGES, type LanguageTag } from "../texts/kit.ts";

export type Theme = "auto" | "light" | "dark";
/** How the time of day is written: as the language does, or by 12 or 24 hours. */
export type HourCycle = "auto" | "12" | "24";

/** A time without interruptions, in minutes of the local day; over midnight where `until` is less than `from`. */
export interface QuietHours {
  readonly on: boolean;
  readonly from: number;
  readonly until: number;
}

/** All that a user prefers in this browser, as it is stored. */
interface Values {
  readonly language: LanguageTag | "auto";
  readonly theme: Theme;
  readonly hourCycle: HourCycle;
  readonly emoticons: boolean;
  readonly enterSends: boolean;
  readonly notify: boolean;
  readonly notifyText: boolean;
  readonly notifyPreview: boolean;
  readonly notifySound: boolean;
  readonly notifyVibration: boolean;
  readonly notifyMark: boolean;
  readonly notifyWhenOpen: boolean;
  readonly notifyWhenClosed: boolean;
  readonly keywords: readonly string[];
  readonly quietHours: QuietHours;
}

/** Of who comes the first time. A change here is for them alone: what is stored stays as it is. */
const FIRST: Values = {
  language: "auto",
  theme: "auto",
  hourCycle: "auto",
  emoticons: true,
  enterSends: true,
  notify: true,
  notifyText: true,
  notifyPreview: true,
  notifySound: true,
  notifyVibration: true,
  notifyMark: true,
  notifyWhenOpen: false,
  notifyWhenClosed: true,
  keywords: [],
  quietHours: { on: false, from: 22 * 60, until: 7 * 60 },
};

const KEY = "preferences";
export const MOST_KEYWORDS = 20, LONGEST_KEYWORD = 50;

/** What is told by `languageFor`. */
export interface LanguageChosen {
  readonly tag: LanguageTag;
  /** For `Intl`: with the country of the browser, and the hours that the user prefers. */
  readonly intl: string;
}

/**
 * What a user prefers in this browser: signals that are stored when they change. Everything is stored from the first start on, so that
 * another default in a later release turns nothing over for those who are here already.
 */
export class Preferences {
  readonly language: Signal<LanguageTag | "auto">;
  readonly theme: Signal<Theme>;
  readonly hourCycle: Signal<HourCycle>;
  /** Emoticons as pictures, else as their text. */
  readonly emoticons: Signal<boolean>;
  /** Enter sends and Shift+Enter begins a line; else Ctrl+Enter sends. */
  readonly enterSends: Signal<boolean>;
  /** Off: nothing notifies, whatever else is set (NOT-8). */
  readonly notify: Signal<boolean>;
  /** By text: of the desktop while the page is hidden, in the page else. */
  readonly notifyText: Signal<boolean>;
  /** What is said stands in the text; else only who. */
  readonly notifyPreview: Signal<boolean>;
  readonly notifySound: Signal<boolean>;
  readonly notifyVibration: Signal<boolean>;
  /** A mark at the icon while something is unread. */
  readonly notifyMark: Signal<boolean>;
  /** Of what is said in the conversation before the user's eyes (NOT-7), and in all others (NOT-6). */
  readonly notifyWhenOpen: Signal<boolean>;
  readonly notifyWhenClosed: Signal<boolean>;
  /** Words that notify while the conversation is open, and in quiet hours. */
  readonly keywords: Signal<readonly string[]>;
  readonly quietHours: Signal<QuietHours>;
  /** False when the last change could not be stored: it holds until the page is closed. */
  readonly stored: ReadonlySignal<boolean>;

  readonly #store: LocalStore;
  readonly #stored = signal(true);
  readonly #stop: (() => void)[] = [];

  constructor(store: LocalStore) {
    this.#store = store;
    this.stored = this.#stored;
    const values = read(store);
    this.language = signal(values.language);
    this.theme = signal(values.theme);
    this.hourCycle = signal(values.hourCycle);
    this.emoticons = signal(values.emoticons);
    this.enterSends = signal(values.enterSends);
    this.notify = signal(values.notify);
    this.notifyText = signal(values.notifyText);
    this.notifyPreview = signal(values.notifyPreview);
    this.notifySound = signal(values.notifySound);
    this.notifyVibration = signal(values.notifyVibration);
    this.notifyMark = signal(values.notifyMark);
    this.notifyWhenOpen = signal(values.notifyWhenOpen);
    this.notifyWhenClosed = signal(values.notifyWhenClosed);
    this.keywords = signal(values.keywords);
    this.quietHours = signal(values.quietHours);
    this.#write(values);
    for (const key of KEYS) this.#keep(key);
  }

  /** Takes over what another tab of this browser has stored. */
  reread(): void {
    const values = read(this.#store);
    for (const key of KEYS) {
      // An array or object that says the same is no change: it would be written, and told to other tabs, for ever.
      if (JSON.stringify(values[key]) === JSON.stringify(this[key].peek())) continue;
      (this[key] as Signal<unknown>).value = values[key];
    }
  }

  /** The language of the page for a browser with these languages, the liked best first. */
  languageFor(browser: readonly string[]): LanguageChosen {
    const wanted = this.language.value;
    const tag = wanted !== "auto" ? wanted : browser.map(tagOf).find((one) => one !== undefined) ?? "en";
    const local = browser.find((one) => tagOf(one) === tag) ?? (tag === "qps-rtl" ? "en" : tag);
    const hours = { auto: "", 12: "-u-hc-h12", 24: "-u-hc-h23" }[this.hourCycle.value];
    return { tag, intl: local.split("-u-")[0] + hours };
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  #keep(key: keyof Values): void {
    let first = true;
    this.#stop.push(effect(() => {
      const value = this[key].value;
      // Only what was changed is written over what stands there: another tab may have changed another one.
      if (!first) this.#write({ ...read(this.#store), [key]: value });
      first = false;
    }));
  }

  #write(values: Values): void {
    this.#stored.value = this.#store.set(KEY, JSON.stringify(values));
  }
}

const KEYS = Object.keys(FIRST) as (keyof Values)[];

/** By language: a browser's `de-AT` is our `de`. The pseudo-locale is nobody's by itself. */
function tagOf(browser: string): LanguageTag | undefined {
  const [language] = browser.toLowerCase().split("-");
  return LANGUAGES.find((tag) => tag === language);
}

function read(store: LocalStore): Values {
  const text = store.get(KEY);
  if (text === null) return FIRST;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    // Somebody else's text at our key: the user begins anew, and sees what is set.
    if (error instanceof SyntaxError) return FIRST;
    throw error;
  }
  if (typeof found !== "object" || found === null) return FIRST;
  return Object.fromEntries(KEYS.map((key) => {
    const value = (found as Record<string, unknown>)[key];
    return [key, FITS[key](value) ? value : FIRST[key]];
  })) as unknown as Values;
}

type Fits = (value: unknown) => boolean;
const isSwitch: Fits = (value) => typeof value === "boolean";
const oneOf = (...allowed: readonly string[]): Fits => (value) => allowed.includes(value as string);
const isMinute: Fits = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 24 * 60;

const FITS: Readonly<Record<keyof Values, Fits>> = {
  language: oneOf("auto", ...LANGUAGES),
  theme: oneOf("auto", "light", "dark"),
  hourCycle: oneOf("auto", "12", "24"),
  emoticons: isSwitch,
  enterSends: isSwitch,
  notify: isSwitch,
  notifyText: isSwitch,
  notifyPreview: isSwitch,
  notifySound: isSwitch,
  notifyVibration: isSwitch,
  notifyMark: isSwitch,
  notifyWhenOpen: isSwitch,
  notifyWhenClosed: isSwitch,
  keywords: (value) =>
    Array.isArray(value) && value.length <= MOST_KEYWORDS &&
    value.every((word) => typeof word === "string" && word !== "" && word.length <= LONGEST_KEYWORD),
  quietHours(value) {
    const hours = value as Partial<QuietHours> | null;
    return typeof hours === "object" && hours !== null && isSwitch(hours.on) && isMinute(hours.from) &&
      isMinute(hours.until);
  },
};
