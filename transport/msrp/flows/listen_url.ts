import { isIpLiteral } from "../../net/mod.ts";

/** One entry of `[listen] msrp`. */
export interface MsrpListenUrl {
  readonly transport: "tcp" | "tls";
  /** IP literal without brackets. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 2855;
const FORM = /^(tcp|tls):\/\/(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:/\[\]]+))(?::([0-9]{1,5}))?\/?$/;

/** Throws SyntaxError, with what is allowed, for anything else. Without a port it is 2855 (RFC 4975 §15.4). */
export function parseMsrpListenUrl(text: string): MsrpListenUrl {
  const match = FORM.exec(text);
  const host = match?.[2] ?? match?.[3] ?? "";
  const port = Number(match?.[4] ?? DEFAULT_PORT);
  if (match === null || port > 65_535 || !(host === "localhost" || isIpLiteral(host))) {
    throw new SyntaxError(
      `"${text}" is not tcp:// or tls:// with an IP address and a port, such as "tcp://127.0.0.1:2855" or "tls://[::]:2856"`,
    );
  }
  return { transport: match[1] as "tcp" | "tls", host: host === "localhost" ? "127.0.0.1" : host, port };
}
