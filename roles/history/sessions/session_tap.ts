import type { Room, RoomWaiter } from "../../../transport/msrp/mod.ts";
import {
  type BridgeTap,
  type Continuation,
  HeldAnswer,
  type RequestHead,
  type Side,
} from "../../../transport/msrp/mod.ts";
import { type Contents, type HistoryParty, StorageError, type StoredContent } from "../../../storage/mod.ts";
import { CompletionOrder, type Turn } from "../../deferred/mod.ts";
import type { Conversation } from "../recording/desk_types.ts";
import type { ContentSlots } from "./content_slots.ts";
import { type PassingHost, PassingMessage } from "./passing_message.ts";

/** Messages of one session under way, and octets of them in memory; the one that began first gives way. */
const UNDER_WAY = 64, MEMORY = 256 * 1024;
/** Messages that wait for the store, and octets of them in memory, from which on nothing is read. */
const WAITING = 64, WAITING_OCTETS = 256 * 1024;
/** Message-IDs of one side that are known again. */
const KNOWN = 256;

/** What the recording of a session stands on. */
export interface SessionTapParts {
  readonly conversation: Conversation;
  readonly contents: Pick<Contents, "claim" | "release">;
  readonly slots: ContentSlots;
  /** Wall time, and monotonic, ms. */
  readonly clock: { now(): number; monotonic(): number };
  /** Who speaks from each side, as the other sees it. */
  readonly parties: Readonly<Record<Side, HistoryParty>>;
  /** Users of ours in it, folded. */
  readonly users: readonly string[];
  /** Name of the file that is offered; "" for none. */
  readonly file: string;
  /** A message without octets is one: a file may be empty. */
  readonly takesEmpty: boolean;
}

/** A message that was recorded, or will be. */
interface Known {
  readonly mark: string;
  /** Answers to it, sent again meanwhile; null: it is kept. */
  answers: HeldAnswer[] | null;
}

/** What came from one side. */
class SideState {
  /** Messages that have begun and not ended, oldest first. */
  readonly under = new Map<string, PassingMessage>();
  /** By Message-ID, the latest last. */
  readonly known = new Map<string, Known>();
  /** Whose chunk is under way, and where its next octet belongs. */
  current: PassingMessage | null = null;
  offset = 0;
}

/**
 * Sees the messages of a session that somebody records: each is put together and kept, and only then its last SEND is answered. A store
 * that is slow slows the senders; what cannot be kept is passed on all the same.
 */
export class SessionTap implements BridgeTap, Room, PassingHost {
  readonly slots: ContentSlots;
  readonly #parts: SessionTapParts;
  readonly #sides: Readonly<Record<Side, SideState>> = { a: new SideState(), b: new SideState() };
  readonly #order = new CompletionOrder();
  readonly #waiters: RoomWaiter[] = [];
  #memory = 0;
  /** Complete, and not known to be kept. */
  #waiting = 0;
  #waitingOctets = 0;
  #closed = false;

  constructor(parts: SessionTapParts) {
    this.#parts = parts;
    this.slots = parts.slots;
  }

