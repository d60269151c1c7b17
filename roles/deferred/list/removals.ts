import type { DeferredEntry, DeferredMessages } from "../../../storage/mod.ts";
import type { PassedOver } from "../passed_over.ts";
import type { WaitingMessage } from "./mailbox.ts";

/** Deletes messages for good, as their recipient asked for it. */
export class Removals {
  readonly #store: Pick<DeferredMessages, "remove">;
  readonly #passed: Pick<PassedOver, "forget">;
  readonly #changed: (aor: string) => void;

  /** `changed`: a user's mailbox is another one. */
  constructor(
    store: Pick<DeferredMessages, "remove">,
    passed: Pick<PassedOver, "forget">,
    changed: (aor: string) => void,
  ) {
    this.#store = store;
    this.#passed = passed;
    this.#changed = changed;
  }

  /** Every copy of each message. Resolves after the last commit; rejects with StorageError where one failed. */
  async remove(aor: string, messages: Iterable<WaitingMessage>): Promise<void> {
    const commits: Promise<void>[] = [];
    for (const { copies } of messages) for (const copy of copies) commits.push(this.#removed(copy));
    // All of them are waited for: what failed is told when nothing is under way any more.
    const outcomes = await Promise.allSettled(commits);
    this.#changed(aor);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  #removed({ id, recipient }: DeferredEntry): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#store.remove(id, (error) => {
        if (error !== null) return reject(error);
        this.#passed.forget(id, recipient);
        resolve();
      })
    );
  }
}
