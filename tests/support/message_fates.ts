import { ok } from "node:assert/strict";
import type { OutgoingMessage, OutgoingUser } from "../../transport/msrp/mod.ts";

/** What became of a message at its sender. */
export type Fate = "under way" | "delivered" | "failed";

/** Follows the messages of a round until each is settled: delivered as far as its sender can know, or failed. */
export class Outbox implements OutgoingUser {
  readonly fates = new Map<string, Fate>();
  readonly #settled: () => void;

  constructor(settled: () => void) {
    this.#settled = settled;
  }

  add(message: OutgoingMessage | null): void {
    ok(message !== null);
    if (!this.fates.has(message.messageId)) this.fates.set(message.messageId, "under way");
  }
  onDelivered(message: OutgoingMessage): void {
    this.#settle(message, "delivered");
  }
  onFailed(message: OutgoingMessage): void {
    this.#settle(message, "failed");
  }

  #settle({ messageId }: OutgoingMessage, fate: Fate): void {
    this.fates.set(messageId, fate);
    this.#settled();
  }
}
