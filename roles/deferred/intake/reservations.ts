import type { DeferredMessages, StoreRefused } from "../../../storage/mod.ts";

/** Octets that are on their way to a recipient's store and that it does not count yet: several streams share what is left. */
export class Reservations {
  readonly #store: Pick<DeferredMessages, "refusal">;
  readonly #octets = new Map<string, number>();

  constructor(store: Pick<DeferredMessages, "refusal">) {
    this.#store = store;
  }

  /** Null: so much more may be on its way. */
  refusal(recipient: string, octets: number): StoreRefused | null {
    return this.#store.refusal(recipient, octets + this.of(recipient));
  }

  /** Octets reserved for that recipient. */
  of(recipient: string): number {
    return this.#octets.get(recipient) ?? 0;
  }

  /** Null: they are reserved, until they are given back. */
  take(recipient: string, octets: number): StoreRefused | null {
    const refusal = this.refusal(recipient, octets);
    if (refusal === null) this.#octets.set(recipient, this.of(recipient) + octets);
    return refusal;
  }

  give(recipient: string, octets: number): void {
    const left = this.of(recipient) - octets;
    if (left > 0) this.#octets.set(recipient, left);
    else this.#octets.delete(recipient);
  }
}
