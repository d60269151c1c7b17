import { latin1Into, type Timed } from "../../../foundation/mod.ts";
import type { Endpoint, Source } from "../../net/mod.ts";
import { BaseFlow } from "./base_flow.ts";
import type { Door, FlowContext, Flushable, Tended } from "./flow_context.ts";
import { type FramerSink, StreamFramer } from "./framing.ts";

const CRLF = "\r\n";
const NOTHING = new Uint8Array(0);

/**
 * A connection that carries octets: framing, one write a turn, a bounded queue, and the deadlines of a peer that keeps
 * still. What the octets run over (TCP, TLS) is the subclass's.
 *
 * States: connecting, open, ending (dead for its users, still writing what was queued), lingering (all written, waiting for
 * the peer to close, so that a reset cannot overtake the last answer), gone.
 */
export abstract class StreamFlow extends BaseFlow implements FramerSink, Flushable, Tended, Timed {
  readonly #framer: StreamFramer;
  readonly #source: Source;
  #connected: boolean;
  #out: Uint8Array<ArrayBuffer> | null = null;
  #outLength = 0;
  #inFlight = 0;
  #scheduled = false;
  #ending = false;
  #peerClosed = false;
  #gone = false;
  #messages = 0;
  readonly #bornAt: number;
  #trafficAt: number;
  #partialAt = 0;
  #writingAt = 0;
  #endingAt = 0;
  /** For how many ms nothing should be read, because its source is too fast. */
  #wait = 0;
  #waiting = false;
  #paused = false;
  /** Who waits for room. */
  #guests: (() => void)[] = [];

  constructor(context: FlowContext, door: Door, remote: Endpoint, inbound: boolean, source: Source) {
    super(context, door, remote, inbound);
    this.#source = source;
    this.#connected = inbound;
    this.#framer = new StreamFramer(this, context.limits, context.slab);
    this.#bornAt = this.#trafficAt = context.clock.monotonic();
    context.tend(this);
  }

  /** Writes; `written` or `lost` is called when it is done. The octets stay untouched until then. */
  protected abstract write(octets: Uint8Array<ArrayBuffer>): void;
  /** Says to the peer that nothing more will be written. */
  protected abstract endWriting(): void;
  /** Lets go of the connection at once. */
  protected abstract destroy(): void;
  protected abstract pauseReading(): void;
  protected abstract resumeReading(): void;

  get established(): boolean {
    return this.#connected;
  }

  get crowded(): boolean {
    return this.#inFlight + this.#outLength > this.context.limits.queue / 2;
  }

  whenRoom(work: () => void): void {
    this.#guests.push(work);
  }

  send(head: string, body: Uint8Array): boolean {
    if (!this.open) return false;
    const size = head.length + body.length;
    if (this.#inFlight + this.#outLength + size > this.context.limits.queue) {
      this.meters.queueFull.add();
      return false;
    }
    this.#append(head, body, size);
    this.queued(head, body);
    return true;
  }

  /** Ends the connection after what is queued went out. */
  close(reason: string): void {
    if (!this.die(reason)) return;
    this.#framer.stop();
    this.#end();
  }

  /** The connection broke, or is not worth another octet. */
  protected lost(reason: string): void {
    this.die(reason);
    this.#release();
  }

