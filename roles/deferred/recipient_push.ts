import { type Timed, type Timer } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../storage/mod.ts";
import { type Binding, bindingTargets, type Branch } from "../sip_core/mod.ts";
import type { DeferredDelivery } from "./deferred_delivery.ts";
import { verdictOf } from "./outcome.ts";
import { PushFork, type PushUser } from "./push_fork.ts";

/** First wait before trying a silent recipient again; doubled each time. */
const RETRY_MS = 30_000;
const RETRY_MAX_MS = 15 * 60_000;
/** A device that answers the same message with a fault of its own (5xx) this often has refused it. */
const FAULTS = 3;

/**
 * The deliveries to one recipient: one message after the other, oldest first, the next one when the last has its outcome.
 * It stops, and keeps everything, when no device answers; a registration, a new message or the retry timer goes on.
 */
export class RecipientPush implements PushUser, Timed {
  readonly aor: string;
  readonly #delivery: DeferredDelivery;
  /** Contacts that gave no answer since they last registered. */
  readonly #down = new Set<string>();
  #running = false;
  #retry: Timer | null = null;
  #tries = 0;
  #ahead: { id: number; read: Promise<DeferredMessage | null> } | null = null;
  /** Devices that the message under way does not go to, although they are registered. */
  readonly #leftOut = new Set<string>();
  #faults: { id: number; count: number } = { id: 0, count: 0 };

  constructor(aor: string, delivery: DeferredDelivery) {
    this.aor = aor;
    this.#delivery = delivery;
  }

  get running(): boolean {
    return this.#running;
  }

  /** A device is there (again): it is no longer silent, and the waits begin anew. */
  deviceSeen(binding: Binding): void {
    this.#down.delete(binding.contact);
    this.#tries = 0;
  }

  /** Begins, or goes on; nothing happens while it runs. `fresh`: silent devices are asked once more. */
  run(fresh: boolean): void {
    if (this.#running) return;
    if (fresh) this.#down.clear();
    this.#retry?.stop();
    this.#retry = null;
    this.#running = true;
    this.#next();
  }

  onTimer(): void {
    this.#retry = null;
    this.#delivery.kick(this.aor);
  }

  /** Forgets its timer; the recipient has nothing left. */
  stop(): void {
    this.#retry?.stop();
    this.#retry = null;
  }

  #next(): void {
    const delivery = this.#delivery;
    const bindings = delivery.services.location.bindings(this.aor);
    if (bindings.length === 0 || delivery.mustWait(this.aor)) {
      this.#end(false);
      return;
    }
    const alive = this.#down.size === 0 ? bindings : bindings.filter((binding) => !this.#down.has(binding.contact));
    const entries = delivery.waitingEntries(this.aor);
    // A device with copies of its own takes those first: what is for all is copied for it, behind them.
    const owed = new Set<string>();
    for (const entry of entries) if (entry.device !== "") owed.add(entry.device);
    const held = new Set<string>();
    let silent = false;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      const { device } = entry;
      if (held.has(device)) continue;
      const devices = device !== ""
        ? alive.filter((binding) => binding.instance === device)
        : owed.size === 0
        ? alive
        : alive.filter((binding) => !owed.has(binding.instance));
      if (devices.length === 0) {
        silent ||= device === "" ? alive.length === 0 : bindings.some((binding) => binding.instance === device);
        continue;
      }
      // A first attempt is still under way to one of these devices; its end goes on here.
      if (delivery.heldFor(this.aor, entry.id, device === "" ? bindings : devices)) {
        if (device === "") break;
        held.add(device);
        continue;
      }
      this.#leftOut.clear();
      if (device === "" && devices.length < bindings.length) {
        for (const binding of bindings) {
          if (binding.instance !== "" && !devices.includes(binding)) this.#leftOut.add(binding.instance);
        }
      }
      this.#read(entry, devices, entries[i + 1]);
      return;
    }
    this.#end(silent);
  }

  #read(entry: DeferredEntry, devices: readonly Binding[], following: DeferredEntry | undefined): void {
    const { store, services } = this.#delivery;
    const read = this.#ahead?.id === entry.id ? this.#ahead.read : store.read(entry.id);
    this.#ahead = null;
    read.then(
      (message) => {
        if (message === null) {
          this.#delivery.forget(entry.id);
          this.#next();
          return;
        }
        const admitted = this.#delivery.admits(message);
        if (typeof admitted !== "boolean") {
          return admitted.then((yes) => this.#push(entry.id, message, devices, following, yes));
        }
        this.#push(entry.id, message, devices, following, admitted);
      },
    ).catch((error: unknown) => {
      services.log.error("stored message could not be delivered", {
        recipient: this.aor,
        id: entry.id,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      this.#end(true);
    });
  }

  /** `admitted`: the recipient's rules let it through. */
  #push(
    id: number,
    message: DeferredMessage,
    devices: readonly Binding[],
    following: DeferredEntry | undefined,
    admitted: boolean,
  ): void {
    const { store, services } = this.#delivery;
    // The next one is fetched while this one travels.
    if (following !== undefined) {
      this.#ahead = { id: following.id, read: store.read(following.id) };
      this.#ahead.read.catch(() => {});
    }
    if (!admitted) {
      this.#delivery.withhold(this.aor, id);
      this.#next();
      return;
    }
    new PushFork(services, id, message, this).start(bindingTargets(this.aor, devices, services.wires));
  }

  onTaken(push: PushFork, branch: Branch): void {
    this.#tries = 0;
    this.#delivery.delivered(push, branch);
  }

  onPushed(push: PushFork): void {
    const delivery = this.#delivery;
    const missed = this.#leftOut;
    let later = 0;
    for (const branch of push.branches) {
      const { binding } = branch.target;
      const verdict = this.#verdict(push.id, branch.status);
      if (verdict === "refused") delivery.refused(push, branch);
      if (verdict !== "later" || binding === null) continue;
      later++;
      this.#down.add(binding.contact);
      if (binding.instance !== "") missed.add(binding.instance);
    }
    if (!push.taken) {
      if (later > 0) {
        this.#end(true);
        return;
      }
      // Everyone refused it: kept until it expires, but it holds up nobody behind it.
      delivery.skip(push.id);
    }
    if (push.message.device !== "" || missed.size === 0) {
      this.#next();
      return;
    }
    // Somebody else has it; these devices get copies of their own, safe before anything newer goes out.
    let open = missed.size;
    const done = () => {
      if (--open === 0) this.#next();
    };
    for (const device of missed) delivery.copyForDevice(push.message, device, done);
  }

  #verdict(id: number, status: number): ReturnType<typeof verdictOf> {
    if (status < 500 || status > 599 || status === 503 || status === 504) return verdictOf(status);
    if (this.#faults.id !== id) this.#faults = { id, count: 0 };
    return ++this.#faults.count >= FAULTS ? "refused" : "later";
  }

  /** `again`: something waits that a device is registered for. */
  #end(again: boolean): void {
    this.#running = false;
    this.#ahead = null;
    if (again) this.retryLater();
    this.#delivery.ended(this);
  }

  /** Begins by itself after a while, unless it runs or waits already. */
  retryLater(): void {
    if (this.#running || this.#retry !== null) return;
    const delay = Math.min(RETRY_MS * 2 ** Math.min(this.#tries++, 10), RETRY_MAX_MS);
    this.#retry = this.#delivery.services.timers.start(delay, this, 0);
  }

  /** Nothing to remember: no retry to come, no device known as silent. */
  get idle(): boolean {
    return !this.#running && this.#retry === null;
  }
}
