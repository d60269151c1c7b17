import type { Counter, Events, Metrics } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../storage/mod.ts";
import type { Target } from "../sip_core/mod.ts";
import type { DeferredEvents, DeferredFacts } from "./deferred_events.ts";
import { contentTypeOf } from "./stored_message.ts";

/** Tells whoever listens what became of stored messages. */
export class DeliveryNotes {
  readonly #events: Events<DeferredEvents>;
  readonly #now: () => number;
  readonly #delivered: Counter;
  readonly #expired: Counter;

  constructor(events: Events<DeferredEvents>, metrics: Metrics, now: () => number) {
    this.#events = events;
    this.#now = now;
    this.#delivered = metrics.counter("parley_deferred_delivered_total", "Stored messages taken by a device");
    this.#expired = metrics.counter("parley_deferred_expired_total", "Stored messages that expired undelivered");
  }

  /** `unwrapped`: without the wrapper in which its sender asked for notifications, perhaps. */
  delivered(id: number, message: DeferredMessage, target: Target, callId: string, unwrapped = false): void {
    this.#delivered.add();
    const { binding } = target;
    const device = binding?.instance ?? "";
    if (this.#events.heard("deferredDelivered")) {
      this.#events.emit("deferredDelivered", {
        ...factsOf(id, message),
        device,
        accessNetwork: binding?.accessNetwork ?? "",
        deliveredAt: this.#now(),
        callId,
      });
    }
    if (unwrapped && this.#events.heard("deferredUnwrapped")) {
      this.#events.emit("deferredUnwrapped", { ...factsOf(id, message), device, at: this.#now(), message });
    }
  }

  refused(id: number, message: DeferredMessage, target: Target, status: number): void {
    if (!this.#events.heard("deferredRefused")) return;
    const device = target.binding?.instance ?? "";
    this.#events.emit("deferredRefused", { ...factsOf(id, message), device, status, at: this.#now() });
  }

  /** `message`: null where it could not be read. */
  expired({ id, recipient, device, size }: DeferredEntry, message: DeferredMessage | null): void {
    this.#expired.add();
    if (!this.#events.heard("deferredExpired")) return;
    const sender = message?.sender ?? "";
    this.#events.emit("deferredExpired", { id, sender, recipient, device, size, at: this.#now(), message });
  }
}

function factsOf(id: number, message: DeferredMessage): DeferredFacts {
  return {
    id,
    sender: message.sender,
    recipient: message.recipient,
    size: message.content?.octets ?? message.body.length,
    contentType: contentTypeOf(message.headers),
    arrivedAt: message.arrivedAt,
    transaction: message.transaction,
  };
}
