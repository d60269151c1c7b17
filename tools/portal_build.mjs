// Builds the users' page: the script of `portal/browser/main.tsx` in chunks, its data (texts in each language, drawings), style
// sheet, service worker, icons and web manifest, all in one file, `dist/portal/portal.json`, from which roles/portal serves them.
//
//     node tools/portal_build.mjs             builds
//     node tools/portal_build.mjs --sizes     and says how large the script is, compressed
//     … --entry FILE --out FILE               another page, for tests
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { iconPng, MARK_SVG } from "./portal_icons.mjs";
import { throughDoors } from "./through_doors.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where all files of the page are, under names that change with what is in them. */
const ASSETS = "/portal/assets";
const JSON_TYPE = "application/json; charset=utf-8";
/** What the page is made of. */
const SOURCES = ["portal", "client", "transport", "foundation"];
const OTHER_SOURCES = [
  "package-lock.json",
  "tools/portal_build.mjs",
  "tools/portal_icons.mjs",
  "tools/through_doors.mjs",
  "web/ui/css/tokens.css",
  "web/ui/css/base.css",
];
/** Style sheets that come before those of the page; the first declares the order of the layers. */
const SHARED_STYLES = ["web/ui/css/tokens.css", "web/ui/css/base.css"];
const LANGUAGES = ["en", "de", "fr"];
const DRAWINGS = "portal/view/kit/drawings.ts";
/** Imported by the entry while it asks who is signed in: without it there is nothing to see. */
const SECOND = "portal/browser/page.tsx";
/** Octets of script, compressed, that the page may need before it shows anything: 120 kB. */
export const SCRIPT_BUDGET = 120_000;
/** Octets of all script together, compressed, that one user can ever load: what is reached, so that it grows only where somebody says so. */
export const SCRIPT_TOTAL = 205_000;

export const PORTAL = { entry: "portal/browser/main.tsx", out: "dist/portal/portal.json" };

/** Builds where something is newer than what was built. Rejects with what the bundler says. */
export async function ensurePortal() {
  const out = join(ROOT, PORTAL.out);
  if (existsSync(out) && newest() <= statSync(out).mtimeMs) return false;
  await buildPortal(PORTAL);
  return true;
}

/** When a source, or a folder of sources, last changed: a file that is gone changes its folder. */
function newest() {
  let latest = 0;
  const look = (path) => latest = Math.max(latest, statSync(path).mtimeMs);
  const walk = (folder) => {
    look(folder);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!/^test(?:ing|data)$/.test(entry.name)) walk(path);
      } else if (/\.(?:tsx?|css)$/.test(entry.name) && !/_test\.tsx?$/.test(entry.name)) look(path);
    }
  };
  for (const name of SOURCES) walk(join(ROOT, name));
  for (const name of OTHER_SOURCES) look(join(ROOT, name));
  return latest;
}

/** Builds the page of `entry` and writes it to `out`, whole or not at all. Paths are from the root of the repository. */
export async function buildPortal({ entry, out }) {
  // Only now: who builds nothing does without the bundler.
  const { build, transform } = await import("esbuild");
  const usual = {
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    target: "es2023",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    write: false,
  };
  /** @type {Record<string, { type: string, text: string } | { type: string, base64: string }>} */
  const files = {};
  const add = (name, type, content) => {
    const url = `${ASSETS}/${name}`;
    files[url] = typeof content === "string" ? { type, text: content } : { type, base64: content.toString("base64") };
    return url;
  };
  const hashed = (name, extension, content) =>
    `${name}.${createHash("sha256").update(content).digest("hex").slice(0, 10)}.${extension}`;
  const data = await portalData();
  const texts = Object.fromEntries(
    Object.entries(data.texts).map(([tag, json]) => [tag, add(hashed(tag, "json", json), JSON_TYPE, json)]),
  );
  const drawings = add(hashed("drawings", "json", data.drawings), JSON_TYPE, data.drawings);
  const script = await build({
    ...usual,
    entryPoints: [{ in: resolve(ROOT, entry), out: "portal" }],
    outdir: "out",
    entryNames: "[name].[hash]",
    chunkNames: "[name].[hash]",
    format: "esm",
    splitting: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    metafile: true,
    plugins: [throughDoors()],
    define: dataAt(texts, drawings),
  });
  for (const { path, text } of script.outputFiles) {
    add(relative(join(ROOT, "out"), path), "text/javascript; charset=utf-8", text);
  }
  const [first, ...further] = initialScripts(script.metafile).map((path) => `${ASSETS}/${relative("out", path)}`);
  const { code: css } = await transform(styles(), { loader: "css", minify: true, target: "es2023", charset: "utf8" });
  const style = add(hashed("portal", "css", css), "text/css; charset=utf-8", css);
  const icons = [192, 512].map((size) => {
    const png = iconPng(size);
    return { size, url: add(hashed(`icon-${size}`, "png", png), "image/png", png) };
  });
  const mark = add(hashed("mark", "svg", MARK_SVG), "image/svg+xml", MARK_SVG);
  const version = createHash("sha256").update(Object.keys(files).sort().join(" ")).digest("hex").slice(0, 16);
  const worker = await build({
    ...usual,
    entryPoints: ["portal/browser/service_worker.ts"],
    format: "iife",
    define: { PORTAL_VERSION: JSON.stringify(version), PORTAL_FILES: JSON.stringify(Object.keys(files)) },
  });
  const page = {
    version,
    /** The script to start with, those that it needs at once, and the style sheet. */
    entry: first,
    preload: further,
    style,
    mark,
    icons,
    /** Where the texts of each language are, and the drawings. */
    texts,
    drawings,
    worker: worker.outputFiles[0].text,
    files,
  };
  const path = resolve(ROOT, out);
  mkdirSync(dirname(path), { recursive: true });
  // Two builds at once write the same; a reader never sees half of one.
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, JSON.stringify(page));
  renameSync(unfinished, path);
  return page;
}

