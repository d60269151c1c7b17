import { type Endpoint, isIpLiteral } from "./address.ts";

/** The `nameserver` lines of a resolv.conf(5), at most three as the C library has it; port 53. */
export function parseResolvConf(text: string): Endpoint[] {
  const servers: Endpoint[] = [];
  for (const line of text.split("\n")) {
    const match = /^[ \t]*nameserver[ \t]+(\S+)/.exec(line);
    if (match !== null && isIpLiteral(match[1]) && servers.length < 3) servers.push({ host: match[1], port: 53 });
  }
  return servers;
}

/** Names that hosts(5) gives addresses to: lower-case name to IP literals in the order of the file, at most 10,000 names. */
export function parseHosts(text: string): Map<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.split("#", 1)[0].trim().split(/[ \t]+/);
    if (!isIpLiteral(address)) continue;
    for (const name of names) {
      const known = hosts.get(name.toLowerCase());
      if (known === undefined) {
        if (hosts.size < 10_000) hosts.set(name.toLowerCase(), [address]);
      } else if (!known.includes(address)) known.push(address);
    }
  }
  return hosts;
}

/** `[dns] server`: an IP literal with or without a port (53). Throws SyntaxError for anything else. */
export function parseDnsServer(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^\s:\[\]]+)|([0-9A-Fa-f:]+))(?::([0-9]{1,5}))?$/.exec(text);
  const host = match === null ? "" : match[1] ?? match[2] ?? match[3];
  const port = Number(match?.[4] ?? 53);
  if (!isIpLiteral(host) || port < 1 || port > 65_535) {
    throw new SyntaxError(`DNS server "${text}": an IP address, with ":port" where it is not 53`);
  }
  return { host, port };
}
