import { latin1Into } from "../../foundation/mod.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { type ChunkWire, ChunkWriter, isRelayed, RELAYED_CHUNK } from "./chunk_writer.ts";
import type { OutgoingChunk, ResponseUser } from "./connection.ts";
import type { Continuation, RequestHead } from "./frame.ts";
import { endLineLength, INTERRUPTIBLE_FROM, requestHead, writeEndLine } from "./head_writer.ts";
import { type HopTransactions, isAnswered } from "./hop_transactions.ts";
import { readyLength, type ReadyMessage, writeReady } from "./ready_request.ts";
import { freshTid, tidFor } from "./transaction_id.ts";

/** Whose output it is. */
export interface OutputOwner {
  readonly open: boolean;
  /** Those that wait for room: each has stopped, and may have brought what it had read. */
  readonly waiting: number;
  /** There is something to write; said once until `next` was asked. */
  onOutput(): void;
  /** More waits than may: the connection is not worth another octet. */
  onOverflow(): void;
}

/**
 * What goes out on one connection: frames and octets are copied once, into one buffer, which is written at the end of the turn
 * while the next one fills. Where the wire carries messages (WebSocket), each write is one frame (RFC 7977 §5.1).
 */
export class FrameOutput implements ChunkWire {
  readonly hops: HopTransactions;
  readonly #owner: OutputOwner;
  readonly #pool: BufferPool;
  readonly #limit: number;
  readonly #framewise: boolean;
  #out: Uint8Array<ArrayBuffer> | null = null;
  #length = 0;
  #announced = false;
  /** Where the frames in `#out` end; kept only where the wire carries messages. */
  #ends: number[] = NONE;
  #chunk: ChunkWriter | null = null;
  // The buffer that is being written: sent so far, under way, in all.
  #flying: Uint8Array<ArrayBuffer> | null = null;
  #flyingFrom = 0;
  #flyingTo = 0;
  #flyingLength = 0;
  #flyingEnds: number[] = NONE;
  #flyingFrame = 0;

  constructor(owner: OutputOwner, hops: HopTransactions, pool: BufferPool, limit: number, framewise: boolean) {
    this.#owner = owner;
    this.hops = hops;
    this.#pool = pool;
    this.#limit = limit;
    this.#framewise = framewise;
  }

  get open(): boolean {
    return this.#owner.open;
  }

  /** Octets that the system has not taken. */
  get queued(): number {
    return this.#flyingLength - this.#flyingFrom + this.#length;
  }

  /** A write is under way: `written` is awaited. */
  get writing(): boolean {
    return this.#flyingTo > this.#flyingFrom;
  }

