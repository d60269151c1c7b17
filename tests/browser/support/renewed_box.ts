/** What stands before a box and can serve another build of the users' page, as the box does after an update. */
import { Buffer } from "node:buffer";
import type { PortalBuild } from "../../../roles/portal/portal_files.ts";
import { Child } from "../../support/process.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
/** Of an answer that was unpacked on the way. */
const PACKED = ["content-encoding", "content-length", "transfer-encoding"];

/** The users' page, built once more so that it is another one: `globalThis.renewed` is true there. `dir`: a folder for it. */
export async function buildAnother(dir: string): Promise<PortalBuild> {
  const [entry, out] = [`${dir}/main.ts`, `${dir}/portal.json`];
  await Deno.writeTextFile(
    entry,
    `globalThis.renewed = true;\nimport ${JSON.stringify(`${ROOT}portal/browser/main.tsx`)};\n`,
  );
  const build = new Child("portal_build", "node", {
    args: [`${ROOT}tools/portal_build.mjs`, "--entry", entry, "--out", out],
    cwd: ROOT,
  });
  const { code } = await build.finished(60_000);
  if (code !== 0) throw new Error(`the page could not be built: ${build.output}`);
  return JSON.parse(await Deno.readTextFile(out));
}

/** Passes everything on to a box; from `renew` on the page is another one. */
export class RenewedBox implements AsyncDisposable {
  readonly #inner: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sockets = new Set<WebSocket>();
  #builds: { readonly before: PortalBuild; readonly now: PortalBuild } | null = null;

  /** `inner`: the box, `http://127.0.0.1:8080`. */
  constructor(inner: string) {
    this.#inner = inner;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The box comes again with another page: all connections end. */
  renew(before: PortalBuild, now: PortalBuild): void {
    this.#builds = { before, now };
    for (const socket of this.#sockets) socket.close();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") return this.#join(request, pathname + search);
    const file = this.#fileOfNow(pathname);
    if (file !== null) return file;
    const headers = new Headers(request.headers);
    headers.delete("host");
    // The box is asked as if the browser were at its own door.
    if (headers.get("origin") === this.origin) headers.set("origin", this.#inner);
    const body = request.method === "GET" || request.method === "HEAD" ? undefined : await request.bytes();
    const init = { method: request.method, headers, body, redirect: "manual" } as const;
    const answer = await fetch(this.#inner + pathname + this.#versionOfBox(search), init);
    const theirs = new Headers(answer.headers);
    for (const name of PACKED) theirs.delete(name);
    const isPage = theirs.get("content-type")?.startsWith("text/html") === true;
    const content = isPage ? this.#withFilesOfNow(await answer.text()) : answer.body;
    return new Response(content, { status: answer.status, headers: theirs });
  }

  #fileOfNow(pathname: string): Response | null {
    if (this.#builds === null) return null;
    const { worker, files } = this.#builds.now;
    if (pathname === "/portal/sw.js") {
      const headers = {
        "content-type": "text/javascript",
        "cache-control": "no-cache",
        "service-worker-allowed": "/portal",
      };
      return new Response(worker, { headers });
    }
    const file = files[pathname];
    if (file === undefined) return null;
    const content = "text" in file ? file.text : Buffer.from(file.base64, "base64");
    return new Response(content, { headers: { "content-type": file.type } });
  }

  /** The box knows the page that it has alone. */
  #versionOfBox(search: string): string {
    if (this.#builds === null) return search;
    const { before, now } = this.#builds;
    return search.replace(`v=${now.version}`, `v=${before.version}`);
  }

  #withFilesOfNow(html: string): string {
    if (this.#builds === null) return html;
    const { before, now } = this.#builds;
    return html.replaceAll(before.entry, now.entry).replaceAll(before.style, now.style);
  }

  #join(request: Request, path: string): Response {
    const protocol = request.headers.get("sec-websocket-protocol") ?? "";
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol });
    const inner = new WebSocket(this.#inner.replace(/^http/, "ws") + path, protocol);
    const early: (string | ArrayBuffer)[] = [];
    inner.binaryType = socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => inner.readyState === WebSocket.OPEN ? inner.send(data) : void early.push(data);
    inner.onopen = () => early.forEach((data) => inner.send(data));
    inner.onmessage = ({ data }) => socket.readyState === WebSocket.OPEN && socket.send(data);
    const end = () => {
      this.#sockets.delete(socket);
      for (const each of [socket, inner]) if (each.readyState <= WebSocket.OPEN) each.close();
    };
    socket.onclose =
      socket.onerror =
      inner.onclose =
      inner.onerror =
        end;
    this.#sockets.add(socket);
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }
}
