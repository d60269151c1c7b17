/**
 * The load of the bench: a closed loop of `window` operations at a time over one flow, with its own tiny reading of SIP text
 * so that the client costs less than the server. Lost datagrams are sent again after a second, as a client would.
 */
import { hash } from "node:crypto";
import { EMPTY, randomToken, utf8 } from "../../foundation/mod.ts";
import type { Flow } from "../../transport/sip/mod.ts";

/** One request as the client writes it, before its Via. */
export interface LoadRequest {
  readonly method: string;
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** Header lines with CRLF. */
  readonly lines: string;
  readonly body: Uint8Array;
  /** Password of the From user; "" where no challenge is expected. */
  readonly password: string;
}

/** One kind of operation: what the n-th one sends, and the final status that counts as done. */
export interface Operation {
  readonly name: string;
  request(n: number): LoadRequest;
  readonly expects: number;
}

interface Slot {
  n: number;
  request: LoadRequest;
  head: string;
  attempt: number;
  sentAt: number;
}

/** A text body of a usual chat line. */
export const CHAT = utf8(
  "The quick brown fox jumps over the lazy dog, and the dog writes back that it saw it coming. 🙂",
);

export class LoadClient {
  readonly #flow: Flow;
  readonly #transport: string;
  readonly #slots = new Map<string, Slot>();
  /** A branch must never be used twice, by no client. */
  readonly #branches = `z9hG4bK${randomToken(8)}`;
  #branch = 0;
  #operation: Operation | null = null;
  #next = 0;
  #count = 0;
  #open = 0;
  #finished: (() => void) | null = null;
  /** MESSAGEs received and answered. */
  delivered = 0;
  /** Requests sent again because no answer came within a second. */
  repeated = 0;
  /** Final answers other than the expected one, by status. */
  readonly refused = new Map<number, number>();
  /** Told after every delivery. */
  onDelivered: (() => void) | null = null;

  constructor(flow: Flow) {
    this.#flow = flow;
    this.#transport = flow.transport.toUpperCase();
  }

  get contactHost(): string {
    return `${this.#flow.local.host}:${this.#flow.local.port};transport=${this.#flow.transport}`;
  }

  /** Runs `count` operations, `window` at a time; resolves when the last one was answered. */
  async run(operation: Operation, count: number, window: number, first = 0): Promise<void> {
    this.#operation = operation;
    this.#next = first;
    this.#count = first + count;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#finished = resolve;
    const started = performance.now();
    const repeats = setInterval(() => {
      const now = performance.now();
      if (now - started > 120_000) reject(new Error(`${operation.name}: not finished after 120 s`));
      for (const slot of this.#slots.values()) {
        if (now - slot.sentAt < 1_000) continue;
        this.repeated++;
        slot.sentAt = now;
        this.#flow.send(slot.head, slot.request.body);
      }
    }, 250);
    for (let i = 0; i < window && this.#next < this.#count; i++) this.#start();
    try {
      await promise;
    } finally {
      clearInterval(repeats);
    }
  }

  /** To be called with everything the flow receives. */
  receive(head: string): void {
    if (head.startsWith("SIP/2.0 ")) this.#response(head);
    else if (head.startsWith("MESSAGE ")) {
      this.#answer(head);
      this.delivered++;
      this.onDelivered?.();
    }
  }

  #start(): void {
    const n = this.#next++;
    this.#open++;
    this.#send(n, this.#operation!.request(n), 1, "");
  }

  #send(n: number, request: LoadRequest, attempt: number, credentials: string): void {
    const branch = this.#branches + this.#branch++;
    const { host, port } = this.#flow.local;
    const head =
      `${request.method} ${request.uri} SIP/2.0\r\nVia: SIP/2.0/${this.#transport} ${host}:${port};branch=${branch};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.from};tag=f${n}\r\nTo: ${request.to}\r\nCall-ID: ${request.callId}\r\n` +
      `CSeq: ${request.cseq + attempt} ${request.method}\r\nUser-Agent: load/1.0\r\n${request.lines}${credentials}` +
      `Content-Length: ${request.body.length}\r\n\r\n`;
    this.#slots.set(branch, { n, request, head, attempt, sentAt: performance.now() });
    this.#flow.send(head, request.body);
  }

  #response(head: string): void {
    const status = (head.charCodeAt(8) - 48) * 100 + (head.charCodeAt(9) - 48) * 10 + head.charCodeAt(10) - 48;
    if (status < 200) return;
    const at = head.indexOf(";branch=") + 8;
    const branch = /^[^;,\r]+/.exec(head.slice(at, at + 60))![0];
    const slot = this.#slots.get(branch);
    if (slot === undefined) return;
    this.#slots.delete(branch);
    if ((status === 401 || status === 407) && slot.attempt === 1 && slot.request.password !== "") {
      this.#send(slot.n, slot.request, 2, credentialsFor(head, status, slot.request));
      return;
    }
    if (status !== this.#operation!.expects) this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
    this.#open--;
    if (this.#next < this.#count) this.#start();
    else if (this.#open === 0) this.#finished?.();
  }

  #answer(head: string): void {
    let copied = "SIP/2.0 200 OK\r\n";
    const end = head.length - 2;
    for (let at = head.indexOf("\r\n") + 2; at < end;) {
      const next = head.indexOf("\r\n", at) + 2;
      const c = head.charCodeAt(at);
      // Via, From, Call-ID, CSeq and To: told apart by the letters that matter.
      if (c === 86 || c === 70 || (c === 67 && (head.startsWith("Call-ID", at) || head.startsWith("CSeq", at)))) {
        copied += head.slice(at, next);
      } else if (c === 84 && head.startsWith("To:", at)) copied += `${head.slice(at, next - 2)};tag=r\r\n`;
      at = next;
    }
    this.#flow.send(`${copied}Content-Length: 0\r\n\r\n`, EMPTY);
  }
}

/** MD5 credentials, as nearly all clients send them. */
function credentialsFor(head: string, status: number, request: LoadRequest): string {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  let offer = "";
  for (let at = head.indexOf(name); at >= 0; at = head.indexOf(name, at + 1)) {
    const line = head.slice(at, head.indexOf("\r\n", at));
    if (!/algorithm="?(?!MD5\b)/i.test(line)) offer = line;
  }
  const nonce = /nonce="([^"]*)"/.exec(offer)![1];
  const realm = /realm="([^"]*)"/.exec(offer)![1];
  const opaque = /opaque="([^"]*)"/.exec(offer)?.[1];
  const user = /sip:([^@]+)@/.exec(request.from)![1];
  const ha1 = hash("md5", `${user}:${realm}:${request.password}`);
  const ha2 = hash("md5", `${request.method}:${request.uri}`);
  const quality = offer.includes("qop=");
  const response = hash("md5", quality ? `${ha1}:${nonce}:00000001:c0ffee:auth:${ha2}` : `${ha1}:${nonce}:${ha2}`);
  return `${
    status === 401 ? "Authorization" : "Proxy-Authorization"
  }: Digest username="${user}", realm="${realm}", nonce="${nonce}", ` +
    `uri="${request.uri}", response="${response}", algorithm=MD5${
      quality ? ', cnonce="c0ffee", qop=auth, nc=00000001' : ""
    }` +
    `${opaque === undefined ? "" : `, opaque="${opaque}"`}\r\n`;
}
