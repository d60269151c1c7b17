import type { Connection } from "../../web/mod.ts";
import type { RestFetch } from "../provisioning/mod.ts";

/** What of a request goes on: what it asks for and brings, and what tells of the way it came. No cookies, no other credentials. */
const PASSED_ON = [
  "accept",
  "accept-language",
  "content-type",
  "content-length",
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "last-event-id",
  "range",
  "user-agent",
  "x-forwarded-for",
  "x-forwarded-proto",
  "forwarded",
];
/**
 * What REST answers may be what some other user wrote, of any media type, and lies beside the page: as a page of its own it runs
 * nothing and is nobody's frame. An answer may say so more exactly itself.
 */
const HARMLESS: readonly (readonly [name: string, value: string])[] = [
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ["x-content-type-options", "nosniff"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
];

/** Asks REST in this process in the name of a session. `path`: from behind the host, with the query. Bodies are streams both ways. */
export async function passToRest(
  fetch: RestFetch,
  request: Request,
  connection: Connection,
  path: string,
  token: string,
): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${token}` });
  for (const name of PASSED_ON) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const { origin } = new URL(request.url);
  const { method, body, signal } = request;
  const asked = new Request(`${origin}${path}`, { method, headers, body, signal });
  const answer = await fetch(asked, connection);
  const answered = new Headers(answer.headers);
  // The console's cookie is none of this page.
  answered.delete("set-cookie");
  for (const [name, value] of HARMLESS) if (!answered.has(name)) answered.set(name, value);
  if (!answered.has("cache-control")) answered.set("cache-control", "no-store");
  return new Response(answer.body, { status: answer.status, headers: answered });
}
