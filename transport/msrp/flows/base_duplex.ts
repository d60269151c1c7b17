import type { Endpoint, Source } from "../../net/mod.ts";
import type { MsrpTransport } from "../connection.ts";
import type { Duplex, DuplexUser } from "../duplex.ts";
import type { Linked } from "../linked_list.ts";
import { LARGE } from "./read_buffers.ts";
import type { WireContext } from "./wire_context.ts";
import type { WireMeters } from "./wire_meters.ts";

/** Where a connection is that has not been made. */
const NOWHERE: Endpoint = { host: "", port: 0 };
const NO_NAMES: readonly string[] = [];

/**
 * What every duplex on a wire has in common: one write at a time, what came while it was paused, deadlines, and one end. What
 * the octets run over is the subclass's.
 *
 * States: not started, connecting, open, ending (all is said; the peer's end is waited for), over.
 */
export abstract class BaseDuplex implements Duplex, Linked<BaseDuplex> {
  readonly transport: MsrpTransport;
  readonly inbound: boolean;
  local: Endpoint = NOWHERE;
  remote: Endpoint;
  peerNames: readonly string[] = NO_NAMES;
  /** Its place among all of its context. */
  before: BaseDuplex | null = null;
  after: BaseDuplex | null = null;
  protected readonly context: WireContext;
  protected readonly meters: WireMeters;
  /** Null for connections of ours: they count nowhere. */
  readonly #source: Source | null;
  #user: DuplexUser | null = null;
  #connected: boolean;
  #over = false;
  #reason = "";
  #writing = false;
  #paused = false;
  /** What came and could not be handed up: while paused, or more than one piece. Null: nothing. */
  #held: Uint8Array[] | null = null;
  #handingUp = false;
  #ending = false;
  #peerEnded = false;
  #startedAt = 0;
  #endingAt = 0;
  /** Counts what the peer takes; looked at once a second, so that a write costs no look at the clock. */
  #progress = 0;
  #seenProgress = 0;
  #movedAt = 0;

  constructor(context: WireContext, transport: MsrpTransport, remote: Endpoint, source: Source | null) {
    this.context = context;
    this.transport = transport;
    this.inbound = source !== null;
    this.remote = remote;
    this.meters = context.meters(transport);
    this.#source = source;
    this.#connected = this.inbound;
    this.#movedAt = context.clock.monotonic();
    context.opened(this);
  }

  /** Octets are wanted from now on; a connection of ours is made now. */
  protected abstract begin(): void;
  /** Writes; `written` or `lost` is called when it is done, never inside. */
  protected abstract send(octets: Uint8Array<ArrayBuffer>): void;
  /** Says to the peer that nothing more will be written. */
  protected abstract endWriting(): void;
  /** Lets go of the connection: at once, or, where the peer has said its end and gets ours, as soon as that is written. */
  protected abstract release(gently: boolean): void;
  protected abstract pauseReading(): void;
  protected abstract resumeReading(): void;

  hasFingerprint(_text: string): boolean {
    return false;
  }

  /** True when nothing more comes or goes. */
  get over(): boolean {
    return this.#over;
  }

