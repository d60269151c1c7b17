import type { Page } from "playwright-core";
import functions from "./in_page.js" with { type: "text" };

/** What the functions of in_page.js give. */
export interface InPage {
  seen: {
    lang: string;
    dir: string;
    /** Pixels. */
    scrolls: number;
    beyond: string[];
    /** What is wider than the place it has, with the rest cut off. */
    cut: string[];
    title: string;
    headings: number;
  };
  loaded: { script: string[]; style: string[]; inline: number };
  unmarked: { place: string; text: string }[];
  focused: Focused | null;
  injected: string[];
  everything: string;
  forms: number;
  attack: undefined;
}

/** What has the focus. */
export interface Focused {
  readonly tag: string;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly href: string;
  /** An outline or a shadow shows it. */
  readonly visible: boolean;
  readonly inView: boolean;
}

/** Runs one of them there, by the debugger: the page's policy is for the page. */
export async function inPage<F extends keyof InPage>(page: Page, name: F, argument: unknown = ""): Promise<InPage[F]> {
  return await page.evaluate(`(() => { ${functions}\n return ${name}(${JSON.stringify(argument)}); })()`);
}
