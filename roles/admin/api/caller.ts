import { isIpLiteral, isLoopback, normalHost } from "../../../transport/net/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import type { Access, Principal } from "../services/mod.ts";
import { Problem } from "./problems.ts";
import { readSessionCookie } from "./session_cookie.ts";

/** Who asks, and by what. */
export interface Caller {
  readonly principal: Principal;
  /** Session or API token. */
  readonly token: string;
}

/**
 * True where nobody on the way could read the request: TLS up to us, TLS up to a proxy on this machine, or this machine
 * itself. A proxy elsewhere is believed nothing.
 */
export function cameSecurely(headers: Headers, { remote, secure }: Connection): boolean {
  if (secure) return true;
  return isLoopback(remote.host) && headers.get("x-forwarded-proto")?.toLowerCase() === "https";
}

/** Over plain HTTP only from this machine: what a proxy here forwards came from elsewhere. */
export function requireSecure(headers: Headers, connection: Connection): void {
  if (cameSecurely(headers, connection)) return;
  const forwarded = headers.has("forwarded") || headers.has("x-forwarded-for");
  if (isLoopback(connection.remote.host) && !forwarded) return;
  throw new Problem(
    "plain-http",
    "This request came over plain http; passwords and tokens go over https only. Use https.",
  );
}

/** Where a request comes from, for throttling and audit: the far end, or what a proxy on this machine says it is. */
export function sourceOf(headers: Headers, { remote }: Connection): string {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  return isLoopback(remote.host) && isIpLiteral(last) ? normalHost(last) : remote.host;
}

/** Who asks. Throws the Problem "unauthenticated" or "cross-site". */
export function callerOf(request: Request, connection: Connection, access: Access): Caller {
  const { headers } = request;
  const authorization = headers.get("authorization");
  let token: string | null;
  if (authorization !== null) {
    token = /^Bearer +([\w-]{1,200})$/i.exec(authorization)?.[1] ?? null;
  } else {
    token = readSessionCookie(headers, cameSecurely(headers, connection));
    if (token !== null) requireSameSite(request);
  }
  const principal = token === null ? null : access.principalOf(token);
  if (token !== null && principal !== null) return { principal, token };
  throw new Problem("unauthenticated", "A session or an API token is needed: `Authorization: Bearer …`.", {
    headers: { "www-authenticate": 'Bearer realm="parley"' },
  });
}

/**
 * A browser sends the cookie whatever page made the request, so the request must say that it is ours: by Sec-Fetch-Site
 * (W3C Fetch Metadata), else by Origin or Referer. A request that changes something must come from a page of ours; one that
 * reads may also be typed into the address bar.
 */
function requireSameSite({ method, headers, url }: Request): void {
  const site = headers.get("sec-fetch-site");
  const reads = method === "GET" || method === "HEAD";
  if (site !== null) {
    if (site === "same-origin" || (reads && site === "none")) return;
  } else if (
    hostOf(headers.get("origin") ?? headers.get("referer") ?? "") === (headers.get("host") ?? new URL(url).host)
  ) {
    return;
  }
  throw new Problem("cross-site", "A session cookie counts only in requests of the console's own pages.");
}

function hostOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).host : null;
}

/** Who it was, for the audit log. */
export function actorOf(principal: Principal | null): string {
  if (principal === null) return "system";
  return principal.kind === "user" ? `user:${principal.aor}` : `${principal.kind}:${principal.name}`;
}
