import { createHmac, timingSafeEqual } from "node:crypto";

/** Name of the form field, and of the query parameter where the body is a stream. */
export const CSRF_FIELD = "_csrf";

/**
 * The token of all forms of one session. `binding`: the session's cookie, or before log-in the form cookie's; who does not
 * know the cookie cannot make the token, and a token says nothing about the cookie.
 */
export function csrfToken(binding: string): string {
  return createHmac("sha256", binding).update("parley form").digest("base64url");
}

/** In constant time. */
export function csrfMatches(given: string, binding: string): boolean {
  const expected = csrfToken(binding);
  return binding !== "" && given.length === expected.length &&
    timingSafeEqual(new TextEncoder().encode(given.replace(/[^\x21-\x7e]/g, "?")), new TextEncoder().encode(expected));
}

/**
 * Whether a request was made by a page of this same origin, as the browser itself says (Fetch Metadata), or where it does
 * not, as `Origin` says. A request that tells neither is refused: every browser sends one of them with a form.
 */
export function sameOrigin(request: Request, secure: boolean): boolean {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  // A page whose referrer policy is no-referrer posts with `Origin: null`; then the browser's own word has to be there.
  if (origin === null || origin === "null") return site !== null;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  return url.host === new URL(request.url).host && (!secure || url.protocol === "https:");
}
