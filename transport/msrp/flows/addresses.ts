import { canonicalHost, isIpLiteral, type Resolver } from "../../net/mod.ts";

/**
 * The addresses of a host, IPv4 first; none where it has none. A and AAAA only: an MSRP URI in a path says host and port (RFC
 * 4975 §6.2). The SRV look-up of RFC 4976 §8.2 is for the domain that a client sends its first AUTH to, and is its business.
 */
export function addressesOf(host: string, resolver: Resolver): Promise<readonly string[]> {
  const literal = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (isIpLiteral(literal)) return Promise.resolve([canonicalHost(literal)]);
  return new Promise((resolve) => {
    let missing = 2;
    const found: Record<"A" | "AAAA", readonly string[]> = { A: [], AAAA: [] };
    for (const type of ["A", "AAAA"] as const) {
      resolver.resolve(host, type, (answer) => {
        if (answer.status === "found") found[type] = answer.records;
        if (--missing === 0) resolve([...found.A, ...found.AAAA]);
      });
    }
  });
}
