import {
  type Clock,
  type Counter,
  type Events,
  type Log,
  type Metrics,
  randomHex,
  type Timed,
  type Timers,
} from "../../foundation/mod.ts";
import { type Flow, type FlowWatcher, parseUri, type Uri } from "../../transport/sip/mod.ts";
import type { Committed, Registrations } from "../../storage/mod.ts";
import { AorRecord, placed } from "./aor_record.ts";
import type { BindingChange } from "./binding_rules.ts";
import type { CoreEvents } from "./core_events.ts";
import { DevicePlaces } from "./device_places.ts";
import { ExpiryWheel } from "./expiry_wheel.ts";
import { FlowUses } from "./flow_uses.ts";
import { type GruuMaker, isGruu, publicInstance } from "./gruu.ts";
import { type GruuEpoch, type HeldBinding, isDormant } from "./held_binding.ts";
import type { Binding, DeviceAt, Devices, Gruus, GruuTarget, LocationService } from "./location.ts";
import { storedRegistration } from "./stored_registration.ts";
import { addressOf } from "./identity.ts";

/** What the location table stands on. */
export interface LocationParts {
  readonly registrations: Registrations;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly events: Events<CoreEvents>;
  readonly gruus: GruuMaker;
  /** Longest registration, seconds. */
  readonly max_expires: number;
  /** True for the address (IP literal) of a trusted hop: none of our users' devices is there. Absent: there are no such hops. */
  readonly trusts?: (host: string) => boolean;
}

/** Wall clock steps below this are drift, not somebody setting the time. */
const CLOCK_STEP_MS = 2000;
const SWEEP_MS = 1000;
const NONE: readonly Binding[] = Object.freeze([]);

/**
 * Every binding of every user, in memory, written through to the store: the registrar changes it, the rest of the core
 * reads it. Expired bindings, and those whose connection broke, leave it by themselves.
 */
export class LocationTable implements LocationService, Devices, Gruus, Timed, FlowWatcher {
  readonly #records = new Map<string, AorRecord>();
  readonly #epochs = new Map<number, GruuTarget>();
  readonly #places: DevicePlaces;
  readonly #flows: FlowUses;
  readonly #wheel: ExpiryWheel<AorRecord>;
  readonly #parts: LocationParts;
  readonly #unsaved: Counter;
  /** For writes that nobody waits for. A lost one is caught up by the next refresh. */
  readonly #lazily: Committed;
  #online = 0;
  #lastId = 0;
  /** Wall time less monotonic time: tells when somebody set the clock. */
  #offset: number;
  #closed = false;

  constructor(parts: LocationParts) {
    this.#parts = parts;
    const { clock, metrics, log } = parts;
    this.#places = new DevicePlaces(parts.trusts ?? (() => false));
    this.#flows = new FlowUses(this);
    this.#wheel = new ExpiryWheel(clock.monotonic() / 1000);
    this.#offset = clock.now() - clock.monotonic();
    this.#unsaved = metrics.counter("parley_registration_saves_failed_total", "Registrations that could not be stored");
    this.#lazily = (error) => {
      if (error === null) return;
      this.#unsaved.add();
      log.warn("registration refresh not stored; the next one tries again", { error: error.message });
    };
    metrics.gauge("parley_registered_users", "Addresses-of-record with a live binding", () => this.#online);
    this.#load();
    parts.timers.start(SWEEP_MS, this, 0);
  }

  /**
   * The box stops: no more sweeps, and connections that end from now on end with it. Who registered over them is about to come back. What
   * is held stays readable.
   */
  close(): void {
    this.#closed = true;
  }

  get size(): number {
    return this.#online;
  }

  bindings(aor: string): readonly Binding[] {
    const record = this.#records.get(aor);
    if (record === undefined) return NONE;
    // The sweep comes once a second: what expired since is left out here.
    const now = this.nowMs;
    return record.soonest > now ? record.live : record.live.filter((binding) => binding.expiresAt > now);
  }

  /** A device had a connection to the box before it was started, and its registration is not over: it is about to come back. */
  isReturning(aor: string): boolean {
    const record = this.#records.get(aor);
    if (record === undefined || record.live.length === record.bindings.length) return false;
    const now = this.nowMs;
    return record.bindings.some((binding) => isDormant(binding) && binding.expiresAt > now);
  }

  instanceBindings(aor: string, instance: string): readonly Binding[] {
    return this.bindings(aor).filter((binding) => binding.instance === instance);
  }

  deviceAt(host: string, port: number, user: string): DeviceAt | null {
    return this.#places.at(host, port, user, this.nowMs);
  }

  resolveGruu(uri: Uri): GruuTarget | null {
    if (!isGruu(uri)) return null;
    const instance = publicInstance(uri);
    // A public GRUU stays valid as long as its user does (RFC 5627 §5.3); whether there is one the caller sees.
    if (instance !== "") {
      const address = addressOf(uri);
      return address.user === "" ? null : { aor: address.aor, instance };
    }
    const index = this.#parts.gruus.index(uri.user);
    const target = index === null ? undefined : this.#epochs.get(index);
    return target !== undefined && parseUri(target.aor).host === uri.host ? target : null;
  }

