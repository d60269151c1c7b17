import { toLatin1 } from "../foundation/mod.ts";

/** What a connection begins with. */
export type FirstHead =
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

const FIRST_HOLD = 1024;
const CR = 13, LF = 10, A = 65, Z = 90;
const OTHER: FirstHead = { kind: "other" };
const REQUEST_LINE = /^GET (\/ws(?:\?[!-~]*)?) HTTP\/1\.1$/;
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Collects the first octets of an HTTP connection until its first head is whole. Work is linear, whatever pieces they come in. */
export class FirstOctets {
  #held: Uint8Array = new Uint8Array(FIRST_HOLD);
  #length = 0;

  /**
   * Everything so far, when a whole head is in it, when it is longer than ours to read, or when it is no HTTP/1.1 at all (the
   * server behind has the answer). Null while more has to come.
   */
  take(chunk: Uint8Array): Uint8Array | null {
    const searched = Math.max(0, this.#length - 3);
    this.#append(chunk);
    const octets = this.#held.subarray(0, this.#length);
    if (octets.length >= MAX_HEAD || !mayBeRequest(octets[0]) || headEnd(octets, searched) >= 0) return octets;
    return null;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(chunk, this.#length);
    this.#length = length;
  }
}

/** A method begins with a letter; empty lines before it are allowed (RFC 9112 §2.2). */
function mayBeRequest(first: number): boolean {
  return (first >= A && first <= Z) || first === CR || first === LF;
}

/** Looks at a first head. What is not in order is `other`, since the web application has the better answers. */
export function lookAtHead(octets: Uint8Array): FirstHead {
  const end = headEnd(octets, 0);
  if (end < 0) return OTHER;
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

/** Where the head ends: behind its empty line, looked for from `from` on; -1 where it goes on. */
function headEnd(octets: Uint8Array, from: number): number {
  for (let at = octets.indexOf(CR, from); at >= 0 && at < MAX_HEAD; at = octets.indexOf(CR, at + 1)) {
    if (octets[at + 1] === LF && octets[at + 2] === CR && octets[at + 3] === LF) return at + 4;
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
