import { silentLog } from "../../../foundation/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import { CSRF_FIELD, csrfToken } from "../../../web/ui/mod.ts";
import { createPages } from "../pages/mod.ts";
import { apiOver, HERE } from "./api_client.ts";
import type { FakeWorld } from "./fake_services.ts";

export const ORIGIN = "https://box.example.test";

/** The pages over fake services. */
export function pagesOver(world: FakeWorld) {
  const secureUrl = () => "https://box.example.test:8443";
  return createPages({ api: apiOver(world), clock: world.time, log: silentLog, secureUrl });
}

export interface Visit {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it leads; "" where it does not. */
  readonly location: string;
}

/** A browser without script: keeps cookies, sends forms with their token. */
export class Visitor {
  readonly #pages: ReturnType<typeof pagesOver>;
  readonly cookies = new Map<string, string>();
  connection: Connection = HERE;
  headers: Record<string, string> = {};

  constructor(pages: ReturnType<typeof pagesOver>) {
    this.#pages = pages;
  }

  /** With the session of an admin; "" for nobody. */
  static async as(world: FakeWorld, admin: string): Promise<Visitor> {
    const visitor = new Visitor(pagesOver(world));
    if (admin !== "") visitor.cookies.set("__Host-parley", await world.logIn(admin));
    return visitor;
  }

  get(path: string): Promise<Visit> {
    return this.#ask(path, { method: "GET" });
  }

  /** Sends a form, with the token that its page would carry. */
  post(path: string, fields: Readonly<Record<string, string>> | FormData): Promise<Visit> {
    const binding = this.cookies.get("__Host-parley") ?? this.cookies.get("__Host-parley_form") ?? "";
    const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
    body.set(CSRF_FIELD, csrfToken(binding));
    return this.#ask(path, { method: "POST", body, headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" } });
  }

  /** The same without a token. */
  postBare(path: string, fields: Readonly<Record<string, string>>): Promise<Visit> {
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    return this.#ask(path, { method: "POST", body: new URLSearchParams(fields), headers });
  }

  /** Where a form led, followed. */
  async follow(visit: Visit): Promise<Visit> {
    return visit.location === "" ? visit : await this.get(visit.location);
  }

  async #ask(path: string, init: RequestInit): Promise<Visit> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      ...init.headers as Record<string, string>,
      ...this.headers,
      ...(cookie === "" ? {} : { cookie }),
    };
    const response = await this.#pages.request(`${ORIGIN}${path}`, { ...init, headers }, this.connection);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "" || /Max-Age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get("location") ?? "",
    };
  }
}
