/**
 * The session cookie of the console: a session token of `POST /api/v1/sessions`. Not readable by script, not sent with
 * requests of other sites, of this host alone (RFC 6265bis §4.1.3.2), and gone when the browser closes.
 * `secure`: the request came over TLS (`cameSecurely`).
 */
export function sessionCookieName(secure: boolean): string {
  return secure ? "__Host-parley" : "parley";
}

/** Value of a Set-Cookie line. */
export function setSessionCookie(token: string, secure: boolean): string {
  return `${sessionCookieName(secure)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

/** Value of a Set-Cookie line that takes the cookie away. */
export function clearSessionCookie(secure: boolean): string {
  return `${setSessionCookie("", secure)}; Max-Age=0`;
}

/** The token in the cookie; null where there is none. */
export function readSessionCookie(headers: Headers, secure: boolean): string | null {
  const name = sessionCookieName(secure);
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || null;
  }
  return null;
}
