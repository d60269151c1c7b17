/** Who uses a client, and how the service knows them. */
export interface Account {
  /** `sip:alice@example.test`. */
  readonly aor: string;
  /** What digest is answered with: the user part, or another name of the account. */
  readonly username: string;
  readonly password: string;
  /** Shown to others; "" for none. */
  readonly displayName: string;
  /** `urn:uuid:…`: which of the user's devices this is (RFC 5626 §4.1). */
  readonly instance: string;
}

/** The account as it stands in From: `"Alice" <sip:alice@example.test>`. */
export function fromText({ aor, displayName }: Account): string {
  return displayName === "" ? `<${aor}>` : `"${displayName.replace(/["\\]/g, "\\$&")}" <${aor}>`;
}

/** `example.test` of `sip:alice@example.test`. */
export function domainOf({ aor }: Account): string {
  return aor.slice(aor.lastIndexOf("@") + 1);
}
