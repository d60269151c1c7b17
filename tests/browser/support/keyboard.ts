import { fail } from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Focused, inPage } from "./in_page.ts";

const MOST_STEPS = 150;

/** Somebody with nothing but a keyboard, who has to see at each step where the focus is. */
export class Keyboard {
  readonly page: Page;
  /** Steps on which the focus was lost, out of sight, or not to be seen. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  /** One step on, and where that is. */
  async tab(): Promise<Focused> {
    await this.page.keyboard.press("Tab");
    return await this.#look("Tab");
  }

  /** Steps on until there. */
  async to(what: string, wanted: (at: Focused) => boolean): Promise<Focused> {
    const seen: string[] = [];
    for (let step = 0; step < MOST_STEPS; step++) {
      const at = await this.tab();
      if (wanted(at)) return at;
      seen.push(`${at.tag} "${at.text.slice(0, 30)}"`);
    }
    fail(`${this.page.url()}: ${what} is not reached; on the way: ${seen.slice(0, 40).join(", ")}`);
  }

  toText(text: string | RegExp, tag?: string): Promise<Focused> {
    const same = (at: Focused) => typeof text === "string" ? at.text === text : text.test(at.text);
    return this.to(String(text), (at) => same(at) && (tag === undefined || at.tag === tag));
  }

  toField(name: string): Promise<Focused> {
    return this.to(name, (at) => at.name === name);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(text);
  }

  /** A key that changes something on the page. */
  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.#look(key);
  }

  /** A key that leads to another page. */
  async go(key = "Enter"): Promise<void> {
    const url = this.page.url();
    const there = this.page.waitForEvent("domcontentloaded", { timeout: 8000 });
    await Promise.all([there, this.page.keyboard.press(key)]).catch(async (error) => {
      const at = await inPage(this.page, "focused");
      throw new Error(`${url}: ${key} on ${JSON.stringify(at)} leads nowhere`, { cause: error });
    });
  }

  async #look(key: string): Promise<Focused> {
    const at = await inPage(this.page, "focused");
    const where = `${new URL(this.page.url()).pathname}, after ${key}`;
    if (at === null) fail(`${where}: the focus is lost`);
    const what = `<${at.tag} ${at.id || at.name}> "${at.text.slice(0, 60)}"`;
    if (!at.visible) this.faults.push(`${where}: nothing shows the focus on ${what}`);
    if (!at.inView) this.faults.push(`${where}: out of sight: ${what}`);
    return at;
  }
}