  start(user: DuplexUser): void {
    if (this.#user !== null) throw new Error("the duplex has a user already");
    this.#user = user;
    if (this.#over) {
      this.#tellClosed();
      return;
    }
    this.#startedAt = this.context.clock.monotonic();
    this.begin();
  }

  write(octets: Uint8Array<ArrayBuffer>): void {
    if (this.#over || this.#ending) return;
    if (this.#writing || !this.#connected) throw new Error("one write at a time, on a connection that is made");
    this.#writing = true;
    this.send(octets);
  }

  pause(): void {
    if (this.#paused || this.#over) return;
    this.#paused = true;
    if (!this.#ending) this.pauseReading();
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    if (this.#held !== null) this.#handUpHeld();
    if (!this.#paused && !this.#over && !this.#ending) this.resumeReading();
  }

  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    this.#endingAt = this.context.clock.monotonic();
    if (!this.#connected) return this.#finish("closed");
    if (!this.#writing) this.#allSaid();
    // Its end is behind what still comes: that must be read, whether somebody wants it or not.
    if (this.#paused && !this.#over) this.resumeReading();
  }

  destroy(): void {
    this.#finish("closed");
  }

  /** Looks at the deadlines: to be called about once a second. */
  tend(now: number): void {
    const { limits } = this.context;
    if (this.#user === null) return;
    if (!this.#writing || this.#progress !== this.#seenProgress) {
      this.#seenProgress = this.#progress;
      this.#movedAt = now;
    }
    if (!this.#connected) {
      if (now - this.#startedAt >= limits.connect_ms) this.timedOut("no connection in time");
    } else if (this.#writing) {
      if (now - this.#movedAt >= limits.stalled_ms) this.timedOut("the peer does not read");
    } else if (this.#ending) {
      if (now - this.#endingAt >= limits.linger_ms) this.#finish("closed");
    } else if (!this.#paused) this.keepAlive(now);
  }

  /** Called about once a second while it is open, quiet, and not paused. */
  protected keepAlive(_now: number): void {}

  /** The connect (and handshake) succeeded. */
  protected connected(): void {
    if (this.#over || this.#connected) return;
    this.#connected = true;
    this.meters.dialled.add();
    this.#tell((user) => user.onConnected());
  }

  /**
   * Octets from the peer. Up to LARGE of them on a connection that is not paused may be overwritten after the call; more, or
   * any that come while it is paused, are kept as they are.
   */
  protected received(octets: Uint8Array): void {
    if (this.#over) return;
    if (this.#ending && this.#paused) return;
    if (this.#paused || this.#handingUp || this.#held !== null || octets.length > LARGE) {
      (this.#held ??= []).push(octets);
      if (!this.#paused && !this.#handingUp) this.#handUpHeld();
      return;
    }
    this.#handingUp = true;
    try {
      this.#user!.onOctets(octets);
    } catch (error) {
      this.#defect(error);
    }
    this.#handingUp = false;
  }

  /** Some of the octets of the write that is under way were taken. */
  protected progressed(): void {
    this.#progress++;
  }

  /** The write that was under way is done. */
  protected written(): void {
    this.#progress++;
    this.#writing = false;
    if (this.#over) return;
    try {
      this.#user!.onWritten();
    } catch (error) {
      this.#defect(error);
    }
    if (this.#writing || this.#over) return;
    if (this.#ending) this.#allSaid();
    else if (this.#peerEnded) this.#endWithPeer();
  }

  /** The peer has said its end. What was answered before still goes out; then it is over for both. */
  protected peerEnded(): void {
    if (this.#over || this.#peerEnded) return;
    this.#peerEnded = true;
    // What is asked for by the last octets is written at the end of the turn.
    queueMicrotask(() => this.#endWithPeer());
  }

  protected lost(reason: string): void {
    if (!this.#connected && !this.#over) this.meters.dialFailures.add();
    this.#finish(reason);
  }

  protected timedOut(reason: string): void {
    this.meters.timeouts.add();
    this.lost(reason);
  }

  #allSaid(): void {
    this.#endingAt = this.context.clock.monotonic();
    if (this.#peerEnded) this.#finish("closed");
    else this.endWriting();
  }

  #endWithPeer(): void {
    if (!this.#writing && this.#held === null) this.#finish(this.#ending ? "closed" : "closed by the peer", true);
  }

  #handUpHeld(): void {
    if (this.#handingUp) return;
    this.#handingUp = true;
    while (this.#held !== null && !this.#paused && !this.#over) {
      const held: Uint8Array[] = this.#held;
      const first = held[0];
      if (first.length > LARGE) held[0] = first.subarray(LARGE);
      else if (held.length > 1) held.shift();
      else this.#held = null;
      try {
        this.#user!.onOctets(first.length > LARGE ? first.subarray(0, LARGE) : first);
      } catch (error) {
        this.#defect(error);
      }
    }
    this.#handingUp = false;
    if (this.#peerEnded) queueMicrotask(() => this.#endWithPeer());
  }

  #tell(call: (user: DuplexUser) => void): void {
    if (this.#user === null) return;
    try {
      call(this.#user);
    } catch (error) {
      this.#defect(error);
    }
  }

  #defect(error: unknown): void {
    this.meters.defects.add();
    this.context.log.error("reader of an MSRP connection failed", {
      transport: this.transport,
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    this.#finish("a defect of ours");
  }

  #finish(reason: string, gently = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#reason = reason;
    this.#held = null;
    this.context.closed(this);
    this.#source?.disconnect();
    this.release(gently);
    if (this.#user !== null) this.#tellClosed();
  }

  /** At the end of the turn: whoever ends it is not called inside that call. */
  #tellClosed(): void {
    queueMicrotask(() => {
      try {
        this.#user!.onClosed(this.#reason);
      } catch (error) {
        this.#defect(error);
      }
    });
  }
}