  flowFailed(aor: string, binding: Binding): void {
    const record = this.#records.get(aor);
    // It may have been refreshed since: then the same flow failed, or the failure is old news.
    const held = record?.bindings.find((other) =>
      other === binding || (other.flowId === binding.flowId && other.contact === binding.contact)
    );
    if (record !== undefined && held !== undefined) this.#drop(record, [held], "flow");
  }

  /** A connection died: nobody else can reach who registered over it and nothing but it (RFC 5626 §6). */
  onFlowClosed(flow: Flow): void {
    if (this.#closed) return;
    for (const aor of this.#flows.ended(flow)) {
      const record = this.#records.get(aor);
      const lost = record?.bindings.filter((binding) => binding.flowOnly && binding.flowId === flow.id) ?? [];
      if (lost.length > 0) this.#drop(record!, lost, "flow");
    }
  }

  /** An administrator ends registrations of a user: all of them, or those that `which` names. Gives how many. */
  reject(aor: string, which: (binding: Binding) => boolean = () => true): number {
    const record = this.#records.get(aor);
    const gone = record?.bindings.filter(which) ?? [];
    if (gone.length > 0) this.#drop(record!, gone, "rejected");
    return gone.length;
  }

  onTimer(): void {
    if (this.#closed) return;
    const { clock, timers } = this.#parts;
    const step = clock.now() - clock.monotonic() - this.#offset;
    if (Math.abs(step) >= CLOCK_STEP_MS) this.#shift(step);
    this.#wheel.turn(clock.monotonic() / 1000, (record) => this.#expire(record));
    timers.start(SWEEP_MS, this, 0);
  }

  // The registrar's side.

  /** The record of an address-of-record; made when there is none. */
  record(aor: string): AorRecord {
    let record = this.#records.get(aor);
    if (record === undefined) this.#records.set(aor, record = new AorRecord(aor));
    return record;
  }

  known(aor: string): AorRecord | undefined {
    return this.#records.get(aor);
  }

  /**
   * What would be stored once these changes are made. `epochs`: temporary GRUUs as they would be then.
   */
  preview(record: AorRecord, changes: readonly BindingChange[], epochs: readonly GruuEpoch[]): unknown {
    const bindings = applied(record.bindings, changes);
    return bindings.length === 0 ? null : { v: 1, bindings, gruus: withBindings(epochs, bindings) };
  }

  save(aor: string, value: unknown, done: Committed): void {
    this.#parts.registrations.save(aor, value, false, done);
  }

  /** Writes within a second; nobody waits. */
  saveLazily(record: AorRecord): void {
    this.#parts.registrations.save(record.aor, record.stored(), true, this.#lazily);
  }

  /**
   * Makes changes visible. Changes to bindings that have gone meanwhile (expired, flow failed) fall away. True when the user
   * was offline before.
   */
  publish(record: AorRecord, changes: readonly BindingChange[], epochs: readonly GruuEpoch[]): boolean {
    const first = record.live.length === 0;
    this.#set(record, applied(record.bindings, changes), epochs);
    return first;
  }

  /** Tells who listens, and watches over the connection that new bindings depend on. Comes after the answer. */
  announce(record: AorRecord, changes: readonly BindingChange[], first: boolean, flow: Flow): void {
    const { events, clock } = this.#parts;
    const { aor } = record;
    const at = clock.now();
    let depends = false;
    for (const { kind, old, next } of changes) {
      if (kind === "removed") events.emit("unregistered", { aor, binding: old!, why: "removed", at });
      else if (kind !== "refreshed") events.emit("registered", { aor, binding: next!, first, at });
      else if (events.heard("refreshed")) {
        events.emit("refreshed", { aor, binding: next!, shortened: next!.expiresAt < old!.expiresAt, at });
      }
      if (next !== null && next.flowOnly && flow.reliable) depends = true;
    }
    if (depends) this.#flows.use(flow, aor);
  }

  /** After a commit, whatever came of it: the store catches up with what happened meanwhile. */
  settle(record: AorRecord): void {
    if (record.behind) {
      record.behind = false;
      this.saveLazily(record);
    }
    this.forgetIfEmpty(record);
  }

  forgetIfEmpty(record: AorRecord): void {
    if (record.empty && this.#records.get(record.aor) === record) this.#records.delete(record.aor);
  }

  /** The number of a new binding. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** A new epoch of temporary GRUUs, with an index that no other has. */
  newEpoch(instance: string, firstCseq: number): GruuEpoch {
    let index = 0;
    do index = parseInt(randomHex(6), 16); while (this.#epochs.has(index));
    return { instance, index, firstCseq, latest: "" };
  }

  /** The time by which bindings expire, ms: that of the wall clock, which counts anew only when all bindings are moved with it. */
  get nowMs(): number {
    return this.#parts.clock.monotonic() + this.#offset;
  }

  /** What was planned before a commit, as it is to be made after it: somebody may have set the clock meanwhile. */
  moved(record: AorRecord, changes: readonly BindingChange[]): readonly BindingChange[] {
    const { moved } = record;
    if (moved === 0) return changes;
    return changes.map(({ kind, old, next }) => ({ kind, old, next: next === null ? null : later(next, moved) }));
  }

  #set(record: AorRecord, bindings: readonly HeldBinding[], epochs: readonly GruuEpoch[]): void {
    const before = record.live.length > 0;
    record.set(bindings);
    this.#places.update(record);
    this.#online += Number(record.live.length > 0) - Number(before);
    this.#setEpochs(record, epochs.length === 0 ? epochs : withBindings(epochs, bindings));
    if (record.soonest !== Infinity) this.#wheel.schedule(record, (record.soonest - this.#offset) / 1000);
  }

  #setEpochs(record: AorRecord, epochs: readonly GruuEpoch[]): void {
    if (epochs === record.gruus || (epochs.length === 0 && record.gruus.length === 0)) return;
    for (const { index } of record.gruus) this.#epochs.delete(index);
    for (const { index, instance } of epochs) this.#epochs.set(index, { aor: record.aor, instance });
    record.gruus = epochs;
  }

  #expire(record: AorRecord): void {
    const now = this.nowMs;
    const over = record.bindings.filter((binding) => binding.expiresAt <= now);
    if (over.length > 0) this.#drop(record, over, "expired");
    else if (record.soonest !== Infinity) this.#wheel.schedule(record, (record.soonest - this.#offset) / 1000);
  }

  #drop(record: AorRecord, gone: readonly HeldBinding[], why: CoreEvents["unregistered"]["why"]): void {
    const { events, clock } = this.#parts;
    this.#set(record, record.bindings.filter((binding) => !gone.includes(binding)), record.gruus);
    // While a change is being committed, its own write comes last: `settle` writes once more.
    if (record.busy) record.behind = true;
    else this.saveLazily(record);
    this.forgetIfEmpty(record);
    for (const binding of gone) events.emit("unregistered", { aor: record.aor, binding, why, at: clock.now() });
  }

