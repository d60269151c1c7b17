import { isIpLiteral } from "../../net/mod.ts";

/** One entry of `[listen] sip`. */
export interface ListenUrl {
  readonly transport: "udp" | "tcp" | "tls";
  /** IP literal without brackets. */
  readonly host: string;
  readonly port: number;
}

const FORM = /^(udp|tcp|tls):\/\/(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:/\[\]]+))(?::([0-9]{1,5}))?\/?$/;

/** Throws SyntaxError, with what is allowed, for anything else. Without a port it is 5060, or 5061 for TLS. */
export function parseListenUrl(text: string): ListenUrl {
  const match = FORM.exec(text);
  const host = match?.[2] ?? match?.[3] ?? "";
  const transport = match?.[1] as ListenUrl["transport"];
  const port = match?.[4] === undefined ? (transport === "tls" ? 5061 : 5060) : Number(match[4]);
  if (match === null || port > 65_535 || !(host === "localhost" || isIpLiteral(host))) {
    throw new SyntaxError(
      `"${text}" is not udp://, tcp:// or tls:// with an IP address and a port, such as "udp://127.0.0.1:5060" or "tls://[::]:5061"`,
    );
  }
  return { transport, host: host === "localhost" ? "127.0.0.1" : host, port };
}
