import type { OutgoingChunk, ResponseUser } from "./connection.ts";
import type { Continuation, RequestHead } from "./frame.ts";
import { requestHead } from "./head_writer.ts";
import { type Hop, type HopTransactions, isAnswered } from "./hop_transactions.ts";
import { freshTid } from "./transaction_id.ts";

/**
 * Octets of a body in one frame to a next hop that is a relay. Relays may need a frame as a whole: kamailio's takes 11,200 octets,
 * and ends the connection of those who send more.
 */
export const RELAYED_CHUNK = 8192;

/** True where somebody passes the request on. */
export function isRelayed(head: RequestHead): boolean {
  return head.toPath.includes(" ");
}

/** Where a chunk is written. One chunk is on the wire at a time: whoever begins there interrupts the one before. */
export interface ChunkWire {
  readonly open: boolean;
  readonly hops: HopTransactions;
  /** Interrupts whatever is on the wire and writes the head. */
  chunkBegins(chunk: ChunkWriter, head: string): void;
  chunkOctets(octets: Uint8Array): void;
  /** The end-line; the wire is free again. */
  chunkEnds(tid: string, hasBody: boolean, continuation: Continuation): void;
}

/**
 * A chunk whose body comes in pieces. When another frame goes out in between it is ended with `+`, and goes on as a transaction
 * of its own further on in the message (RFC 4975 §5.1, §7.1.1).
 */
export class ChunkWriter implements OutgoingChunk {
  readonly #wire: ChunkWire;
  readonly #head: RequestHead;
  readonly #user: ResponseUser | null;
  readonly #context: unknown;
  /** Octets that go in one frame at most. */
  readonly #most: number;
  /** Where the next octet stands in the message, and where the frame began. */
  #position: number;
  #from = 0;
  #tid = freshTid();
  #hop: Hop | null = null;
  #onWire = false;
  #hasBody = false;
  #done = false;

  constructor(wire: ChunkWire, head: RequestHead, user: ResponseUser | null, context: unknown) {
    this.#wire = wire;
    this.#head = head;
    this.#user = user !== null && isAnswered(head) ? user : null;
    this.#context = context;
    this.#most = isRelayed(head) ? RELAYED_CHUNK : Infinity;
    this.#position = head.start;
    this.#await();
  }

  write(octets: Uint8Array): void {
    if (this.#done || octets.length === 0 || !this.#wire.open) return;
    if (this.#most !== Infinity) return this.#writeFrames(octets);
    if (!this.#onWire) this.#begin(true);
    this.#wire.chunkOctets(octets);
    this.#position += octets.length;
  }

  #writeFrames(octets: Uint8Array): void {
    for (let at = 0; at < octets.length && this.#wire.open;) {
      if (this.#onWire && this.#position - this.#from >= this.#most) this.interrupt();
      if (!this.#onWire) this.#begin(true);
      const room = this.#from + this.#most - this.#position;
      const piece = octets.length - at <= room ? octets.subarray(at) : octets.subarray(at, at + room);
      this.#wire.chunkOctets(piece);
      this.#position += piece.length;
      at += piece.length;
    }
  }

  finish(continuation: Continuation): void {
    if (this.#done) return;
    this.#done = true;
    // On a connection that is gone the users have been told, or are about to be.
    if (!this.#wire.open) return;
    if (!this.#onWire) this.#begin(this.#head.contentType !== "");
    this.#end(continuation, true);
  }

  /** Another frame goes out now. */
  interrupt(): void {
    this.#end("+", false);
    this.#tid = freshTid();
    this.#await();
  }

  #begin(hasBody: boolean): void {
    this.#hasBody = hasBody;
    this.#onWire = true;
    this.#from = this.#position;
    this.#wire.chunkBegins(this, requestHead(this.#head, this.#tid, this.#position, -1, hasBody));
  }

  #end(continuation: Continuation, last: boolean): void {
    this.#onWire = false;
    this.#wire.chunkEnds(this.#tid, this.#hasBody, continuation);
    if (this.#hop !== null) this.#wire.hops.end(this.#hop, last);
  }

  #await(): void {
    if (this.#user !== null) this.#hop = this.#wire.hops.open(this.#tid, this.#head, this.#user, this.#context);
  }
}
