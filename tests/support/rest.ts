/** A client of the REST API for tests, made from text alone: it shares no code with Parley. */
import { equal, fail } from "node:assert/strict";
import type { ParleyProcess } from "./parley.ts";

/** The password of every admin of the tests. */
export const ADMIN_PASSWORD = "correct horse battery";

/** What a request is, beyond method and path. */
export interface RestRequest {
  /** JSON, or octets and text as they are with a `content-type` of their own. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the client's own; "": none. */
  readonly token?: string;
  /** Octets that go out as they are. */
  readonly octets?: BodyInit;
}

/** One fault of a problem (RFC 9457). */
export interface Fault {
  readonly field: string;
  readonly message: string;
  readonly line?: number;
}

/** Nobody listens there, the connection was closed, or the box says 503: it restarts. */
export class NotNow extends Error {}

/** An answer, read to its end. */
export class RestAnswer {
  readonly what: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;

  constructor(what: string, status: number, headers: Headers, text: string) {
    this.what = what;
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  /** The JSON in it; fails where the answer is a refusal, with NotNow at 503. */
  ok<T = Record<string, unknown>>(): T {
    if (this.status === 503) throw new NotNow(`${this.what}: ${this.text}`);
    if (this.status >= 300) fail(`${this.what}: ${this.status} ${this.text}`);
    return (this.text === "" ? undefined : JSON.parse(this.text)) as T;
  }

  /** What was refused, as a problem; fails where it is another status or kind. */
  refused(status: number, kind?: string): { detail: string; errors: readonly Fault[] } {
    equal(this.status, status, `${this.what}: ${this.status} ${this.text}`);
    equal(this.headers.get("content-type"), "application/problem+json");
    const { type, detail, errors = [] } = JSON.parse(this.text);
    if (kind !== undefined) equal(type.split("/").at(-1), kind, this.text);
    return { detail, errors };
  }

  get etag(): string {
    return this.headers.get("etag") ?? fail(`${this.what}: no ETag`);
  }
}

/** Somebody who talks to one door of the box, as a script would. */
export class Rest {
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
  token: string;
  readonly #client: Deno.HttpClient | undefined;

  constructor(origin: string, token = "", client?: Deno.HttpClient) {
    this.origin = origin;
    this.token = token;
    this.#client = client;
  }

  /** Makes the first owner by the code of the set-up link that the box has printed, and is that owner from then on. */
  static async setUp(parley: ParleyProcess, name = "ada"): Promise<Rest> {
    const rest = new Rest(originOf(parley));
    const body = { code: await setUpCode(parley), name, display_name: "Ada", password: ADMIN_PASSWORD };
    rest.token = (await rest.ask("POST", "/set-up/owner", { body })).ok<{ token: string }>().token;
    return rest;
  }

  /** Rejects with NotNow where there is no answer. */
  async ask(method: string, path: string, request: RestRequest = {}): Promise<RestAnswer> {
    try {
      return await this.#ask(method, path, request);
    } catch (error) {
      if (error instanceof TypeError) throw new NotNow(`${method} ${this.origin} ${path}`, { cause: error });
      throw error;
    }
  }

  async #ask(method: string, path: string, request: RestRequest): Promise<RestAnswer> {
    const { body, octets, token = this.token } = request;
    const response = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: {
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(octets !== undefined ? { body: octets } : body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(this.#client === undefined ? {} : { client: this.#client }),
    } as RequestInit);
    return new RestAnswer(`${method} ${path}`, response.status, response.headers, await response.text());
  }

  /** The octets of a file. */
  async download(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const headers = { authorization: `Bearer ${this.token}` };
    const client = this.#client;
    const init = { headers, ...(client === undefined ? {} : { client }) } as RequestInit;
    const response = await fetch(`${this.origin}/api/v1${path}`, init);
    const octets = new Uint8Array(await response.arrayBuffer());
    equal(response.status, 200, `GET ${path}`);
    equal(Number(response.headers.get("content-length")), octets.length, "the length that was told");
    return octets;
  }

  async get<T = Record<string, unknown>>(path: string): Promise<T> {
    return (await this.ask("GET", path)).ok<T>();
  }

  /** POST with JSON, or without a body. */
  async post<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T> {
    return (await this.ask("POST", path, { body })).ok<T>();
  }

  async patch<T = Record<string, unknown>>(path: string, body: unknown): Promise<T> {
    return (await this.ask("PATCH", path, { body })).ok<T>();
  }

  async put<T = Record<string, unknown>>(path: string, body: unknown): Promise<T> {
    return (await this.ask("PUT", path, { body })).ok<T>();
  }

  async delete(path: string): Promise<void> {
    (await this.ask("DELETE", path)).ok();
  }

  /** Somebody else at the same door: an admin by name, or a user by address. */
  async logIn(credentials: { name?: string; uri?: string; password: string; code?: string }): Promise<Rest> {
    const answer = await this.ask("POST", "/sessions", { body: credentials, token: "" });
    return new Rest(this.origin, answer.ok<{ token: string }>().token, this.#client);
  }

  /** The same door with another token; "": nobody. */
  as(token: string): Rest {
    return new Rest(this.origin, token, this.#client);
  }

  /** Changes settings; gives what happens next. */
  async settings(values: Readonly<Record<string, unknown>>): Promise<{ version: number; next: string }> {
    const changes = Object.entries(values).map(([key, value]) => ({ key, value }));
    return await this.patch("/settings", { changes });
  }

  /** Path of a user. */
  user(uri: string, more = ""): string {
    return `/users/${encodeURIComponent(uri)}${more}`;
  }
}

/** The code of the set-up link in the banner, which comes after the ready line. */
export async function setUpCode(parley: ParleyProcess): Promise<string> {
  const code = () => Promise.resolve(/set-up +\S+\/admin\/set-up\/([\w-]+)/.exec(parley.output)?.[1]);
  return await eventually(code, "a set-up link in the banner");
}

/** Where the first plain web door is. */
export function originOf(parley: ParleyProcess): string {
  return parley.ready!.web.find((door) => door.startsWith("http://")) ?? fail("no plain web door");
}

/** Waits until `found` gives something, asked again every 50 ms; NotNow counts as nothing. */
export async function eventually<T>(
  found: () => Promise<T | null | undefined | false>,
  what: string,
  within_ms = 15_000,
): Promise<T> {
  const end = performance.now() + within_ms;
  for (;;) {
    const value = await found().catch((error) => {
      if (error instanceof NotNow) return null;
      throw error;
    });
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${within_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
