import { isIpLiteral, parseNetwork } from "../transport/net/mod.ts";

/** One entry of `[listen]`: a door to open. */
export interface Listen<T extends string = string> {
  readonly transport: T;
  /** IP literal (IPv6 without brackets) or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export type SipListen = Listen<"udp" | "tcp" | "tls">;
export type MsrpListen = Listen<"tcp" | "tls">;
export type WebListen = Listen<"http" | "https">;

/** A host and a port, IPv6 without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;

// Parameters are those of RFC 3261 §25.1 (paramchar): what passes here is a URI for the SIP parser too.
const SERVER_URI = /^sips?:([^@;?\s]+)(?:;[\w.!~*'()%[\]/:&+$-]+(?:=[\w.!~*'()%[\]/:&+$-]+)?)*$/i;

/** Reads `udp://127.0.0.1:5060`; the scheme must be one of `schemes`. */
export function listenReader<T extends string>(...schemes: T[]): (text: string) => Listen<T> {
  return (text) => {
    const [, scheme, rest] = /^([a-z]+):\/\/([^/]+)\/?$/.exec(text) ?? [];
    if (!schemes.includes(scheme as T)) throw new SyntaxError("no such transport");
    const { host, port } = hostPort(rest);
    if (host !== "localhost" && !isIpLiteral(host)) throw new SyntaxError("not an address of this machine");
    return { transport: scheme as T, host, port };
  };
}

/** Reads `host:port`, `[v6]:port`; without a port when `standard` is given. */
export function hostPort(text: string, standard?: number): HostPort {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::([0-9]{1,5}))?$/i.exec(text) ?? [];
  const host = (bracketed ?? plain ?? "").toLowerCase();
  if (bracketed !== undefined ? !isIpLiteral(host) : !NAME.test(host)) throw new SyntaxError("not a host");
  const port = digits === undefined ? standard : Number(digits);
  if (port === undefined || port > 65535) throw new RangeError("no port, or one above 65535");
  return { host, port };
}

/** A domain name, lower-case, without the final dot; an IP literal may stand for one. */
export function domainName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, "");
  if (!NAME.test(name) && !isIpLiteral(name)) throw new SyntaxError("not a domain name");
  return name;
}

/** As `domainName`; "" stays as it is. */
export function optionalDomain(text: string): string {
  return text === "" ? "" : domainName(text);
}

/** Reads `host` or `host:port` of a name server; null for "" (the system's). */
export function nameServer(text: string): HostPort | null {
  if (text === "") return null;
  if (text.includes("::") && !text.startsWith("[")) return hostPort(`[${text}]`, 53);
  return hostPort(text, 53);
}

/** An address, a range (CIDR), or the name in a TLS certificate. */
export function trustedHop(text: string): string {
  if (/^[0-9.]+(?:\/|$)/.test(text) || text.includes(":")) parseNetwork(text);
  else domainName(text);
  return text;
}

/** A SIP URI of a server: no user part. */
export function serverUri(text: string): string {
  const [, server] = SERVER_URI.exec(text) ?? [];
  if (server === undefined) throw new SyntaxError("not a SIP URI of a server");
  hostPort(server, 5060);
  return text;
}

/** A media type or range: `text/plain`, `image/*`, any type at all; lower-case. */
export function mediaRange(text: string): string {
  if (!/^(?:[\w!#$&^.+-]+\/(?:[\w!#$&^.+-]+|\*)|\*\/\*)$/.test(text)) throw new SyntaxError("not a media type");
  return text.toLowerCase();
}

/** Any text without line ends or NUL; for paths and names. */
export function plainText(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f]/.test(text)) throw new SyntaxError("control characters");
  return text;
}

/** A path, or an http(s) address. */
export function pathOrUrl(text: string): string {
  if (text === "") throw new SyntaxError("empty");
  if (/^https?:/i.test(text) && !URL.canParse(text)) throw new SyntaxError("not a URL");
  return plainText(text);
}
