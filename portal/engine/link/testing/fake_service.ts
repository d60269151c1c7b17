import { setImmediate } from "node:timers";
import { FakeTime } from "../../../../foundation/testing.ts";
import { silentLog, toLatin1 } from "../../../../foundation/mod.ts";
import { RestProblem, type SessionAnswer } from "../../doors.ts";
import { ImStack } from "../im_stack.ts";
import { PortalLink } from "../portal_link.ts";
import type { PortalLinkParts } from "../portal_link_parts.ts";

/** A WebSocket in memory, whose other side is `FakeService`. */
class FakeSocket extends EventTarget {
  readonly url: string;
  readonly protocol: string;
  readonly #service: FakeService;
  binaryType = "blob";
  bufferedAmount = 0;
  readyState = 0;

  constructor(service: FakeService, url: string, protocol: string) {
    super();
    this.#service = service;
    this.url = url;
    this.protocol = protocol;
  }

  open(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  send(data: string | Uint8Array): void {
    const text = typeof data === "string" ? data : toLatin1(data, 0, data.length);
    queueMicrotask(() => this.#service.took(this, text));
  }
  say(text: string): void {
    if (this.readyState === 1) this.dispatchEvent(new MessageEvent("message", { data: text }));
  }
  /** From our side; where nobody is there any more the end is never confirmed. */
  close(): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    if (!this.#service.dead) queueMicrotask(() => this.end());
  }
  /** From theirs, or the network's. */
  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close"));
  }
}

/** A registrar behind WebSockets, and the session behind it; with the link of one page. By fake time. */
export class FakeService {
  readonly time = new FakeTime();
  readonly sockets: FakeSocket[] = [];
  /** What came, by its first word: `REGISTER`, `PING`. */
  readonly came: string[] = [];
  /** User names of the credentials that were given out. */
  readonly heads: string[] = [];
  readonly states: string[] = [];
  readonly surroundings = { online: true, hear: (_change: "woken" | "cut") => {}, listen: this.#listen.bind(this) };
  /** How connections end: `open` at once, `refuse`, or `hang`. */
  dials: "open" | "refuse" | "hang" = "open";
  /** Nothing is answered, not even ends. */
  dead = false;
  /** Statuses of REGISTER, the last one again and again. */
  answers: number[] = [200];
  /** Of `POST /portal/session`; 0: no answer. */
  session = 200;
  sessions = 0;
  life_ms = 3_600_000;
  closed = 0;
  readonly link: PortalLink;

  constructor(more: Partial<PortalLinkParts> = {}) {
    this.link = new PortalLink({
      session: this.#grant(),
      openSession: () => {
        if (this.session === 200) return Promise.resolve(this.#grant());
        return Promise.reject(new RestProblem({ status: this.session, text: "no", retryAfter: 0, fields: {} }));
      },
      closeSession: () => {
        this.closed++;
        return Promise.resolve();
      },
      instance: "urn:uuid:00000000-0000-4000-a000-000000000000",
      baseUrl: "https://im.example.test:8443",
      makeSocket: (url, protocol) => this.#dial(url, protocol),
      surroundings: this.surroundings,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      random: () => 1,
      loadStack: () => Promise.resolve(ImStack),
      ...more,
    });
    this.link.state.subscribe((state) => void this.states.push(state));
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Sockets that are, or may become, open. */
  get live(): number {
    return this.sockets.filter(({ readyState }) => readyState < 2).length;
  }

  took(socket: FakeSocket, text: string): void {
    if (this.dead || socket.readyState !== 1) return;
    if (text === "\r\n\r\n") {
      this.came.push("PING");
      return socket.say("\r\n");
    }
    const method = text.slice(0, text.indexOf(" "));
    if (method === "SIP/2.0") return;
    this.came.push(method);
    this.heads.push(text);
    const status = this.answers.length > 1 ? this.answers.shift()! : this.answers[0];
    const kept = text.split("\r\n").filter((line) => /^(?:Via|From|Call-ID|CSeq|Contact):/.test(line));
    const to = /^To: .*$/m.exec(text)![0].trim();
    const more = status === 401
      ? ['WWW-Authenticate: Digest realm="example.test", nonce="n", qop="auth", algorithm=SHA-256']
      : ["Expires: 600"];
    socket.say([`SIP/2.0 ${status} Said`, ...kept, `${to};tag=x`, ...more, "Content-Length: 0", "", ""].join("\r\n"));
  }

  /** All that is ready to happen happens. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(() => resolve(null)));
  }

  /** So much time passes, with all that happens in it. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await this.settle();
    }
  }

  async start(): Promise<this> {
    this.link.start();
    await this.settle();
    return this;
  }

  #grant(): SessionAnswer {
    this.sessions++;
    return {
      aor: "sip:ada@example.test",
      display_name: "Ada",
      domain: "example.test",
      username: `key${this.sessions}`,
      password: `secret${this.sessions}`,
      expires_at: this.life_ms === 0 ? 0 : this.time.now() + this.life_ms,
      websocket: "/ws",
      limits: { message: 1000 + this.sessions, file: 0, file_types: [] },
    };
  }

  #dial(url: string, protocol: string): WebSocket {
    const socket = new FakeSocket(this, url, protocol);
    this.sockets.push(socket);
    const { dials } = this;
    queueMicrotask(() => {
      if (dials === "open") socket.open();
      else if (dials === "refuse") socket.end();
    });
    // All that a flow uses.
    return socket as unknown as WebSocket;
  }

  #listen(hear: (change: "woken" | "cut") => void): void {
    this.surroundings.hear = hear;
  }
}
