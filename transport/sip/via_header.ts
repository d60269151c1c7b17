import { isHostChar, skipBlanks, tokenEnd } from "./grammar.ts";
import { checkParams, findParam, NO_PARAMS, type Params, parseParams } from "./params.ts";
import { hostText, splitHostPort } from "./uri.ts";
import { hostEquals } from "./uri_compare.ts";

/** Every branch made by RFC 3261 begins with this (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/** One Via value (RFC 3261 §20.42). Parameters are looked up when asked for; only who wants all of them pays for a map. */
export class Via {
  readonly text: string;
  /** Upper-case: UDP, TCP, TLS, WS, WSS, or what else was written. */
  readonly transport: string;
  /** Lower-case sent-by host; IPv6 without brackets. */
  readonly host: string;
  /** sent-by port; 0 when absent. */
  readonly port: number;
  readonly #paramsAt: number;
  readonly #plain: boolean;
  #params: Params | null = null;
  #branch: string | null = null;

  /** `plain`: no quotes anywhere, so that a parameter can be searched for as text. */
  constructor(text: string, transport: string, host: string, port: number, paramsAt: number, plain = false) {
    this.text = text;
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.#paramsAt = paramsAt;
    this.#plain = plain;
  }

  get params(): Params {
    if (this.#params !== null) return this.#params;
    const at = this.#paramsAt;
    return this.#params = at >= this.text.length ? NO_PARAMS : parseParams(this.text, at, this.text.length);
  }

  /** One parameter by its lower-case name: "" for a flag, undefined when absent. */
  param(name: string): string | undefined {
    return findParam(this.text, this.#paramsAt, name);
  }

  /** "" when absent (RFC 2543), and then no transaction identifier. */
  get branch(): string {
    return this.#branch ??= (this.#plain ? BRANCH.exec(this.text)?.[1] : this.param("branch")) ?? "";
  }

  /** The `received` parameter, brackets removed (RFC 5118 §4.5); "" when absent. */
  get received(): string {
    const text = this.param("received") ?? "";
    return text.charCodeAt(0) === 91 ? text.replace(/^\[|\]$/g, "") : text;
  }

  /** The number in `rport`; 0 when absent or without a value. */
  get rport(): number {
    const text = this.param("rport") ?? "";
    return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : 0;
  }

  /**
   * The value with what a receiver must add: `received` where the source differs from sent-by or `rport` was asked for, and
   * the source port in `rport` (RFC 3261 §18.2.1, RFC 3581 §4). What the sender wrote there is not to be believed and goes.
   * Null when nothing is to be added or taken away.
   */
  stamped(source: string, port: number): string | null {
    const { text } = this;
    const isSource = this.host === source || hostEquals(this.host, source);
    if (this.#plain && !RECEIVED.test(text)) {
      const match = RPORT.exec(text);
      if (match === null) return isSource ? null : `${text};received=${source}`;
      const end = match.index + match[0].length;
      return `${text.slice(0, match.index)};rport=${port}${text.slice(end)};received=${source}`;
    }
    return this.#stampedOdd(source, port, isSource);
  }

  /** This value with what `stamped` gave: only parameters differ. */
  withStamp(text: string): Via {
    return new Via(text, this.transport, this.host, this.port, this.#paramsAt, this.#plain);
  }

  #stampedOdd(source: string, port: number, isSource: boolean): string | null {
    const asksPort = this.param("rport") !== undefined;
    const claims = this.param("received") !== undefined;
    if (!asksPort && !claims && isSource) return null;
    let { text } = this;
    if (claims) text = withoutParam(text, this.#paramsAt, "received", null);
    if (asksPort) text = withoutParam(text, this.#paramsAt, "rport", `;rport=${port}`);
    return asksPort || !isSource ? `${text};received=${source}` : text;
  }
}

// For text without quotes only.
const BRANCH = /;[ \t]*branch[ \t]*=[ \t]*([^;, \t]*)/i;
const RECEIVED = /;[ \t]*received[ \t]*(?:[;=]|$)/i;
const RPORT = /;[ \t]*rport[ \t]*(?:=[^;]*)?(?=;|$)/i;

/** The text without every parameter of that name; `instead` stands in the place of the first. */
function withoutParam(text: string, paramsAt: number, name: string, instead: string | null): string {
  let result = text.slice(0, paramsAt);
  let at = paramsAt;
  while (at < text.length) {
    // The walk of `checkParams` has been over this text: from one ";" to the next that stands in no quotes.
    const start = at;
    const nameAt = skipBlanks(text, start + 1);
    const nameEnd = tokenEnd(text, nameAt);
    at = nextParam(text, nameEnd);
    if (text.slice(nameAt, nameEnd).toLowerCase() !== name) result += text.slice(start, at);
    else if (instead !== null) {
      result += instead;
      instead = null;
    }
  }
  return result;
}

function nextParam(text: string, at: number): number {
  let quoted = false;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (quoted && c === 92) at++;
    else if (c === 34) quoted = !quoted;
    else if (c === 59 && !quoted) return at;
  }
  return text.length;
}

/**
 * The everyday spelling: no blanks but one, no quotes, no IPv6. Each part ends where a character of the next begins, so a
 * text that does not fit fails in one pass. Captures: transport, host, port, parameters.
 */
const EVERYDAY =
  /^SIP\/2\.0\/([A-Za-z0-9\-.!%*_+`'~]+) ([A-Za-z0-9_][A-Za-z0-9._-]*)(?::([0-9]{1,5}))?((?:;[A-Za-z0-9\-.!%*_+`'~]+(?:=[^\x00-\x20;,"<>\x7f]+)?)*)$/;
const SIP = /^SIP$/i;

/** Throws SyntaxError for text that is not one Via value. */
export function parseVia(text: string): Via {
  const match = EVERYDAY.exec(text);
  if (match === null) return parseOddVia(text);
  const port = match[3] === undefined ? 0 : Number(match[3]);
  if (port > 65_535 || (port === 0 && match[3] !== undefined)) throw new SyntaxError("the port is not 1 to 65535");
  return new Via(text, upper(match[1]), match[2].toLowerCase(), port, text.length - match[4].length, true);
}

/** Any legal spelling: blanks around slashes, colons and semicolons, IPv6 references, quoted values. */
function parseOddVia(text: string): Via {
  const at = protocolEnd(text);
  const transportEnd = tokenEnd(text, at);
  const hostAt = skipBlanks(text, transportEnd);
  if (transportEnd === at || hostAt === transportEnd) throw new SyntaxError("not SIP/2.0/transport host[:port]");
  const transport = upper(text.slice(at, transportEnd));
  let hostEnd = hostAt;
  if (text.charCodeAt(hostAt) === 91) hostEnd = text.indexOf("]", hostAt) + 1;
  else while (hostEnd < text.length && isHostChar(text.charCodeAt(hostEnd))) hostEnd++;
  if (hostEnd <= hostAt) throw new SyntaxError("not SIP/2.0/transport host[:port]");
  let end = skipBlanks(text, hostEnd);
  let port = "";
  if (text.charCodeAt(end) === 58) {
    const portAt = skipBlanks(text, end + 1);
    const portEnd = tokenEnd(text, portAt);
    port = ":" + text.slice(portAt, portEnd);
    end = skipBlanks(text, portEnd);
  }
  const sentBy = splitHostPort(text.slice(hostAt, hostEnd) + port);
  checkParams(text, end);
  return new Via(text, transport, sentBy.host, sentBy.port, end, !text.includes('"'));
}

/** Behind `SIP / 2.0 /` and the blanks after it. */
function protocolEnd(text: string): number {
  const nameEnd = tokenEnd(text, 0);
  const slash = skipBlanks(text, nameEnd);
  const versionAt = skipBlanks(text, slash + 1);
  const versionEnd = tokenEnd(text, versionAt);
  const second = skipBlanks(text, versionEnd);
  if (
    text[slash] !== "/" || text[second] !== "/" || !SIP.test(text.slice(0, nameEnd)) ||
    text.slice(versionAt, versionEnd) !== "2.0"
  ) throw new SyntaxError("not SIP/2.0/transport host[:port]");
  return skipBlanks(text, second + 1);
}

function upper(transport: string): string {
  switch (transport) {
    case "UDP":
    case "TCP":
    case "TLS":
    case "WS":
    case "WSS":
      return transport;
    default:
      return transport.toUpperCase();
  }
}

/** A Via value of our own. */
export function viaText(transport: string, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport} ${hostText(host)}${port === 0 ? "" : `:${port}`};branch=${branch};rport`;
}
