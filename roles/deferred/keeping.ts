import type { Counter, Events, Log, Metrics } from "../../foundation/mod.ts";
import type { DeferredMessage, DeferredMessages, StoreOutcome } from "../../storage/mod.ts";
import type { DeferredEvents } from "./deferred_events.ts";
import { contentTypeOf } from "./stored_message.ts";

/** Who gets a message that was stored for somebody who was not there. Live. */
export interface CopySettings {
  /** `first`: whichever device comes first; `each`: every device that the user has been seen with lately. */
  readonly copies: "first" | "each";
}

export interface KeepingParts {
  readonly store: DeferredMessages;
  readonly settings: CopySettings;
  /** Instances of the recipient's devices, those seen last first. */
  readonly devicesOf: (recipient: string) => readonly string[];
  readonly events: Events<DeferredEvents>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** After the commit. `tried`: the devices were asked in vain just now. */
  readonly stored: (recipient: string, tried: boolean) => void;
  /** Copies for single devices are in place. */
  readonly copied: (recipient: string) => void;
}

/** Copies for single devices that one message has at most. */
const MAX_COPIES = 8;

/** The way into the store, and what is on it. */
export class Keeping {
  readonly #parts: KeepingParts;
  /** Stores not yet committed, by recipient: they count as waiting. */
  readonly #storing = new Map<string, number>();
  /** The latest time of arrival among those. */
  readonly #arrivals = new Map<string, number>();
  /** Of those, copies for single devices. They are older than what waits, so nothing goes out before they are in place. */
  readonly #copying = new Map<string, number>();
  readonly #stored: Counter;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
    this.#stored = parts.metrics.counter("parley_deferred_stored_total", "Messages stored for later");
  }

  /** Something for this recipient is on its way into the store. */
  storing(recipient: string): boolean {
    return this.#storing.has(recipient);
  }
  /** Copies for single devices are. */
  copying(recipient: string): boolean {
    return this.#copying.has(recipient);
  }

  /**
   * When a message that comes `now` has arrived: after all that wait for this recipient, whatever the clock says. Times of arrival
   * thus tell which of two is older, also where a copy for a device is made later.
   */
  arrival(recipient: string, now: number): number {
    let latest = this.#arrivals.get(recipient) ?? -Infinity;
    for (const { arrivedAt } of this.#parts.store.pending(recipient)) if (arrivedAt > latest) latest = arrivedAt;
    return now > latest ? now : latest + 1;
  }

  /** `done` after the commit: of all copies, where the settings want several. */
  keep(message: DeferredMessage, tried: boolean, done: (outcome: StoreOutcome) => void): void {
    const { settings, devicesOf } = this.#parts;
    // While the devices are still being asked there is one copy, which a late answer takes back.
    if (settings.copies === "each" && message.device === "" && !tried) {
      const devices = devicesOf(message.recipient);
      if (devices.length > 0) return this.#keepEach(message, devices.slice(0, MAX_COPIES), done);
    }
    this.#keep(message, tried, done);
  }

  /** A copy that cannot be had is missed by its device only. */
  #keepEach(message: DeferredMessage, devices: readonly string[], done: (outcome: StoreOutcome) => void): void {
    const outcomes: StoreOutcome[] = [];
    for (const device of devices) {
      this.#keep({ ...message, device }, false, (outcome) => {
        outcomes.push(outcome);
        if (outcomes.length < devices.length) return;
        const best = outcomes.find(({ kind }) => kind === "stored") ??
          outcomes.find(({ kind }) => kind === "duplicate");
        const missed = outcomes.filter(({ kind }) => kind === "quota" || kind === "failed");
        if (best !== undefined && missed.length > 0) {
          const { recipient } = message;
          this.#parts.log.warn("no copy kept for some devices", {
            recipient,
            why: missed[0].kind,
            copies: missed.length,
          });
        }
        done(best ?? missed[0]);
      });
    }
  }

  #keep(message: DeferredMessage, tried: boolean, done: (outcome: StoreOutcome) => void): void {
    const { store, events } = this.#parts;
    const { recipient, sender, arrivedAt } = message;
    count(this.#storing, recipient);
    this.#arrivals.set(recipient, Math.max(arrivedAt, this.#arrivals.get(recipient) ?? arrivedAt));
    if (message.device !== "") count(this.#copying, recipient);
    store.store(message, (outcome) => {
      if (uncount(this.#storing, recipient)) this.#arrivals.delete(recipient);
      if (outcome.kind === "stored") this.#stored.add();
      done(outcome);
      if (outcome.kind === "stored" && events.heard("deferredStored")) {
        events.emit("deferredStored", {
          id: outcome.id,
          recipient,
          sender,
          contentType: contentTypeOf(message.headers),
        });
      } else if (outcome.kind === "quota" && events.heard("deferredQuota")) {
        events.emit("deferredQuota", { recipient, sender, limit: outcome.limit });
      }
      if (message.device !== "" && uncount(this.#copying, recipient)) this.#parts.copied(recipient);
      if (outcome.kind === "stored") this.#parts.stored(recipient, tried);
    });
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** True when it was the last. */
function uncount(counts: Map<string, number>, key: string): boolean {
  const left = counts.get(key)! - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
  return left <= 0;
}
