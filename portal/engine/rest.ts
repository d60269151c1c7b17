import { type Rest, RestProblem, type XcapAnswer } from "./doors.ts";
import { problemOf } from "./problem_of.ts";

/** How REST and XCAP are reached. */
export interface RestParts {
  /** `https://im.example.test:8443`; "" for that of the page. */
  readonly origin: string;
  /** Paths in front of REST and of XCAP, without a slash at the end. Default: those of the portal, which go by its session. */
  readonly api?: string;
  readonly xcap?: string;
  /** Sent with each request: a bearer token where there is no cookie. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Milliseconds until an answer has to be there; default 20 s. Octets of files have five times as long. */
  readonly patience_ms?: number;
  /** The session is over: the service said 401. */
  readonly onSignedOut?: () => void;
}

const PATIENCE_MS = 20_000;

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly patience?: number;
}

/** REST and XCAP by `fetch`, in the name of who is signed in. Refusals are RestProblem (RFC 9457). */
export class HttpRest implements Rest {
  readonly #parts: RestParts;
  readonly #api: string;
  readonly #xcap: string;
  readonly #patience: number;

  constructor(parts: RestParts) {
    this.#parts = parts;
    this.#api = `${parts.origin}${parts.api ?? "/portal/api/v1"}`;
    this.#xcap = `${parts.origin}${parts.xcap ?? "/portal/xcap"}`;
    this.#patience = parts.patience_ms ?? PATIENCE_MS;
  }

  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) words.set(name, String(value));
    const asked = words.size === 0 ? "" : `${path.includes("?") ? "&" : "?"}${words}`;
    return this.#json({ method: "GET", url: this.href(path) + asked });
  }

  send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
    const json = body === undefined ? {} : {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    };
    return this.#json({ method, url: this.href(path), ...json });
  }

  async blob(path: string): Promise<Blob> {
    return await this.#ask(
      { method: "GET", url: this.href(path), patience: 5 * this.#patience },
      (answer) => answer.blob(),
    );
  }

  href(path: string): string {
    return this.#api + path;
  }

  async xcap(
    method: "GET" | "PUT" | "DELETE",
    path: string,
    more: { readonly body?: string; readonly type?: string; readonly ifMatch?: string; readonly ifNoneMatch?: string } =
      {},
  ): Promise<XcapAnswer> {
    const { body, type, ifMatch, ifNoneMatch } = more;
    const headers = {
      ...(type === undefined ? {} : { "content-type": type }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
    };
    return await this.#ask({ method, url: this.#xcap + path, headers, body }, async (answer) => ({
      status: answer.status,
      body: await answer.text(),
      type: answer.headers.get("content-type") ?? "",
      etag: answer.headers.get("etag") ?? "",
    }));
  }

  #json<T>(asked: Asked): Promise<T> {
    return this.#ask(asked, async (answer) => {
      const text = await answer.text();
      return (text === "" ? undefined : JSON.parse(text)) as T;
    });
  }

  /** Asks, and reads the answer with `read`; both within its time. */
  async #ask<T>(asked: Asked, read: (answer: Response) => Promise<T>): Promise<T> {
    const { method, url, body, patience = this.#patience } = asked;
    let refused: Response;
    try {
      const request = new Request(url, {
        method,
        headers: { ...this.#parts.headers, ...asked.headers },
        body,
        // What a person reads is what the service has now.
        cache: "no-store",
        signal: AbortSignal.timeout(patience),
      });
      const answer = await (this.#parts.fetch ?? fetch)(request);
      if (answer.ok) return await read(answer);
      refused = answer;
    } catch (error) {
      // No answer, none in time, or one that broke off or is no JSON: there is nothing that could be told of it.
      throw unanswered(error);
    }
    const problem = await problemOf(refused);
    if (problem.status === 401) this.#parts.onSignedOut?.();
    throw problem;
  }
}

/** Nobody answered. `text` stays empty: it is the service's, and what a browser says of it means nothing to people. */
function unanswered(cause: unknown): RestProblem {
  const problem = new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
  problem.cause = cause;
  return problem;
}
