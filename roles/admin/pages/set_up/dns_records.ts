/** One record for the zone of a domain, as a zone file has it (RFC 2782, RFC 3263 §4.1). */
const SERVICES = { tls: "_sips._tcp", tcp: "_sip._tcp", udp: "_sip._udp" } as const;

/** The SRV records by which clients find these SIP doors. Doors of this machine alone and of any port have none. */
export function srvRecords(doors: readonly string[], domain: string, host: string): string[] {
  const records = doors.flatMap((door) => {
    const [, scheme, address, port] = /^(tls|tcp|udp):\/\/(\[[^\]]+\]|[^:/]+):(\d{1,5})\/?$/.exec(door) ?? [];
    if (address === undefined || port === "0" || /^(?:127\.|\[::1\]$|localhost$)/.test(address)) return [];
    return [`${SERVICES[scheme as keyof typeof SERVICES]}.${domain}. 3600 IN SRV 0 0 ${port} ${host}.`];
  });
  return [...new Set(records)].sort();
}
