/**
 * Headers of the page, beside those that all pages have (web/ui/security): what it may load and do. Its scripts are those that this
 * very answer names and what they load; it talks to this host alone. Its own texts never become HTML; the one policy of Trusted
 * Types it may make is for the address of its service worker.
 *
 * @param host as the browser calls this one, with the port where it is not the usual
 */
export function shellHeaders(nonce: string, host: string): Readonly<Record<string, string>> {
  // A source that is an IPv6 literal is no source (CSP3 §2.3.1); 'self' stands for WebSockets, too, in browsers of these years.
  const sockets = /^[a-z0-9.-]+(?::\d{1,5})?$/i.test(host) ? ` ws://${host} wss://${host}` : "";
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    `connect-src 'self'${sockets}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types portal",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "permissions-policy": "camera=(), microphone=(), geolocation=(self), payment=(), usb=()",
  };
}
