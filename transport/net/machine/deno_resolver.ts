import { concatBytes } from "../../../foundation/mod.ts";
import { type Endpoint, normalHost } from "../address.ts";
import type { DnsExchange, DnsWire } from "../dns.ts";
import { parseHosts, parseResolvConf } from "../dns_config.ts";

const LARGEST = 65_535;

/** DNS over Deno's sockets: a fresh UDP socket for each query, so that its port is one more thing to guess. */
export class DenoDnsWire implements DnsWire {
  ask(
    server: Endpoint,
    query: Uint8Array,
    tcp: boolean,
    onReply: (reply: Uint8Array) => void,
    onError: (reason: string) => void,
  ): DnsExchange {
    const exchange = new Exchange(server, onReply, onError);
    if (tcp) exchange.overTcp(query);
    else exchange.overUdp(query);
    return exchange;
  }
}

class Exchange implements DnsExchange {
  readonly #server: Endpoint;
  readonly #onReply: (reply: Uint8Array) => void;
  readonly #onError: (reason: string) => void;
  #socket: { close(): void } | null = null;
  #closed = false;

  constructor(server: Endpoint, onReply: (reply: Uint8Array) => void, onError: (reason: string) => void) {
    this.#server = server;
    this.#onReply = onReply;
    this.#onError = onError;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.close();
  }

  async overUdp(query: Uint8Array): Promise<void> {
    try {
      const { host, port } = this.#server;
      // Resolved in a later turn, so that nobody is called inside `ask`.
      await Promise.resolve();
      if (this.#closed) return;
      const socket = Deno.listenDatagram({
        transport: "udp",
        hostname: host.includes(":") ? "::" : "0.0.0.0",
        port: 0,
      });
      this.#socket = socket;
      await socket.send(query, { transport: "udp", hostname: host, port });
      const buffer = new Uint8Array(LARGEST);
      while (!this.#closed) {
        const [reply, from] = await socket.receive(buffer);
        const source = from as Deno.NetAddr;
        if (source.port !== port || normalHost(source.hostname) !== normalHost(host)) continue;
        if (!this.#closed) this.#onReply(reply.slice());
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A message behind its length in two octets (RFC 1035 §4.2.2). */
  async overTcp(query: Uint8Array): Promise<void> {
    try {
      const connection = await Deno.connect({ hostname: this.#server.host, port: this.#server.port });
      if (this.#closed) return connection.close();
      this.#socket = connection;
      const framed = concatBytes([Uint8Array.of(query.length >> 8, query.length & 255), query]);
      for (let at = 0; at < framed.length;) at += await connection.write(framed.subarray(at));
      const size = await readFully(connection, 2);
      const reply = await readFully(connection, size[0] * 256 + size[1]);
      if (this.#closed) return;
      this.#onReply(reply);
      // A reply that was not ours changes nothing; the connection has had its only one.
      if (!this.#closed) this.#failed(new Error("the reply was not to our question"));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#onError(error instanceof Error ? error.message : String(error));
  }
}

async function readFully(connection: Deno.Conn, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const read = await connection.read(bytes.subarray(at));
    if (read === null) throw new Error("the server closed the connection");
    at += read;
  }
  return bytes;
}

/** The name servers of this machine (/etc/resolv.conf); none where the file is not there. */
export function systemDnsServers(path = "/etc/resolv.conf"): Endpoint[] {
  return parseResolvConf(readOrEmpty(path));
}

/** The names of this machine's hosts file, read once at start. */
export function systemHosts(path = "/etc/hosts"): Map<string, readonly string[]> {
  return parseHosts(readOrEmpty(path));
}

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