  /** One whole request, in several frames where a relay may not take it in one. False where there was no room for it. */
  send(
    head: RequestHead,
    body: Uint8Array,
    continuation: Continuation,
    user: ResponseUser | null,
    context: unknown,
  ): boolean {
    if (body.length > RELAYED_CHUNK && head.method === "SEND" && isRelayed(head)) {
      const chunk = this.begin(head, user, context);
      chunk.write(body);
      chunk.finish(continuation);
      return this.open;
    }
    const hasBody = body.length > 0 || head.contentType !== "";
    const tid = body.length === 0 ? freshTid() : tidFor(body);
    const end = body.length > INTERRUPTIBLE_FROM && head.method === "SEND" ? -1 : head.end;
    const text = requestHead(head, tid, head.start, end, hasBody);
    this.#interrupt();
    if (!this.#reserve(text.length + body.length + endLineLength(tid, hasBody))) return false;
    const out = this.#out!;
    let at = this.#length;
    at += latin1Into(text, out, at);
    if (body.length > 0) {
      out.set(body, at);
      at += body.length;
    }
    this.#length = writeEndLine(out, at, tid, hasBody, continuation);
    this.#frameEnds();
    if (user !== null && isAnswered(head)) this.hops.add(tid, head.failureReport === "partial", user, context);
    return true;
  }

  /** One whole SEND of which all but its transaction id was made before: see `ready_request.ts`. False where there was no room for it. */
  sendReady({ fields, body, size }: ReadyMessage, paths: Uint8Array, user: ResponseUser, context: unknown): boolean {
    const tid = freshTid();
    this.#interrupt();
    if (!this.#reserve(readyLength(tid, paths, fields) + size + endLineLength(tid, true))) return false;
    const out = this.#out!;
    let at = writeReady(out, this.#length, tid, paths, fields);
    for (const piece of body) {
      out.set(piece, at);
      at += piece.length;
    }
    this.#length = writeEndLine(out, at, tid, true, "$");
    this.#frameEnds();
    this.hops.add(tid, false, user, context);
    return true;
  }

  /** One whole frame as text. */
  sendText(text: string): void {
    this.#interrupt();
    if (!this.#reserve(text.length)) return;
    this.#length += latin1Into(text, this.#out!, this.#length);
    this.#frameEnds();
  }

  begin(head: RequestHead, user: ResponseUser | null, context: unknown): OutgoingChunk {
    return new ChunkWriter(this, head, user, context);
  }

  chunkBegins(chunk: ChunkWriter, head: string): void {
    this.#interrupt();
    this.#chunk = chunk;
    if (this.#reserve(head.length)) this.#length += latin1Into(head, this.#out!, this.#length);
  }

  chunkOctets(octets: Uint8Array): void {
    if (!this.#reserve(octets.length)) return;
    this.#out!.set(octets, this.#length);
    this.#length += octets.length;
    this.#announce();
  }

  chunkEnds(tid: string, hasBody: boolean, continuation: Continuation): void {
    this.#chunk = null;
    if (!this.#reserve(endLineLength(tid, hasBody))) return;
    this.#length = writeEndLine(this.#out!, this.#length, tid, hasBody, continuation);
    this.#frameEnds();
  }

  /** What to write next, until `written`; null: nothing now. */
  next(now: number): Uint8Array<ArrayBuffer> | null {
    this.#announced = false;
    if (this.writing) return null;
    if (this.#flying === null && !this.#launch(now)) return null;
    this.#flyingTo = this.#framewise ? this.#flyingEnds[this.#flyingFrame++] : this.#flyingLength;
    return this.#flying!.subarray(this.#flyingFrom, this.#flyingTo);
  }

  /** The system took what `next` gave. */
  written(): void {
    this.#flyingFrom = this.#flyingTo;
    if (this.#flyingFrom < this.#flyingLength) return;
    if (this.#flying !== null) this.#pool.give(this.#flying);
    this.#flying = null;
    this.#flyingFrom = this.#flyingTo = this.#flyingLength = 0;
  }

  /** Nothing will be written any more. What is under way stays untouched: the system may still read it. */
  drop(): void {
    if (this.#out !== null) this.#pool.give(this.#out);
    this.#out = this.#flying = null;
    this.#chunk = null;
    this.#length =
      this.#flyingFrom =
      this.#flyingTo =
      this.#flyingLength =
        0;
    this.#ends = this.#flyingEnds = NONE;
  }

  #launch(now: number): boolean {
    if (this.#framewise) this.#interrupt();
    if (this.#length === 0) return false;
    this.#flying = this.#out;
    this.#flyingLength = this.#length;
    this.#flyingEnds = this.#ends;
    this.#flyingFrame = 0;
    this.#out = null;
    this.#length = 0;
    this.#ends = NONE;
    this.#announced = false;
    this.hops.submitted(now);
    return true;
  }

  #interrupt(): void {
    if (this.#chunk !== null) this.#chunk.interrupt();
  }

  /** Makes room for so many octets behind those that wait. */
  #reserve(size: number): boolean {
    if (!this.#owner.open) return false;
    if (this.queued + size > this.#limit && this.queued + size > this.#limit + this.#owner.waiting * BROUGHT) {
      this.#owner.onOverflow();
      return false;
    }
    const out = this.#out;
    if (out === null) this.#out = this.#pool.take(size);
    else if (this.#length + size > out.length) {
      const larger = this.#pool.take(Math.max(this.#length + size, 2 * out.length));
      larger.set(out.subarray(0, this.#length));
      this.#pool.give(out);
      this.#out = larger;
    }
    return true;
  }

  #frameEnds(): void {
    if (this.#framewise) {
      if (this.#ends === NONE) this.#ends = [];
      this.#ends.push(this.#length);
    }
    this.#announce();
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#owner.onOutput();
  }
}

const NONE: number[] = [];
/** Octets of a read of one that waits, with what frames them as they go out. */
const BROUGHT = 65_536;
