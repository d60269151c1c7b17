import type { Counter, Events, Metrics, Timed } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage, DeferredMessages, StoreOutcome } from "../../storage/mod.ts";
import type { Binding, Branch, CoreEvents, CoreServices, Exchange } from "../sip_core/mod.ts";
import type { DeferredEvents, DeferredFacts } from "./deferred_events.ts";
import type { PushFork } from "./push_fork.ts";
import { RecipientPush } from "./recipient_push.ts";
import { contentTypeOf, type DeferralSettings, storedMessage, transactionOf } from "./stored_message.ts";

/** Recipients that are delivered to at the same time; the others wait for their turn. */
const PARALLEL = 200;
/** After a registration: time for its 200 to reach the client first. */
const AFTER_REGISTER_MS = 100;
const SWEEP_MS = 60_000;
const SWEEP = 1, DUE = 2;

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
}

/** Stores messages and delivers them when their recipient's devices are there. */
export class DeferredDelivery implements Timed {
  readonly services: CoreServices;
  readonly store: DeferredMessages;
  readonly #settings: DeferralSettings;
  readonly #events: Events<DeferredEvents>;
  readonly #mayReceive: (aor: string) => boolean;
  readonly #admits: NonNullable<DeferredDeps["admits"]>;
  readonly #pushes = new Map<string, RecipientPush>();
  /** Recipients whose turn has not come, in order; the value is `fresh` of `RecipientPush.run`. */
  readonly #queue = new Map<string, boolean>();
  /** Recipients to begin with at the next DUE timer. */
  #due = new Set<string>();
  #active = 0;
  #pumping = false;
  /** Delivered or withdrawn, the removal not yet confirmed. */
  readonly #gone = new Set<number>();
  /** Refused by every device of this boot: passed over. */
  readonly #skipped = new Set<number>();
  /** By recipient: what the recipient's rules do not let through at present. */
  readonly #withheld = new Map<string, Set<number>>();
  readonly #holds = new Map<number, Holder>();
  /** Recipients whose delivery stopped at a held message, or for a copy: it goes on when that is over. */
  readonly #blocked = new Set<string>();
  /** Stores not yet committed, by recipient: they count as waiting. */
  readonly #storing = new Map<string, number>();
  /** Of those, copies for single devices. They are older than what waits, so nothing goes out before they are in place. */
  readonly #copying = new Map<string, number>();
  readonly #stored: Counter;
  readonly #delivered: Counter;
  readonly #expired: Counter;
  #stopped = false;

