import type {
  Admission,
  EventPackage,
  Notification,
  SubscribeContents,
  SubscribeRefusal,
  Subscription,
} from "../../../transport/sip/mod.ts";

/**
 * Two packages under one name: `other` for the resources that are its own, `first` for all others. For `ua-profile`, by which
 * clients watch documents as well as what waits for them.
 */
export class SharedPackage implements EventPackage {
  readonly name: string;
  readonly contentTypes: readonly string[];
  readonly expires: EventPackage["expires"];
  readonly pace: EventPackage["pace"];
  readonly #first: EventPackage;
  readonly #other: EventPackage;
  readonly #isOthers: (resource: string) => boolean;

  constructor(first: EventPackage, other: EventPackage, isOthers: (resource: string) => boolean) {
    this.name = first.name;
    this.contentTypes = [...first.contentTypes, ...other.contentTypes];
    this.expires = first.expires;
    this.pace = first.pace;
    this.#first = first;
    this.#other = other;
    this.#isOthers = isOthers;
  }

  refuse(contents: SubscribeContents): SubscribeRefusal | null {
    return this.#of(contents).refuse?.(contents) ?? null;
  }
  admit(resource: string, watcher: string): Admission {
    return this.#of({ resource }).admit(resource, watcher);
  }
  prepare(subscription: Subscription, what: "full" | "partial"): Promise<void> | null {
    return this.#of(subscription).prepare?.(subscription, what) ?? null;
  }
  full(subscription: Subscription): Notification | null {
    return this.#of(subscription).full(subscription);
  }
  partial(subscription: Subscription): Notification | null {
    const eventPackage = this.#of(subscription);
    return eventPackage.partial === undefined ? eventPackage.full(subscription) : eventPackage.partial(subscription);
  }
  stateTag(contents: SubscribeContents): string | null {
    return this.#of(contents).stateTag?.(contents) ?? null;
  }
  delivered(subscription: Subscription): void {
    this.#of(subscription).delivered?.(subscription);
  }
  ended(subscription: Subscription): void {
    this.#of(subscription).ended?.(subscription);
  }

  #of({ resource }: { readonly resource: string }): EventPackage {
    return this.#isOthers(resource) ? this.#other : this.#first;
  }
}
