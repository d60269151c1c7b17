import { sameMsrpUri, tryParseMsrpUri } from "../msrp_uri.ts";

// A path is a list of URIs with single blanks between them, as it stands in To-Path, From-Path, Use-Path and SDP's `a=path`.

/** The nearest hops, so many of them. */
export function firstUris(path: string, count: number): string {
  return path.split(" ").slice(0, count).join(" ");
}

/** What is behind the nearest hop; "" for nothing. */
export function pathBehind(path: string): string {
  const blank = path.indexOf(" ");
  return blank < 0 ? "" : path.slice(blank + 1);
}

/** The end point: it identifies the session (RFC 4975 §8.3). */
export function lastUri(path: string): string {
  return path.slice(path.lastIndexOf(" ") + 1);
}

/** The same hops the other way round. */
export function reversedPath(path: string): string {
  return path.split(" ").reverse().join(" ");
}

/** Equal URI by URI (RFC 4975 §6.1). What is no MSRP URI equals nothing. */
export function samePath(a: string, b: string): boolean {
  const left = a.split(" ");
  const right = b.split(" ");
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (!sameUriText(left[i], right[i])) return false;
  return true;
}

/** Equal by RFC 4975 §6.1. */
export function sameUriText(a: string, b: string): boolean {
  const left = tryParseMsrpUri(a);
  const right = tryParseMsrpUri(b);
  return left !== null && right !== null && sameMsrpUri(left, right);
}

/** True when the end points of both paths have the same session id, whatever hosts are written around it (RFC 6714 §1). */
export function sameSession(a: string, b: string): boolean {
  const left = tryParseMsrpUri(lastUri(a));
  const right = tryParseMsrpUri(lastUri(b));
  return left !== null && right !== null && left.sessionId !== "" && left.sessionId === right.sessionId;
}

/**
 * True for URIs of one place: the same host and port. Connections inside the process are not shared among sessions: one slow
 * session would hold up the others.
 */
export function samePlace(a: string, b: string): boolean {
  const left = tryParseMsrpUri(a);
  const right = tryParseMsrpUri(b);
  return left !== null && right !== null && left.host === right.host && left.port === right.port;
}
