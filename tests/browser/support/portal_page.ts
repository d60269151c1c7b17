/** The users' page as a person uses it: by what it shows and by what can be pressed, never by its model. */
import { Buffer } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import type { Locator, Page } from "playwright-core";
import type { TestBrowser, View } from "../../support/browser.ts";
import { passwordOf } from "../../support/parley.ts";
import { eventually } from "../../support/rest.ts";

/** As long as a step of a page may take on a busy machine. */
const PATIENCE_MS = 40_000;

/**
 * Waits until this expression is true in the page. Asked from outside each time: the page's policy allows no script that is made of text,
 * which is how the driver's own wait asks again. A page that is just being left is asked once more.
 */
export async function holdsIn(page: Page, expression: string): Promise<void> {
  const asked = async () => {
    try {
      return await page.evaluate(expression) === true;
    } catch (error) {
      if (/Execution context was destroyed|Cannot find context/.test(String(error))) return false;
      throw error;
    }
  };
  await eventually(asked, `in the page: ${expression}`, PATIENCE_MS);
}

/** A message of a conversation, as it is read. `state`: the words of a message of one's own. */
export interface Shown {
  readonly own: boolean;
  readonly text: string;
  readonly state: string;
}

/** One person at `/portal`. */
export class PortalPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /**
   * Signs in by password, and waits until the page is connected. `keeps`: the answer to whether conversations are recorded. `prepare`: has the
   * page before anything is loaded.
   */
  static async signIn(
    browser: TestBrowser,
    origin: string,
    name: string,
    { keeps, view, prepare }: {
      readonly keeps?: boolean;
      readonly view?: View;
      readonly prepare?: (page: Page) => Promise<unknown>;
    } = {},
  ): Promise<PortalPage> {
    const page = await browser.person(view);
    await prepare?.(page);
    await page.goto(`${origin}/portal`);
    await page.getByLabel("SIP address").fill(name);
    await page.getByRole("textbox", { name: "Password" }).fill(passwordOf(name));
    await page.getByLabel("Stay signed in").check();
    await page.getByRole("button", { name: "Sign in" }).click();
    const portal = new PortalPage(page);
    await portal.online();
    if (keeps !== undefined) {
      await page.getByRole("button", { name: keeps ? "Keep them" : "Do not keep them", exact: true }).click();
      await page.getByText("Should your conversations be kept?").waitFor({ state: "detached" });
    }
    return portal;
  }

  /** Waits until there is a way to the service. */
  async online(): Promise<void> {
    await this.page.locator(".connection.online").waitFor({ state: "attached" });
  }

  /** Waits until the page says in words that there is none. */
  async says(words: string | RegExp): Promise<void> {
    await this.page.locator(".connection [role=status]").getByText(words).waitFor();
  }

  /** `#/people`; waits for what is only there. */
  async go(place: string, waitFor = ".page h1"): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await this.page.locator(waitFor).first().waitFor();
  }

  async list(): Promise<void> {
    await this.go("#/", ".app[data-page=list]");
  }

  /** Opens the conversation with somebody, or in a room. */
  async talk(uri: string): Promise<void> {
    await this.go(`#/with/${encodeURIComponent(uri)}`, ".composer textarea");
  }

  /** Opens the conversation that the list shows under this name. */
  async pick(title: string): Promise<void> {
    await this.row(title).click();
    await this.page.locator(".composer textarea").waitFor();
  }

  /** The row of a conversation in the list. */
  row(title: string): Locator {
    return this.page.locator("a.talk").filter({ has: this.page.locator(".talk-name bdi", { hasText: title }) });
  }

  /** Writes and sends by the enter key. */
  async write(...texts: readonly string[]): Promise<void> {
    const field = this.page.locator(".composer textarea");
    for (const text of texts) {
      await field.fill(text);
      await field.press("Enter");
    }
  }

  /** All that stands in the conversation that is open, in its order. */
  shown(): Promise<Shown[]> {
    return this.page.locator(".log .message").evaluateAll((rows) =>
      rows.map((row) => ({
        own: row.classList.contains("own"),
        text: row.querySelector(".said, .card-name")?.textContent ?? "",
        state: row.querySelector(".state .unseen")?.textContent ?? "",
      }))
    );
  }

  /** Waits until the conversation that is open holds these texts and no others: what others said, and what is one's own. */
  async holds(theirs: readonly string[], own: readonly string[], states?: RegExp): Promise<void> {
    await settles(`${this.page.url()} holds all once and in order`, async () => {
      const shown = await this.shown();
      const left = {
        theirs: shown.filter((one) => !one.own).map(({ text }) => text),
        own: shown.filter((one) => one.own).map(({ text }) => text),
        states: states === undefined
          ? []
          : shown.filter((one) => one.own && !states.test(one.state)).map(({ text, state }) => `${text}: ${state}`),
      };
      return [left, { theirs: [...theirs], own: [...own], states: [] }];
    });
  }

  /** Waits until this many are unread in that conversation, as its row says; and so many in all, as the way there says. */
  async unread(title: string, count: number, all = count): Promise<void> {
    await settles(`${title} has ${count} unread of ${all}`, async () => {
      const words = (locator: Locator) => locator.allTextContents();
      const row = await words(this.row(title).locator(".badge .unseen"));
      const place = await words(this.page.locator(".places li").first().locator(".badge"));
      return [[row, place], [count === 0 ? [] : [`${count} unread`], all === 0 ? [] : [`${all}`]]];
    });
  }

  /** Begins a conversation by the button for it. */
  async begin(people: readonly string[], subject = ""): Promise<void> {
    // An empty list offers it as well.
    await this.page.getByRole("button", { name: "New conversation" }).first().click();
    const dialog = this.page.locator("dialog[open]");
    for (const one of people) {
      await dialog.getByLabel("To", { exact: true }).fill(one);
      await dialog.getByLabel("To", { exact: true }).press("Enter");
    }
    if (people.length > 1) await dialog.getByLabel("What it is about").fill(subject);
    await dialog.getByRole("button", { name: "Begin", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await this.page.locator(".composer textarea").waitFor();
  }

  /** Sends a file in the conversation that is open. */
  async attach(name: string, type: string, content: Uint8Array): Promise<void> {
    const file = { name, mimeType: type, buffer: Buffer.from(content) };
    await this.page.locator(".composer input[type=file]").setInputFiles(file);
  }

  /** Saves the file of that name; its octets. */
  async save(name: string): Promise<Uint8Array> {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.getByRole("button", { name: `Save ${name}` }).click(),
    ]);
    return await Deno.readFile(await download.path());
  }
}

/** Waits until what is looked at is as it should be; fails with what it was last. */
export async function settles(what: string, look: () => Promise<readonly [unknown, unknown]>): Promise<void> {
  let last: unknown;
  try {
    await eventually(
      async () => {
        const [found, wanted] = await look();
        last = found;
        return isDeepStrictEqual(found, wanted);
      },
      what,
      PATIENCE_MS,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`, { cause: error });
  }
}
