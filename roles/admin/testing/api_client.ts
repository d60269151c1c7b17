import { silentLog } from "../../../foundation/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import type { ApiApp } from "../api/api.ts";
import { createApi } from "../api/create_api.ts";
import type { FakeWorld } from "./fake_services.ts";

/** From this machine, by TLS. */
export const HERE: Connection = {
  remote: { host: "127.0.0.1", port: 40_000 },
  local: { host: "127.0.0.1", port: 8443 },
  secure: true,
};
/** From another machine, by TLS. */
export const ELSEWHERE: Connection = { ...HERE, remote: { host: "192.0.2.66", port: 40_000 } };

export interface Ask {
  readonly token?: string;
  /** Sent as JSON; text and octets as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connection?: Connection;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null where the answer is no JSON. */
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

export const MAX_UPLOAD = 100_000;

/** The API over fake services. */
export function apiOver(world: FakeWorld): ApiApp {
  return createApi(world.services, {
    clock: world.time,
    timers: world.time.timers,
    log: silentLog,
    max_upload: MAX_UPLOAD,
  });
}

/** One request, by path behind /api/v1: `ask(api, "GET", "/users", { token })`. */
export async function ask(api: ApiApp, method: string, path: string, options: Ask = {}): Promise<Reply> {
  const response = await send(api, method, path, options);
  const text = await response.text();
  const isJson = /^application\/(?:problem\+)?json(?:;|$)/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : null,
  };
}

/** The same with the answer unread. */
export async function send(api: ApiApp, method: string, path: string, options: Ask = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
  const { body } = options;
  const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array ||
    body instanceof ReadableStream;
  if (!raw && !headers.has("content-type")) headers.set("content-type", "application/json");
  const init = { method, headers, body: (raw ? body : JSON.stringify(body)) as BodyInit | undefined };
  return await api.fetch(new Request(`http://console/api/v1${path}`, init), options.connection ?? HERE);
}
