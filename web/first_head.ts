import { toLatin1 } from "../foundation/mod.ts";

/** What a connection begins with. */
export type FirstHead =
  /** Not enough to tell. */
  | { readonly kind: "undecided" }
  /** Anything but the next. */
  | { readonly kind: "other" }
  /** A handshake in order. `end`: where its head ends. */
  | { readonly kind: "handshake"; readonly handshake: Handshake; readonly end: number };

/** A WebSocket handshake for `/ws`. */
export interface Handshake {
  /** The first of ours that is offered, `sip` before `msrp`. */
  readonly subprotocol: "sip" | "msrp";
  readonly method: "GET";
  readonly url: string;
  /** Names in lower case; several of one name joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A longer head is not ours to read. */
export const MAX_HEAD = 16_384;

const START = "GET /ws";
const UNDECIDED: FirstHead = { kind: "undecided" };
const OTHER: FirstHead = { kind: "other" };
const REQUEST_LINE = /^GET (\/ws(?:\?[!-~]*)?) HTTP\/1\.1$/;
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Looks at the first octets of an HTTP connection. What is no such handshake is told apart by its first octets, mostly; what is
 * not in order is `other`, since the web application has the better answers.
 */
export function lookAtHead(octets: Uint8Array): FirstHead {
  const known = Math.min(octets.length, START.length);
  for (let i = 0; i < known; i++) if (octets[i] !== START.charCodeAt(i)) return OTHER;
  const end = headEnd(octets);
  if (end < 0) return octets.length < MAX_HEAD ? UNDECIDED : OTHER;
  const [first, ...lines] = toLatin1(octets, 0, end - 4).split("\r\n");
  const url = REQUEST_LINE.exec(first)?.[1];
  if (url === undefined) return OTHER;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const match = HEADER.exec(line);
    if (match === null) return OTHER;
    const name = match[1].toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${match[2]}` : match[2];
  }
  const subprotocol = isHandshake(headers) ? chosen(headers) : null;
  if (subprotocol === null) return OTHER;
  return { kind: "handshake", handshake: { subprotocol, method: "GET", url, headers }, end };
}

/** Where the head ends: behind its empty line; -1 where it goes on. */
function headEnd(octets: Uint8Array): number {
  for (let at = octets.indexOf(13); at >= 0 && at < MAX_HEAD; at = octets.indexOf(13, at + 1)) {
    if (octets[at + 1] === 10 && octets[at + 2] === 13 && octets[at + 3] === 10) return at + 4;
  }
  return -1;
}

function itemsOf(list: string | undefined): string[] {
  return (list ?? "").split(",").map((item) => item.trim());
}

function chosen(headers: Readonly<Record<string, string>>): "sip" | "msrp" | null {
  const offered = itemsOf(headers["sec-websocket-protocol"]);
  return offered.includes("sip") ? "sip" : offered.includes("msrp") ? "msrp" : null;
}

/** RFC 6455 §4.2.1. */
function isHandshake(headers: Readonly<Record<string, string>>): boolean {
  return headers["upgrade"]?.toLowerCase() === "websocket" &&
    itemsOf(headers["connection"]).some((option) => option.toLowerCase() === "upgrade") &&
    headers["sec-websocket-version"] === "13" && KEY.test(headers["sec-websocket-key"] ?? "") &&
    "host" in headers && !("content-length" in headers) && !("transfer-encoding" in headers);
}
