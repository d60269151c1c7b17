import type { Page } from "playwright-core";
import { inPage } from "./in_page.ts";

/** Places of data, of code, and of words of another language that are marked so. */
const PLACES = "bdi, code, time, pre, [lang=en], [lang=de], .brand, .num, output, textarea, .account-name, .method";

/** What is no language: figures with their units, moments, addresses, names of the tests' people, protocol's words. */
const DATA: readonly RegExp[] = [
  /^[+\d.,:\s]+ ?(?:bytes?|kB|MB|GB|ms|s|AM|PM)?$/,
  /^(?:MB|kB|bytes|ms)$/,
  /^[A-Z][a-z]{2} \d{1,2}, \d{4}(?:, \d{1,2}:\d{2} [AP]M)?$/,
  /(?:^|[ :<])sips?:|@|^<?\w+:\/\/|example\.test|^127\.0\.0\.1/,
  /^(?:Alice Liddell|دورا|Donaudampf.*|Erin|Maintenance tonight at ten\.|On leave until spring\.|The Lobby|Lunch on Friday)$/,
  /^(?:English|Deutsch|Pseudo \(RTL\))$/,
  /^(?:ada|austin|hilda|oz|tina|Ada|(?:austin|hilda|oz|tina) the [a-z-]+)$/,
  /Mozilla\/5\.0|Chrome \d+|Deno\/\d/,
  /^(?:UDP|TCP|TLS|WS|WSS|Parley|: parley-\S+\.parley|parley-\S+\.parley)$/,
];

/**
 * Texts of a page in the pseudo-locale that came from no catalogue: what did is marked there. `data`: selectors of more places
 * where this page has data.
 */
export async function untranslated(page: Page, data = ""): Promise<string[]> {
  const found = await inPage(page, "unmarked", data === "" ? PLACES : `${PLACES}, ${data}`);
  return found.filter(({ text }) => !DATA.some((one) => one.test(text))).map(({ place, text }) =>
    `not translated: ${place} ${text}`
  );
}
