import assert from "node:assert/strict";
import { allAssets, assetRoutes, ISLANDS, smallCss, STYLES } from "../assets.ts";
import base from "./base.css" with { type: "text" };
import components from "./components.css" with { type: "text" };
import frame from "./frame.css" with { type: "text" };
import tokens from "./tokens.css" with { type: "text" };

const PAIR = /--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g;
const COLOURS = new Map([...tokens.matchAll(PAIR)].map(([, name, light, dark]) => [name, { light, dark }]));

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((one) =>
    one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** What stands on what: text on a ground, at least 4.5 to 1; edges and signs at least 3 to 1 (SC 1.4.3, 1.4.11). */
const TEXTS: [text: string, grounds: string[]][] = [
  ["ink", ["paper", "sheet", "sunk", "accent-wash", "danger-wash", "warn-wash", "ok-wash", "info-wash"]],
  ["ink-soft", ["paper", "sheet", "sunk"]],
  ["accent", ["paper", "sheet", "accent-wash"]],
  ["accent-strong", ["paper", "sheet", "accent-wash"]],
  ["on-accent", ["accent", "accent-strong"]],
  ["danger", ["sheet", "paper", "danger-wash"]],
  ["on-danger", ["danger", "danger-strong"]],
  ["warn", ["warn-wash", "sheet"]],
  ["ok", ["ok-wash", "sheet"]],
  ["info", ["info-wash", "sheet"]],
  ["on-night", ["night", "night-soft"]],
  ["on-night-soft", ["night"]],
];
const EDGES: [string, string[]][] = [
  ["edge", ["sheet", "paper"]],
  ["accent", ["sunk", "sheet"]],
  ["night-mark", ["night"]],
  ["coral", ["sheet"]],
];

for (const [rules, least] of [[TEXTS, 4.5], [EDGES, 3]] as const) {
  for (const [name, grounds] of rules) {
    Deno.test(`${name} is seen on ${grounds.join(", ")}, light and dark`, () => {
      for (const ground of grounds) {
        for (const scheme of ["light", "dark"] as const) {
          const found = contrast(COLOURS.get(name)![scheme], COLOURS.get(ground)![scheme]);
          assert.ok(found >= least, `${name} on ${ground}, ${scheme}: ${found.toFixed(2)}`);
        }
      }
    });
  }
}

Deno.test("styles and scripts stay small, and name no other host", () => {
  const kit = smallCss([tokens, base, frame, components].join("\n"));
  assert.ok(kit.length <= 25_000, `${kit.length} octets of CSS for all pages`);
  assert.ok(STYLES.gzip.length <= 10_000, `${STYLES.gzip.length} octets of CSS as sent`);
  assert.ok(ISLANDS.gzip.length <= 15_000, `${ISLANDS.gzip.length} octets of script as sent`);
  for (const { url, text } of allAssets()) {
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:\/\/|@import|url\(/, url);
  }
});

Deno.test("files of pages are kept for ever, under names that change with them, and sent compressed", async () => {
  const routes = assetRoutes();
  const plain = await routes.request(STYLES.url);
  assert.equal(await plain.text(), STYLES.text);
  assert.match(plain.headers.get("cache-control")!, /max-age=31536000, immutable/);
  assert.equal(plain.headers.get("content-type"), "text/css; charset=utf-8");
  const zipped = await routes.request(ISLANDS.url, { headers: { "accept-encoding": "br, gzip" } });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  const text = zipped.body!.pipeThrough(new DecompressionStream("gzip"));
  assert.equal(await new Response(text).text(), ISLANDS.text);
  const refusing = await routes.request(ISLANDS.url, { headers: { "accept-encoding": "gzip;q=0" } });
  assert.equal(refusing.headers.get("content-encoding"), null);
  await refusing.body?.cancel();
  assert.equal((await routes.request("/assets/parley.0000000000.css")).status, 404);
});

Deno.test("only logical properties, so that right-to-left needs no rules of its own", () => {
  assert.doesNotMatch(
    STYLES.text,
    /[{;](?:margin|padding|border|inset)?-?(?:left|right)\s*:|text-align:(?:left|right)/,
  );
  assert.doesNotMatch(STYLES.text, /[{;](?:width|height|min-width|max-width):/);
});
