import type { Clock } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import type { StoredOperations, UserEdit } from "../../operations/stored/mod.ts";
import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import type { Newcomers } from "../sip_core/mod.ts";
import type { SignUpSettings } from "./sign_up_settings.ts";

/** What subscribing stands on. */
export interface SubscriptionParts {
  readonly subscribers: Pick<Subscribers, "get">;
  readonly operations: Pick<StoredOperations, "editUser">;
  readonly settings: () => Pick<SignUpSettings, "confirm">;
  /** Where the box is reached by browsers: `https://im.example.test:8443`. */
  readonly base: () => string;
  readonly clock: Clock;
}

/**
 * Coming into the service and leaving it (REG-2). `implicit`: the first registration confirms it; `explicit`: the user does,
 * on a page. Who has left comes back only by an own word, whatever the provider has set: a phone that goes on registering
 * must not undo it.
 */
export class Subscription implements Newcomers {
  readonly #parts: SubscriptionParts;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** True where a page has to be asked, for a user who is not in the service. */
  mustConfirm({ state, leftAt }: Subscriber): boolean {
    return state === "unsubscribed" && (leftAt !== undefined || this.#parts.settings().confirm === "explicit");
  }

  confirmAt(subscriber: Subscriber): string | null {
    return this.mustConfirm(subscriber) ? `${this.#parts.base()}/account` : null;
  }

  admit(aor: string, done: (error: Error | null) => void): void {
    this.#subscribe(aor, "registration").then(() => done(null), done);
  }

  /** The user's own word, on a page. Nothing happens where they are in the service. Rejects with OperationError. */
  confirm(aor: string): Promise<void> {
    return this.#subscribe(aor, "page");
  }

  /** The user leaves; only an active one can. Rejects with OperationError. */
  async leave(aor: string): Promise<void> {
    await this.#parts.operations.editUser(aor, null, (old): UserEdit => {
      if (old.state !== "active") throw new RangeError("only a user who is in the service can leave it");
      const next: Subscriber = { ...old, state: "unsubscribed", leftAt: this.#parts.clock.now() };
      return { next, change: "unsubscribed", facts: { by: "page" } };
    }, `user:${aor}`);
  }

  async #subscribe(aor: string, by: "registration" | "page"): Promise<void> {
    const { subscribers, operations } = this.#parts;
    if (subscribers.get(aor)?.state === "active") return;
    try {
      await operations.editUser(aor, null, (old): UserEdit => {
        if (old.state !== "unsubscribed") throw new NotNewError(`${aor} is ${old.state}`);
        return { next: { ...old, state: "active" }, change: "subscribed", facts: { by } };
      }, `user:${aor}`);
    } catch (error) {
      // Two devices at once, of which one was first: both are in.
      if (error instanceof OperationError && error.cause instanceof NotNewError) {
        if (subscribers.get(aor)?.state === "active") return;
      }
      throw error;
    }
  }
}

class NotNewError extends RangeError {}
