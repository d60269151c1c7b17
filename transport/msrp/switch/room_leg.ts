import type { Connection } from "../connection.ts";
import { AcceptedTypes } from "../forward/accepted_types.ts";
import type { IncomingRequest, RequestHead } from "../frame.ts";
import {
  type IncomingMessage,
  LATER,
  MessageTracker,
  MsrpSession,
  type OctetBudget,
  type SessionPeer,
  type SessionUser,
} from "../session/mod.ts";
import { LegSender, type SenderOwner } from "./leg_sender.ts";
import type { OrderEntry } from "./room_order.ts";
import type { SwitchParts } from "./switch_parts.ts";
import type { SwitchLeg, SwitchLegOptions, SwitchLimits } from "./switch_types.ts";

/** What a leg asks of its room. */
export interface LegOwner {
  readonly parts: SwitchParts;
  readonly budget: OctetBudget;
  /** What is out is to be looked at from time to time. */
  watch(): void;
  /** It has passed everything from `from` on up to `to` (null: the end). Returns up to which `seq` it has everything. */
  passed(leg: RoomLeg, from: OrderEntry, to: OrderEntry | null): number;
  closed(leg: RoomLeg): void;
}

/** One device in a room: a session, and a place in the order. */
export class RoomLeg implements SwitchLeg, SessionUser, SenderOwner {
  readonly options: SwitchLegOptions;
  readonly #owner: LegOwner;
  readonly #types: AcceptedTypes;
  #session: MsrpSession;
  #peer: SessionPeer | null = null;
  #sender: LegSender | null = null;
  /** The session is exchanged for another one: its end is not the leg's. */
  #exchanging = false;
  #closed = false;
  /** The first message that it has not passed; null: none. Where it is counted in `OrderEntry.waiting`. */
  mark: OrderEntry | null = null;
  passed: number;
  /** Messages, and octets, that the room had before it came: being behind those is no fault of its own. */
  readonly #messagesBefore: number;
  readonly #octetsBefore: number;
  /** What its user was not told yet. */
  hasMoved = false;
  why: "slow" | "lost" | "closed" | null = null;
  reason = "";
  /** Its user knows that it is closed. */
  isTold = false;
  isHeld = false;

  /** Throws RangeError where the node has no room for another session. */
  constructor(owner: LegOwner, options: SwitchLegOptions, messages: number, octets: number) {
    this.#owner = owner;
    this.options = options;
    this.passed = options.after;
    this.#types = new AcceptedTypes(options.peerTypes);
    this.#messagesBefore = messages;
    this.#octetsBefore = octets;
    this.#session = this.#newSession(new MessageTracker(owner.parts.clock));
  }

  get sessionId(): string {
    return this.options.sessionId;
  }
  get uri(): string {
    return this.options.uri;
  }
  get party(): number {
    return this.options.party;
  }
  get open(): boolean {
    return this.#sender !== null;
  }
  get limits(): SwitchLimits {
    return this.#owner.parts.limits;
  }

