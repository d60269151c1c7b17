import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { stop } from "esbuild";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { buildPortal, SCRIPT_BUDGET, SCRIPT_TOTAL, scriptSizes } from "../../tools/portal_build.mjs";
import { PORTAL_BUILD, type PortalBuild, PortalFiles } from "./portal_files.ts";
import { webManifest } from "./web_manifest.ts";

Deno.test("the script that the page needs at once is within its budget, and so is all of it", () => {
  const { initial, total } = scriptSizes(PORTAL_BUILD);
  const kB = (octets: number) => (octets / 1000).toFixed(1);
  console.log(`portal script, gzip: ${kB(initial)} kB at once of ${kB(SCRIPT_BUDGET)} allowed, ${kB(total)} kB in all`);
  ok(initial > 0 && initial <= SCRIPT_BUDGET, `${initial} of ${SCRIPT_BUDGET} octets`);
  ok(total <= SCRIPT_TOTAL, `${total} of ${SCRIPT_TOTAL} octets`);
});

Deno.test("all that the page names is there, under names that change with what is in them", () => {
  const { entry, preload, style, mark, icons, texts, drawings, worker, files } = PORTAL_BUILD;
  const named = [entry, ...preload, style, mark, ...icons.map(({ url }) => url), ...Object.values(texts), drawings];
  for (const url of named) {
    ok(Object.hasOwn(files, url), url);
    match(url, /^\/portal\/assets\/[\w-]+\.[\w-]{8,}\.(?:js|css|svg|png|json)$/);
  }
  for (const url of Object.keys(files)) ok(worker.includes(`"${url}"`), `the service worker keeps ${url}`);
  ok(worker.includes(PORTAL_BUILD.version));
});

Deno.test("scripts name each other, and nothing on another host", () => {
  for (const [url, file] of Object.entries(PORTAL_BUILD.files)) {
    if (!url.endsWith(".js") || !("text" in file)) continue;
    const imported = [...file.text.matchAll(/(?:from|import\(|import)\s*"((?:\.|\/|https?:)[^"\s]*)"/g)].map((
      [, path],
    ) => path);
    for (const path of imported) {
      ok(Object.hasOwn(PORTAL_BUILD.files, new URL(path, `http://box${url}`).pathname), `${url} imports ${path}`);
    }
    ok(!/sourceMappingURL/.test(file.text), url);
  }
});

Deno.test("a page is built whole, or the fault is told with its place", async () => {
  const folder = await Deno.makeTempDir({ dir: "dist", prefix: "test-portal-" });
  try {
    await Deno.writeTextFile(`${folder}/later.ts`, "export const later = 1;");
    await Deno.writeTextFile(
      `${folder}/main.tsx`,
      'document.title = "x"; export const wait = () => import("./later.ts");',
    );
    const out = `${folder}/portal.json`;
    const page = await buildPortal({ entry: `${folder}/main.tsx`, out });
    deepEqual(JSON.parse(await Deno.readTextFile(out)), page);
    equal(page.preload.length, 0, "what is loaded later is not loaded at once");
    equal(Object.keys(page.files).filter((url) => url.endsWith(".js")).length, 2);
    const again = await buildPortal({ entry: `${folder}/main.tsx`, out });
    equal(again.version, page.version, "the same sources make the same version");

    await Deno.writeTextFile(`${folder}/main.tsx`, 'import "./nowhere.ts";');
    const fault = await buildPortal({ entry: `${folder}/main.tsx`, out }).then(
      () => "",
      ({ message }: Error) => message,
    );
    match(fault, /main\.tsx:1:7: ERROR: Could not resolve "\.\/nowhere\.ts"/);
    deepEqual(JSON.parse(await Deno.readTextFile(out)), page, "what was built before stays");
  } finally {
    // The bundler's own process would outlive the test.
    await stop();
    await Deno.remove(folder, { recursive: true });
  }
});

const TEXT = "console.log('ä');\n".repeat(50);
const BUILD: PortalBuild = {
  ...PORTAL_BUILD,
  worker: "self;",
  files: {
    "/portal/assets/a.12345678.js": { type: "text/javascript; charset=utf-8", text: TEXT },
    "/portal/assets/b.12345678.png": { type: "image/png", base64: btoa("png") },
  },
};

Deno.test("files are served compressed as the browser accepts, for ever; pictures as they are", async () => {
  const files = new PortalFiles(BUILD);
  const get = async (path: string, accept: string) => {
    const answer = files.answer(path, accept)!;
    return { answer, octets: new Uint8Array(await answer.arrayBuffer()) };
  };
  const script = "/portal/assets/a.12345678.js";
  for (
    const [accept, encoding, unpack] of [
      ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
      ["gzip, deflate, br;q=0", "gzip", gunzipSync],
      ["identity", null, (octets: Uint8Array) => octets],
    ] as const
  ) {
    const { answer, octets } = await get(script, accept);
    equal(answer.headers.get("content-encoding"), encoding);
    equal(Buffer.from(unpack(octets)).toString("utf8"), TEXT);
    match(answer.headers.get("cache-control")!, /immutable/);
    equal(answer.headers.get("vary"), "accept-encoding");
    equal(answer.headers.get("x-content-type-options"), "nosniff");
  }
  const picture = await get("/portal/assets/b.12345678.png", "br");
  equal(picture.answer.headers.get("content-encoding"), null);
  equal(new TextDecoder().decode(picture.octets), "png");
  equal(files.answer("/portal/assets/constructor", "br"), null);
});

Deno.test("the service worker is asked for anew each time, and may look after the page itself", () => {
  const { headers } = new PortalFiles(BUILD).worker("br");
  equal(headers.get("cache-control"), "no-cache");
  equal(headers.get("service-worker-allowed"), "/portal");
  match(headers.get("content-security-policy")!, /connect-src 'self'/);
});

Deno.test("the web manifest names icons that are PNG of the size they say", () => {
  const manifest = JSON.parse(webManifest(PORTAL_BUILD));
  equal(manifest.scope, "/portal");
  for (const { src, type, sizes } of manifest.icons) {
    if (type !== "image/png") continue;
    const file = PORTAL_BUILD.files[src];
    const png = Buffer.from("base64" in file ? file.base64 : "", "base64");
    equal(png.subarray(1, 4).toString(), "PNG");
    equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes);
  }
});
