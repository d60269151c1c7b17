import { concatBytes, fromLatin1, utf8 } from "../../../foundation/mod.ts";
import type { Endpoint, Source } from "../../net/mod.ts";
import { BaseFlow } from "./base_flow.ts";
import type { Door, FlowBasis, Tended } from "./flow_context.ts";
import type { FlowLimits } from "./flow_limits.ts";
import { type FramerSink, frameWhole } from "./framing.ts";

const PING = "\r\n\r\n";
const PONG = "\r\n";
/** RFC 6455 §7.4; programs may not send 1008 and 1009 themselves, so these are their private likes. */
const NORMAL = 1000, POLICY = 4008, TOO_BIG = 4009;
const SLACK = 1024;

/**
 * Octets of one WebSocket message that is looked at: what is too long for SIP gets its 413 or 513, what is far too long the end
 * of its connection. Whoever carries WebSockets to us need not carry longer ones.
 */
export function longestWebSocketMessage({ message }: FlowLimits): number {
  return 2 * (message + SLACK);
}

/** What one source may send; see `Admission`. */
export type WebSocketSource = Pick<Source, "take" | "garbage" | "disconnect">;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * SIP over a WebSocket (RFC 7118): a message of the one is a message of the other, so Content-Length is not needed. Text
 * goes to a peer that sends text, as long as it is UTF-8 throughout (§4.2); all else is binary. Pure: runs in a browser.
 */
export class WebSocketFlow extends BaseFlow<FlowBasis> implements FramerSink, Tended {
  readonly #socket: WebSocket;
  readonly #local: Endpoint;
  readonly #source: WebSocketSource;
  readonly #bornAt: number;
  #trafficAt: number;
  #messages = 0;
  #binary = false;
  #gone = false;
  /** What waited at the last look, and when it was last seen to shrink. */
  #waiting = 0;
  #movedAt: number;
  #endingAt = 0;
  /** Messages queued while the socket connects; null once it is open. */
  #early: Uint8Array[] | null = null;
  #earlySize = 0;

