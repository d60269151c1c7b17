import { fromLatin1, Metrics, silentLog, toLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Endpoint } from "../../net/mod.ts";
import type { Connection, MsrpTransport, ResponseUser, SessionEnd } from "../connection.ts";
import type { Dialer, Duplex, DuplexUser } from "../duplex.ts";
import type { Continuation, IncomingRequest } from "../frame.ts";
import type { FramedConnection } from "../framed_connection.ts";
import { DEFAULT_SWITCHBOARD_LIMITS, type MsrpDoor, Switchboard, type SwitchboardLimits } from "../switchboard.ts";
import { parsed, type Told } from "./frames.ts";

/** What a session end was told, in order. */
export interface EndTold {
  what: "admit" | "whole" | "begin" | "piece" | "finish" | "lost";
  messageId?: string;
  body?: string;
  continuation?: Continuation;
  start?: number;
  reason?: string;
}

/** A session end that writes down what it is told, answers 200, and admits whoever `admits` says. */
export class RecordingEnd implements SessionEnd {
  readonly told: EndTold[] = [];
  admits: number | ((connection: Connection, request: IncomingRequest) => number) = 200;
  answers: number | null = 200;
  connection: Connection | null = null;
  /** Called with whatever came, before it is answered. */
  heard: (told: EndTold) => void = () => {};

  admit(connection: Connection, request: IncomingRequest): number {
    this.#note({ what: "admit", messageId: request.messageId });
    const status = typeof this.admits === "number" ? this.admits : this.admits(connection, request);
    if (status === 200) this.connection = connection;
    return status;
  }
  onWhole(connection: Connection, request: IncomingRequest, body: Uint8Array, continuation: Continuation): void {
    this.#note({
      what: "whole",
      messageId: request.messageId,
      body: toLatin1(body),
      continuation,
      start: request.start,
    });
    if (this.answers !== null) connection.respond(request, this.answers);
  }
  onBegin(_: Connection, request: IncomingRequest): void {
    this.#note({ what: "begin", messageId: request.messageId, start: request.start });
  }
  onPiece(_: Connection, request: IncomingRequest, octets: Uint8Array): void {
    this.#note({ what: "piece", messageId: request.messageId, body: toLatin1(octets) });
  }
  onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    this.#note({ what: "finish", messageId: request.messageId, continuation });
    if (this.answers !== null) connection.respond(request, this.answers);
  }
  onLost(_: Connection, reason: string): void {
    this.#note({ what: "lost", reason });
  }

  /** Bodies of all that came, joined by message. */
  bodies(): Record<string, string> {
    const bodies: Record<string, string> = {};
    for (const { messageId, body } of this.told) {
      if (messageId !== undefined && body !== undefined) bodies[messageId] = (bodies[messageId] ?? "") + body;
    }
    return bodies;
  }
  whats(): string {
    return this.told.map(({ what }) => what).join(" ");
  }
  #note(told: EndTold): void {
    this.told.push(told);
    this.heard(told);
  }
}

/** Writes down the answers of the next hop. */
export class RecordingUser implements ResponseUser {
  readonly answers: [status: number, context: unknown][] = [];
  others = "";
  onResponse(status: number, _comment: string, context: unknown, others: string): void {
    this.answers.push([status, context]);
    this.others = others;
  }
}

/** The far end of a connection, by hand: says what comes in, sees what went out, takes it only when told to. */
export class FakeDuplex implements Duplex {
  readonly transport: MsrpTransport;
  readonly inbound: boolean;
  readonly local: Endpoint = { host: "10.0.0.1", port: 2855 };
  readonly remote: Endpoint = { host: "10.0.0.2", port: 40_000 };
  readonly peerNames: readonly string[] = [];
  readonly writes: Uint8Array[] = [];
  fingerprint = "";
  paused = false;
  ended = false;
  destroyed = false;
  /** False: `onWritten` waits for `take`. */
  takes = true;
  user!: DuplexUser;
  #waiting = false;

  constructor(inbound = true, transport: MsrpTransport = "tcp") {
    this.inbound = inbound;
    this.transport = transport;
  }
  hasFingerprint(text: string): boolean {
    return text === this.fingerprint;
  }
  start(user: DuplexUser): void {
    this.user = user;
  }
  write(octets: Uint8Array<ArrayBuffer>): void {
    if (this.#waiting) throw new Error("a write before the one before it was done");
    this.writes.push(new Uint8Array(octets));
    if (this.takes) this.user.onWritten();
    else this.#waiting = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  /** The peer takes what was written. */
  take(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.user.onWritten();
  }
  say(text: string): void {
    this.user.onOctets(fromLatin1(text));
  }
  get text(): string {
    return this.writes.map((octets) => toLatin1(octets)).join("");
  }
  /** The frames that went out so far. */
  get frames(): Told[] {
    return parsed(this.text).all();
  }
  /** Status of each response that went out, as `tid status`. */
  get statuses(): string[] {
    return this.frames.flatMap((one) => one.kind === "response" ? [`${one.tid} ${one.status}`] : []);
  }
}

/** A switchboard in fake time, with connections by hand. */
export class World {
  readonly time = new FakeTime();
  readonly metrics = new Metrics();
  readonly board: Switchboard;
  readonly dialled: { transport: MsrpTransport; to: Endpoint; name: string; duplex: FakeDuplex }[] = [];

  constructor(limits: Partial<SwitchboardLimits> = {}, doors: MsrpDoor[] = []) {
    const dialer: Dialer = {
      dial: (transport, to, name) => {
        if (transport === "wss") return null;
        const duplex = new FakeDuplex(false, transport);
        this.dialled.push({ transport, to, name, duplex });
        return duplex;
      },
    };
    this.board = new Switchboard({
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: this.metrics,
      dialer,
      doors,
      limits: { ...DEFAULT_SWITCHBOARD_LIMITS, ...limits },
    });
  }

  /** A connection from outside. */
  accept(transport: MsrpTransport = "tcp"): { duplex: FakeDuplex; connection: FramedConnection } {
    const duplex = new FakeDuplex(true, transport);
    return { duplex, connection: this.board.accept(duplex)! };
  }

  /** One that a session uses already, with nothing of its first request left. */
  async bound(id = "9di4eae923wzd", transport: MsrpTransport = "tcp"): Promise<
    { duplex: FakeDuplex; connection: FramedConnection; end: RecordingEnd }
  > {
    const { duplex, connection } = this.accept(transport);
    const end = new RecordingEnd();
    this.board.add(id, end);
    this.board.bind(connection, end);
    await turn();
    return { duplex, connection, end };
  }
}

/** Lets everything happen that waits for the end of this turn. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
