/** Real pages that talk with each other, two by two, for the bench of the portal: what is typed, sent and shown is timed where it happens. */
import type { Page } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { passwordOf } from "../support/parley.ts";

/** What pages have seen in a round, in milliseconds from the key that sent it. */
export interface Seen {
  /** Until it stood on the other page. */
  readonly shown: readonly number[];
  /** Until one's own page said that the other side has it. */
  readonly delivered: readonly number[];
  /** What went wrong, as lines. */
  readonly wrongs: readonly string[];
}

/** Types and presses as a person does, looks at the log, and takes down when something is there. In the page, so that no debugger is timed. */
const TALKER = `{
  const now = () => performance.timeOrigin + performance.now();
  const times = new Map(), done = new Map();
  const look = () => {
    for (const message of document.querySelectorAll(".log .message")) {
      const text = message.querySelector(".said")?.textContent ?? "";
      const [mark, at] = text.split(" at ");
      if (at === undefined) continue;
      const own = message.classList.contains("own");
      const state = message.querySelector(".state .unseen")?.textContent ?? "";
      const map = own ? done : times;
      if (!map.has(mark) && (!own || state === "Delivered" || state === "Seen")) map.set(mark, now() - Number(at));
    }
  };
  new MutationObserver(look).observe(document.querySelector(".log"), { subtree: true, childList: true, characterData: true });
  globalThis.talker = {
    say(mark) {
      const field = document.querySelector(".composer textarea");
      field.value = mark + " at " + now();
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    },
    report(round) {
      look();
      const of = (map) => [...map].filter(([mark]) => mark.startsWith(round + " "));
      const marks = [...document.querySelectorAll(".log .message:not(.own) .said")].map((one) => one.textContent.split(" at ")[0]);
      return { shown: of(times), delivered: of(done), marks: marks.filter((mark) => mark.startsWith(round + " ")) };
    },
  };
}`;

interface Report {
  readonly shown: readonly (readonly [string, number])[];
  readonly delivered: readonly (readonly [string, number])[];
  readonly marks: readonly string[];
}

/** Pages of these users, in their order; each talks with its neighbour. */
export class TalkingPages {
  readonly #pages: readonly Page[];

  private constructor(pages: readonly Page[]) {
    this.#pages = pages;
  }

  /** `names`: an even number of users. Rejects with what a page says that cannot be used. */
  static async open(browser: TestBrowser, origin: string, names: readonly string[]): Promise<TalkingPages> {
    const pages: Page[] = [];
    for (const [n, name] of names.entries()) {
      const page = await browser.person();
      pages.push(page);
      try {
        await page.goto(`${origin}/portal`);
        await page.fill('input[name="uri"]', name);
        await page.fill('input[name="password"]', passwordOf(name));
        await page.click('main button[type="submit"]');
        await page.locator(".connection.online").waitFor({ state: "attached" });
        const neighbour = `sip:${names[n ^ 1]}@example.test`;
        await page.evaluate(`location.hash = ${JSON.stringify(`#/with/${encodeURIComponent(neighbour)}`)}`);
        await page.locator(".composer textarea").waitFor();
        await page.evaluate(TALKER);
      } catch (error) {
        throw new Error(`${name} is not there; the page says: ${await page.innerText("body")}`, { cause: error });
      }
    }
    return new TalkingPages(pages);
  }

  /** Everybody says something each so often, spread evenly. */
  async talk(round: number, turns: number, every_ms: number): Promise<void> {
    const began = performance.now(), count = this.#pages.length;
    for (let turn = 0; turn < turns; turn++) {
      for (const [n, page] of this.#pages.entries()) {
        const wait = began + every_ms * (turn + n / count) - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        await page.evaluate(`talker.say("${round} ${n} ${turn}")`);
      }
    }
  }

  /** What came of a round; every message has to be there, once, and known to be. */
  async report(round: number, turns: number): Promise<Seen> {
    const seen = { shown: [] as number[], delivered: [] as number[], wrongs: [] as string[] };
    for (const [n, page] of this.#pages.entries()) {
      const { shown, delivered, marks } = await page.evaluate(`talker.report(${round})`) as Report;
      seen.shown.push(...shown.map(([, ms]) => ms));
      seen.delivered.push(...delivered.map(([, ms]) => ms));
      const once = new Set(marks).size === turns && marks.length === turns;
      if (!once || delivered.length !== turns) {
        seen.wrongs.push(
          `WRONG: page ${n} shows ${marks.length} of ${turns} messages, and knows ${delivered.length} to have come`,
        );
      }
    }
    return seen;
  }
}
