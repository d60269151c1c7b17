import { canonicalHost, ipv4Text, ipv6Text } from "../ip_octets.ts";
import type { Endpoint } from "../address.ts";
import type { MessageVector } from "./message_vector.ts";

/** The GNU C library; another one has other layouts. */
const LIBC = "libc.so.6";
const AF_INET = 2, AF_INET6 = 10;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1, SO_TYPE = 3, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_COOKIE = 57;
const SOCK_DGRAM = 2;

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "pointer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "pointer", "u32", "i32"], result: "i32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;
let library: Library | null = null;

/**
 * System calls on the descriptor of a datagram socket that the runtime owns. Nothing here waits, and nothing reads `errno`
 * (the runtime may have made calls of its own in between): where a call fails, the socket's own `send` tells why.
 */
export class DatagramCalls {
  readonly #fd: number;
  readonly #symbols: Library["symbols"];
  /** AF_INET6: addresses are sockaddr_in6, IPv4 peers of a dual-stack socket are mapped ones. */
  readonly ipv6: boolean;
  #usable = true;

  constructor(fd: number, ipv6: boolean, symbols: Library["symbols"]) {
    this.#fd = fd;
    this.ipv6 = ipv6;
    this.#symbols = symbols;
  }

  /** Receives what is there, into the slots from 0 on; -1 when nothing is. */
  receive(vector: MessageVector): number {
    if (!this.#usable) return -1;
    return this.#symbols.recvmmsg(this.#fd, vector.pointer(0), vector.slots, MSG_DONTWAIT, null);
  }

  /** Sends slots `from` to `to`; returns how many went, or -1 when not even the first did. */
  send(vector: MessageVector, from: number, to: number): number {
    if (!this.#usable) return -1;
    return this.#symbols.sendmmsg(this.#fd, vector.pointer(from), to - from, MSG_DONTWAIT);
  }

  /** Asks for larger kernel buffers; returns what the kernel gave (it counts double, and has a ceiling of its own). */
  enlarge(octets: number): { receive: number; send: number } {
    const wanted = new Int32Array([octets]);
    this.#symbols.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, wanted, 4);
    this.#symbols.setsockopt(this.#fd, SOL_SOCKET, SO_SNDBUF, wanted, 4);
    return {
      receive: option(this.#symbols, this.#fd, SO_RCVBUF),
      send: option(this.#symbols, this.#fd, SO_SNDBUF),
    };
  }

  /** Must be called before the socket closes: the number may belong to another file right after. */
  release(): void {
    this.#usable = false;
  }
}

/**
 * The calls for the socket bound to `local`, or the reason why there are none: no permission, another system or C library,
 * or a descriptor that cannot be told for sure.
 */
export function openDatagramCalls(local: Endpoint): DatagramCalls | string {
  const { os, arch } = Deno.build;
  if (os !== "linux" || (arch !== "x86_64" && arch !== "aarch64")) return `not on ${os} ${arch}`;
  if (Deno.permissions.querySync({ name: "ffi", path: LIBC }).state !== "granted") return "no --allow-ffi";
  try {
    library ??= Deno.dlopen(LIBC, SYMBOLS);
    const fds = descriptorsOf(local, library.symbols);
    if (fds.length !== 1) return `${fds.length} descriptors for ${local.host}:${local.port}`;
    return new DatagramCalls(fds[0].fd, fds[0].ipv6, library.symbols);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// Doors open at start, when descriptor numbers are low. They are tried one by one: /proc/self/fd, which lists them, Deno opens
// only to a program that may do everything.
const DESCRIPTORS = 4096;

function descriptorsOf(local: Endpoint, symbols: Library["symbols"]): { fd: number; ipv6: boolean }[] {
  const found: { fd: number; ipv6: boolean }[] = [];
  const cookies = new Set<bigint>();
  for (let fd = 0; fd < DESCRIPTORS; fd++) {
    if (option(symbols, fd, SO_TYPE) !== SOCK_DGRAM) continue;
    const name = new Uint8Array(28);
    if (symbols.getsockname(fd, name, new Uint32Array([28])) !== 0) continue;
    const family = name[0] | name[1] << 8;
    const port = name[2] << 8 | name[3];
    let host: string;
    if (family === AF_INET) host = ipv4Text(name[4] << 24 | name[5] << 16 | name[6] << 8 | name[7]);
    else if (family === AF_INET6) host = ipv6Text(name, 8);
    else continue;
    if (port !== local.port || host !== canonicalHost(local.host)) continue;
    // Two numbers may stand for one socket.
    const cookie = new BigUint64Array(1);
    if (symbols.getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, new Uint32Array([8])) !== 0) continue;
    if (cookies.has(cookie[0])) continue;
    cookies.add(cookie[0]);
    found.push({ fd, ipv6: family === AF_INET6 });
  }
  return found;
}

function option(symbols: Library["symbols"], fd: number, name: number): number {
  const value = new Int32Array(1);
  return symbols.getsockopt(fd, SOL_SOCKET, name, value, new Uint32Array([4])) === 0 ? value[0] : -1;
}