  constructor(deps: DeferredDeps) {
    this.services = deps.services;
    this.store = deps.store;
    this.#settings = deps.settings;
    this.#events = deps.events;
    this.#mayReceive = deps.mayReceive ?? (() => true);
    this.#admits = deps.admits ?? (() => true);
    this.#stored = deps.metrics.counter("parley_deferred_stored_total", "Messages stored for later");
    this.#delivered = deps.metrics.counter("parley_deferred_delivered_total", "Stored messages taken by a device");
    this.#expired = deps.metrics.counter("parley_deferred_expired_total", "Stored messages that expired undelivered");
    deps.metrics.gauge("parley_deferred_waiting", "Stored messages that wait", () => deps.store.count);
    deps.coreEvents.on("registered", ({ aor, binding }) => this.#seen(aor, binding));
    deps.coreEvents.on("refreshed", ({ aor, binding }) => this.#seen(aor, binding));
  }

  /** Begins with what was stored before: recipients that are registered now get theirs. */
  start(): void {
    for (const aor of this.store.recipients()) {
      if (this.services.location.bindings(aor).length > 0) this.kick(aor);
    }
    this.services.timers.start(SWEEP_MS, this, SWEEP);
  }

  /** No delivery begins any more; those under way end by themselves. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
    for (const push of this.#pushes.values()) push.stop();
  }

  /** True when this very message was stored before: its answer is 202 again. */
  knows(exchange: Exchange, recipient: string): boolean {
    return this.store.knows(transactionOf(exchange.request, recipient));
  }

  /**
   * Stores the message for all devices of the recipient, or for one (`device`). `done` comes after the commit. A recipient
   * who is registered then gets it pushed: at once, or, where the devices were `tried` in vain just now, after a while.
   */
  keep(
    exchange: Exchange,
    recipient: string,
    device: string,
    tried: boolean,
    done: (outcome: StoreOutcome) => void,
  ): void {
    const { clock, egress } = this.services;
    this.#keep(storedMessage(exchange, recipient, device, clock.now(), this.#settings, egress), tried, done);
  }

  /** Stores a message that the box itself writes; a recipient who is registered gets it at once. `done`: after the commit. */
  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    this.#keep(message, false, done);
  }

  /** A device missed what another device took: a copy for it alone. `done` comes when it is safe, or cannot be kept. */
  copyForDevice(message: DeferredMessage, device: string, done: () => void): void {
    this.#keep({ ...message, device }, true, (outcome) => {
      if (outcome.kind !== "stored" && outcome.kind !== "duplicate") {
        this.services.log.warn("no copy kept for a silent device", { recipient: message.recipient, why: outcome.kind });
      }
      done();
    });
  }

  #keep(message: DeferredMessage, tried: boolean, done: (outcome: StoreOutcome) => void): void {
    const { recipient } = message;
    this.#storing.set(recipient, (this.#storing.get(recipient) ?? 0) + 1);
    if (message.device !== "") this.#copying.set(recipient, (this.#copying.get(recipient) ?? 0) + 1);
    this.store.store(message, (outcome) => {
      const left = this.#storing.get(recipient)! - 1;
      if (left === 0) this.#storing.delete(recipient);
      else this.#storing.set(recipient, left);
      if (outcome.kind === "stored") this.#stored.add();
      done(outcome);
      if (outcome.kind === "stored" && this.#events.heard("deferredStored")) {
        this.#events.emit("deferredStored", { id: outcome.id, recipient, sender: message.sender });
      } else if (outcome.kind === "quota" && this.#events.heard("deferredQuota")) {
        this.#events.emit("deferredQuota", { recipient, sender: message.sender, limit: outcome.limit });
      }
      if (message.device !== "" && this.#copied(recipient)) this.kick(recipient, false);
      if (outcome.kind !== "stored") return;
      if (tried) this.#later(recipient);
      else if (this.services.location.bindings(recipient).length > 0) this.kick(recipient, false);
    });
  }

  /** One copy fewer is on its way to the store; true when it was the last and a delivery waits for it. */
  #copied(recipient: string): boolean {
    const left = this.#copying.get(recipient)! - 1;
    if (left > 0) {
      this.#copying.set(recipient, left);
      return false;
    }
    this.#copying.delete(recipient);
    return this.#blocked.delete(recipient);
  }

  #later(recipient: string): void {
    if (this.#stopped || this.services.location.bindings(recipient).length === 0) return;
    if (this.#queue.has(recipient)) return;
    this.#pushOf(recipient).retryLater();
  }

  #pushOf(aor: string): RecipientPush {
    let push = this.#pushes.get(aor);
    if (push === undefined) this.#pushes.set(aor, push = new RecipientPush(aor, this));
    return push;
  }

  /** What waits for the recipient and can still be delivered; null, the usual case, when nothing does. */
  waiting(recipient: string): Waiting | null {
    // A delivery under way counts, too: a device may be about to get its copy.
    const storing = this.#storing.has(recipient) || this.#pushes.get(recipient)?.running === true;
    const entries = this.store.pending(recipient);
    if (entries.length === 0) return storing ? { all: true, devices: NOBODY } : null;
    let all = storing;
    const devices = new Set<string>();
    const withheld = this.#withheld.get(recipient);
    for (const entry of entries) {
      if (this.#skipped.has(entry.id) || this.#gone.has(entry.id) || withheld?.has(entry.id) === true) continue;
      if (entry.device === "") all = true;
      else devices.add(entry.device);
    }
    return all || devices.size > 0 ? { all, devices } : null;
  }

  /** Delivers what waits for a registered recipient, now or when its turn comes. */
  kick(recipient: string, fresh = true): void {
    if (this.#stopped) return;
    if (this.#pushes.get(recipient)?.running === true) return;
    this.#queue.set(recipient, fresh || this.#queue.get(recipient) === true);
    this.#pump();
  }

  /** The recipient's rules may be others now: what they held back is looked at again. */
  reconsider(recipient: string): void {
    if (this.#withheld.delete(recipient) && this.services.location.bindings(recipient).length > 0) {
      this.kick(recipient, false);
    }
  }

  /** While `holder` covers a device, the stored message is not pushed to it: the first attempt may still arrive. */
  hold(id: number, holder: Holder): void {
    this.#holds.set(id, holder);
  }

  /** The holder's last attempt is over. `alive`: a device took a message just now. */
  release(id: number, recipient: string, alive: boolean): void {
    if (!this.#holds.delete(id)) return;
    if (this.#blocked.delete(recipient) || alive) this.kick(recipient, false);
    else this.#later(recipient);
  }

  /** A late 2xx: the message has arrived after all, and its stored copy goes. */
  withdraw(id: number): void {
    this.#remove(id);
  }

  onTimer(kind: number): void {
    if (this.#stopped) return;
    if (kind === DUE) {
      const due = this.#due;
      this.#due = new Set();
      for (const aor of due) this.kick(aor, false);
      return;
    }
    this.services.timers.start(SWEEP_MS, this, SWEEP);
    const now = this.services.clock.now();
    for (const entry of this.store.expire(now)) {
      this.#expired.add();
      this.#skipped.delete(entry.id);
      this.#gone.delete(entry.id);
      this.#holds.delete(entry.id);
      this.#withheld.get(entry.recipient)?.delete(entry.id);
      if (this.#events.heard("deferredExpired")) {
        const { id, recipient, device, size } = entry;
        this.#events.emit("deferredExpired", { id, recipient, device, size, at: now });
      }
    }
  }

  #seen(aor: string, binding: Binding): void {
    if (this.store.pending(aor).length === 0 && !this.#storing.has(aor)) return;
    this.#pushes.get(aor)?.deviceSeen(binding);
    this.#withheld.delete(aor);
    if (this.#due.size === 0) this.services.timers.start(AFTER_REGISTER_MS, this, DUE);
    this.#due.add(aor);
  }

  /** Starts queued recipients while there is room. */
  #pump(): void {
    // A recipient that ends inside its start comes back here through `ended`.
    if (this.#pumping) return;
    this.#pumping = true;
    for (const [aor, fresh] of this.#queue) {
      if (this.#active >= PARALLEL) break;
      this.#queue.delete(aor);
      const push = this.#pushOf(aor);
      if (push.running) continue;
      this.#active++;
      push.run(fresh);
    }
    this.#pumping = false;
  }

  // What follows is for RecipientPush.

  /** Entries in order of arrival, without those that are gone or passed over. */
  waitingEntries(aor: string): readonly DeferredEntry[] {
    const entries = this.store.pending(aor);
    const withheld = this.#withheld.get(aor);
    if (this.#gone.size === 0 && this.#skipped.size === 0 && withheld === undefined) return entries;
    return entries.filter(({ id }) => !this.#gone.has(id) && !this.#skipped.has(id) && withheld?.has(id) !== true);
  }

  /**
   * True while older copies are not in place yet; the delivery goes on when they are. And for a recipient who may not receive
   * at present: it goes on with the next registration, or when it is kicked.
   */
  mustWait(aor: string): boolean {
    if (!this.#mayReceive(aor)) return true;
    if (!this.#copying.has(aor)) return false;
    this.#blocked.add(aor);
    return true;
  }

  heldFor(aor: string, id: number, bindings: readonly Binding[]): boolean {
    if (this.#holds.get(id)?.covers(bindings) !== true) return false;
    this.#blocked.add(aor);
    return true;
  }

  delivered(push: PushFork, branch: Branch): void {
    this.#remove(push.id);
    this.#delivered.add();
    if (!this.#events.heard("deferredDelivered")) return;
    const binding = branch.target.binding;
    this.#events.emit("deferredDelivered", {
      ...factsOf(push),
      device: binding?.instance ?? "",
      accessNetwork: binding?.accessNetwork ?? "",
      deliveredAt: this.services.clock.now(),
      callId: push.callId,
    });
  }

  refused(push: PushFork, branch: Branch): void {
    if (!this.#events.heard("deferredRefused")) return;
    const device = branch.target.binding?.instance ?? "";
    const at = this.services.clock.now();
    this.#events.emit("deferredRefused", { ...factsOf(push), device, status: branch.status, at });
  }

  /** True, or a promise of it: the recipient's rules let the message through. */
  admits(message: DeferredMessage): boolean | Promise<boolean> {
    return this.#admits(message);
  }

  /** They do not; it waits until they are others, or a device registers. */
  withhold(recipient: string, id: number): void {
    const ids = this.#withheld.get(recipient);
    if (ids === undefined) this.#withheld.set(recipient, new Set([id]));
    else ids.add(id);
  }

  skip(id: number): void {
    this.#skipped.add(id);
  }

  /** The store no longer has it. */
  forget(id: number): void {
    this.#gone.add(id);
  }

  ended(push: RecipientPush): void {
    this.#active--;
    const { aor } = push;
    if (push.idle) this.#pushes.delete(aor);
    this.#pump();
  }

  #remove(id: number): void {
    if (this.#gone.has(id)) return;
    this.#gone.add(id);
    this.#skipped.delete(id);
    this.store.remove(id, (error) => {
      // Stays in `gone` when the store failed: delivered is delivered, for as long as this boot knows.
      if (error === null) this.#gone.delete(id);
      else this.services.log.error("delivered message could not be removed", { id, error: error.message });
    });
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function factsOf({ id, message }: PushFork): DeferredFacts {
  return {
    id,
    sender: message.sender,
    recipient: message.recipient,
    size: message.body.length,
    contentType: contentTypeOf(message.headers),
    arrivedAt: message.arrivedAt,
    transaction: message.transaction,
  };
}