  start(setup: "active" | "passive", peer: SessionPeer): void {
    if (this.#closed) return;
    if (this.#peer !== null) {
      if (isSamePeer(this.#peer, peer)) return;
      this.#exchange();
    }
    this.#peer = peer;
    this.#session.start(setup, peer);
  }

  /** What the peer of before has not answered goes to the new one, under the same Message-IDs (RFC 4975 §5.4). */
  #exchange(): void {
    const { tracker } = this.#session;
    this.#endSender();
    this.#exchanging = true;
    this.#session.close("the session has another peer now");
    this.#exchanging = false;
    this.#session = this.#newSession(tracker);
  }

  #newSession(tracker: MessageTracker): MsrpSession {
    const { node, clock, timers, limits } = this.#owner.parts;
    const { sessionId, uri, acceptTypes } = this.options;
    return new MsrpSession({
      node,
      sessionId,
      uri,
      acceptTypes,
      user: this,
      clock,
      timers,
      tracker,
      // As its description says: a larger one is for sessions made later.
      limits: { maxSize: limits.message, whole: limits.message },
      budget: this.#owner.budget,
      answerWhenKnown: true,
    });
  }

  hold(held: boolean): void {
    this.isHeld = held;
    if (held || this.#sender === null) return;
    this.#sender.pump(this.now());
    this.onProgress();
  }

  close(reason: string): void {
    this.#end("closed", reason);
  }

  /** By the stated rule. */
  giveUp(reason: string): void {
    this.#end("slow", reason);
  }

  #end(why: "slow" | "lost" | "closed", reason: string): void {
    if (this.#closed) return;
    this.why = why;
    this.#session.close(reason);
  }

  /** The room has another message; `waiting` counts this leg. */
  appended(entry: OrderEntry, now: number): void {
    this.mark ??= entry;
    if (this.#sender === null) return;
    this.#sender.appended(entry, now);
    this.onProgress();
  }

  /** True where it is further behind than it may be. */
  isBehind(messages: number, octets: number): boolean {
    const { mark } = this;
    if (mark === null) return false;
    return messages - Math.max(mark.messagesBefore, this.#messagesBefore) > this.limits.behind ||
      octets - Math.max(mark.octetsBefore, this.#octetsBefore) > this.limits.behindOctets;
  }

  isSilent(now: number): boolean {
    return this.#sender !== null && this.#sender.silence(now) >= this.limits.silence_ms;
  }

  wants(entry: OrderEntry): boolean {
    const { origin, to, from, size, contentType } = entry.message;
    const { party, skips, peerMaxSize } = this.options;
    return origin !== this && (to === null || to.includes(party)) && !(skips.size > 0 && skips.has(from)) &&
      (peerMaxSize === 0 || size <= peerMaxSize) && this.#types.allows(contentType);
  }

  onProgress(): void {
    const { mark } = this;
    if (mark === null || this.#sender === null) return;
    const first = this.#sender.first;
    if (first === mark) return;
    this.mark = first;
    this.passed = this.#owner.passed(this, mark, first);
  }

  onBroken(reason: string): void {
    this.#end("lost", reason);
  }

  now(): number {
    return this.#owner.parts.clock.monotonic();
  }

  onOpen(): void {
    const connection: Connection = this.#session.connection!;
    const sender = this.#sender = new LegSender(this, connection, this.#peer!.path.join(" "), this.uri, this.mark);
    this.#owner.watch();
    this.options.user.onOpen(this);
    // Whoever was told may have closed it.
    if (this.#sender !== sender) return;
    sender.pump(this.now());
    this.onProgress();
  }

  onMessage(message: IncomingMessage): number {
    const { limits, owner } = this.#owner.parts;
    if (message.body.length > limits.message) return 413;
    owner.onMessage(this, message);
    return LATER;
  }

  onRequest(request: IncomingRequest, body: Uint8Array): number {
    return this.#owner.parts.owner.onRequest(this, request, body);
  }

  /** A hop behind the next one says that the other end is gone (RFC 4975 §7.1.2). */
  onReport({ status, statusText }: RequestHead): void {
    if (status === 408 || status === 481 || status === 506) this.onBroken(statusText || `reported ${status}`);
  }

  onClosed(reason: string, status: number): void {
    if (this.#exchanging) return;
    // Who refuses to begin has no such session; one that was there may come again.
    this.why ??= status !== 0 && !this.open ? "closed" : "lost";
    this.reason = reason;
    this.#closed = true;
    this.#endSender();
    this.#owner.closed(this);
  }

  #endSender(): void {
    this.#sender?.end();
    this.#sender = null;
  }
}

/** The same description again, as each re-INVITE brings it. */
function isSamePeer(a: SessionPeer, b: SessionPeer): boolean {
  return a.path.join(" ") === b.path.join(" ") && a.cema === b.cema &&
    (a.fingerprints ?? []).join() === (b.fingerprints ?? []).join() &&
    a.address?.host === b.address?.host && a.address?.port === b.address?.port;
}
