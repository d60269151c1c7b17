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
    if (bindings.length === 0) {
      this.#end(false);
      return;
    }
    const alive = this.#down.size === 0 ? bindings : bindings.filter((binding) => !this.#down.has(binding.contact));
    const entries = delivery.waitingEntries(this.aor);
    let silent = false;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      const devices = entry.device === "" ? alive : alive.filter((binding) => binding.instance === entry.device);
      if (devices.length === 0) {
        if (entry.device === "" || bindings.some((binding) => binding.instance === entry.device)) silent = true;
        if (entry.device === "") break;
        continue;
      }
      // A first attempt is still under way to one of these devices; its end goes on here.
      if (delivery.heldFor(this.aor, entry.id, devices)) {
        this.#end(false);
        return;
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
        // The next one is fetched while this one travels.
        if (following !== undefined) {
          this.#ahead = { id: following.id, read: store.read(following.id) };
          this.#ahead.read.catch(() => {});
        }
        const push = new PushFork(services, entry.id, message, this);
        push.start(bindingTargets(this.aor, devices, services.wires));
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

  onTaken(push: PushFork, branch: Branch): void {
    this.#tries = 0;
    this.#delivery.delivered(push, branch);
  }

  onPushed(push: PushFork): void {
    const delivery = this.#delivery;
    let later = 0;
    for (const branch of push.branches) {
      const { binding } = branch.target;
      const verdict = this.#verdict(push.id, branch.status);
      if (verdict === "refused") delivery.refused(push, branch);
      if (verdict !== "later" || binding === null) continue;
      later++;
      this.#down.add(binding.contact);
      // Somebody else has it; this device gets its own copy when it is back.
      if (push.taken && binding.instance !== "" && push.message.device === "") {
        delivery.copyForDevice(push.message, binding.instance);
      }
    }
    if (!push.taken) {
      if (later > 0) {
        this.#end(true);
        return;
      }
      // Everyone refused it: kept until it expires, but it holds up nobody behind it.
      delivery.skip(push.id);
    }
    this.#next();
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
