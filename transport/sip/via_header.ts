import { isControl, isHostChar, skipBlanks, tokenEnd } from "./grammar.ts";
import { checkParams, findParam, isNameAt, NO_PARAMS, type Params, parseParams } from "./params.ts";
import { hostText, splitHostPort } from "./uri.ts";
import { hostEquals } from "./uri_compare.ts";

/** Every branch made by RFC 3261 begins with this (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/** See `Via`. */
const ABSENT = -1, UNKNOWN = -2;

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
  /** Where the `;` of `rport` stands; `ABSENT` where there is none, nor a `received`; else `UNKNOWN`. */
  readonly #rportAt: number;
  #params: Params | null = null;
  #branch: string | null;

  /** `branch` null, `rportAt` -2: not looked for yet. With `rportAt` of another value there are no quotes anywhere. */
  constructor(
    text: string,
    transport: string,
    host: string,
    port: number,
    paramsAt: number,
    branch: string | null = null,
    rportAt = UNKNOWN,
  ) {
    this.text = text;
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.#paramsAt = paramsAt;
    this.#branch = branch;
    this.#rportAt = rportAt;
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
    return this.#branch ??= this.param("branch") ?? "";
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
    const at = this.#rportAt;
    if (at === UNKNOWN) return this.#stampedOdd(source, port, isSource);
    if (at === ABSENT) return isSource ? null : `${text};received=${source}`;
    const next = text.indexOf(";", at + 1);
    return `${text.slice(0, at)};rport=${port}${next < 0 ? "" : text.slice(next)};received=${source}`;
  }

  /** This value with what `stamped` gave: only parameters differ. */
  withStamp(text: string): Via {
    return new Via(text, this.transport, this.host, this.port, this.#paramsAt, this.#branch);
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

const SIP = /^SIP$/i;

/** Throws SyntaxError for text that is not one Via value. */
export function parseVia(text: string): Via {
  return parseEverydayVia(text) ?? parseOddVia(text);
}

/**
 * The everyday spelling, in one pass: no blanks but one, no quotes, no IPv6, a transport that we know. Null for any other; what it
 * takes, `parseOddVia` would take as well.
 */
function parseEverydayVia(text: string): Via | null {
  const transport = transportAt(text);
  if (transport === "") return null;
  const hostAt = VERSION.length + transport.length + 1;
  let at = hostAt;
  // "-" and "." begin no host.
  if (text.charCodeAt(at) < 48) return null;
  let upper = false;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (!isHostChar(c)) break;
    if (c >= 65 && c <= 90) upper = true;
  }
  if (at === hostAt) return null;
  const written = text.slice(hostAt, at);
  const host = upper ? written.toLowerCase() : written;
  let port = 0;
  if (text.charCodeAt(at) === COLON) {
    const portAt = ++at;
    for (let c = text.charCodeAt(at); c >= 48 && c <= 57; c = text.charCodeAt(++at)) port = port * 10 + (c - 48);
    if (at === portAt || at - portAt > 5) return null;
    if (port === 0 || port > 65_535) throw new SyntaxError("the port is not 1 to 65535");
  }
  const paramsAt = at;
  let branch: string | null = null, rportAt = ABSENT, received = false;
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON) return null;
    const semicolon = at, nameAt = at + 1;
    const nameEnd = at = tokenEnd(text, nameAt);
    if (nameEnd === nameAt) return null;
    if (text.charCodeAt(at) === EQUALS) {
      const end = plainEnd(text, at + 1);
      if (end === at + 1) return null;
      at = end;
    }
    switch (nameEnd - nameAt) {
      case 5:
        if (!isNameAt(text, nameAt, "rport")) break;
        if (rportAt !== ABSENT) return null;
        rportAt = semicolon;
        break;
      case 6:
        if (branch === null && isNameAt(text, nameAt, "branch")) branch = text.slice(Math.min(nameEnd + 1, at), at);
        break;
      case 8:
        // As in each response of who knows `rport`. In a request it is a claim that has to be cut out, if anybody stamps it.
        if (isNameAt(text, nameAt, "received")) received = true;
    }
  }
  return new Via(text, transport, host, port, paramsAt, branch ?? "", received ? UNKNOWN : rportAt);
}

const VERSION = "SIP/2.0/";
const COLON = 58, SEMICOLON = 59, EQUALS = 61;
const KNOWN = ["UDP", "TCP", "TLS", "WSS", "WS"] as const;

/** The transport behind `SIP/2.0/`, with one blank after it; "" for any other beginning. */
function transportAt(text: string): string {
  if (!text.startsWith(VERSION)) return "";
  for (const name of KNOWN) {
    if (text.startsWith(name, VERSION.length) && text.charCodeAt(VERSION.length + name.length) === 32) return name;
  }
  return "";
}

/** Where a value without blanks, quotes and structure ends. */
function plainEnd(text: string, at: number): number {
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === SEMICOLON || c === 32 || c === 34 || c === 44 || c === 60 || c === 62 || isControl(c)) break;
  }
  return at;
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
  return new Via(text, transport, sentBy.host, sentBy.port, end);
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
