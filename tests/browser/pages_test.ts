/** Every page: accessible, in both themes and at both ends of width, in every language, light in weight. */
import { deepEqual, fail } from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Content, fill, PEOPLE } from "./support/content.ts";
import { faultsOf, lookAt } from "./support/looks.ts";
import { browserTest, press, speak, Stage } from "./support/stage.ts";
import { untranslated } from "./support/untranslated.ts";
import { go, NAV_PAGES, type Visit, visits, type Who } from "./support/visits.ts";

let stage: Stage;
let content: Content;
/** Somebody at each kind of page, twice: while one page is drawn the other one is judged. */
const lanes: Readonly<Record<Who, Page>>[] = [];

async function people(): Promise<Readonly<Record<Who, Page>>> {
  const [owner, auditor, user, nobody] = await Promise.all([
    stage.admin(),
    stage.admin("austin"),
    alice(),
    stage.browser.person(),
  ]);
  return { owner, auditor, user, nobody };
}

/** A user, signed in to the account. */
async function alice(): Promise<Page> {
  const page = await stage.browser.person();
  await page.goto(`${stage.origin}/account`);
  await page.locator('[name="uri"]').fill("sip:alice@example.test");
  await page.locator('[name="password"]').fill("pw-alice");
  await press(page, "main .button.primary");
  return page;
}

async function each(all: readonly Visit[], look: (page: Page, visit: Visit) => Promise<string[]>): Promise<void> {
  const faults: string[] = [];
  await Promise.all(lanes.map(async (at, lane) => {
    for (const visit of all.filter((_, i) => i % lanes.length === lane)) {
      try {
        const found = await look(at[visit.who], visit);
        faults.push(...found.map((fault) => `${visit.name}: ${fault}`));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        faults.push(`${visit.name}: ${text.split("\n").slice(0, 3).join(" ")}`);
      }
    }
  }));
  faults.push(...stage.browser.complaints);
  if (faults.length > 0) fail(`${faults.length} faults:\n${faults.join("\n")}`);
}

browserTest(
  "every page in light and dark, at 360 and 1280 px: no breach of WCAG, nothing beyond the edge, 60 kB of script at most",
  async () => {
    stage = await Stage.open(PEOPLE);
    content = await fill(stage);
    // One behind the other: an account lets one come in at a time.
    lanes.push(await people(), await people());
    const { browser, origin } = stage;
    await each(visits(content), async (page, visit) => {
      await go(page, origin, visit);
      const found = await lookAt(browser, page, visit.name);
      const said = await page.locator("main").innerText();
      if (visit.says !== undefined && !visit.says.test(said)) found.push(`does not say ${visit.says}: ${said}`);
      return found;
    });
  },
);

browserTest("what the navigation leads to is what was looked at", async () => {
  const page = lanes[0].owner;
  await page.goto(`${stage.origin}/admin`);
  const links = await page.locator("nav#nav li a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  deepEqual(links.toSorted(), NAV_PAGES.map((name) => name === "" ? "/admin" : `/admin/${name}`).toSorted());
});

for (const [locale, lang, dir] of [["de", "de", "ltr"], ["qps-rtl", "en-x-rtl", "rtl"]] as const) {
  browserTest(`every page in ${locale}: no breach of WCAG, nothing left in another language`, async () => {
    const { browser, origin } = stage;
    await each(visits(content), async (page, visit) => {
      await speak(page, origin, locale);
      await go(page, origin, visit);
      // The colours are those of the page in English.
      const found = [...await faultsOf(page, { lang, dir }), ...await browser.breaches(page, "structure")];
      if (locale === "qps-rtl") {
        found.push(...await untranslated(page, visit.data));
        await browser.shot(page, `${visit.name}-${locale}`);
      }
      return found;
    });
  });
}

browserTest("with a change that waits for its confirmation, and with one that waits for a restart", async () => {
  const { ada, browser, origin } = stage;
  const [{ owner, auditor }] = lanes;
  for (const page of [owner, auditor]) await speak(page, origin, "en");
  const faults: string[] = [];
  const look = async (page: Page, name: string, path: string) => {
    await page.goto(origin + path);
    if (await page.locator(".banner").count() !== 1) faults.push(`${name}: ${await page.locator("main").innerText()}`);
    faults.push(...(await lookAt(browser, page, name)).map((fault) => `${name}: ${fault}`));
  };
  await ada.settings({ "console.confirm_seconds": 600 });
  await stage.restarts(() => ada.settings({ "tls.client_certificates": "ask" }));
  await look(owner, "banner-confirm", "/admin/network");
  await look(auditor, "banner-confirm-auditor", "/admin");
  await press(owner, 'form[action="/admin/candidate"] [value="confirm"]');
  await ada.settings({ "registrar.min_expires": 90 });
  await look(owner, "banner-restart", "/admin");
  deepEqual([...faults, ...browser.complaints], []);
});

Deno.test.afterAll(async () => {
  for (const client of content?.sipClients ?? []) client.close();
  for (const device of content?.chatting ?? []) await device.vanish();
  await stage?.[Symbol.asyncDispose]();
});
