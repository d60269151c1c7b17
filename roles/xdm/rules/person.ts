/** Somebody as rules and lists may name them. */
export interface Person {
  /** Folded address, or the number alone where it is one; "" for somebody whom the core does not vouch for. */
  readonly key: string;
  /** `tel:+…` of the same person where it is known and another name than `key`; "" else. */
  readonly number: string;
  /** Lower-case; "" for a telephone number. */
  readonly domain: string;
}

/**
 * The one name under which an address stands in sets: a number of ours is the same in `tel:+1555…` and in
 * `sip:+1555…@example.test` (oma-reference §3.1 rule 2).
 *
 * @param aor as `addressOf` folds it
 */
export function personKey(aor: string, domains: ReadonlySet<string>): string {
  // "+" behind "sip:"
  if (aor.charCodeAt(4) !== 0x2b || !aor.startsWith("sip:")) return aor;
  const at = aor.lastIndexOf("@");
  // Visual separators are no part of a number (RFC 3966 §5.1.1).
  const number = aor.slice(4, at).replace(/[-.()]/g, "");
  return at > 0 && /^\+[0-9]{1,15}$/.test(number) && domains.has(aor.slice(at + 1)) ? `tel:${number}` : aor;
}

/** @param e164 the number that the user with this address has, plus and all; "" for none */
export function personOf(aor: string, e164: string, domains: ReadonlySet<string>): Person {
  const key = personKey(aor, domains);
  const number = e164 === "" || key.startsWith("tel:") ? "" : `tel:${e164}`;
  const domain = aor.startsWith("sip:") ? aor.slice(aor.indexOf("@", 4) < 0 ? 4 : aor.lastIndexOf("@") + 1) : "";
  return { key, number, domain };
}

/** Whether a set of keys names somebody. */
export function names(keys: ReadonlySet<string>, { key, number }: Person): boolean {
  return keys.size > 0 && (keys.has(key) || (number !== "" && keys.has(number)));
}
