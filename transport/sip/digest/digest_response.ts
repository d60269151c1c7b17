import type { Algorithm, Hash } from "./hash.ts";

/** H(A1) (RFC 7616 §3.4.2), what a server keeps of a password. All text is one character an octet. */
export function ha1(hash: Hash, algorithm: Algorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`);
}

/** H(A2) for qop `auth` or none (RFC 7616 §3.4.3). */
export function ha2(hash: Hash, algorithm: Algorithm, method: string, uri: string): string {
  return hash(algorithm, `${method}:${uri}`);
}

/** The `response` for qop `auth` (RFC 7616 §3.4.1), and for none (RFC 2069) when `qop` is "". */
export function digestResponse(
  hash: Hash,
  algorithm: Algorithm,
  a1: string,
  a2: string,
  nonce: string,
  nc: string,
  cnonce: string,
  qop: string,
): string {
  return hash(algorithm, qop === "" ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
}

/** Compares in a time that tells nothing about where two texts of equal length differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
