import type { Connection } from "../../web/mod.ts";

/** The REST API in this process: `request` as it would come over the wire. */
export type RestFetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** What an RFC 9457 problem says, as far as pages use it. */
export interface RestProblem {
  readonly type?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export type RestAnswer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly status: number; readonly problem: RestProblem; readonly retryAfter_s: number };

/** For whom a page asks. */
export interface RestAsker {
  readonly raw: Request;
  readonly connection: Connection;
  /** Of the session; "" for none. */
  readonly token: string;
}

/** What tells of the way a request came; REST judges by it as if it had been asked itself. */
const PASSED_ON = ["user-agent", "x-forwarded-for", "x-forwarded-proto", "forwarded"];

/** Asks REST for a page, with the session of who looks at it. */
export class RestClient {
  readonly #fetch: RestFetch;

  constructor(fetch: RestFetch) {
    this.#fetch = fetch;
  }

  /** `path`: from behind `/api/v1`; `T` is trusted to be what that route answers. */
  async call<T>(
    from: RestAsker,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: unknown,
  ): Promise<RestAnswer<T>> {
    const response = await this.send(from, method, path, body);
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "") && text !== "" ? JSON.parse(text) : {};
    if (response.ok) return { ok: true, body: json as T };
    const retryAfter_s = Number(response.headers.get("retry-after")) || 0;
    return { ok: false, status: response.status, problem: json as RestProblem, retryAfter_s };
  }

  /** The answer as it comes, its body unread. */
  async send(from: RestAsker, method: string, path: string, body?: unknown, language = ""): Promise<Response> {
    const headers = new Headers();
    for (const name of PASSED_ON) {
      const value = from.raw.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    if (from.token !== "") headers.set("authorization", `Bearer ${from.token}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    if (language !== "") headers.set("accept-language", language);
    const { origin } = new URL(from.raw.url);
    const request = new Request(`${origin}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await this.#fetch(request, from.connection);
  }
}
