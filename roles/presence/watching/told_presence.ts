import type { PresenceView } from "../../../transport/presence/mod.ts";
import type { Subscription } from "../../../transport/sip/mod.ts";
import type { Watch, WatchListener } from "../watch.ts";
import type { OpenWatch } from "./open_watch.ts";
import type { PresenceFilters } from "./presence_filters.ts";

/** What outlasts a restart of a subscription. */
export interface KeptPresence {
  /** Of what was told last; "" for nothing. */
  readonly tag: string;
  /** Of the last document with a version; 0 for none. */
  readonly version: number;
  /** When it began, ms since 1970. */
  readonly since: number;
  /** As of WatchTerms. */
  readonly terms: string;
  readonly displayName: string;
  /** SUBSCRIBEs with filters, of which the framework has the last one. */
  readonly filters: number;
}

/** Null for what no Parley kept that this one can read. */
export function readKept(kept: unknown): KeptPresence | null {
  const { tag, version, since, terms, displayName, filters } = (kept ?? {}) as Partial<KeptPresence>;
  const isText = [tag, terms, displayName].every((one) => typeof one === "string");
  const isNumber = [version, since, filters].every((one) => typeof one === "number" && one >= 0);
  return isText && isNumber ? kept as KeptPresence : null;
}

/** One subscription to presence: what it watches, and what it has been told. */
export class ToldPresence implements WatchListener {
  readonly #subscription: Subscription;
  /** Null where there was no room for it. */
  watch: OpenWatch | null = null;
  filters: PresenceFilters | null = null;
  /** What was told last, before any filter; null for nothing, or for what was told before a restart. */
  view: PresenceView | null = null;
  /** Of what was told last, where a filter made it or there is no view of it; else "". */
  tag = "";
  /** Of the last document with a version (RFC 5263 §4.4). */
  version = 0;
  /** Whether `view` is what that document led to, so that differences may follow. */
  follows = false;

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
  }

  presenceChanged(): void {
    this.#subscription.changed?.();
  }

  decided(watch: Watch): void {
    if (watch.state === "refused") return this.#subscription.terminate?.(watch.refusal ?? "rejected");
    this.#subscription.setState?.(watch.state);
    this.#subscription.changed?.();
  }

  get kept(): KeptPresence {
    const { watch, version, filters } = this;
    const tag = this.tag === "" ? this.view?.tag ?? "" : this.tag;
    const { row = null, terms: asked = null } = watch ?? {};
    return {
      tag,
      version,
      since: row?.subscribedAt ?? asked?.since ?? 0,
      terms: row?.terms ?? asked?.terms ?? "",
      displayName: row?.displayName ?? asked?.displayName ?? "",
      filters: filters?.bodies ?? 0,
    };
  }
}
