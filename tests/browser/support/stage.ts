/** What the tests of the console share: one box as it is shipped, one browser, people in it. */
import type { Page } from "playwright-core";
import { hasBrowser, TestBrowser, type View } from "../../support/browser.ts";
import { ParleyProcess, type TestUser, users } from "../../support/parley.ts";
import { freePort, interopTest } from "../../support/process.ts";
import { ADMIN_PASSWORD, eventually, originOf, Rest } from "../../support/rest.ts";

const there = hasBrowser();

/** A test in the browser: skipped, and said so, where there is none; with `programs`, also where one of those is missing. */
export function browserTest(name: string, body: () => Promise<void>, programs: readonly string[] = []): void {
  if (there && programs.length > 0) return interopTest(name, programs, body);
  Deno.test({ name, ignore: !there, sanitizeOps: false, sanitizeResources: false, fn: body });
}

/** A box with an owner called ada, and a browser. */
export class Stage implements AsyncDisposable {
  readonly box: ParleyProcess;
  readonly browser: TestBrowser;
  readonly ada: Rest;
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
  /** `https://127.0.0.1:8443` */
  readonly secureOrigin: string;

  private constructor(box: ParleyProcess, browser: TestBrowser, ada: Rest) {
    this.box = box;
    this.browser = browser;
    this.ada = ada;
    this.origin = originOf(box);
    this.secureOrigin = box.ready!.web.find((door) => door.startsWith("https://")) ?? "";
  }

  /** `settings`: lines of parley.toml beside the doors. */
  static async open(names: readonly string[] | readonly TestUser[], settings = ""): Promise<Stage> {
    const [sip, sips, http, https] = [freePort(), freePort(), freePort(), freePort()];
    const list = names.map((one) => typeof one === "string" ? users(one)[0] : one);
    const box = await ParleyProcess.start({
      users: list,
      port: sip,
      config: `[listen]\nsip = ["udp://127.0.0.1:${sip}", "tcp://127.0.0.1:${sip}", "tls://127.0.0.1:${sips}"]\n` +
        `web = ["http://127.0.0.1:${http}", "https://127.0.0.1:${https}"]\n${settings}`,
    });
    try {
      const ada = await Rest.setUp(box);
      return new Stage(box, await TestBrowser.open(), ada);
    } catch (error) {
      await box[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A person logged in to the console, as the owner or as this admin. */
  async admin(name = "ada", view: View = {}, password = ADMIN_PASSWORD): Promise<Page> {
    const page = await this.browser.person(view);
    await logIn(page, this.origin, name, password);
    return page;
  }

  /** Does what restarts the box, and waits until it runs again. */
  async restarts(change: () => Promise<unknown>): Promise<void> {
    const startedAt = async () => {
      // Between two lives of the box nobody answers.
      const answer = await this.ada.ask("GET", "/status").catch(() => null);
      return answer?.status === 200 ? answer.ok<{ started_at: number }>().started_at : null;
    };
    const before = await startedAt();
    await change();
    await eventually(async () => ![null, before].includes(await startedAt()), "the box has restarted");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
    await this.box[Symbol.asyncDispose]();
  }
}

/** Fills in the log-in form and waits for the page behind it. */
export async function logIn(page: Page, origin: string, name: string, password = ADMIN_PASSWORD): Promise<void> {
  await page.goto(`${origin}/admin/log-in`);
  await page.locator('[name="name"]').fill(name);
  await page.locator('[name="password"]').fill(password);
  await press(page, "main form button.primary");
  if (page.url() !== `${origin}/admin`) throw new Error(`${page.url()}: ${await page.locator("main").innerText()}`);
}

/** Presses what leads to another page, or to the same anew, and waits until that is there. */
export async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent("domcontentloaded"), page.locator(selector).first().click()]);
}

/** The pages' language from now on, in all of this person's tabs. */
export async function speak(page: Page, origin: string, locale: "en" | "de" | "qps-rtl"): Promise<void> {
  await page.context().addCookies([{ name: "parley_locale", value: locale, url: origin }]);
}
