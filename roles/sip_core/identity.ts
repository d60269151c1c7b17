import { parseUri, type Uri } from "../../transport/sip/mod.ts";

/** Who sends a request, as the core vouches for it (RFC 3325): the digest user, or what a trusted hop asserted. */
export interface Identity {
  /** Canonical address-of-record: `sip:user@domain`. */
  readonly aor: string;
  /** Octets as characters, without quotes; "" when none is known. */
  readonly displayName: string;
  /** E.164 with its plus; "" when none is known. */
  readonly number: string;
}

/** The outcome of folding a URI to an address-of-record. */
export interface Address {
  /** `sip:user@domain`, lower-case domain, no port, no parameters; "" when the URI is not a SIP or tel address. */
  readonly aor: string;
  /** Lower-case domain; "" for a tel URI. */
  readonly domain: string;
  /** User part, escapes undone where that is safe. */
  readonly user: string;
  /** E.164 with its plus where the URI is a telephone number (tel, `user=phone`, or a user part of `+` and digits). */
  readonly number: string;
}

/**
 * Folds a URI to its address-of-record (oma-reference §3.1 rule 2): host lower-case, default port and parameters dropped,
 * `sips` as `sip`, telephone numbers to E.164 without visual separators. User parts compare case-sensitively (RFC 3261
 * §19.1.4), escapes of unreserved characters undone.
 */
export function addressOf(uri: Uri): Address {
  // URIs are shared between the messages that name them (`parseUri`), so most have been folded before.
  let address = folded.get(uri);
  if (address === undefined) folded.set(uri, address = fold(uri));
  return address;
}

const folded = new WeakMap<Uri, Address>();

function fold(uri: Uri): Address {
  const number = numberOf(uri);
  if (uri.scheme === "tel") return { aor: number === "" ? "" : `tel:${number}`, domain: "", user: "", number };
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return { aor: "", domain: "", user: "", number: "" };
  const user = uri.user.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex) => {
    const c = String.fromCharCode(parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()&=+$,;?\/]/.test(c) ? c : escape.toUpperCase();
  });
  // `;` in a user part begins telephone-subscriber parameters only with user=phone.
  const name = number !== "" && user.includes(";") ? user.slice(0, user.indexOf(";")) : user;
  return {
    aor: name === "" ? `sip:${hostOf(uri)}` : `sip:${name}@${hostOf(uri)}`,
    domain: uri.host,
    user: name,
    number,
  };
}

/** As `addressOf`, for text. Throws UriSyntaxError where it is not a URI. */
export function addressOfText(text: string): Address {
  return addressOf(parseUri(text));
}

function hostOf(uri: Uri): string {
  return uri.host.includes(":") ? `[${uri.host}]` : uri.host;
}

function numberOf(uri: Uri): string {
  let text = "";
  if (uri.scheme === "tel") text = uri.user;
  else if (uri.params.get("user") === "phone" || /^\+[0-9]{5,}$/.test(uri.user)) text = uri.user.split(";")[0];
  if (text === "") return "";
  const digits = text.replace(/[-.()]/g, "");
  return /^\+[0-9]{1,15}$/.test(digits) ? digits : "";
}
