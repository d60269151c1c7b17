import type { Endpoint } from "../net/mod.ts";
import type { MsrpTransport } from "./connection.ts";
import type { Duplex, DuplexUser } from "./duplex.ts";

/** Octets in one piece, as a read of a socket. */
const PIECE = 32_768;
/** Octets that go by microtasks before timers and sockets get their turn. */
const BREATH = 1_048_576;

let sinceBreath = 0;

// In the browser a timer takes its 4 ms, which only very large transfers notice.
const { setImmediate: immediately } = globalThis as { setImmediate?: (run: () => void) => unknown };

/** After the present turn of work; now and then after whatever else waits. */
function later(run: () => void): void {
  if (sinceBreath < BREATH) return queueMicrotask(run);
  sinceBreath = 0;
  if (immediately !== undefined) immediately(run);
  else setTimeout(run, 0);
}

/** How a pair looks to its users; a test may let it look like another transport. */
export interface MemoryDuplexOptions {
  readonly transport?: MsrpTransport;
  readonly peerNames?: readonly string[];
  /** What `hasFingerprint` says. Inside the process nobody else can be at the other end: true. */
  readonly hasFingerprint?: (text: string) => boolean;
  /** Octets in one piece at most: how a stream is split. */
  readonly piece?: number;
}

/**
 * Octets inside one process: what one end writes the other one gets, in pieces, after the present turn, never inside `write`.
 * Nothing is copied: a write is done when the other end has taken all of it, so that a reader that pauses holds its writer back.
 */
export class MemoryDuplex implements Duplex {
  readonly transport: MsrpTransport;
  readonly inbound: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly peerNames: readonly string[];
  readonly #hasFingerprint: (text: string) => boolean;
  readonly #piece: number;
  #peer: MemoryDuplex | null = null;
  #user: DuplexUser | null = null;
  #paused = false;
  #closed = false;
  #ending = false;
  /** What was written and not taken yet. */
  #octets: Uint8Array | null = null;
  #taken = 0;
  #scheduled = false;
  readonly #deliver = (): void => this.#deliverNow();

  private constructor(inbound: boolean, local: Endpoint, remote: Endpoint, options: MemoryDuplexOptions) {
    this.inbound = inbound;
    this.local = local;
    this.remote = remote;
    this.transport = options.transport ?? "memory";
    this.peerNames = options.peerNames ?? [];
    this.#hasFingerprint = options.hasFingerprint ?? (() => true);
    this.#piece = options.piece ?? PIECE;
  }

  /** Joins two ends: the first dials, the second accepts. */
  static pair(
    dialler: Endpoint,
    accepter: Endpoint,
    options: MemoryDuplexOptions = {},
  ): [dialler: MemoryDuplex, accepter: MemoryDuplex] {
    const first = new MemoryDuplex(false, dialler, accepter, options);
    const second = new MemoryDuplex(true, accepter, dialler, options);
    first.#peer = second;
    second.#peer = first;
    return [first, second];
  }

  hasFingerprint(text: string): boolean {
    return this.#hasFingerprint(text);
  }

  start(user: DuplexUser): void {
    this.#user = user;
    if (!this.inbound) later(() => this.#closed || user.onConnected());
    this.#peer!.#schedule();
  }

  write(octets: Uint8Array<ArrayBuffer>): void {
    if (this.#closed || this.#ending) return;
    if (this.#octets !== null) throw new Error("a write before the one before it was done");
    this.#octets = octets;
    this.#taken = 0;
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer!.#schedule();
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#schedule();
  }

  destroy(): void {
    this.#close("closed");
    this.#peer!.#close("closed by the peer");
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || (this.#octets === null && !this.#ending)) return;
    this.#scheduled = true;
    later(this.#deliver);
  }

  #deliverNow(): void {
    this.#scheduled = false;
    const peer = this.#peer!;
    const octets = this.#octets;
    while (octets !== null && this.#taken < octets.length) {
      if (this.#closed || peer.#closed || peer.#paused || peer.#user === null) return;
      if (sinceBreath >= BREATH) return this.#schedule();
      const from = this.#taken;
      this.#taken = Math.min(octets.length, from + this.#piece);
      sinceBreath += this.#taken - from;
      peer.#user.onOctets(octets.subarray(from, this.#taken));
    }
    if (this.#closed) return;
    if (octets !== null) {
      this.#octets = null;
      this.#user?.onWritten();
      if (this.#octets !== null) return;
    }
    if (this.#ending) this.destroy();
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#octets = null;
    const user = this.#user;
    if (user !== null) queueMicrotask(() => user.onClosed(reason));
  }
}
