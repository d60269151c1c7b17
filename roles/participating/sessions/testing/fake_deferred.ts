import { DEFAULT_DEFERRAL, type DeferredDelivery } from "../../../deferred/mod.ts";
import type { DeferredMessage, StoreOutcome } from "../../../../storage/mod.ts";
import { UndeliveredMessages } from "../undelivered.ts";
import type { SessionWorld } from "./session_world.ts";

/** Takes whatever is to be stored, and says what the test says became of it. For tests only. */
export class FakeDeferred implements Pick<DeferredDelivery, "post"> {
  readonly posted: DeferredMessage[] = [];
  /** What everybody publishes; null: what the world has. */
  wish: "reject" | null = null;
  outcome: StoreOutcome = { kind: "stored", id: 1 };

  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    this.posted.push(message);
    queueMicrotask(() => done(this.outcome));
  }

  /** Who stands to get what. */
  get texts(): string[] {
    return this.posted.map(({ recipient, body }) => `${recipient} ${new TextDecoder().decode(body)}`);
  }

  readonly undelivered = (world: SessionWorld): UndeliveredMessages =>
    new UndeliveredMessages({
      deferred: this,
      services: world.services,
      settings: DEFAULT_DEFERRAL,
      published: { user: (aor) => this.wish === null ? world.published.user(aor) : { deferral: this.wish } },
    });
}
