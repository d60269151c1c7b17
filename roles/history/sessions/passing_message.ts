import { createHash } from "node:crypto";
import { detached, EMPTY } from "../../../foundation/mod.ts";
import type { RequestHead } from "../../../transport/msrp/mod.ts";
import { type ContentWriter, StorageError, type StoredContent } from "../../../storage/mod.ts";
import { IN_RECORD } from "../recording/kept_body.ts";
import type { ContentSlots, SlotUser } from "./content_slots.ts";
import { fileNameIn, isFleeting, mimeLines } from "./what_is_said.ts";

/** Room that a message begins with which does not say how long it will be. */
const FIRST = 512;

/** What a message asks of its session. */
export interface PassingHost {
  readonly slots: ContentSlots;
  /** Monotonic, ms. */
  now(): number;
  /** There is room again in what this message is written to, or it has failed. */
  roomAgain(): void;
  /** It is not recorded, and whoever records is told why. */
  lost(message: PassingMessage, error: StorageError): void;
  /** So many more octets of it are in memory. */
  holds(message: PassingMessage, octets: number): void;
}

/**
 * A message of one side while it passes, put together from its chunks (RFC 4975 §5.1): up to 16 KiB in memory, a longer one in a content
 * that is written as it comes. In order only, as all send: a gap ends it. `gone`: nothing more of it counts.
 */
export class PassingMessage implements SlotUser {
  readonly messageId: string;
  readonly contentType: string;
  readonly headers: string;
  /** "" for none. */
  readonly file: string;
  readonly #host: PassingHost;
  #buffer: Uint8Array<ArrayBuffer>;
  #writer: ContentWriter | null = null;
  #received = 0;
  #total: number;
  #movedAt: number;
  #gone = false;
  /** Of its first octets, once they are not in memory any more. */
  #beginning = "";

  constructor(host: PassingHost, head: RequestHead) {
    this.#host = host;
    this.messageId = detached(head.messageId);
    this.contentType = detached(head.contentType);
    this.headers = mimeLines(head.others);
    this.file = fileNameIn(this.headers);
    this.#total = head.total;
    this.#movedAt = host.now();
    this.#buffer = new Uint8Array(head.total >= 0 && head.total <= IN_RECORD ? head.total : FIRST);
    host.holds(this, this.#buffer.length);
  }

  get received(): number {
    return this.#received;
  }
  get gone(): boolean {
    return this.#gone;
  }
  get movedAt(): number {
    return this.#movedAt;
  }
  /** What it is written to waits for the store. */
  get full(): boolean {
    return this.#writer !== null && this.#writer.full;
  }
  /** Octets in memory. */
  get held(): number {
    return this.#buffer.length;
  }

  /** What it is known again by when it is sent again: its type, its length, and its first 16 KiB. After `complete`. */
  get mark(): string {
    const beginning = this.#beginning || digestOf(this.#buffer.subarray(0, this.#received));
    return `${this.#received} ${beginning} ${this.contentType}`;
  }

  /** Octets of the body from `offset` on, the first is 0. Those that have come before are passed over. */
  write(octets: Uint8Array, offset: number): void {
    if (this.#gone) return;
    this.#movedAt = this.#host.now();
    if (offset > this.#received) return this.drop();
    const fresh = octets.subarray(this.#received - offset);
    const before = this.#received;
    this.#received += fresh.length;
    if (this.#writer !== null) return this.#pass(this.#writer, fresh);
    if (this.#received <= IN_RECORD) return this.#keep(fresh, before);
    const short = fresh.subarray(0, IN_RECORD - before);
    this.#keep(short, before);
    if (this.#gone) return;
    const begin = this.#buffer.subarray(0, IN_RECORD);
    if (isFleeting(this.contentType, this.headers, begin)) return this.drop();
    const writer = this.#open();
    if (writer === null) return;
    this.#beginning = digestOf(begin);
    this.#letGo();
    this.#pass(writer, begin);
    if (!this.#gone) this.#pass(writer, fresh.subarray(short.length));
  }

  /** All of it is here, unless it is not: false, and it is dropped. */
  complete(total: number, takesEmpty: boolean): boolean {
    const wanted = total >= 0 ? total : this.#total;
    const whole = !this.#gone && (wanted < 0 || wanted === this.#received) && (this.#received > 0 || takesEmpty);
    const short = this.#writer === null ? this.#buffer.subarray(0, this.#received) : null;
    if (whole && (short === null || !isFleeting(this.contentType, this.headers, short))) return true;
    this.drop();
    return false;
  }

  /** After `complete`: its body; `done` inside the call for a short one, else later. What is a content is the receiver's to claim. */
  finish(done: (body: Uint8Array, content: StoredContent | null) => void, failed: (error: StorageError) => void): void {
    this.#gone = true;
    const writer = this.#writer;
    if (writer === null) {
      const body = this.#buffer.subarray(0, this.#received);
      this.#letGo();
      return done(body, null);
    }
    writer.onRoom = null;
    this.#writer = null;
    writer.finish((outcome) => {
      this.#host.slots.leave(this);
      if (outcome instanceof StorageError) failed(outcome);
      else done(EMPTY, outcome);
    });
  }

  /** Nothing of it is recorded. */
  drop(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#letGo();
    const writer = this.#writer;
    this.#writer = null;
    if (writer === null) return;
    writer.onRoom = null;
    writer.abandon();
    this.#host.slots.leave(this);
    this.#host.roomAgain();
  }

  displaced(error: StorageError): void {
    this.drop();
    this.#host.lost(this, error);
  }

  #pass(writer: ContentWriter, octets: Uint8Array): void {
    if (writer.error === null) writer.write(octets);
    if (writer.error !== null) this.displaced(writer.error);
  }

  #keep(fresh: Uint8Array, at: number): void {
    if (at + fresh.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(IN_RECORD, Math.max(at + fresh.length, this.#buffer.length * 2)));
      larger.set(this.#buffer.subarray(0, at));
      const more = larger.length - this.#buffer.length;
      this.#buffer = larger;
      this.#host.holds(this, more);
      if (this.#gone) return;
    }
    this.#buffer.set(fresh, at);
  }

  /** Null: there is no room for long ones, and it is lost. */
  #open(): ContentWriter | null {
    try {
      const writer = this.#writer = this.#host.slots.take(this);
      writer.onRoom = () => {
        if (writer.error !== null) this.displaced(writer.error);
        this.#host.roomAgain();
      };
      return writer;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.displaced(error);
      return null;
    }
  }

  #letGo(): void {
    this.#host.holds(this, -this.#buffer.length);
    this.#buffer = EMPTY as Uint8Array<ArrayBuffer>;
  }
}

function digestOf(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("base64url");
}
