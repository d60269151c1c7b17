import type { Timed, Timer } from "../../../foundation/mod.ts";
import { OctetBudget } from "../session/mod.ts";
import type { SwitchedMessage } from "./message.ts";
import { type LegOwner, RoomLeg } from "./room_leg.ts";
import { type OrderEntry, RoomOrder } from "./room_order.ts";
import type { SwitchParts } from "./switch_parts.ts";
import type { SwitchLeg, SwitchLegOptions, SwitchRoom } from "./switch_types.ts";

/** How often legs are asked whether they are silent. */
const SWEEP_MS = 1_000;

/**
 * The switch of one room (RFC 7701 §3). A message is written to every leg that may have it in the call that appends it; users are told
 * what became of their legs at the end of the turn. A leg is given up (`slow`) where it is further behind than `behind` messages or
 * `behindOctets` of those that came since it is there, or leaves all that is out unanswered for `silence_ms`.
 */
export class MsrpSwitchRoom implements SwitchRoom, LegOwner, Timed {
  readonly parts: SwitchParts;
  readonly budget: OctetBudget;
  readonly #order = new RoomOrder();
  readonly #legs: RoomLeg[] = [];
  /** Legs whose users are told something at the end of the turn. */
  #news: RoomLeg[] = [];
  #sweep: Timer | null = null;
  #closed = false;

  constructor(parts: SwitchParts) {
    this.parts = parts;
    this.budget = parts.budget ?? new OctetBudget(4 * parts.limits.message);
  }

  get size(): number {
    return this.#legs.length;
  }
  get last(): number {
    return this.#order.lastSeq;
  }
  /** Those of now. */
  get legs(): Iterable<SwitchLeg> {
    return [...this.#legs];
  }

  add(options: SwitchLegOptions): SwitchLeg {
    if (this.#closed) throw new RangeError("the room is closed");
    const order = this.#order;
    const { after, missed = [] } = options;
    let leg: RoomLeg;
    try {
      if (missed.length > 0) order.insert(missed.filter(({ seq }) => seq > after), (seq) => this.#notPast(seq));
      leg = new RoomLeg(this, options, order.messages, order.octets);
      leg.mark = order.enter(after);
    } finally {
      if (missed.length > 0) order.prune();
    }
    this.#legs.push(leg);
    if (leg.mark === null && order.lastSeq > after) {
      leg.passed = order.lastSeq;
      this.#hasMoved(leg);
    }
    return leg;
  }

  #notPast(seq: number): number {
    let count = 0;
    for (const { mark } of this.#legs) if (mark !== null && mark.message.seq < seq) count++;
    return count;
  }

  append(message: SwitchedMessage): void {
    if (this.#closed) return;
    const order = this.#order;
    const legs = this.#legs;
    const entry = order.append(message, legs.length);
    if (legs.length === 0) return;
    this.watch();
    const now = this.parts.clock.monotonic();
    let late: RoomLeg[] | null = null;
    // Nobody of ours is called from inside: legs do not change.
    for (let i = 0; i < legs.length; i++) {
      legs[i].appended(entry, now);
      // However large the newest is, it alone makes nobody late.
      if (legs[i].isBehind(order.messages, entry.octetsBefore)) (late ??= []).push(legs[i]);
    }
    for (const leg of late ?? []) leg.giveUp("it is too far behind the room");
  }

  restore(messages: readonly SwitchedMessage[]): void {
    if (this.#legs.length > 0) throw new RangeError("messages are restored before the first leg is there");
    for (const message of messages) this.#order.restore(message);
  }

  kept(): readonly SwitchedMessage[] {
    return this.#order.list();
  }

  keepLast(count: number): void {
    this.#order.keepLast(count);
    if (this.#legs.length > 0) this.#order.prune();
  }

  close(reason: string): void {
    this.#closed = true;
    for (const leg of [...this.#legs]) leg.close(reason);
    this.#order.clear();
    this.#sweep?.stop();
    this.#sweep = null;
  }

  watch(): void {
    if (!this.#closed) this.#sweep ??= this.parts.timers.start(SWEEP_MS, this, 0);
  }

  onTimer(): void {
    this.#sweep = null;
    const now = this.parts.clock.monotonic();
    for (const leg of [...this.#legs]) if (leg.isSilent(now)) leg.giveUp("it does not answer");
    if (this.#legs.some((leg) => leg.mark !== null)) this.watch();
  }

  passed(leg: RoomLeg, from: OrderEntry, to: OrderEntry | null): number {
    this.#hasMoved(leg);
    return this.#order.pass(from, to);
  }

  closed(leg: RoomLeg): void {
    const at = this.#legs.indexOf(leg);
    if (at >= 0) this.#legs.splice(at, 1);
    if (leg.mark !== null) this.#order.pass(leg.mark, null);
    leg.mark = null;
    this.#order.prune();
    this.#tellLater(leg);
  }

  #hasMoved(leg: RoomLeg): void {
    if (leg.hasMoved) return;
    leg.hasMoved = true;
    this.#tellLater(leg);
  }

  #tellLater(leg: RoomLeg): void {
    if (this.#news.push(leg) === 1) queueMicrotask(this.#tellAll);
  }

  readonly #tellAll = (): void => {
    const news = this.#news;
    this.#news = [];
    for (const leg of news) {
      try {
        this.#tell(leg);
      } catch (error) {
        this.parts.log.error("whoever owns a leg of a room failed", {
          error: error instanceof Error ? error.stack ?? error.message : String(error),
        });
      }
    }
  };

  #tell(leg: RoomLeg): void {
    const { user } = leg.options;
    if (leg.hasMoved) {
      leg.hasMoved = false;
      user.onPassed(leg, leg.passed);
    }
    if (leg.why === null || leg.isTold) return;
    leg.isTold = true;
    user.onClosed(leg, leg.why, leg.reason);
  }
}
