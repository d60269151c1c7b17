import type { Connection } from "../../../../web/mod.ts";
import { PageError } from "../../../../web/ui/mod.ts";

/** A refusal of REST (RFC 9457). */
export interface ApiProblem {
  /** What is behind the last slash of its type: `stale`, `totp-required`. */
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly { readonly field?: string; readonly message: string; readonly line?: number }[];
}

export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly data: T; readonly etag: string; readonly headers: Headers }
  | { readonly ok: false; readonly status: number; readonly problem: ApiProblem; readonly headers: Headers };

/** REST within this process. */
export interface ApiFetch {
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
}

/** The session has ended: the way leads to the log-in. */
export class SessionEnded extends Error {
  constructor() {
    super("the session has ended");
    this.name = "SessionEnded";
  }
}

/** Lines of the browser's request by which REST throttles and writes its audit log. */
const PASSED_ON = ["user-agent", "x-forwarded-for", "x-forwarded-proto", "forwarded"] as const;

/** REST as the pages use it, for one request of a browser. Paths are those behind /api/v1. */
export class ApiClient {
  readonly #api: ApiFetch;
  readonly #connection: Connection;
  readonly #headers: Readonly<Record<string, string>>;

  /** `token`: of the session; "" before log-in. */
  constructor(api: ApiFetch, request: Request, connection: Connection, token: string) {
    this.#api = api;
    this.#connection = connection;
    const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
    for (const name of PASSED_ON) {
      const value = request.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    this.#headers = headers;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.#ask("GET", path);
  }

  /** What has to be there: throws PageError with REST's own words. */
  async need<T>(path: string): Promise<T> {
    return needed(await this.get<T>(path));
  }

  post<T>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.#ask("POST", path, body);
  }

  /** `etag`: what was seen; "" for whatever there is. */
  patch<T>(path: string, body: unknown, etag = ""): Promise<Answer<T>> {
    return this.#ask("PATCH", path, body, etag);
  }

  put<T>(path: string, body: unknown, etag = ""): Promise<Answer<T>> {
    return this.#ask("PUT", path, body, etag);
  }

  delete<T>(path: string, etag = ""): Promise<Answer<T>> {
    return this.#ask("DELETE", path, undefined, etag);
  }

  /** The plain answer: files, streams, bodies that are no JSON. */
  async raw(
    method: string,
    path: string,
    init: { body?: BodyInit | null; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Response> {
    const headers = { ...this.#headers, ...init.headers };
    const request = new Request(`http://console/api/v1${path}`, { method, headers, body: init.body });
    return await this.#api.fetch(request, this.#connection);
  }

  /** A body that is no JSON, with a JSON answer. */
  async send<T>(method: string, path: string, type: string, body: BodyInit): Promise<Answer<T>> {
    const headers = { "content-type": type };
    return inSession(await answerOf<T>(await this.raw(method, path, { body, headers })), path);
  }

  async #ask<T>(method: string, path: string, body?: unknown, etag = ""): Promise<Answer<T>> {
    const headers: Record<string, string> = etag === "" ? {} : { "if-match": etag };
    if (body !== undefined) headers["content-type"] = "application/json";
    const init = { headers, body: body === undefined ? undefined : JSON.stringify(body) };
    return inSession(await answerOf<T>(await this.raw(method, path, init)), path);
  }
}

/** Throws SessionEnded where REST knows the session no more. At a log-in a 401 means the password. */
function inSession<T>(answer: Answer<T>, path: string): Answer<T> {
  if (!answer.ok && answer.problem.kind === "unauthenticated" && path !== "/sessions") throw new SessionEnded();
  return answer;
}

/** Reads an answer of REST. */
export async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const { status, headers } = response;
  const text = await response.text();
  if (response.ok) {
    const data = (text === "" ? undefined : JSON.parse(text)) as T;
    return { ok: true, status, data, etag: headers.get("etag") ?? "", headers };
  }
  const { type = "", title = "", detail = "", errors = [] } = JSON.parse(text);
  const kind = String(type).split("/").at(-1)!;
  return { ok: false, status, problem: { kind, title, detail, errors }, headers };
}

/** The data, or throws PageError. */
export function needed<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.data;
  throw pageErrorOf(answer.status, answer.problem);
}

const STATUSES: ReadonlySet<number> = new Set([400, 403, 404, 409, 411, 413, 415, 429, 500, 503]);

/** The page for a refusal that no form can show. */
export function pageErrorOf(status: number, { detail, kind }: ApiProblem): PageError {
  if (status === 412) return new PageError(409, detail);
  if (status === 422) return new PageError(400, detail);
  return new PageError(
    STATUSES.has(status) ? status as PageError["status"] : 500,
    kind === "forbidden" ? "role" : detail,
  );
}

/** A segment of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}