  /** Somebody set the clock: what was promised for an hour still holds for an hour. */
  #shift(step: number): void {
    this.#offset += step;
    this.#parts.log.warn("the clock was set; registrations keep their remaining time", { step_ms: Math.round(step) });
    for (const record of this.#records.values()) {
      const shifted = record.bindings.map((binding) => later(binding, step));
      record.set(shifted);
      if (record.busy) {
        record.behind = true;
        record.moved += step;
      } else if (shifted.length > 0) this.saveLazily(record);
    }
  }

  #load(): void {
    const { registrations, clock, log } = this.#parts;
    const now = clock.now();
    // A clock that was not set yet when the box started must not make registrations last for ever.
    const latest = now + this.#parts.max_expires * 1000;
    let bad = 0;
    for (const [aor, value] of registrations.load()) {
      const stored = storedRegistration(value);
      if (stored === null) {
        bad++;
        continue;
      }
      const bindings = stored.bindings.filter((binding) => binding.expiresAt > now).map((binding) =>
        fromEarlierBoot(binding, latest)
      );
      if (bindings.length === 0) {
        registrations.save(aor, null, true, this.#lazily);
        continue;
      }
      const record = this.record(aor);
      for (const { id } of bindings) this.#lastId = Math.max(this.#lastId, id);
      this.#set(record, bindings, stored.gruus);
    }
    if (bad > 0) log.error("stored registrations that cannot be read were left alone", { count: bad });
  }
}

/** Flows end with the boot: what depends on one waits for its device to come back (RFC 5626 §6). */
function fromEarlierBoot(binding: HeldBinding, latest: number): HeldBinding {
  return { ...binding, flowId: 0, expiresAt: Math.min(binding.expiresAt, latest) };
}

function later(binding: HeldBinding, ms: number): HeldBinding {
  return { ...binding, expiresAt: binding.expiresAt + ms, registeredAt: binding.registeredAt + ms };
}

/** The epochs of instances that still have a binding (RFC 5627 §5.3). */
function withBindings(epochs: readonly GruuEpoch[], bindings: readonly HeldBinding[]): readonly GruuEpoch[] {
  const kept = epochs.filter((epoch) => bindings.some((binding) => binding.instance === epoch.instance));
  return kept.length === epochs.length ? epochs : kept;
}

function applied(bindings: readonly HeldBinding[], changes: readonly BindingChange[]): readonly HeldBinding[] {
  let list = bindings;
  for (const { old, next } of changes) list = placed(list, old, next);
  return list;
}
