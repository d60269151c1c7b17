/** An IP address and a port. `host` is an IP literal: IPv6 without brackets, IPv4-mapped IPv6 written as IPv4. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `::ffff:192.0.2.1` as `192.0.2.1`; everything else lower-case, a zone id kept. */
export function normalHost(host: string): string {
  const text = host.toLowerCase();
  return text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;
}

/** True for an IPv4 or IPv6 literal (no brackets). */
export function isIpLiteral(host: string): boolean {
  return isIpv4(host) || (host.includes(":") && /^[0-9a-f:.]+(?:%[0-9a-z._-]+)?$/i.test(host));
}

export function isIpv4(host: string): boolean {
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255);
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