  /** The connect (and handshake) succeeded: what was queued goes out. */
  protected connected(): void {
    if (this.#gone) return;
    this.#connected = true;
    this.#trafficAt = this.context.clock.monotonic();
    if (this.#outLength > 0) this.flush();
    else if (this.#ending) this.#finish();
  }

  /** Octets from the peer; they may be overwritten after the call. */
  protected received(octets: Uint8Array): void {
    if (this.#gone || this.#ending) return;
    const now = this.context.clock.monotonic();
    this.#trafficAt = now;
    this.#framer.push(octets);
    if (!this.open) return;
    this.#partialAt = this.#framer.partial ? this.#partialAt || now : 0;
    if (this.#wait > 0 && !this.#waiting) {
      this.#waiting = true;
      this.meters.admission.add();
      this.context.timers.start(this.#wait, this, 0);
      this.#wait = 0;
    }
    this.#throttle();
  }

  onTimer(): void {
    this.#waiting = false;
    this.#throttle();
  }

  /** The peer has closed its side. */
  protected peerEnded(): void {
    this.#peerClosed = true;
    if (this.die("closed by the peer")) {
      this.#framer.stop();
      this.#end();
    } else if (this.#inFlight === 0 && this.#outLength === 0) this.#release();
  }

  onFrame(head: string, body: Uint8Array): void {
    if (!this.open) return;
    this.#messages++;
    this.#partialAt = 0;
    // What came in one piece came at one time.
    this.#wait = this.#source.spend(this.#trafficAt);
    this.handUp(head, body);
  }

  onPing(): void {
    this.meters.keepAlives.add();
    if (this.open && this.#inFlight + this.#outLength < this.context.limits.queue) this.#append(CRLF, NOTHING, 2);
  }

  onRefusedFrame(head: string, status: 400 | 413 | 513, reason: string): void {
    this.handUpRefused(head, status, reason);
    this.close(reason);
  }

  onGarbledFrame(reason: string): void {
    this.#source.garbage(this.context.clock.monotonic());
    this.handUpGarbage(reason);
    this.close(reason);
  }

  flush(): void {
    this.#scheduled = false;
    const out = this.#out;
    if (out === null || this.#inFlight > 0 || this.#gone || !this.#connected) return;
    this.#inFlight = this.#outLength;
    this.#out = null;
    this.#outLength = 0;
    this.#writingAt = this.context.clock.monotonic();
    this.write(this.#inFlight === out.length ? out : out.subarray(0, this.#inFlight));
  }

  /** Some octets of the write that is under way were taken. */
  protected progressed(): void {
    this.#writingAt = this.context.clock.monotonic();
  }

  /** The write that was under way is done. */
  protected written(octets: Uint8Array<ArrayBuffer>): void {
    this.context.buffers.give(octets.byteLength === octets.buffer.byteLength ? octets : new Uint8Array(octets.buffer));
    this.#inFlight = 0;
    if (this.#gone) return;
    this.#trafficAt = this.context.clock.monotonic();
    if (this.#outLength > 0) this.flush();
    else if (this.#ending) this.#finish();
    if (this.#paused) this.#throttle();
    if (this.#guests.length > 0 && !this.crowded) this.#admit();
  }

  protected override die(reason: string): boolean {
    const isNew = super.die(reason);
    if (isNew && this.#guests.length > 0) queueMicrotask(() => this.#admit());
    return isNew;
  }

  #admit(): void {
    for (const work of this.#guests.splice(0)) {
      try {
        work();
      } catch (error) {
        this.defect("whenRoom", error);
      }
    }
  }

  /** Looks at the deadlines. */
  tend(now: number): void {
    const { limits } = this.context;
    if (this.#inFlight > 0 && now - this.#writingAt >= limits.stalled_ms) this.#timedOut("the peer does not read");
    else if (this.#ending) {
      if (this.#inFlight === 0 && now - this.#endingAt >= limits.linger_ms) this.#release();
    } else if (!this.#connected) {
      if (now - this.#bornAt >= limits.connect_ms) this.#timedOut("no connection in time");
    } else if (this.#partialAt > 0 && !this.#paused && now - this.#partialAt >= limits.partial_ms) {
      this.#timedOut("a message that does not end");
    } else if (this.inbound && this.#messages === 0 && now - this.#bornAt >= limits.first_message_ms) {
      this.#timedOut("no message since it was opened");
    } else if (now - this.#trafficAt >= limits.idle_ms) {
      this.meters.timeouts.add();
      this.close("idle");
    }
  }

  #timedOut(reason: string): void {
    this.meters.timeouts.add();
    this.lost(reason);
  }

  /** Reads on only while its source is inside its rate and the peer takes what is written to it. */
  #throttle(): void {
    if (this.#gone) return;
    const pause = this.#waiting || this.crowded;
    if (pause === this.#paused || this.#ending) return;
    this.#paused = pause;
    if (pause) this.pauseReading();
    else {
      if (this.#partialAt > 0) this.#partialAt = this.context.clock.monotonic();
      this.resumeReading();
    }
  }

  #append(head: string, body: Uint8Array, size: number): void {
    let out = this.#out;
    const length = this.#outLength;
    if (out === null) this.#out = out = this.context.buffers.take(size);
    else if (length + size > out.length) {
      const larger = this.context.buffers.take(Math.max(length + size, out.length * 2));
      larger.set(out.subarray(0, length));
      this.context.buffers.give(out);
      this.#out = out = larger;
    }
    latin1Into(head, out, length);
    if (body.length > 0) out.set(body, length + head.length);
    this.#outLength = length + size;
    if (!this.#scheduled && this.#inFlight === 0 && this.#connected) {
      this.#scheduled = true;
      this.context.flushLater(this);
    }
  }

  #end(): void {
    this.#ending = true;
    this.#endingAt = this.context.clock.monotonic();
    if (!this.#connected) this.#release();
    else if (this.#outLength === 0 && this.#inFlight === 0) this.#finish();
    // What is read while ending is thrown away; it must be read, or the peer never sees the end.
    if (this.#paused && !this.#gone) {
      this.#paused = false;
      this.resumeReading();
    }
  }

  /** All was written. */
  #finish(): void {
    if (this.#gone) return;
    this.#endingAt = this.context.clock.monotonic();
    if (this.#peerClosed) this.#release();
    else this.endWriting();
  }

  #release(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#framer.stop();
    this.#out = null;
    this.#outLength = 0;
    this.context.untend(this);
    if (this.inbound) this.#source.disconnect();
    this.destroy();
  }
}
