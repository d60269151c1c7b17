/**
 * A SIP client for tests, made from text alone: it shares no code with Parley, so an error there is not mirrored here.
 * UDP (with retransmission of requests), TCP, TLS or WebSocket; digest MD5; answers requests with 200 unless told otherwise.
 */
import { hash, randomUUID } from "node:crypto";
import { passwordOf } from "./parley.ts";

/** A message as text: start line, header lines by lower-case name, body. */
export interface TextMessage {
  readonly start: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  readonly raw: string;
}

/** Reads one whole message; the client's own messages are UTF-8. */
export function readText(raw: string): TextMessage {
  const split = raw.indexOf("\r\n\r\n");
  const [start, ...lines] = raw.slice(0, split).replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { start, headers, body: raw.slice(split + 4), raw };
}

/** The status of a response. */
export function statusOf(message: TextMessage): number {
  return Number(/^SIP\/2\.0 (\d{3})/.exec(message.start)?.[1] ?? 0);
}

/** First value of a header; "" when absent. */
export function header(message: TextMessage, name: string): string {
  return message.headers.get(name.toLowerCase())?.[0] ?? "";
}

/** What a test sends; everything not given is made up. */
export interface ClientRequest {
  readonly method: string;
  readonly uri: string;
  readonly from?: string;
  readonly to?: string;
  /** Header lines beyond the usual ones. */
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly fromTag?: string;
  readonly toTag?: string;
  /** Answer a 401 or 407 by sending again with credentials (default true). */
  readonly authenticate?: boolean;
  readonly password?: string;
  readonly within_ms?: number;
}

/** Thrown when nothing came in time. */
export class NoAnswer extends Error {}

/** What carries the messages. */
export type ClientTransport = "udp" | "tcp" | "tls" | "ws" | "wss";

export interface ClientOptions {
  readonly user: string;
  readonly domain: string;
  /** Default: `passwordOf` the user. */
  readonly password?: string;
  /** Name for digest; default: the user. */
  readonly username?: string;
  /** The port of the SIP door; of the web door for `ws` and `wss`. */
  readonly port: number;
  readonly transport?: ClientTransport;
  /** Own address; default 127.0.0.1. */
  readonly host?: string;
  /** Own UDP port; default any. */
  readonly bind?: number;
  /** The server's address; default as `host`. */
  readonly server?: string;
  /** PEM of whom a TLS or WSS client trusts. */
  readonly authority?: string;
  /** PEM of the certificate a TLS client shows. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

interface Waiting {
  readonly resolve: (message: TextMessage) => void;
  readonly provisional: TextMessage[];
}

export class SipClient {
  readonly user: string;
  readonly domain: string;
  readonly transport: ClientTransport;
  readonly server: Deno.NetAddr;
  readonly instance = `<urn:uuid:${randomUUID()}>`;
  password: string;
  username: string;
  /** How long a request of this client waits for its answer, where the request does not say. */
  patience_ms = 12_000;
  /** Requests that came in, in order. */
  readonly requests: TextMessage[] = [];
  /** Decides the answer to a request; null gives none. Default 200. */
  answer: (request: TextMessage) => number | null = () => 200;
  /** Header lines of its answers beyond those that every answer has. */
  answerLines: readonly string[] = [];
  #socket: Deno.DatagramConn | null = null;
  #connection: Deno.TcpConn | Deno.TlsConn | null = null;
  #webSocket: WebSocket | null = null;
  /** What a client in a browser calls itself: it has no address to be reached at (RFC 7118 §5). */
  readonly #invalid = `${randomUUID().slice(0, 8)}.invalid`;
  readonly #waiting = new Map<string, Waiting>();
  readonly #arrivals = new Set<() => void>();
  readonly #options: ClientOptions;
  #listener: Deno.TcpListener | null = null;
  #cseq = 0;
  #closed = false;
  #registerCallId: string = randomUUID();

  private constructor(options: ClientOptions, server: Deno.NetAddr, transport: ClientTransport) {
    const { user, domain, password = passwordOf(user) } = options;
    this.#options = options;
    this.user = user;
    this.domain = domain;
    this.password = password;
    this.username = options.username ?? user;
    this.server = server;
    this.transport = transport;
  }

