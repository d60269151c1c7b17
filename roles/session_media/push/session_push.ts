import { randomHex, type Timed, type Timer } from "../../../foundation/mod.ts";
import type { IncomingMessage } from "../../../transport/msrp/session/mod.ts";
import {
  acceptsType,
  acceptsWrappedType,
  CPIM_TYPE,
  type MsrpMedia,
  receives,
} from "../../../transport/payload/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { DeviceVoice } from "./device_voice.ts";
import type { PushCallUser, PushCarrier, PushDeps, PushOutcome, PushSession } from "./push_call.ts";
import type { PushEntry, PushFormat, PushMessage } from "./push_format.ts";
import { type LoadWaiter, PushLoad } from "./push_load.ts";
import { PushSlot, type SlotOwner } from "./push_slot.ts";
import type { SessionPushEnd, SessionPushUser } from "./session_push_user.ts";

/** Octets of their bodies; one message may always be there. */
const WINDOW_OCTETS = 262_144;
/** A body in a record of its own is no longer; a content counts with the blocks that are read of it. */
const COUNTED_MOST = 131_072;
/** Message-IDs of one session that are kept, since a device takes none twice; further messages get ids that nobody else has. */
const IDS = 20_000;
/** A device that takes nothing for so long is silent. */
const SILENCE_MS = 30_000;
const LOOK_MS = 5_000;
/** Reports that nobody sends are not waited for longer. */
const REPORT_MS = 60_000;
/** After the last message: time for its notifications, where they were asked for, or for relays to pass on what they took. */
const LINGER_MS = 1_000;
const [LOOK, LINGER, LEAVE] = [1, 2, 3];

const DONE = 'SIP;cause=200;text="all delivered"';
const BROKEN = 'SIP;cause=480;text="Delivery broken off"';

/**
 * Stored messages, brought in one MSRP session (oma-reference §3.4, §3.5): whoever takes it gets them all in order, each as
 * `message/cpim` with its own From, To and time, several in flight; then BYE.
 *
 *     new SessionPush(deps, format, (user) => new PushCall(deps, addresses, user), user).start(targets);
 */
