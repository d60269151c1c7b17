/** What is asked of how a page looks and is made, whatever it is about. */
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import type { TestBrowser } from "../../support/browser.ts";
import { inPage } from "./in_page.ts";

const NARROW = { width: 360, height: 780 };
const WIDE = { width: 1280, height: 900 };
/** What does not change with colours is judged in light. */
const VIEWS = [
  ["light", WIDE, "all"],
  ["light", NARROW, "structure"],
  ["dark", NARROW, "colours"],
  ["dark", WIDE, "colours"],
] as const;

/** The page in both themes, at 360 and 1280 px: what is wrong, and a picture of each where wished. The page is left as it was. */
export async function lookAt(browser: TestBrowser, page: Page, name: string): Promise<string[]> {
  const found = await weightFaults(page);
  for (const [scheme, size, part] of VIEWS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const view = `${scheme}-${size.width}`;
    const faults = [...await faultsOf(page, { lang: "en", dir: "ltr" }), ...await browser.breaches(page, part)];
    found.push(...faults.map((fault) => `${view}: ${fault}`));
    await browser.shot(page, `${name}-${view}`);
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  return found;
}

/** Octets, compressed, of all scripts and of all styles of a page. */
const MOST = { script: 60_000, style: 25_000 } as const;

/** Faults of the page as it stands: its language and direction, and that nothing has to be scrolled sideways. */
export async function faultsOf(page: Page, expected: { lang: string; dir: string }): Promise<string[]> {
  const seen = await inPage(page, "seen");
  const faults: string[] = [];
  if (seen.lang !== expected.lang) faults.push(`lang is ${seen.lang}`);
  if (seen.dir !== expected.dir) faults.push(`dir is ${seen.dir}`);
  if (seen.scrolls > 0) faults.push(`scrolls ${seen.scrolls} px sideways: ${seen.beyond.join(" | ")}`);
  if (seen.cut.length > 0) faults.push(`is cut off: ${seen.cut.join(" | ")}`);
  if (seen.headings !== 1) faults.push(`${seen.headings} first headings`);
  if (!seen.title.endsWith(" · Parley")) faults.push(`title "${seen.title}"`);
  return faults;
}

const sizes = new Map<string, Promise<number>>();

/** Says where a page loads more script or style than it may. */
async function weightFaults(page: Page): Promise<string[]> {
  const urls = await inPage(page, "loaded");
  const faults: string[] = urls.inline > 0 ? [`${urls.inline} inline scripts or styles`] : [];
  for (const kind of ["script", "style"] as const) {
    let total = 0;
    for (const url of urls[kind]) {
      if (!sizes.has(url)) sizes.set(url, sizeOf(url));
      total += await sizes.get(url)!;
    }
    if (total === 0 || total > MOST[kind]) faults.push(`${total} octets of ${kind}, most ${MOST[kind]}`);
  }
  return faults;
}

async function sizeOf(url: string): Promise<number> {
  return gzipSync(await (await fetch(url)).bytes()).length;
}