  static async open(options: ClientOptions): Promise<SipClient> {
    const { transport = "udp", host = "127.0.0.1", server: hostname = host, port } = options;
    const server: Deno.NetAddr = { transport: transport === "udp" ? "udp" : "tcp", hostname, port };
    const client = new SipClient(options, server, transport);
    if (transport === "udp") {
      client.#socket = Deno.listenDatagram({ transport: "udp", hostname: host, port: options.bind ?? 0 });
      client.#readDatagrams(client.#socket);
    } else await client.#connect();
    return client;
  }

  /** The same device, on a new connection; what was there is closed. Not for UDP, which has none. */
  async reconnect(): Promise<void> {
    this.#connection?.close();
    this.#webSocket?.close();
    await this.#connect();
  }

  /** From now on the Contact names a door of the client's own, over TCP; who comes there takes the connection's place. */
  acceptsConnections(): void {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accept(this.#listener);
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) {
      this.#connection?.close();
      this.#connection = connection;
      this.#readStream(connection);
    }
  }

  async #connect(): Promise<void> {
    const { hostname, port } = this.server;
    const { transport } = this;
    if (transport === "ws" || transport === "wss") {
      const webSocket = this.#webSocket = await openWebSocket(
        `${transport}://${hostname}:${port}/ws`,
        this.#options.authority,
      );
      webSocket.onmessage = ({ data }) =>
        this.#take(typeof data === "string" ? data : new TextDecoder().decode(data as ArrayBuffer));
    } else {
      this.#connection = transport === "tcp"
        ? await Deno.connect({ hostname, port })
        : await openTls(hostname, port, this.#options);
      this.#readStream(this.#connection);
    }
  }

  /** The address of the client's own end; a WebSocket tells none. */
  get local(): Deno.NetAddr {
    return (this.#socket?.addr ?? this.#connection!.localAddr) as Deno.NetAddr;
  }

  /** What Via and Contact say of the client. */
  get sentBy(): string {
    if (this.#webSocket !== null) return this.#invalid;
    const { hostname, port } = (this.#listener?.addr ?? this.local) as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  get aor(): string {
    return `sip:${this.user}@${this.domain}`;
  }

  get contact(): string {
    // RFC 7118 §5: `ws` in a URI, secure or not.
    const transport = this.transport === "wss" ? "ws" : this.transport;
    return `<sip:${this.user}@${this.sentBy}${transport === "udp" ? "" : `;transport=${transport}`}>`;
  }

  /** REGISTER; gives the final answer. */
  async register(expires = 600, contactParams = "", headers: readonly string[] = []): Promise<TextMessage> {
    return await this.request({
      method: "REGISTER",
      uri: `sip:${this.domain}`,
      to: `<${this.aor}>`,
      callId: this.#registerCallId,
      headers: [`Contact: ${this.contact}${contactParams}`, `Expires: ${expires}`, ...headers],
    });
  }

  /** MESSAGE with plain text; gives the final answer. */
  async message(to: string, text: string, more: Partial<ClientRequest> = {}): Promise<TextMessage> {
    return await this.request({
      method: "MESSAGE",
      uri: to,
      to: `<${to}>`,
      body: text,
      ...more,
      headers: ["Content-Type: text/plain;charset=UTF-8", ...(more.headers ?? [])],
    });
  }

  /** Sends a request, answers a challenge, and gives the final response. Throws NoAnswer. */
  async request(request: ClientRequest): Promise<TextMessage> {
    const fromTag = request.fromTag ?? randomUUID().slice(0, 8);
    const callId = request.callId ?? randomUUID();
    const first = await this.#exchange({ ...request, fromTag, callId }, []);
    const status = statusOf(first);
    if ((status !== 401 && status !== 407) || request.authenticate === false) return first;
    const credentials = answerChallenge(first, this.username, request.password ?? this.password, request);
    const second = request.cseq === undefined ? request : { ...request, cseq: request.cseq + 1 };
    return await this.#exchange({ ...second, fromTag, callId }, [credentials]);
  }

  /** Sends text as it is. */
  async raw(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    if (this.#socket !== null) await this.#socket.send(bytes, this.server);
    else if (this.#webSocket !== null) this.#webSocket.send(text);
    else {
      for (let at = 0; at < bytes.length;) at += await this.#connection!.write(bytes.subarray(at));
    }
  }

  /** Waits until a request that came in satisfies `wanted`, and gives it. */
  async requestArrived(wanted: (request: TextMessage) => boolean, within_ms = 10_000): Promise<TextMessage> {
    await this.#arrived(() => this.requests.some(wanted), within_ms);
    return this.requests.find(wanted)!;
  }

  /** Waits until `count` MESSAGEs came in, and gives their bodies in order. */
  async messages(count: number, within_ms = 10_000): Promise<string[]> {
    const all = (): TextMessage[] => this.requests.filter((request) => request.start.startsWith("MESSAGE "));
    await this.#arrived(() => all().length >= count, within_ms);
    return all().map((request) => request.body);
  }

  /** Closes the socket without a word, as a client that lost its network. */
  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#connection?.close();
    this.#webSocket?.close();
    this.#listener?.close();
  }

  async #arrived(holds: () => boolean, within_ms: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () =>
        reject(
          new NoAnswer(
            `${this.user}: not within ${within_ms} ms; came in: ${this.requests.map((r) => r.raw).join("\n--\n")}`,
          ),
        ),
      within_ms,
    );
    const check = (): void => {
      if (holds()) resolve();
    };
    this.#arrivals.add(check);
    check();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#arrivals.delete(check);
    }
  }

  async #exchange(request: ClientRequest, extra: readonly string[]): Promise<TextMessage> {
    const branch = `z9hG4bK${randomUUID().replaceAll("-", "")}`;
    const body = request.body ?? "";
    const cseq = request.cseq ?? ++this.#cseq;
    const lines = [
      `${request.method} ${request.uri} SIP/2.0`,
      `Via: SIP/2.0/${this.transport.toUpperCase()} ${this.sentBy};branch=${branch};rport`,
      ...((request.headers ?? []).some((line) => line.startsWith("Max-Forwards:")) ? [] : ["Max-Forwards: 70"]),
      `From: ${request.from ?? `<${this.aor}>`};tag=${request.fromTag}`,
      `To: ${request.to ?? `<${request.uri}>`}${request.toTag === undefined ? "" : `;tag=${request.toTag}`}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${cseq} ${request.method}`,
      ...(request.headers ?? []),
      ...extra,
      `Content-Length: ${new TextEncoder().encode(body).length}`,
    ];
    const text = `${lines.join("\r\n")}\r\n\r\n${body}`;
    const within_ms = request.within_ms ?? this.patience_ms;
    const { promise, resolve, reject } = Promise.withResolvers<TextMessage>();
    this.#waiting.set(branch, { resolve, provisional: [] });
    const deadline = setTimeout(
      () => reject(new NoAnswer(`no answer to ${lines[0]} within ${within_ms} ms`)),
      within_ms,
    );
    // RFC 3261 §17.1.2.2: over UDP again after T1, 2*T1, … up to T2.
    let wait = 500;
    let again: ReturnType<typeof setTimeout> | undefined;
    const repeat = (): void => {
      this.raw(text).catch(reject);
      wait = Math.min(wait * 2, 4_000);
      again = setTimeout(repeat, wait);
    };
    if (this.transport === "udp") again = setTimeout(repeat, wait);
    try {
      await this.raw(text);
      return await promise;
    } finally {
      clearTimeout(deadline);
      clearTimeout(again);
      this.#waiting.delete(branch);
    }
  }

  #take(raw: string): void {
    if (raw.trim() === "") return;
    const message = readText(raw);
    if (message.start.startsWith("SIP/2.0 ")) {
      const branch = /branch=([^;,\s]+)/.exec(header(message, "via"))?.[1] ?? "";
      const waiting = this.#waiting.get(branch);
      if (waiting === undefined) return;
      if (statusOf(message) < 200) waiting.provisional.push(message);
      else waiting.resolve(message);
      return;
    }
    this.requests.push(message);
    const status = this.answer(message);
    if (status !== null) {
      const copied = ["via", "from", "call-id", "cseq", "record-route"].flatMap((name) =>
        (message.headers.get(name) ?? []).map((value) => `${name}: ${value}`)
      );
      const to = header(message, "to");
      copied.push(`to: ${to.includes("tag=") ? to : `${to};tag=${randomUUID().slice(0, 8)}`}`);
      copied.push(...this.answerLines);
      this.raw(`SIP/2.0 ${status} Test\r\n${copied.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`).catch((error) => {
        if (!this.#closed) throw error;
      });
    }
    for (const check of this.#arrivals) check();
  }

  async #readDatagrams(socket: Deno.DatagramConn): Promise<void> {
    for await (const [bytes] of socket) this.#take(new TextDecoder().decode(bytes));
  }

  async #readStream(connection: Deno.Conn): Promise<void> {
    let pending: Uint8Array = new Uint8Array(0);
    const chunk = new Uint8Array(65_536);
    while (true) {
      const read = await connection.read(chunk).catch((error) => {
        const isOver = this.#closed || connection !== this.#connection;
        if (isOver || error instanceof Deno.errors.ConnectionReset) return null;
        throw error;
      });
      if (read === null) return;
      pending = new Uint8Array([...pending, ...chunk.subarray(0, read)]);
      while (true) {
        const text = new TextDecoder("latin1").decode(pending);
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) break;
        const length = Number(/\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
        if (pending.length < end + 4 + length) break;
        this.#take(new TextDecoder().decode(pending.subarray(0, end + 4 + length)));
        pending = pending.slice(end + 4 + length);
      }
    }
  }
}

