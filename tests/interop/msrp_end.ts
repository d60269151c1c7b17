/** MSRP ends of our own for interop tests: real sockets, no SIP. Everything waits with a bound. */
import { Metrics, randomToken, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { Credentials } from "../../client/mod.ts";
import { DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire, systemHosts } from "../../transport/net/machine/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import {
  type IncomingMessage,
  LATER,
  MsrpSession,
  type OutgoingMessage,
  type OutgoingParts,
  RelayClient,
  type SessionPeer,
  Switchboard,
} from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";
import { passwordOf } from "../support/parley.ts";

/** A wait that came to nothing says for what. */
export async function within<T>(promise: Promise<T>, what: string, within_ms = 20_000): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: not within ${within_ms} ms`)), within_ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A message as it came. */
export interface Came {
  readonly messageId: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly fromPath: string;
}

/** One user's MSRP: a node with a TCP door, and sessions. */
export class MsrpEnd {
  readonly name: string;
  readonly node: Switchboard;
  readonly #wires: MsrpWires;
  readonly #timers: TimerQueues;
  #port = 0;
  #relay: RelayClient | null = null;

  private constructor(name: string) {
    this.name = name;
    const clock = systemClock;
    const timers = this.#timers = new TimerQueues(clock, (error) => {
      throw error;
    });
    timers.run();
    const metrics = new Metrics();
    const base = { clock, timers, log: silentLog, metrics };
    const resolver = new DnsResolver({ ...base, wire: new DenoDnsWire(), servers: [], hosts: systemHosts() });
    this.#wires = new MsrpWires({ ...base, resolver });
    this.node = new Switchboard({ ...base, dialer: this.#wires });
    this.#wires.accept = (duplex) => void this.node.accept(duplex);
  }

  /** Of its door. */
  get port(): number {
    return this.#port;
  }

  static async open(name: string): Promise<MsrpEnd> {
    const end = new MsrpEnd(name);
    const { local } = await end.#wires.listen("tcp://127.0.0.1:0");
    end.#port = local.port;
    end.node.addDoor({ transport: "tcp", advertised: local });
    return end;
  }

  /** Takes a path through these relays, the nearest first; rejects with `status reason` where it is not given. */
  behind(
    relays: readonly string[],
    password = passwordOf(this.name),
    expires_s?: number,
  ): Promise<readonly string[]> {
    this.#relay?.stop();
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const account = { username: this.name, password };
    this.#relay = new RelayClient(
      {
        node: this.node,
        clock: systemClock,
        timers: this.#timers,
        answerer: () => new Credentials(nodeHash, account),
      },
      { relays, authority: `msrp://127.0.0.1:${this.#port}`, realm: "example.test", expires_s },
      { onPath: resolve, onNoPath: (status, reason) => reject(new Error(`${status} ${reason}`)) },
    );
    this.#relay.start();
    return within(promise, `${this.name}'s path through ${relays.join(" ")}`);
  }

  /** The end of a new session, behind the relays where there are some. */
  session(limits: ConstructorParameters<typeof MsrpSession>[0]["limits"] = {}): SessionEnd {
    return new SessionEnd(this, this.#timers, this.#port, this.#relay, limits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay?.stop();
    this.node.close("done");
    await this.#wires.close();
    this.#timers.stop();
  }
}

/** One end of a session: what came, and what became of what was sent. Text `refuse STATUS WHY` is refused in a REPORT. */
export class SessionEnd {
  readonly came: Came[] = [];
  readonly path: readonly string[];
  readonly uri: string;
  readonly #session: MsrpSession;
  readonly #waiting = new Set<() => void>();
  readonly #opened = Promise.withResolvers<void>();
  /** Why it ended; null while it lives. */
  closed: string | null = null;

  constructor(
    end: MsrpEnd,
    timers: TimerQueues,
    port: number,
    relay: RelayClient | null,
    limits: ConstructorParameters<typeof MsrpSession>[0]["limits"],
  ) {
    const sessionId = randomToken(24);
    this.uri = `msrp://127.0.0.1:${port}/${sessionId};tcp`;
    this.path = [...(relay?.descriptionPath ?? []), this.uri];
    this.#session = new MsrpSession({
      node: end.node,
      sessionId,
      uri: this.uri,
      relays: relay?.usePath ?? [],
      acceptTypes: ["text/plain", "application/octet-stream"],
      clock: systemClock,
      timers,
      limits,
      user: {
        onOpen: () => this.#opened.resolve(),
        onMessage: (message) => this.#take(message),
        onClosed: (reason) => {
          this.closed = reason;
          this.#opened.reject(new Error(`the session ended: ${reason}`));
          this.#wake();
        },
      },
    });
    this.#opened.promise.catch(() => {}); // whoever waits is told
  }

  start(role: "active" | "passive", peer: SessionPeer): void {
    this.#session.start(role, peer);
  }

  get opened(): Promise<void> {
    return within(this.#opened.promise, "the session opens");
  }

  /** Sends it; `delivered`, or `STATUS comment` of its failure. */
  send(parts: OutgoingParts): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const done = (_message: OutgoingMessage, status = 200, comment = "") =>
      resolve(status === 200 ? "delivered" : `${status} ${comment}`.trim());
    const sent = this.#session.send({
      successReport: true,
      ...parts,
      user: { onDelivered: done, onFailed: done },
    });
    return sent === null ? Promise.resolve("not taken") : within(promise, "a report", 60_000);
  }

  /** Text, with a success report. */
  say(text: string): Promise<string> {
    return this.send({ contentType: "text/plain", body: new TextEncoder().encode(text) });
  }

  /** Waits for so many messages in all. */
  async got(count: number): Promise<readonly Came[]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.came.length >= count) resolve();
      else if (this.closed !== null) {
        reject(new Error(`${this.came.length} of ${count} messages, then: ${this.closed}`));
      }
    };
    this.#waiting.add(look);
    look();
    try {
      await within(promise, `${count} messages (${this.came.length} are there)`, 60_000);
    } finally {
      this.#waiting.delete(look);
    }
    return this.came;
  }

  texts(): string[] {
    return this.came.map(({ body }) => new TextDecoder().decode(body));
  }

  close(): void {
    this.#session.close("done");
  }

  #take(message: IncomingMessage): number {
    const { messageId, contentType, body, fromPath } = message;
    const refusal = contentType === "text/plain" && /^refuse ([0-9]{3}) (.+)$/.exec(new TextDecoder().decode(body));
    if (refusal) {
      queueMicrotask(() => message.report(Number(refusal[1]), refusal[2]));
      return LATER;
    }
    this.came.push({ messageId, contentType, body: body.slice(), fromPath });
    this.#wake();
    return 200;
  }

  #wake(): void {
    for (const waiter of this.#waiting) waiter();
  }
}
