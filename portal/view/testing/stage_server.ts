/**
 * The page on a stage: its real components with a fake model, on loopback, under the rules of the real page. For tests, and to look at
 * it: `deno run -A portal/view/testing/stage_server.ts [port]` prints its address.
 */
import { build, stop } from "esbuild";
import { dataAt, portalData } from "../../../tools/portal_build.mjs";

const ROOT = new URL("../../../", import.meta.url).pathname;
const SHARED_STYLES = ["tokens.css", "base.css"].map((name) => `${ROOT}web/ui/css/${name}`);
const STYLES = `${ROOT}portal/view/css/`;
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join("; ");
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parley</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/portal.css"></head><body><div id="portal"></div>
<script type="module" src="/stage.js"></script></body></html>`;

/** The stage while it stands: `origin` such as `http://127.0.0.1:4000`. */
export interface PortalStage extends AsyncDisposable {
  readonly origin: string;
  /** Octets of the script that is there from the start, and of all, not compressed. */
  readonly scripts: ReadonlyMap<string, Uint8Array>;
}

/** Builds the page and serves it. Port 0: any that is free. */
export async function openPortalStage(port = 0): Promise<PortalStage> {
  const { texts, drawings } = await portalData();
  const data: Readonly<Record<string, string>> = { ...texts, drawings };
  const files = await built(Object.keys(texts));
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return answer(PAGE, "text/html; charset=utf-8");
    const name = /^\/data\/(\w+)\.json$/.exec(pathname)?.[1];
    if (name !== undefined) return answer(data[name], "application/json");
    if (pathname === "/portal.css") return answer(styles(), "text/css; charset=utf-8");
    const script = files.get(pathname);
    return script === undefined
      ? new Response("not here", { status: 404 })
      : answer(script, "text/javascript; charset=utf-8");
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    scripts: files,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function built(languages: readonly string[]): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: `${ROOT}portal/view/testing/stage.tsx`, out: "stage" }],
    outdir: "/",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2023",
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    write: false,
    logLevel: "silent",
    define: dataAt(Object.fromEntries(languages.map((tag) => [tag, `/data/${tag}.json`])), "/data/drawings.json"),
  });
  // The bundler's own process would outlive a test.
  await stop();
  return new Map(outputFiles.map(({ path, contents }) => [path, new Uint8Array(contents)]));
}

/** Read on each request: a change of a style shows on the next load. */
function styles(): string {
  const own = [...Deno.readDirSync(STYLES)].map(({ name }) => name).filter((name) => name.endsWith(".css")).sort();
  return [...SHARED_STYLES, ...own.map((name) => STYLES + name)].map((path) => Deno.readTextFileSync(path)).join("\n");
}

function answer(body: BodyInit, type: string): Response {
  return new Response(body, {
    headers: { "content-type": type, "content-security-policy": POLICY, "cache-control": "no-store" },
  });
}

if (import.meta.main) {
  const stage = await openPortalStage(Number(Deno.args[0] ?? 0));
  console.log(stage.origin);
}
