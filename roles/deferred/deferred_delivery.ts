import type { Events, Metrics, Timed } from "../../foundation/mod.ts";
import type {
  DeferredEntry,
  DeferredMessage,
  DeferredMessages,
  KnownDevices,
  StoreOutcome,
} from "../../storage/mod.ts";
import type { Binding, CoreEvents, CoreServices, Exchange } from "../sip_core/mod.ts";
import type { DeferredEvents } from "./deferred_events.ts";
import { DeliveryNotes } from "./delivery_notes.ts";
import { Expiry } from "./expiry.ts";
import { type CopySettings, Keeping } from "./keeping.ts";
import { PassedOver } from "./passed_over.ts";
import { FileRoom, type PushHost, type SessionDelivery } from "./push_host.ts";
import { PushTurns } from "./push_turns.ts";
import { RecipientPush } from "./recipient_push.ts";
import { type DeferralSettings, storedMessage, transactionOf } from "./stored_message.ts";

/** Recipients that are delivered to at the same time; the others wait for their turn. */
const PARALLEL = 200;
/** Files that are offered or under way at the same time, over all recipients. */
const FILES = 200;
/** After a registration: time for its 200 to reach the client first. */
const AFTER_REGISTER_MS = 100;
const [DUE, STOP] = [1, 2];
/** At the end: what devices have been sent may be confirmed for so long. */
const STOP_MS = 2_000;
/** Longest body of a MESSAGE where nobody says another (oma-reference §3.1), octets. */
const PAGER_LIMIT = 1300;

/** A fork whose message is stored already while devices may still take it (the eight second rule). */
export interface Holder {
  /** True while an attempt is open to one of these bindings. */
  covers(bindings: readonly Binding[]): boolean;
}

/** What a new message for a recipient must not overtake. */
export interface Waiting {
  /** Something waits for any device. */
  readonly all: boolean;
  /** Devices (instances) for which something waits. */
  readonly devices: ReadonlySet<string>;
}

export interface DeferredDeps {
  readonly services: CoreServices;
  readonly store: DeferredMessages;
  readonly settings: DeferralSettings;
  readonly coreEvents: Events<CoreEvents>;
  readonly events: Events<DeferredEvents>;
  readonly metrics: Metrics;
  /** False: what waits for this recipient goes on waiting (suspended, barred). Without it everybody may receive. */
  readonly mayReceive?: (aor: string) => boolean;
  /**
   * What the recipient's rules say of a message by now; a promise where they have to be read first, which rejects where they cannot
   * be. False: it waits on, and holds up nobody. Without it all of them go out.
   */
  readonly admits?: (message: DeferredMessage) => boolean | Promise<boolean>;
  /** `notify`: the user fetches what waits, nothing is pushed, and new messages do not wait behind it. Without it: `push`. */
  readonly wishes?: (aor: string) => "push" | "notify";
  /** Live. Without it: one copy for whichever device comes first. */
  readonly copies?: CopySettings;
  /** Devices that users have been seen with; absent: none are known. */
  readonly knownDevices?: Pick<KnownDevices, "seen" | "of">;
  /** Live. Longest body of a MESSAGE; without it 1,300 octets. */
  readonly pager?: { readonly limit_bytes: number };
  /**
   * The time of a message is over, and nobody has it: its sender is told where that was asked for. It is removed when the promise is
   * settled.
   */
  readonly undelivered?: (message: DeferredMessage) => void | Promise<void>;
}

/** Stores messages and delivers them when their recipient's devices are there. */
export class DeferredDelivery implements PushHost, Timed {
  readonly services: CoreServices;
  readonly store: DeferredMessages;
  readonly passed = new PassedOver();
  readonly notes: DeliveryNotes;
  readonly filesOpen = new FileRoom(FILES);
  /** What delivers by MSRP session; null: everything goes by MESSAGE, or waits. Set before `start`. */
  sessions: SessionDelivery | null = null;
  readonly #deps: DeferredDeps;
  readonly #keeping: Keeping;
  readonly #expiry: Expiry;
  readonly #turns = new PushTurns(PARALLEL, (aor) => this.#pushOf(aor));
  readonly #pushes = new Map<string, RecipientPush>();
  /** Recipients to begin with at the next DUE timer. */
  #due = new Set<string>();
  /** A first attempt may be open while the user fetches the message: each of the two holds it. */
  readonly #holds = new Map<number, Holder[]>();
  /** Recipients whose delivery stopped at a held message, or for a copy: it goes on when that is over. */
  readonly #blocked = new Set<string>();
  #stopped = false;
  /** Who stops waits for the deliveries under way. */
  #quiet: (() => void) | null = null;

