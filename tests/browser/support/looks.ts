/** What is asked of how a page looks and is made, whatever it is about. */
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { inPage } from "./in_page.ts";

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
export async function weightFaults(page: Page): Promise<string[]> {
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

/** What is data or somebody's own words, and so in no catalogue. */
const DATA = "bdi, code, time, pre, kbd, samp, [lang=en], [lang=de], .brand, .num, output, textarea, [data-data]";

/** Texts of a page in the pseudo-locale that did not come from a catalogue: each is marked there. */
export async function untranslated(page: Page): Promise<string[]> {
  return await inPage(page, "unmarked", DATA);
}
