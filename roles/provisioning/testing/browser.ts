import type { Connection } from "../../../web/mod.ts";

export interface Seen {
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
}

type Fetcher = { fetch(request: Request, connection: Connection): Response | Promise<Response> };

/** A browser as far as forms and cookies go: it keeps cookies, and posts what the page's form holds. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: Fetcher;
  readonly #connection: Connection;

  constructor(app: Fetcher, options: { host?: string; secure?: boolean } = {}) {
    this.#app = app;
    const { host = "192.0.2.9", secure = false } = options;
    this.#connection = { remote: { host, port: 4000 }, local: { host: "192.0.2.1", port: 443 }, secure };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    return this.#ask(path, { headers });
  }

  head(path: string): Promise<Seen> {
    return this.#ask(path, { method: "HEAD" });
  }

  /** Looks at a page, and posts to `path` with its token. */
  async post(page: string, path: string, fields: Record<string, string> = {}): Promise<Seen> {
    const { html } = await this.get(page);
    const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? "";
    return await this.send(path, { _csrf: token, ...fields });
  }

  /** Posts these fields and no others. */
  send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Seen> {
    const body = new URLSearchParams(fields);
    return this.#ask(path, { method: "POST", body, headers: { "sec-fetch-site": "same-origin", ...headers } });
  }

  async #ask(path: string, init: RequestInit): Promise<Seen> {
    const headers = new Headers(init.headers);
    headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const url = `http${this.#connection.secure ? "s" : ""}://im.example.test${path}`;
    const response = await this.#app.fetch(new Request(url, { ...init, headers }), this.#connection);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, html: await response.text(), headers: response.headers };
  }
}
