import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
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
import {
  type PushAddresses,
  PushCall,
  type PushCallUser,
  type PushCarrier,
  type PushDeps,
  type PushOutcome,
  type PushSession,
} from "./push_call.ts";
import { type LoadWaiter, PushLoad } from "./push_load.ts";
import { PushSlot, type SlotOwner } from "./push_slot.ts";

/** Where the messages of one push come from, and who is told what became of them. Every method returns at once. */
export interface SessionPushUser {
  /**
   * The next one to go out, each once; null: none at present. Asked whenever there is room, so what is stored meanwhile goes
   * through the same session. `device`: instance of the device that took it, "" where it has none (a server of another domain).
   */
  next(device: string): DeferredEntry | null;
  /** `DeferredMessages.read`, as a rule. */
  read(entry: DeferredEntry): Promise<DeferredMessage | null>;
  /** False: it is not for this recipient at present; whoever says so remembers it. A promise that rejects ends the push. */
  admits(message: DeferredMessage, entry: DeferredEntry): boolean | Promise<boolean>;
  /** It is not in the store any more, or is damaged there (which has been logged). */
  onGone(entry: DeferredEntry): void;
  /** The device has it: it is to be removed. `callId`: of the INVITE. */
  onTaken(entry: DeferredEntry, message: DeferredMessage, target: Target, callId: string): void;
  /** The device does not take this message, and would not another time (MSRP 413, 415, 403 …). The push goes on behind it. */
  onRefused(entry: DeferredEntry, message: DeferredMessage, target: Target, status: number): void;
  /** The device sends a disposition notification (`message/cpim`, copied); `done` with the status of its way on. */
  onNotification(octets: Uint8Array, done: (status: number) => void): void;
  /** Nothing comes after it but `onNotification`. */
  onEnded(end: SessionPushEnd): void;
}

/** How a push came to its end. What is neither taken nor refused has stayed where it was. */
export type SessionPushEnd =
  /** `next` has nothing more, and the device has everything that it gave. */
  | { readonly kind: "done" }
  /** No target took the session. */
  | { readonly kind: "untaken"; readonly outcomes: readonly PushOutcome[] }
  /** The device took it and then went silent, left, or broke off. `entry`: the one it gave a fault for (5xx), else null. */
  | { readonly kind: "broken"; readonly target: Target; readonly entry: DeferredEntry | null; readonly why: string };

/** Octets of their bodies; one message may always be there. */
const WINDOW_OCTETS = 262_144;
/** A body in a record of its own is no longer; a content counts with the blocks that are read of it. */
const COUNTED_MOST = 131_072;
/** Messages of one session: their ids are kept, since a device takes none twice. What is left goes in the next one. */
const SESSION_MOST = 5_000;
/** A device that takes nothing for so long is silent. */
const SILENCE_MS = 30_000;
const LOOK_MS = 5_000;
/** Reports that nobody sends are not waited for longer. */
const REPORT_MS = 60_000;
/** After the last message: time for its notifications, where they were asked for. */
const LINGER_MS = 1_000;
const [LOOK, LINGER, LEAVE] = [1, 2, 3];

const DONE = 'SIP;cause=200;text="all delivered"';
const BROKEN = 'SIP;cause=480;text="Delivery broken off"';

/**
 * Messages that waited, delivered in one MSRP session (oma-reference §3.4, Push): INVITE to all targets, the first that takes it
 * gets them all in order, each as `message/cpim` with its own From, To and time, several in flight; then BYE.
 *
 *     new SessionPush(deps, { from: "<sip:deferred@a.test>", to: "<sip:bob@b.test>", asserted: "<sip:deferred@a.test>" }, user)
 *       .start(targets);
 */