/**
 * What the page shows and does not run, as JSON: `texts`, catalogues by area, of each language, and `drawings`. It is written as modules, so
 * that types know its names.
 */
export async function portalData() {
  const { build } = await import("esbuild");
  const entryPoints = [...LANGUAGES.map((tag) => `portal/view/languages/${tag}.ts`), DRAWINGS];
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: "out",
    bundle: true,
    format: "esm",
    logLevel: "silent",
    write: false,
  });
  const values = await Promise.all(outputFiles.map(async ({ contents }) => {
    const module = await import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`);
    return JSON.stringify(Object.values(module)[0]);
  }));
  return {
    texts: Object.fromEntries(LANGUAGES.map((tag, at) => [tag, values[at]])),
    drawings: values[LANGUAGES.length],
  };
}

/** What the script knows of its data: where they are. */
export function dataAt(texts, drawings) {
  return { PORTAL_TEXTS: JSON.stringify(texts), PORTAL_DRAWINGS: JSON.stringify(drawings) };
}

/** The entry, what it waits for, and all that these import without waiting to be asked, by their paths in the metafile. */
function initialScripts({ outputs }) {
  const paths = Object.keys(outputs);
  const entry = paths.find((path) => /^out\/portal\.\w+\.js$/.test(path) && outputs[path].entryPoint);
  const found = new Set([entry, ...paths.filter((path) => outputs[path].entryPoint === SECOND)]);
  for (const path of found) {
    for (const { path: needed, kind } of outputs[path].imports) if (kind === "import-statement") found.add(needed);
  }
  return [...found];
}

/** All style sheets in one text. Colours and what holds for every page are those of the console. */
function styles() {
  const folder = join(ROOT, "portal/view/css");
  const own = readdirSync(folder).filter((name) => name.endsWith(".css")).sort().map((name) => join(folder, name));
  return [...SHARED_STYLES.map((path) => join(ROOT, path)), ...own].map((path) => readFileSync(path, "utf8")).join(
    "\n",
  );
}

/**
 * Octets, compressed: of script what is loaded at once, and all that there is, the service worker counted; of data the
 * drawings and the texts of each language, of which a page needs one.
 */
export function scriptSizes({ entry, preload, files, texts, drawings, worker }) {
  const packed = (text) => gzipSync(text, { level: 9 }).length;
  const sizes = Object.keys(files).filter((url) => url.endsWith(".js")).map((url) => [url, packed(files[url].text)]);
  const initial = new Set([entry, ...preload]);
  const sum = (some) => some.reduce((total, [, octets]) => total + octets, 0);
  const data = Object.entries({ ...texts, drawings }).map(([name, url]) => [name, packed(files[url].text)]);
  const workerSize = packed(worker);
  return {
    initial: sum(sizes.filter(([url]) => initial.has(url))),
    total: sum(sizes) + workerSize,
    worker: workerSize,
    files: sizes,
    data,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { sizes: { type: "boolean" }, entry: { type: "string" }, out: { type: "string" } };
  const { values } = parseArgs({ options });
  try {
    const page = await buildPortal({ entry: values.entry ?? PORTAL.entry, out: values.out ?? PORTAL.out });
    if (values.sizes) {
      const { initial, total, worker, files, data } = scriptSizes(page);
      const kB = (octets) => `${(octets / 1000).toFixed(1).padStart(7)} kB`;
      for (const [url, octets] of files.sort(([, a], [, b]) => b - a)) {
        const when = url === page.entry || page.preload.includes(url) ? "at once" : "later";
        console.log(`${kB(octets)}  ${when.padEnd(7)}  ${url.slice(ASSETS.length + 1)}`);
      }
      console.log(`${kB(worker)}  service worker`);
      console.log(`${kB(initial)}  script at once, of ${kB(SCRIPT_BUDGET).trim()} allowed`);
      console.log(`${kB(total)}  script in all, of ${kB(SCRIPT_TOTAL).trim()} allowed`);
      for (const [name, octets] of data) console.log(`${kB(octets)}  data: ${name}`);
    }
  } catch (error) {
    console.error(`portal: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
