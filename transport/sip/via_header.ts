import { hostText, type Params, parseParams, splitHostPort } from "./uri.ts";

const VIA =
  /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(\[[^\]]*\]|[^\s:;\[\]]+)[ \t]*(?::[ \t]*([0-9]{1,5}))?[ \t]*(;.*)?$/i;

/** Every branch made by RFC 3261 begins with this (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/** One Via value (RFC 3261 §20.42). */
export class Via {
  readonly text: string;
  /** Upper-case: UDP, TCP, TLS, WS, WSS, or what else was written. */
  readonly transport: string;
  /** Lower-case sent-by host; IPv6 without brackets. */
  readonly host: string;
  /** sent-by port; 0 when absent. */
  readonly port: number;
  readonly params: Params;

  constructor(text: string, transport: string, host: string, port: number, params: Params) {
    this.text = text;
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.params = params;
  }

  get branch(): string {
    return this.params.get("branch") ?? "";
  }

  /** The `received` parameter, brackets removed; "" when absent. */
  get received(): string {
    return (this.params.get("received") ?? "").replace(/^\[|\]$/g, "");
  }

  /** The number in `rport`; 0 when absent or without a value. */
  get rport(): number {
    return Number(this.params.get("rport") ?? 0) || 0;
  }

  /**
   * The value with what a receiver must add: `received` where the source differs from sent-by or `rport` was asked for, and
   * the source port in `rport` (RFC 3261 §18.2.1, RFC 3581 §4). Null when nothing is to be added.
   */
  stamped(source: string, port: number): string | null {
    const asksPort = this.params.has("rport");
    if (this.host === source && !asksPort && !this.params.has("received")) return null;
    let text = this.text;
    // What the sender wrote there is not to be believed.
    if (this.params.has("received")) text = text.replace(/;[ \t]*received[ \t]*=[^;]*/i, "");
    if (asksPort) text = text.replace(/;[ \t]*rport[ \t]*(?:=[^;]*)?(?=;|$)/i, `;rport=${port}`);
    return `${text};received=${source}`;
  }
}

/** Throws SyntaxError for text that is not one Via value. */
export function parseVia(text: string): Via {
  const match = VIA.exec(text);
  if (match === null) throw new SyntaxError("not SIP/2.0/transport host[:port]");
  const { host, port } = splitHostPort(match[3] === undefined ? match[2] : `${match[2]}:${match[3]}`);
  const tail = match[4];
  return new Via(text, match[1].toUpperCase(), host, port, parseParams(tail ?? "", 0, tail?.length ?? 0));
}

/** A Via value of our own. */
export function viaText(transport: string, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport} ${hostText(host)}${port === 0 ? "" : `:${port}`};branch=${branch};rport`;
}
