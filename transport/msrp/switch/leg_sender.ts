import { type Connection, LOST, type ResponseUser, type Room, type RoomWaiter } from "../connection.ts";
import { readyPaths } from "../ready_request.ts";
import { ChunkedMessage, sendHead } from "./chunked_message.ts";
import { LINE, type OrderEntry } from "./room_order.ts";
import type { SwitchLimits } from "./switch_types.ts";
import { Unanswered } from "./unanswered.ts";

/** What a sender asks of its leg. */
export interface SenderOwner {
  readonly limits: SwitchLimits;
  /** No further message begins. */
  readonly isHeld: boolean;
  /** False for a message that this leg passes over. */
  wants(entry: OrderEntry): boolean;
  /** `first` may be another one, or there is something out. */
  onProgress(): void;
  /** The session is of no use any more. */
  onBroken(reason: string): void;
  /** The monotonic clock. */
  now(): number;
}

/**
 * What goes out on one leg, over one session: a place in the room's order, and what is unanswered before it. Messages go one after the
 * other, as far as the window and the connection let them; one in chunks is out alone, so that nothing behind it is complete before it.
 */
export class LegSender implements ResponseUser, RoomWaiter {
  readonly #owner: SenderOwner;
  readonly #connection: Connection;
  readonly #toPath: string;
  readonly #fromPath: string;
  /** Both as octets; null where requests are made one by one: somebody stands before the peer, and may not take a frame whole. */
  readonly #paths: Uint8Array | null;
  readonly #out = new Unanswered();
  #chunked: ChunkedMessage | null = null;
  /** The first that was not looked at yet; null: all were. */
  #next: OrderEntry | null;
  #waiting = false;
  #ended = false;
  /** When something came to be out, or an answer came. */
  #since = 0;

  constructor(owner: SenderOwner, connection: Connection, toPath: string, fromPath: string, next: OrderEntry | null) {
    this.#owner = owner;
    this.#connection = connection;
    this.#toPath = toPath;
    this.#fromPath = fromPath;
    const isDirect = !toPath.includes(" ") && connection.sendReady !== undefined;
    this.#paths = isDirect ? readyPaths(toPath, fromPath) : null;
    this.#next = next;
  }

  /** The first message that is not passed: unanswered, or not sent. Null: none. */
  get first(): OrderEntry | null {
    return this.#out.first ?? this.#chunked?.entry ?? this.#next;
  }

  /** How long the other end has left all that is out unanswered, ms; 0 with nothing out. */
  silence(now: number): number {
    return this.#isBusy ? now - this.#since : 0;
  }

  get #isBusy(): boolean {
    return this.#out.count > 0 || this.#chunked !== null && this.#chunked.out > 0;
  }

  /** The room has another message. */
  appended(entry: OrderEntry, now: number): void {
    // What waits behind others goes when they are answered, or when there is room.
    if (this.#next !== null) return;
    this.#next = entry;
    this.pump(now);
  }

  /** Sends what may go now. */
  pump(now: number): void {
    if (this.#ended) return;
    const connection = this.#connection;
    const { limits } = this.#owner;
    for (;;) {
      const chunked = this.#chunked;
      const entry = chunked === null ? this.#next : chunked.entry;
      if (entry === null || (chunked === null && this.#owner.isHeld)) return;
      if (chunked === null && !this.#owner.wants(entry)) {
        this.#next = entry.after;
        continue;
      }
      if (!connection.open || (chunked !== null && chunked.written) || !this.#fits(entry, limits)) return;
      if (connection.full) return this.#wait();
      if (!this.#isBusy) this.#since = now;
      if (entry.size > LINE) this.#sendChunk(entry);
      else this.#sendWhole(entry);
    }
  }

  /** The window has room for it, or for the next chunk of it. One always goes. */
  #fits(entry: OrderEntry, limits: SwitchLimits): boolean {
    const out = this.#out;
    const chunked = this.#chunked;
    if (chunked === null) {
      if (out.count === 0) return true;
      if (out.count >= limits.window) return false;
      return out.octets + Math.min(entry.size, LINE) <= limits.windowOctets;
    }
    return chunked.out === 0 || out.octets + chunked.octets + LINE <= limits.windowOctets;
  }

  #sendWhole(entry: OrderEntry): void {
    this.#next = entry.after;
    this.#out.push(entry);
    const connection = this.#connection;
    if (this.#paths !== null) {
      connection.sendReady!(entry, this.#paths, this, entry);
      return;
    }
    const chunk = connection.begin(sendHead(entry.message, 1, this.#toPath, this.#fromPath), this, entry);
    for (const piece of entry.body) chunk?.write(piece);
    chunk?.finish("$");
  }

  #sendChunk(entry: OrderEntry): void {
    if (this.#chunked === null) {
      this.#chunked = new ChunkedMessage(entry);
      this.#next = entry.after;
    }
    this.#chunked.writeNext(this.#connection, this.#toPath, this.#fromPath, this);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#connection.whenRoom(this);
  }

  onRoom(_place: Room): void {
    this.#waiting = false;
    if (this.#ended) return;
    this.pump(this.#owner.now());
    this.#owner.onProgress();
  }

  /** `context`: the entry. A refusal is no reason to ask again: the message is passed over. */
  onResponse(status: number, comment: string, context: unknown): void {
    // The session hears of a lost connection next, and tells.
    if (this.#ended || status === LOST) return;
    if (status === 408 || status === 481 || status === 506) {
      return this.#owner.onBroken(status === 408 ? "nothing was answered in time" : comment || `answered ${status}`);
    }
    const entry = context as OrderEntry;
    const chunked = this.#chunked;
    if (chunked !== null && chunked.entry === entry) {
      chunked.out--;
      // Nothing more of one that is refused goes out (RFC 4975 §10.5).
      if (status >= 300 || (chunked.written && chunked.out === 0)) this.#chunked = null;
    } else if (!this.#out.answered(entry)) return;
    this.#since = this.#connection.readAt;
    if (this.#next !== null || this.#chunked !== null) this.pump(this.#since);
    this.#owner.onProgress();
  }

  /** What is out stays out; its answers are nobody's. */
  end(): void {
    this.#ended = true;
    this.#next = this.#chunked = null;
  }
}
