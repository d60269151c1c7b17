import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { Hono } from "hono";
import base from "./css/base.css" with { type: "text" };
import components from "./css/components.css" with { type: "text" };
import density from "./css/density.css" with { type: "text" };
import frame from "./css/frame.css" with { type: "text" };
import insight from "./css/insight.css" with { type: "text" };
import settings from "./css/settings.css" with { type: "text" };
import tokens from "./css/tokens.css" with { type: "text" };
import islands from "./scripts/islands.js" with { type: "text" };

/** A file of the pages, under a name that changes with what is in it. */
export interface Asset {
  /** `/assets/islands.0a1b2c3d4e.js` */
  readonly url: string;
  readonly text: string;
  /** The same compressed: there is nothing secret in it. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const TYPES = { css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8", svg: "image/svg+xml" } as const;
const assets = new Map<string, Asset>();

/** Declares a file, once, at the top of a module. Scripts are ES modules without imports, plain JavaScript. */
export function defineAsset(name: string, extension: keyof typeof TYPES, text: string): Asset {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  const gzip = new Uint8Array(gzipSync(text));
  const asset = { url: `/assets/${name}.${hash}.${extension}`, text, gzip, type: TYPES[extension] };
  assets.set(asset.url, asset);
  return asset;
}

/** Without comments and needless white space. For style sheets without strings that hold either. */
export function smallCss(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ").replace(/\s*([{};,>])\s*/g, "$1")
    .replace(/:\s+/g, ":").replace(/;}/g, "}").trim();
}

// Tokens first: that file declares the order of the layers.
export const STYLES = defineAsset(
  "parley",
  "css",
  smallCss([tokens, base, frame, components, insight, settings, density].join("\n")),
);
export const ISLANDS = defineAsset("islands", "js", islands);

// Two speech bubbles in one letter; see Mark.
export const FAVICON = defineAsset(
  "mark",
  "svg",
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>path{fill:#0a6a66}@media(prefers-color-scheme:dark)' +
    "{path{fill:#63cfc0}}circle{fill:#ff9d80}</style>" +
    '<path d="M4 29V13.5A10.5 10.5 0 0 1 14.5 3h3a10.5 10.5 0 0 1 0 21H12z"/>' +
    '<circle cx="11" cy="13.5" r="1.9"/><circle cx="16" cy="13.5" r="1.9"/><circle cx="21" cy="13.5" r="1.9"/></svg>',
);

/** All that is declared, for tests. */
export function allAssets(): readonly Asset[] {
  return [...assets.values()];
}

/** Serves `/assets/…`. The name changes with the content, so it may be kept for ever. */
export function assetRoutes(): Hono {
  return new Hono().get("/assets/:name", (c) => {
    const asset = assets.get(c.req.path);
    if (asset === undefined) return c.text("Not found\n", 404);
    const zipped = /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:[,\s]|$))/i.test(c.req.header("accept-encoding") ?? "");
    return c.body(zipped ? asset.gzip : asset.text, 200, {
      ...(zipped ? { "content-encoding": "gzip" } : {}),
      "vary": "accept-encoding",
      "content-type": asset.type,
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
  });
}
