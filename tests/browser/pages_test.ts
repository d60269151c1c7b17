/** Every page: accessible, in both themes and at both ends of width, in every language, light in weight. */
import { fail } from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Content, fill, PEOPLE } from "./support/content.ts";
import { faultsOf, untranslated, weightFaults } from "./support/looks.ts";
import { browserTest, speak, Stage } from "./support/stage.ts";
import { go, type Visit, visits, type Who } from "./support/visits.ts";

let stage: Stage;
let content: Content;
const lanes: People[] = [];

const NARROW = { width: 360, height: 780 }, WIDE = { width: 1280, height: 900 };

/** Somebody at each kind of page. */
type People = Readonly<Record<Who, Page>>;

async function people(): Promise<People> {
  const { browser, origin } = stage;
  const auditor = await stage.admin("austin");
  const user = await browser.person();
  await user.goto(`${origin}/account`);
  await user.locator('[name="uri"]').fill("sip:alice@example.test");
  await user.locator('[name="password"]').fill("pw-alice");
  await Promise.all([user.waitForEvent("domcontentloaded"), user.locator("main .button.primary").click()]);
  return { owner: await stage.admin(), auditor, user, nobody: await browser.person() };
}

/** Two at a time: while one page is drawn the other one is judged. */
async function each(all: readonly Visit[], look: (page: Page, visit: Visit) => Promise<string[]>): Promise<string[]> {
  const faults: string[] = [];
  const lane = async (at: People, own: readonly Visit[]) => {
    for (const visit of own) {
      const page = at[visit.who];
      try {
        faults.push(...(await look(page, visit)).map((fault) => `${visit.name}: ${fault}`));
      } catch (error) {
        faults.push(
          `${visit.name}: ${error instanceof Error ? error.message.split("\n").slice(0, 3).join(" ") : error}`,
        );
      }
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: "light" });
    }
  };
  await Promise.all(lanes.map((at, odd) => lane(at, all.filter((_, i) => i % 2 === odd))));
  return faults;
}

browserTest(
  "every page in light and dark, at 360 and 1280 px: no breach of WCAG, nothing beyond the edge",
  async () => {
    stage = await Stage.open(PEOPLE);
    content = await fill(stage);
    lanes.push(await people(), await people());
    const { browser, origin } = stage;
    const faults = await each(visits(content), async (page, visit) => {
      const found: string[] = [];
      await go(page, origin, visit);
      found.push(...await weightFaults(page));
      for (const [scheme, size] of [["light", WIDE], ["light", NARROW], ["dark", NARROW], ["dark", WIDE]] as const) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        const view = `${scheme}-${size.width}`;
        found.push(...(await faultsOf(page, { lang: "en", dir: "ltr" })).map((fault) => `${view}: ${fault}`));
        // What does not change with the colours was seen in light.
        const rules = scheme === "dark" ? ["color-contrast"] : undefined;
        found.push(...(await browser.breaches(page, rules)).map((fault) => `${view}: ${fault}`));
        await browser.shot(page, `${visit.name}-${view}`);
      }
      return found;
    });
    none([...faults, ...browser.complaints]);
  },
);

for (const [locale, lang, dir] of [["de", "de", "ltr"], ["qps-rtl", "en-x-rtl", "rtl"]] as const) {
  browserTest(`every page in ${locale}: no breach of WCAG, nothing left in another language`, async () => {
    const { browser, origin } = stage;
    const faults = await each(visits(content), async (page, visit) => {
      await speak(page, origin, locale);
      await go(page, origin, visit);
      const found = [...await faultsOf(page, { lang, dir }), ...await browser.breaches(page)];
      if (locale === "qps-rtl") found.push(...(await untranslated(page)).map((text) => `not translated: ${text}`));
      await browser.shot(page, `${visit.name}-${locale}`);
      return found;
    });
    none([...faults, ...browser.complaints]);
  });
}

Deno.test.afterAll(async () => {
  for (const client of content?.sipClients ?? []) client.close();
  await stage?.[Symbol.asyncDispose]();
});

function none(faults: readonly string[]): void {
  if (faults.length > 0) fail(`${faults.length} faults:\n${faults.join("\n")}`);
}
