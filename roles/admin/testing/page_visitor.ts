import { silentLog } from "../../../foundation/mod.ts";
import { setSessionCookie } from "../api/session_cookie.ts";
import { createPages } from "../pages/mod.ts";
import { apiOver, HERE } from "./api_client.ts";
import { type FakeWorld, PASSWORD } from "./fake_services.ts";

const HOST = "https://127.0.0.1:8443";

/** What a page answered. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Without tags, white space folded. */
  readonly text: string;
}

/** Somebody who looks at the console's pages without script: keeps cookies, posts forms with their token. */
export class PageVisitor {
  readonly #app: ReturnType<typeof createPages>;
  readonly #cookies = new Map<string, string>();
  #csrf = "";

  /** Logged in as this admin; null: nobody yet. */
  static async of(world: FakeWorld, name: string | null, locale = "en", password = PASSWORD): Promise<PageVisitor> {
    const visitor = new PageVisitor(world, locale);
    if (name !== null) visitor.#keep(setSessionCookie(await world.logIn(name, password), true));
    return visitor;
  }

  constructor(world: FakeWorld, locale: string) {
    this.#app = createPages({ api: apiOver(world), clock: world.time, log: silentLog, secureUrl: () => null });
    this.#cookies.set("parley_locale", locale);
  }

  get(path: string): Promise<Page> {
    return this.#ask(new Request(HOST + path, { headers: this.#headers() }));
  }

  /** Posts as a form of the last page would. */
  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const headers = { ...this.#headers(), origin: HOST, "sec-fetch-site": "same-origin" };
    const body = new URLSearchParams({ _csrf: this.#csrf, ...fields });
    return this.#ask(new Request(HOST + path, { method: "POST", headers, body }));
  }

  /** Posts, and goes where it leads. Throws where it leads nowhere. */
  async done(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    const { status, headers, text } = await this.post(path, fields);
    const to = headers.get("location");
    if (status !== 303 || to === null) throw new Error(`${path}: ${status}: ${text.slice(-1500)}`);
    return await this.get(to);
  }

  #headers(): Record<string, string> {
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  }

  async #ask(request: Request): Promise<Page> {
    const response = await this.#app.fetch(request, HERE);
    const html = await response.text();
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    this.#csrf = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? this.#csrf;
    return { status: response.status, headers: response.headers, html, text: textOf(html) };
  }

  #keep(line: string): void {
    const [pair] = line.split(";");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };

/** What a reader sees of the main part. */
function textOf(html: string): string {
  return html.replace(/^[\s\S]*?<main/, "<main").replace(/<\/main>[\s\S]*$/, "").replace(/<[^>]*>/g, " ")
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name]).replace(/\s+/g, " ").trim();
}
