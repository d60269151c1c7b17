/** Text that would be script wherever it is not taken for text. */
import type { Page } from "playwright-core";
import { inPage } from "./in_page.ts";

export const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;
/** Without quotation marks, as names in certificates may be. */
export const EVIL_NAME = "<img src=x onerror=alert(4)>";
/** Without a space or an equals sign, as SIP's Call-ID may be. */
export const EVIL_WORD = `"><script>alert(3)</script>`;

/** Watches over a page: what ran, what got in as an element, what broke. */
export class Watch {
  readonly page: Page;
  readonly ran: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("response", (response) => {
      if (response.status() >= 500) this.ran.push(`${response.url()} answered ${response.status()}`);
    });
    page.on("dialog", (dialog) => {
      this.ran.push(`${page.url()}: ${dialog.type()} ${dialog.message()}`);
      dialog.dismiss().catch((error) => this.ran.push(String(error)));
    });
  }

  /** Opens it; gives the status of the answer. */
  async open(url: string): Promise<number> {
    const answer = await this.page.goto(url);
    await this.look();
    return answer?.status() ?? 0;
  }

  /** Notes what of the attack is on the page as anything but text. */
  async look(): Promise<void> {
    const injected = await inPage(this.page, "injected");
    this.ran.push(...injected.map((html) => `${this.page.url()}: ${html}`));
  }

  /** The page's text, fields included: where the attack is shown as what it is. */
  async text(): Promise<string> {
    return await inPage(this.page, "everything");
  }
}
