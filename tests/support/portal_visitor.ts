/** A browser without script at the users' pages, for tests: keeps cookies, sends forms. Made from text alone. */
import { equal, ok } from "node:assert/strict";
import { passwordOf } from "./parley.ts";

/** The answer to `POST /portal/session`. */
export interface PortalSessionText {
  readonly aor: string;
  readonly display_name: string;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly expires_at: number;
  readonly websocket: string;
  readonly limits: { readonly message: number; readonly file: number; readonly file_types: readonly string[] };
}

export class PortalVisitor {
  readonly origin: string;
  readonly cookies = new Map<string, string>();
  /** Lines of Set-Cookie of the last answer. */
  setCookies: readonly string[] = [];

  constructor(origin: string) {
    this.origin = origin;
  }

  /** A request as a page of this site makes it; redirects are not followed. `site`: what the browser says of where it comes from. */
  async ask(
    method: string,
    path: string,
    { site = "same-origin", body, headers = {} }: {
      site?: string;
      body?: BodyInit;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(this.origin + path, {
      method,
      redirect: "manual",
      headers: {
        ...(site === "" ? {} : { "sec-fetch-site": site }),
        ...(cookie === "" ? {} : { cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    this.setCookies = response.headers.getSetCookie();
    for (const line of this.setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "" || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Opens a page and sends the form on it that goes to `action`. */
  async post(page: string, action: string, fields: Readonly<Record<string, string>>): Promise<Response> {
    const opened = await this.ask("GET", page);
    const text = await opened.text();
    equal(opened.status, 200, text);
    const token = /name="_csrf" value="([^"]+)"/.exec(text)![1];
    return await this.ask("POST", action, { body: new URLSearchParams({ _csrf: token, ...fields }) });
  }

  /** Signs in at the portal; gives the session. */
  async signIn(user: string, more: Readonly<Record<string, string>> = {}): Promise<PortalSessionText> {
    const answer = await this.post("/portal", "/portal/sign-in", { uri: user, password: passwordOf(user), ...more });
    ok(answer.status === 303, `${answer.status} ${await answer.text()}`);
    return await this.session();
  }

  async session(): Promise<PortalSessionText> {
    const answer = await this.ask("POST", "/portal/session");
    const text = await answer.text();
    equal(answer.status, 200, text);
    return JSON.parse(text);
  }
}