export class SessionPush<E extends PushEntry, M extends PushMessage>
  implements SlotOwner<E, M>, PushCallUser, LoadWaiter, Timed {
  readonly facts = {
    acceptTypes: [CPIM_TYPE],
    acceptWrappedTypes: ["*"],
    maxSize: 65_536,
    direction: "sendrecv" as const,
  };
  readonly limits = { maxSize: 65_536, whole: 65_536, reportWait: REPORT_MS };
  readonly deps: PushDeps;
  readonly format: PushFormat<E, M>;
  readonly user: SessionPushUser<E, M>;
  readonly #load: PushLoad;
  readonly #call: PushCarrier;
  readonly #voice: DeviceVoice;
  /** What goes out next is in front; the first ones may be in flight. */
  readonly #slots: PushSlot<E, M>[] = [];
  /** Slots at the front of the list that have been sent. */
  #sent = 0;
  #octets = 0;
  /** Message-IDs of this session: two senders may have used the same. */
  readonly #ids = new Set<string>();
  #count = 0;
  #unique: string | null = null;
  #up: PushSession | null = null;
  #device = "";
  #pumping = false;
  #again = false;
  /** There may be more, and it begins in one of the next turns. */
  #waits = false;
  /** There is more, and its user fetches it. */
  #fetched = false;
  #notifies = false;
  #progress = 0;
  #timer: Timer | null = null;
  #over = false;
  /** Why it takes nothing more; "" while it does. */
  #leaving = "";
  /** It counts no longer. */
  #left = false;

  /** `carrier`: what invites, or answers whoever has invited. */
  constructor(
    deps: PushDeps,
    format: PushFormat<E, M>,
    carrier: (user: PushCallUser) => PushCarrier,
    user: SessionPushUser<E, M>,
  ) {
    this.deps = deps;
    this.format = format;
    this.user = user;
    this.#load = deps.load ?? new PushLoad();
    this.#call = carrier(this);
    this.#voice = new DeviceVoice(user);
  }

  /** Once. `onEnded` may come inside the call. */
  start(targets: readonly Target[]): void {
    this.#call.start(targets);
  }

  /** What `next` said is fetched later is there now, or there is nothing more. */
  more(): void {
    this.#fetched = false;
    this.#pump();
  }

  /** At once: what is not confirmed stays stored. No `onEnded` comes. */
  stop(): void {
    this.#over = true;
    this.#close('SIP;cause=503;text="Service going down"');
  }

  /**
   * Nothing more goes out; what has gone out may still be confirmed for so long, then the session ends, and what is not confirmed stays
   * stored. `onEnded` tells, also inside the call. `reason`: a Reason value (RFC 3326).
   */
  leave(reason: string, within_ms: number): void {
    if (this.#over || this.#leaving !== "") return;
    this.#leaving = reason;
    this.#fetched = false;
    if (this.#up === null) return this.#end({ kind: "untaken", outcomes: [] });
    for (const slot of this.#slots.splice(this.#sent)) this.#octets -= slot.counted;
    if (this.#sent === 0) return this.#end({ kind: "done" });
    this.#timer?.stop();
    this.#timer = this.deps.services.timers.start(within_ms, this, LEAVE);
  }

  /** The one that took it; null before. */
  get target(): Target | null {
    return this.#up?.target ?? null;
  }

  // The call.

  get answerWithin_s(): number {
    return this.deps.settings.answerWithin_s;
  }

  unfit(media: MsrpMedia): number {
    return acceptsType(media, CPIM_TYPE) && receives(media.direction) ? 0 : 415;
  }

  onUp(up: PushSession): void {
    this.#up = up;
    this.#load.enter();
    this.#device = up.target.binding?.instance ?? "";
    this.#progress = this.deps.services.clock.monotonic();
    this.#timer = this.deps.services.timers.start(LOOK_MS, this, LOOK);
    this.#pump();
  }

  onUntaken(outcomes: readonly PushOutcome[]): void {
    this.#end({ kind: "untaken", outcomes });
  }

  onDown(why: string): void {
    this.#break(null, why);
  }

  onMessage(message: IncomingMessage): number {
    return this.#voice.heard(message);
  }

  // The slots.

  get up(): PushSession {
    return this.#up!;
  }

  /** 0: the device takes such a message; else the status it would give. */
  refusalOf(inner: string, size: number): number {
    const { media } = this.up;
    if (size > (media.maxSize ?? Infinity)) return 413;
    return acceptsWrappedType(media, inner) ? 0 : 415;
  }

  /** The message's own id as long as nobody else's of this session is the same. */
  idFor(wanted: string, otherwise: string): string {
    this.#count++;
    if (this.#ids.size >= IDS) return this.#freshId();
    let id = wanted === "" || this.#ids.has(wanted) ? otherwise : wanted;
    // A sender may have guessed what one of ours will be.
    for (let more = 1; this.#ids.has(id); more++) id = `${otherwise}.${more}`;
    this.#ids.add(id);
    return id;
  }

  /** Nobody could have guessed it. */
  #freshId(): string {
    return `${this.#unique ??= randomHex(8)}.${this.#count.toString(36)}`;
  }

  wantsNotifications(): void {
    this.#notifies = true;
  }

  moved(): void {
    this.#progress = this.deps.services.clock.monotonic();
  }

  ready(): void {
    this.#pump();
  }

  taken(slot: PushSlot<E, M>, message: M): void {
    if (!this.#drop(slot)) return;
    this.moved();
    this.user.onTaken(slot.entry, message, this.up.target, this.up.callId);
    this.#pump();
  }

  refused(slot: PushSlot<E, M>, message: M, status: number): void {
    if (!this.#drop(slot)) return;
    this.moved();
    this.user.onRefused(slot.entry, message, this.up.target, status);
    this.#pump();
  }

  /** It is not to go out: gone, damaged, or not admitted. */
  passed(slot: PushSlot<E, M>, gone: boolean): void {
    if (!this.#drop(slot)) return;
    if (gone) this.user.onGone(slot.entry);
    this.#pump();
  }

  /** The device had a fault with it, or it cannot be said what became of it. */
  failed(slot: PushSlot<E, M>, status: number, why: string): void {
    if (!this.#over) this.#break(status >= 500 ? slot.entry : null, why);
  }

  onTimer(kind: number): void {
    this.#timer = null;
    if (kind === LINGER) return this.#close(DONE);
    if (this.#over) return;
    if (kind === LEAVE) return this.#break(null, "the device has not confirmed in time");
    const { clock, timers } = this.deps.services;
    // While the store is slow nobody else is to blame.
    if (this.#sent === 0) this.moved();
    if (clock.monotonic() - this.#progress >= SILENCE_MS) return this.#break(null, "the device takes nothing");
    this.#timer = timers.start(LOOK_MS, this, LOOK);
  }

  /** Reads ahead as far as there is room, and sends what is ready, in order. */
  #pump(): void {
    if (this.#over || this.#up === null) return;
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    do {
      this.#again = false;
      this.#fill();
      this.#send();
    } while (this.#again && !this.#over);
    this.#pumping = false;
    if (!this.#over && this.#slots.length === 0 && !this.#waits && !this.#fetched) this.#end({ kind: "done" });
  }

  // The load.

  go(): void {
    this.#waits = false;
    this.#pump();
  }

  #fill(): void {
    const { window } = this.#load;
    while (
      !this.#waits && !this.#fetched && this.#slots.length < window &&
      (this.#octets < WINDOW_OCTETS || this.#slots.length === 0)
    ) {
      if (this.#leaving !== "") return;
      this.#waits = !this.#load.begin(this);
      if (this.#waits) return;
      const entry = this.#count >= this.format.sessionMost ? null : this.user.next(this.#device);
      if (entry === null) return this.#load.unused();
      if (entry === "later") {
        this.#fetched = true;
        return this.#load.unused();
      }
      const slot = new PushSlot(this, entry, Math.min(entry.size, COUNTED_MOST));
      this.#slots.push(slot);
      this.#octets += slot.counted;
      slot.read();
      if (this.#over) return;
    }
  }

  /** A stream is followed by nothing until it is there: lines would overtake it. */
  #send(): void {
    while (this.#sent < this.#slots.length) {
      const before = this.#sent === 0 ? null : this.#slots[this.#sent - 1];
      const slot = this.#slots[this.#sent];
      if (slot.state !== "ready" || before?.streams === true) return;
      // Counted before: what it has to say of itself may come inside the call.
      this.#sent++;
      if (!slot.send(this.#up!.session)) {
        this.#sent--;
        return;
      }
      if (this.#over) return;
    }
  }

  #drop(slot: PushSlot<E, M>): boolean {
    const at = this.#over ? -1 : this.#slots.indexOf(slot);
    if (at < 0) return false;
    this.#slots.splice(at, 1);
    if (at < this.#sent) this.#sent--;
    this.#octets -= slot.counted;
    return true;
  }

  #break(entry: E | null, why: string): void {
    const { target } = this.up;
    this.#end({ kind: "broken", target, entry, why });
  }

  #end(end: SessionPushEnd<E>): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#timer = null;
    this.#leaveLoad();
    const lingers = this.#notifies || (this.#count > 0 && !this.format.reports && !this.up.direct);
    if (end.kind === "done" && lingers && this.#leaving === "") {
      this.#timer = this.deps.services.timers.start(LINGER_MS, this, LINGER);
    } else this.#close(this.#leaving || (end.kind === "done" ? DONE : BROKEN));
    this.user.onEnded(end);
  }

  #close(reason: string): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#slots.length = 0;
    this.#leaveLoad();
    this.#call.end(reason);
  }

  #leaveLoad(): void {
    if (this.#up === null || this.#left) return;
    this.#left = true;
    this.#load.leave();
  }
}
