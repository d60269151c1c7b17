/** An MSRP URI (RFC 4975 §6, §9): `msrps://user@host:2856/session-id;tcp`. */
export interface MsrpUri {
  readonly secure: boolean;
  /** "" as a rule; ignored in comparison. */
  readonly user: string;
  /** Lower-case; IPv6 without brackets. */
  readonly host: string;
  /** 0 where it is absent; then 2855 is meant, but absent and 2855 are not equal (§6.1). */
  readonly port: number;
  /** "" for a relay's own URI. */
  readonly sessionId: string;
  /** Lower-case: `tcp` or `ws`. */
  readonly transport: string;
  /** As it was written. */
  readonly text: string;
}

const PATTERN =
  /^(msrps?):\/\/(?:([^@/;\s]*)@)?(\[[0-9a-fA-F:.]+\]|[^:/;@\s[\]]+)(?::([0-9]{1,5}))?(?:\/([A-Za-z0-9\-._~%=+/]*))?;([A-Za-z0-9]+)(?:;[^\s;]+)*$/i;

/** Null for what is no MSRP URI. */
export function tryParseMsrpUri(text: string): MsrpUri | null {
  const found = PATTERN.exec(text);
  if (found === null || Number(found[4] ?? 0) > 65_535) return null;
  const host = found[3].toLowerCase();
  return {
    secure: found[1].toLowerCase() === "msrps",
    user: found[2] ?? "",
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: Number(found[4] ?? 0),
    sessionId: found[5] ?? "",
    transport: found[6].toLowerCase(),
    text,
  };
}

/** Equal as RFC 4975 §6.1 says: user and parameters do not count, the session id does in its exact spelling. */
export function sameMsrpUri(a: MsrpUri, b: MsrpUri): boolean {
  return a.secure === b.secure && a.host === b.host && a.port === b.port && a.sessionId === b.sessionId &&
    a.transport === b.transport;
}
