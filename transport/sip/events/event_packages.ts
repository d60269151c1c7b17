import type { EventPackage } from "../event_package.ts";

/** The packages of a notifier. */
export class EventPackages {
  /** Those that are asked first, by name. */
  readonly #named = new Map<string, EventPackage>();
  /** All of them, by name and kind. */
  readonly #all = new Map<string, EventPackage>();

  add(eventPackage: EventPackage): void {
    const { name, kind = "" } = eventPackage;
    if (kind === "") this.#named.set(name, eventPackage);
    this.#all.set(keyOf(name, kind), eventPackage);
  }

  /** The one that is asked first. */
  named(name: string): EventPackage | undefined {
    return this.#named.get(name);
  }

  of(name: string, kind: string): EventPackage | undefined {
    return this.#all.get(keyOf(name, kind));
  }

  /** The value of Allow-Events (RFC 6665 §8.2.2); "" when there is none. */
  get names(): string {
    return [...this.#named.keys()].join(", ");
  }
}

function keyOf(name: string, kind: string): string {
  return kind === "" ? name : `${name} ${kind}`;
}