  constructor(deps: DeferredDeps) {
    this.#deps = deps;
    const { services, store, events, metrics, coreEvents, knownDevices, copies = { copies: "first" } } = deps;
    const { log, clock } = services;
    this.services = services;
    this.store = store;
    this.notes = new DeliveryNotes(events, metrics, () => clock.now());
    this.#keeping = new Keeping({
      store,
      settings: copies,
      devicesOf: (recipient) => knownDevices?.of(recipient, clock.now()) ?? [],
      events,
      metrics,
      log,
      stored: (recipient, tried) => this.#stored(recipient, tried),
      copied: (recipient) => {
        if (this.#blocked.delete(recipient)) this.kick(recipient, false);
      },
    });
    this.#expiry = new Expiry({
      store,
      notes: this.notes,
      clock,
      timers: services.timers,
      log,
      undelivered: deps.undelivered ?? (() => {}),
      forget: ({ id, recipient }) => {
        this.passed.forget(id, recipient);
        this.#holds.delete(id);
      },
    });
    metrics.gauge("parley_deferred_waiting", "Stored messages that wait", () => store.count);
    coreEvents.on("registered", ({ aor, binding }) => this.#seen(aor, binding));
    coreEvents.on("refreshed", ({ aor, binding }) => this.#seen(aor, binding));
    coreEvents.on("unregistered", ({ aor, binding }) => this.#pushes.get(aor)?.deviceGone(binding));
  }

  /** Begins with what was stored before: recipients that are registered now get theirs. */
  start(): void {
    for (const aor of this.store.recipients()) {
      if (this.#isThere(aor)) this.kick(aor);
    }
    this.#expiry.start();
  }

  /**
   * No delivery begins any more, and sessions are left. Resolves when devices have confirmed what they had been sent, or two seconds
   * later; what is not confirmed stays stored.
   */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#expiry.stop();
    this.#turns.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#quiet = resolve;
    this.services.timers.start(STOP_MS, this, STOP);
    for (const push of this.#pushes.values()) push.stop(STOP_MS);
    this.#checkQuiet();
    return promise;
  }

  #checkQuiet(): void {
    if (this.#turns.active === 0) this.#quiet?.();
  }

  /** True when this very message was stored before: its answer is 202 again. */
  knows(exchange: Exchange, recipient: string): boolean {
    return this.store.knows(transactionOf(exchange.request, recipient));
  }

  /** When a message that comes now has arrived, for those that are kept in several copies. */
  arrival(recipient: string): number {
    const now = this.services.clock.now();
    const begun = this.#pushes.get(recipient)?.latest ?? -Infinity;
    return this.#keeping.arrival(recipient, begun < now ? now : begun + 1);
  }

  /**
   * Stores the message for all devices of the recipient, or for one (`device`). `done` comes after the commit. A recipient
   * who is registered then gets it pushed: at once, or, where the devices were `tried` in vain just now, after a while.
   * `arrivedAt`: the same for all copies of a message.
   */
  keep(
    exchange: Exchange,
    recipient: string,
    device: string,
    tried: boolean,
    done: (outcome: StoreOutcome) => void,
    arrivedAt = this.arrival(recipient),
  ): void {
    const { clock, egress } = this.services;
    const message = storedMessage(exchange, recipient, device, clock.now(), this.#deps.settings, egress);
    this.#keeping.keep({ ...message, arrivedAt }, tried, done);
  }

  /**
   * Stores a message that is put together already: one that came in a session, or of the box itself. `done`: after the commit.
   * `tried`: the recipient's devices were asked in vain just now.
   */
  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void, tried = false): void {
    this.#keeping.keep({ ...message, arrivedAt: this.arrival(message.recipient) }, tried, done);
  }

  /** A device missed what another device took: a copy for it alone. `done` comes when it is safe, or cannot be kept. */
  copyForDevice(message: DeferredMessage, device: string, done: () => void): void {
    this.#keeping.keep({ ...message, device }, true, (outcome) => {
      if (outcome.kind !== "stored" && outcome.kind !== "duplicate") {
        this.services.log.warn("no copy kept for a silent device", { recipient: message.recipient, why: outcome.kind });
      }
      done();
    });
  }

  /** What waits for the recipient and can still be delivered; null, the usual case, when nothing does. */
  waiting(recipient: string): Waiting | null {
    if (!this.#isPushedTo(recipient)) return null;
    // A delivery under way counts, too: a device may be about to get its copy.
    const storing = this.#keeping.storing(recipient) || this.#pushes.get(recipient)?.running === true;
    const entries = this.store.pending(recipient);
    if (entries.length === 0) return storing ? EVERYBODY : null;
    let all = storing;
    const devices = new Set<string>();
    for (const { device, mode } of this.waitingEntries(recipient, entries)) {
      // People are asked about files: nothing waits for their answer.
      if (mode === "file") continue;
      if (device === "") all = true;
      else devices.add(device);
    }
    return all || devices.size > 0 ? { all, devices } : null;
  }

  /** Delivers what waits for a registered recipient, now or when its turn comes; also after a change of what the user wishes. */
  kick(recipient: string, fresh = true): void {
    if (this.#stopped || this.#pushes.get(recipient)?.running === true) return;
    this.#turns.add(recipient, fresh);
  }

  /** The recipient's rules may be others now: what they held back is looked at again. */
  reconsider(recipient: string): void {
    if (this.passed.admitAgain(recipient) && this.#isThere(recipient)) this.kick(recipient, false);
  }

  /** While `holder` covers a device, the stored message is not pushed to it: the first attempt may still arrive. */
  hold(id: number, holder: Holder): void {
    const held = this.#holds.get(id);
    if (held === undefined) this.#holds.set(id, [holder]);
    else held.push(holder);
  }

  /** The holder's last attempt is over. `alive`: a device took a message just now. */
  release(id: number, recipient: string, holder: Holder, alive: boolean): void {
    const held = this.#holds.get(id);
    const at = held?.indexOf(holder) ?? -1;
    if (held === undefined || at < 0) return;
    held.splice(at, 1);
    const isFree = held.length === 0;
    if (isFree) this.#holds.delete(id);
    if (isFree && this.#blocked.delete(recipient) || alive) this.kick(recipient, false);
    else if (isFree) this.#later(recipient);
  }

  /** A late 2xx: the message has arrived after all, and its stored copy goes. */
  withdraw(id: number): void {
    this.remove(id);
  }

  onTimer(kind: number): void {
    if (kind === STOP) return this.#quiet?.();
    if (this.#stopped) return;
    const due = this.#due;
    this.#due = new Set();
    for (const aor of due) this.kick(aor, false);
  }

  #seen(aor: string, binding: Binding): void {
    if (binding.instance !== "") this.#deps.knownDevices?.seen(aor, binding.instance, this.services.clock.now());
    if (this.store.pending(aor).length === 0 && !this.#keeping.storing(aor)) return;
    this.#pushes.get(aor)?.deviceSeen(binding);
    this.passed.admitAgain(aor);
    this.passed.tryAgain(aor);
    if (this.#due.size === 0) this.services.timers.start(AFTER_REGISTER_MS, this, DUE);
    this.#due.add(aor);
  }

  #stored(recipient: string, tried: boolean): void {
    this.#expiry.stored();
    if (tried) this.#later(recipient);
    else if (this.#isThere(recipient)) this.kick(recipient, false);
  }

  #later(recipient: string): void {
    if (this.#stopped || !this.#isThere(recipient) || this.#turns.has(recipient)) return;
    this.#pushOf(recipient).retryLater();
  }

  #pushOf(aor: string): RecipientPush {
    let push = this.#pushes.get(aor);
    if (push === undefined) this.#pushes.set(aor, push = new RecipientPush(aor, this));
    return push;
  }

  #isThere(aor: string): boolean {
    return this.services.location.bindings(aor).length > 0;
  }

  #isPushedTo(aor: string): boolean {
    return this.#deps.wishes === undefined || this.#deps.wishes(aor) === "push";
  }

  // What follows is for RecipientPush.

  get pagerLimit(): number {
    return this.#deps.pager?.limit_bytes ?? PAGER_LIMIT;
  }

  waitingEntries(aor: string, entries = this.store.pending(aor)): readonly DeferredEntry[] {
    const left = this.passed.among(aor, entries);
    if (left.length === 0 || !this.passed.someRefused) return left;
    const bindings = this.services.location.bindings(aor);
    return left.filter((entry) => !this.#isRefused(entry, bindings));
  }

  /** By each of its devices that are there. */
  #isRefused({ id, device }: DeferredEntry, bindings: readonly Binding[]): boolean {
    const its = device === "" ? bindings : bindings.filter(({ instance }) => instance === device);
    return its.length > 0 && its.every((binding) => this.passed.isRefusedBy(id, binding));
  }

  /**
   * True for a recipient who may not receive at present, or wants nothing pushed: it goes on with the next registration, or when it is
   * kicked. And while older copies are not in place yet; the delivery goes on when they are. At the end always.
   */
  mustWait(aor: string): boolean {
    if (this.#stopped) return true;
    if (this.#deps.mayReceive?.(aor) === false || !this.#isPushedTo(aor)) return true;
    if (!this.#keeping.copying(aor)) return false;
    this.#blocked.add(aor);
    return true;
  }

  heldFor(aor: string, id: number, bindings: readonly Binding[]): boolean {
    if (this.#holds.get(id)?.some((holder) => holder.covers(bindings)) !== true) return false;
    this.#blocked.add(aor);
    return true;
  }

  admits(message: DeferredMessage): boolean | Promise<boolean> {
    return this.#deps.admits?.(message) ?? true;
  }

  remove(id: number): void {
    if (!this.passed.leave(id)) return;
    this.store.remove(id, (error) => {
      // Stays passed over when the store failed: delivered is delivered, for as long as this boot knows.
      if (error === null) this.passed.removed(id);
      else this.services.log.error("delivered message could not be removed", { id, error: error.message });
    });
  }

  ended(aor: string): void {
    if (this.#pushes.get(aor)?.idle === true) this.#pushes.delete(aor);
    this.#turns.ended();
    if (this.#stopped) this.#checkQuiet();
  }
}

const EVERYBODY: Waiting = { all: true, devices: new Set() };
