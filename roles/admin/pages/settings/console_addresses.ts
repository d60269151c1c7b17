/** What is known of how this box can be reached. */
export interface Reach {
  /** As `advertise.host` has it; "" for nothing. */
  readonly advertised: string;
  /** Host name in the address that the browser asked, without port. */
  readonly asked: string;
}

const ANY = new Set(["0.0.0.0", "::"]);

/**
 * Where browsers find the console when these are the web doors (`https://[::]:8443`): https first. A door on all addresses is
 * named as the box is called to the outside, and as the browser called it.
 */
export function consoleAddresses(doors: readonly string[], { advertised, asked }: Reach): string[] {
  const found: string[] = [];
  for (const door of doors) {
    const [, scheme, bracketed, plain, port] = /^(https?):\/\/(?:\[([^\]]+)\]|([^:/\[\]]+)):(\d{1,5})\/?$/.exec(door) ??
      [];
    const host = bracketed ?? plain;
    // Port 0 is any port: which one is not known before it is open.
    if (host === undefined || Number(port) === 0 || Number(port) > 65_535) continue;
    const hosts = ANY.has(host) ? [advertised, asked].filter((one) => one !== "") : [host];
    for (const name of hosts.length === 0 ? ["localhost"] : hosts) {
      found.push(
        new URL(`${scheme}://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}:${port}`).origin,
      );
    }
  }
  const unique = [...new Set(found)];
  return [...unique.filter((url) => url.startsWith("https:")), ...unique.filter((url) => !url.startsWith("https:"))];
}

/** Whether only this machine itself reaches an address. */
export function isLocalAddress(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