  constructor(
    context: FlowBasis,
    door: Door,
    socket: WebSocket,
    remote: Endpoint,
    local: Endpoint,
    inbound: boolean,
    source: WebSocketSource,
  ) {
    super(context, door, remote, inbound);
    this.#socket = socket;
    this.#local = local;
    this.#source = source;
    this.#bornAt = this.#trafficAt = this.#movedAt = context.clock.monotonic();
    socket.binaryType = "arraybuffer";
    if (socket.readyState === 0) this.#early = [];
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(event.data));
    socket.addEventListener("close", (event) => this.#ended(event.reason || "closed by the peer"));
    socket.addEventListener("error", () => this.#ended("the WebSocket failed"));
    context.tend(this);
    if (socket.readyState > 1) this.#ended("closed by the peer");
  }

  override get local(): Endpoint {
    return this.#local;
  }

  send(head: string, body: Uint8Array): boolean {
    if (!this.open) return false;
    const size = head.length + body.length;
    if (this.#socket.bufferedAmount + this.#earlySize + size > this.context.limits.queue) {
      this.meters.queueFull.add();
      return false;
    }
    const message = body.length === 0 ? fromLatin1(head) : concatBytes([fromLatin1(head), body]);
    if (this.#early !== null) {
      this.#early.push(message);
      this.#earlySize += size;
    } else this.#write(message);
    this.queued(head, body);
    return true;
  }

  /** Ends the connection; the socket writes out what it has before it closes. */
  close(reason: string): void {
    this.#close(reason, NORMAL);
  }

  onFrame(head: string, body: Uint8Array): void {
    this.#messages++;
    this.handUp(head, body);
  }

  onPing(): void {}

  onRefusedFrame(head: string, status: 400 | 413 | 513, reason: string): void {
    this.handUpRefused(head, status, reason);
    this.#close(reason, TOO_BIG);
  }

  onGarbledFrame(reason: string): void {
    this.#source.garbage(this.context.clock.monotonic());
    this.handUpGarbage(reason);
    this.#close(reason, POLICY);
  }

  tend(now: number): void {
    const { limits } = this.context;
    const waiting = this.#socket.bufferedAmount;
    if (waiting === 0 || waiting < this.#waiting) this.#movedAt = now;
    this.#waiting = waiting;
    if (!this.open) {
      if (now - this.#endingAt >= limits.linger_ms + limits.stalled_ms) this.#release();
    } else if (now - this.#movedAt >= limits.stalled_ms) this.#timedOut("the peer does not read");
    else if (this.#early !== null) {
      if (now - this.#bornAt >= limits.connect_ms) this.#timedOut("no connection in time");
    } else if (this.inbound && this.#messages === 0 && now - this.#bornAt >= limits.first_message_ms) {
      this.#timedOut("no message since it was opened");
    } else if (now - this.#trafficAt >= limits.idle_ms) this.#timedOut("idle");
  }

  #opened(): void {
    const early = this.#early;
    this.#early = null;
    this.#earlySize = 0;
    this.#trafficAt = this.context.clock.monotonic();
    for (const message of early ?? []) this.#write(message);
  }

  #received(data: unknown): void {
    if (!this.open) return;
    const now = this.context.clock.monotonic();
    this.#trafficAt = now;
    // A WebSocket cannot be read more slowly: a source that is too fast loses it.
    if (!this.#source.take(now)) {
      this.meters.admission.add();
      this.#close("too many messages", POLICY);
      return;
    }
    this.#binary = typeof data !== "string";
    if (data === PING || data === PONG) return this.#keepAlive(data);
    const length = typeof data === "string" ? data.length : data instanceof ArrayBuffer ? data.byteLength : Infinity;
    if (length > longestWebSocketMessage(this.context.limits)) {
      return this.onGarbledFrame("a message longer than may be");
    }
    const octets = typeof data === "string" ? utf8(data) : new Uint8Array(data as ArrayBuffer);
    if (
      octets.length <= 4 && (octets.length === 2 || octets.length === 4) && octets.every((c) => c === 13 || c === 10)
    ) {
      return this.#keepAlive(octets.length === 4 ? PING : PONG);
    }
    frameWhole(octets, octets.length, this.context.limits, this.context.slab, this);
  }

  /** CRLF keep-alive as on any connection (RFC 7118 §6, RFC 5626 §4.4.1). */
  #keepAlive(data: string): void {
    this.meters.keepAlives.add();
    if (data === PING) this.#write(fromLatin1(PONG));
  }

  #write(message: Uint8Array): void {
    this.#trafficAt = this.context.clock.monotonic();
    try {
      const text = this.#binary ? null : asText(message);
      if (text !== null) this.#socket.send(text);
      else this.#socket.send(message as Uint8Array<ArrayBuffer>);
    } catch (error) {
      // The socket closed between the event and this turn.
      this.#ended(error instanceof Error ? error.message : String(error));
    }
  }

  #close(reason: string, code: number): void {
    if (!this.die(reason)) return;
    this.#endingAt = this.context.clock.monotonic();
    this.#early = null;
    // At most 123 octets (RFC 6455 §5.5). A program may send 1000 and 3000 to 4999 only (WHATWG WebSockets, close).
    this.#socket.close(code, reason.replace(/[^\x20-\x7e]/g, "?").slice(0, 120));
  }

  #ended(reason: string): void {
    this.die(reason);
    this.#release();
  }

  #timedOut(reason: string): void {
    this.meters.timeouts.add();
    this.#close(reason, NORMAL);
  }

  #release(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#early = null;
    this.context.untend(this);
    if (this.inbound) this.#source.disconnect();
  }
}

/** The octets as text, or null where they are not UTF-8. */
function asText(octets: Uint8Array): string | null {
  try {
    return strict.decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
