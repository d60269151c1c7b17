import { attributes } from "./attributes.ts";

/** The hash of a certificate that will be shown (RFC 8122 §5). */
export interface Fingerprint {
  /** Lower-case: `sha-256`, `sha-1` … */
  readonly hash: string;
  /** Octets in upper-case hexadecimal with colons. */
  readonly value: string;
}

const FINGERPRINT = /^([A-Za-z0-9.+-]+) +([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*) *$/;

/**
 * The fingerprints that hold for a section: its own, or else the session's (RFC 8122 §5). Throws SyntaxError for a malformed
 * one: to pass over it would be to check less than was asked for.
 */
export function fingerprintsIn(session: readonly string[], section: readonly string[], max: number): Fingerprint[] {
  const own = attributes(section, "fingerprint");
  const values = own.length > 0 ? own : attributes(session, "fingerprint");
  if (values.length > max) throw new SyntaxError(`more than ${max} fingerprints`);
  return values.map((value) => {
    const found = FINGERPRINT.exec(value);
    if (found === null) throw new SyntaxError("a fingerprint that is none");
    return { hash: found[1].toLowerCase(), value: found[2].toUpperCase() };
  });
}
