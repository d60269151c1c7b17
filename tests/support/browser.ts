import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import axe from "axe-core";

/** Where Debian has it. */
export const CHROMIUM = "/usr/bin/chromium";
/** Pictures are build output: looked at, not committed. They judge nothing, so they are made where `PARLEY_PICTURES` is set. */
const SHOTS = new URL("../../dist/screenshots/", import.meta.url).pathname;
export const PICTURES = (Deno.env.get("PARLEY_PICTURES") ?? "") !== "";

/** Flags without which Chromium asks hosts of its own at every start. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** For each step of a page, on a busy machine; and for a picture. */
const PATIENCE_MS = 40_000, SHOT_MS = 15_000;

/** True where Chromium is there; else says why the test is skipped, in the words that CI looks for. */
export function hasBrowser(): boolean {
  try {
    Deno.statSync(CHROMIUM);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`SKIPPED interop: ${CHROMIUM} is not installed (Debian package chromium)`);
    return false;
  }
}

/** How a page is looked at. */
export interface View {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly script?: boolean;
  readonly locale?: string;
}

/** One breach of an accessibility rule, as a line. */
export type Breach = string;

/** Headless Chromium, with what the tests of pages need. Every request to another host than the page's own is a failure. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  /** Requests to other hosts, errors on pages, refusals by the content security policy. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS }));
  }

  /** A browser of somebody's own: its cookies are nobody else's. */
  async person({ scheme = "light", width = 1280, script = true, locale = "en-GB" }: View = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      ignoreHTTPSErrors: true,
      colorScheme: scheme,
      javaScriptEnabled: script,
      locale,
      viewport: { width, height: 900 },
      acceptDownloads: true,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (/content security policy|refused to/i.test(message.text())) {
        this.complaints.push(`${page.url()}: ${message.text()}`);
      }
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && /\/assets\//.test(response.url())) {
        this.complaints.push(`${page.url()}: ${response.status()} for ${response.url()}`);
      }
    });
    page.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      const local = protocol === "data:" || protocol === "blob:" || ["127.0.0.1", "localhost"].includes(hostname);
      if (!local) this.complaints.push(`${page.url()}: asks ${request.url()}`);
    });
    return page;
  }

  /**
   * Breaches of WCAG 2.2 A and AA on a page, by axe. `part`: of its colours alone, which take the longest to judge, or of all
   * else. Empty: none found.
   */
  async breaches(page: Page, part: "all" | "colours" | "structure" = "all"): Promise<Breach[]> {
    // Past the content security policy: by the debugger, not by a script element.
    if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source);
    const results = await page.evaluate(async (part) => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const found = await axe.run({
        runOnly: part === "colours" ? { type: "rule", values: ["color-contrast"] } : { type: "tag", values: levels },
        rules: { "color-contrast": { enabled: part !== "structure" } },
        resultTypes: ["violations"],
      });
      return found.violations.map(({ id, help, nodes }) =>
        `${id}: ${help} (${nodes.length}): ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`
      );
    }, part);
    return results.map((text) => `${new URL(page.url()).pathname}: ${text}`);
  }

  /** A picture of the whole page under `dist/screenshots/`, where pictures are wished for. */
  async shot(page: Page, name: string): Promise<void> {
    if (!PICTURES) return;
    await Deno.mkdir(SHOTS, { recursive: true });
    const options = { path: `${SHOTS}${name}.png`, fullPage: true, animations: "disabled", timeout: SHOT_MS } as const;
    try {
      await page.screenshot(options);
    } catch (error) {
      // A headless browser now and then loses the frame it waits for; asked again it gives the picture.
      if (!(error instanceof Error) || error.name !== "TimeoutError") throw error;
      await page.screenshot(options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
  }
}