/** TLS with only `authority` trusted. */
async function openTls(hostname: string, port: number, options: ClientOptions): Promise<Deno.TlsConn> {
  const caCerts = options.authority === undefined ? [] : [options.authority];
  const connection = await Deno.connectTls({ hostname, port, caCerts, ...options.certificate });
  await connection.handshake();
  return connection;
}

/** A WebSocket that speaks `sip`, open. */
async function openWebSocket(url: string, authority?: string): Promise<WebSocket> {
  // Deno's own form of the second argument; beside Node's types only the standard one is known.
  const options = authority === undefined
    ? ["sip"]
    : { protocols: ["sip"], client: Deno.createHttpClient({ caCerts: [authority] }) } as unknown as string[];
  const socket = new WebSocket(url, options);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(new Error(`${url}: ${(event as ErrorEvent).message}`));
  });
  socket.onerror = null;
  return socket;
}

/** Unregisters what is registered and closes, so that the next test finds no contact of this one. */
export async function leave(clients: readonly SipClient[]): Promise<void> {
  for (const client of clients) {
    await client.register(0);
    client.close();
  }
}

/** The Authorization or Proxy-Authorization line that answers a challenge with MD5 (RFC 7616 §3.4). */
export function answerChallenge(
  challenge: TextMessage,
  user: string,
  password: string,
  request: { method: string; uri: string },
): string {
  const proxy = statusOf(challenge) === 407;
  const offers = challenge.headers.get(proxy ? "proxy-authenticate" : "www-authenticate") ?? [];
  const offer = offers.find((value) => !/algorithm=/i.test(value) || /algorithm="?MD5"?(?:,|$)/i.test(value)) ?? "";
  const part = (name: string): string => new RegExp(`[ ,]${name}="([^"]*)"`, "i").exec(offer)?.[1] ?? "";
  const md5 = (text: string): string => hash("md5", text);
  const cnonce = randomUUID().slice(0, 8);
  const ha1 = md5(`${user}:${part("realm")}:${password}`);
  const response = md5(`${ha1}:${part("nonce")}:00000001:${cnonce}:auth:${md5(`${request.method}:${request.uri}`)}`);
  const opaque = part("opaque");
  return `${proxy ? "Proxy-Authorization" : "Authorization"}: Digest username="${user}", realm="${part("realm")}", ` +
    `nonce="${part("nonce")}", uri="${request.uri}", response="${response}", algorithm=MD5, cnonce="${cnonce}", ` +
    `qop=auth, nc=00000001${opaque === "" ? "" : `, opaque="${opaque}"`}`;
}