  get room(): Room {
    return this;
  }
  get open(): boolean {
    return !this.#closed;
  }
  get full(): boolean {
    if (this.#closed) return false;
    return this.#waiting >= WAITING || this.#waitingOctets >= WAITING_OCTETS || this.#isWriterFull;
  }
  whenRoom(waiter: RoomWaiter): void {
    this.#waiters.push(waiter);
  }

  onBegin(from: Side, head: RequestHead): void {
    const side = this.#sides[from];
    side.current = null;
    if (this.#closed || head.contentType === "" && !this.#parts.takesEmpty) return;
    side.offset = head.start - 1;
    const known = side.under.get(head.messageId);
    // From its first octet on again: whatever came of it before was not the message.
    if (head.start === 1) {
      known?.drop();
      side.under.delete(head.messageId);
      side.current = this.#begin(side, head);
    } else if (known !== undefined) side.current = known;
  }

  onOctets(from: Side, _head: RequestHead, octets: Uint8Array): void {
    const side = this.#sides[from];
    if (side.current === null) return;
    side.current.write(octets, side.offset);
    side.offset += octets.length;
  }

  onEnd(from: Side, head: RequestHead, continuation: Continuation): HeldAnswer | null {
    const side = this.#sides[from];
    const message = side.current;
    side.current = null;
    if (message === null) return null;
    if (continuation === "+" && !message.gone) return null;
    side.under.delete(message.messageId);
    if (continuation !== "$" || this.#closed || !message.complete(head.total, this.#parts.takesEmpty)) {
      message.drop();
      return null;
    }
    return this.#saidBefore(side, message) ? this.#again(side, message) : this.#complete(from, side, message);
  }

  onReport(): void {}

  /** It is shown nothing more for the time being: what has begun will not be whole. */
  rest(): void {
    for (const side of [this.#sides.a, this.#sides.b]) {
      for (const message of side.under.values()) message.drop();
      side.under.clear();
      side.current = null;
    }
    this.roomAgain();
  }

  /** The session is over. What is complete is still recorded, then the conversation is closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.rest();
    const turn = this.#order.enter();
    this.#order.ready(turn, () => this.#parts.conversation.close());
  }

  // For its messages.

  now(): number {
    return this.#parts.clock.monotonic();
  }

  roomAgain(): void {
    if (this.full) return;
    for (const waiter of this.#waiters.splice(0)) waiter.onRoom(this);
  }

  lost(_message: PassingMessage, error: StorageError): void {
    this.#parts.conversation.lost(this.#parts.users, error);
  }

  holds(message: PassingMessage, octets: number): void {
    this.#memory += octets;
    if (octets > 0 && this.#memory > MEMORY) this.#giveUpOldest(message);
  }

  #begin(side: SideState, head: RequestHead): PassingMessage {
    const { a, b } = this.#sides;
    const message = new PassingMessage(this, head);
    if (a.under.size + b.under.size >= UNDER_WAY) this.#giveUpOldest(message);
    side.under.set(message.messageId, message);
    return message;
  }

  /** Of the messages that have begun and do not end, the one that moved first. */
  #giveUpOldest(but: PassingMessage): void {
    let oldest: PassingMessage | null = null;
    let of: SideState | null = null;
    for (const side of [this.#sides.a, this.#sides.b]) {
      for (const message of side.under.values()) {
        if (message !== but && (oldest === null || message.movedAt < oldest.movedAt)) [oldest, of] = [message, side];
      }
    }
    if (oldest === null) return;
    of!.under.delete(oldest.messageId);
    oldest.displaced(new StorageError("full", "too many messages were under way in one session"));
  }

  /** The same once more, say after its connection broke. What has another one's Message-ID alone is something else. */
  #saidBefore({ known }: SideState, { messageId, mark }: PassingMessage): boolean {
    return known.get(messageId)?.mark === mark;
  }

  /** It is acknowledged when it is kept from the first time. */
  #again({ known }: SideState, message: PassingMessage): HeldAnswer | null {
    message.drop();
    const { answers } = known.get(message.messageId)!;
    if (answers === null) return null;
    const held = new HeldAnswer();
    answers.push(held);
    this.#waiting++;
    return held;
  }

  #complete(from: Side, side: SideState, message: PassingMessage): HeldAnswer {
    const known = this.#remember(side, message);
    const at = this.#parts.clock.now();
    const held = new HeldAnswer();
    const turn = this.#order.enter();
    const octets = message.held;
    this.#waiting++;
    this.#waitingOctets += octets;
    const done = () => {
      this.#waiting--;
      this.#waitingOctets -= octets;
      held.release();
      const again = known.answers ?? [];
      known.answers = null;
      for (const answer of again) {
        this.#waiting--;
        answer.release();
      }
      this.roomAgain();
    };
    message.finish(
      (body, content) => this.#say(turn, from, message, at, body, content, done),
      (error) => {
        side.known.delete(message.messageId);
        this.lost(message, error);
        this.#order.drop(turn);
        done();
      },
    );
    return held;
  }

  #say(
    turn: Turn,
    from: Side,
    { messageId, contentType, headers, file }: PassingMessage,
    at: number,
    body: Uint8Array,
    content: StoredContent | null,
    done: () => void,
  ): void {
    const { conversation, contents, parties, users, file: offered } = this.#parts;
    if (content !== null) contents.claim(content);
    const to = parties[from === "a" ? "b" : "a"].uri;
    const message = {
      at,
      from: parties[from],
      to,
      messageId,
      contentType,
      headers,
      file: offered || file,
      body,
      content,
    };
    this.#order.ready(turn, () =>
      conversation.said(message, users, () => {
        if (content !== null) contents.release(content);
        done();
      }));
  }

  #remember({ known }: SideState, { messageId, mark }: PassingMessage): Known {
    known.delete(messageId);
    if (known.size >= KNOWN) {
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    }
    const one: Known = { mark, answers: [] };
    known.set(messageId, one);
    return one;
  }

  get #isWriterFull(): boolean {
    return this.#sides.a.current?.full === true || this.#sides.b.current?.full === true;
  }
}