export class SessionPush implements SlotOwner, PushCallUser, LoadWaiter, Timed {
  readonly facts = {
    acceptTypes: [CPIM_TYPE],
    acceptWrappedTypes: ["*"],
    maxSize: 65_536,
    direction: "sendrecv" as const,
  };
  readonly limits = { maxSize: 65_536, whole: 65_536, reportWait: REPORT_MS };
  readonly deps: PushDeps;
  readonly user: SessionPushUser;
  readonly #load: PushLoad;
  readonly #call: PushCarrier;
  readonly #voice: DeviceVoice;
  /** What goes out next is in front; the first ones may be in flight. */
  readonly #slots: PushSlot[] = [];
  /** Slots at the front of the list that have been sent. */
  #sent = 0;
  #octets = 0;
  /** Message-IDs of this session: two senders may have used the same. */
  readonly #ids = new Set<string>();
  #up: PushSession | null = null;
  #device = "";
  #pumping = false;
  #again = false;
  /** There may be more, and it begins in one of the next turns. */
  #waits = false;
  #notifies = false;
  #progress = 0;
  #timer: Timer | null = null;
  #over = false;
  /** Why it takes nothing more; "" while it does. */
  #leaving = "";
  /** It counts no longer. */
  #left = false;

  /** `by`: whom to invite in whose name, or what carries it instead: the call of a client that fetches. */
  constructor(
    deps: PushDeps,
    by: PushAddresses | ((user: PushCallUser) => PushCarrier),
    user: SessionPushUser,
  ) {
    this.deps = deps;
    this.user = user;
    this.#load = deps.load ?? new PushLoad();
    this.#call = typeof by === "function" ? by(this) : new PushCall(deps, by, this);
    this.#voice = new DeviceVoice(user);
  }

  /** Once. `onEnded` may come inside the call. */
  start(targets: readonly Target[]): void {
    this.#call.start(targets);
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
    let id = wanted === "" || this.#ids.has(wanted) ? otherwise : wanted;
    // A sender may have guessed what one of ours will be.
    for (let more = 1; this.#ids.has(id); more++) id = `${otherwise}.${more}`;
    this.#ids.add(id);
    return id;
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

  taken(slot: PushSlot, message: DeferredMessage): void {
    if (!this.#drop(slot)) return;
    this.moved();
    this.user.onTaken(slot.entry, message, this.up.target, this.up.callId);
    this.#pump();
  }

  refused(slot: PushSlot, message: DeferredMessage, status: number): void {
    if (!this.#drop(slot)) return;
    this.moved();
    this.user.onRefused(slot.entry, message, this.up.target, status);
    this.#pump();
  }

  /** It is not to go out: gone, damaged, or not admitted. */
  passed(slot: PushSlot, gone: boolean): void {
    if (!this.#drop(slot)) return;
    if (gone) this.user.onGone(slot.entry);
    this.#pump();
  }

  /** The device had a fault with it, or it cannot be said what became of it. */
  failed(slot: PushSlot, status: number, why: string): void {
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
    if (!this.#over && this.#slots.length === 0 && !this.#waits) this.#end({ kind: "done" });
  }

  // The load.

  go(): void {
    this.#waits = false;
    this.#pump();
  }

  #fill(): void {
    const { window } = this.#load;
    while (!this.#waits && this.#slots.length < window && (this.#octets < WINDOW_OCTETS || this.#slots.length === 0)) {
      if (this.#leaving !== "") return;
      this.#waits = !this.#load.begin(this);
      if (this.#waits) return;
      const entry = this.#ids.size >= SESSION_MOST ? null : this.user.next(this.#device);
      if (entry === null) return this.#load.unused();
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

  #drop(slot: PushSlot): boolean {
    const at = this.#over ? -1 : this.#slots.indexOf(slot);
    if (at < 0) return false;
    this.#slots.splice(at, 1);
    if (at < this.#sent) this.#sent--;
    this.#octets -= slot.counted;
    return true;
  }

  #break(entry: DeferredEntry | null, why: string): void {
    const { target } = this.up;
    this.#end({ kind: "broken", target, entry, why });
  }

  #end(end: SessionPushEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#timer = null;
    this.#leaveLoad();
    if (end.kind === "done" && this.#notifies && this.#leaving === "") {
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
