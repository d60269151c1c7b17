import type { Clock, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import type { EventSubscriber, HeaderName } from "../../../transport/sip/mod.ts";
import { type ForeignListener, ForeignWatch } from "./foreign_watch.ts";
import type { ListLimits, ListSettings } from "./list_settings.ts";

export interface ForeignParts {
  readonly subscriber: Pick<EventSubscriber, "subscribe">;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings: Pick<ListSettings, "other_domains">;
  readonly limits: Pick<ListLimits, "otherDomains">;
  /**
   * How a user of ours (folded address) goes to that URI: the value of From, without a tag, and further header lines, such as
   * P-Asserted-Identity where the next hop is trusted.
   */
  readonly asserted: (
    user: string,
    uri: string,
  ) => { readonly from: string; readonly headers: readonly (readonly [HeaderName, string])[] };
}

/** Everybody at other domains whom lists watch: once for each user, whatever lists they are in. */
export class ForeignWatches {
  readonly #parts: ForeignParts;
  readonly #watches = new Map<string, ForeignWatch>();
  readonly #ofUser = new Map<string, number>();

  constructor(parts: ForeignParts) {
    this.#parts = parts;
    parts.metrics.gauge(
      "parley_presence_foreign_watches",
      "People at other domains whom lists watch, once for each user",
      () => this.#watches.size,
    );
  }

  get size(): number {
    return this.#watches.size;
  }

  /** Null where there is no room. `uri` folded. */
  open(user: string, uri: string, listener: ForeignListener): ForeignWatch | null {
    const key = `${user} ${uri}`;
    let watch = this.#watches.get(key);
    if (watch === undefined) {
      const { settings, limits } = this.#parts;
      const own = this.#ofUser.get(user) ?? 0;
      if (own >= settings.other_domains || this.#watches.size >= limits.otherDomains) return null;
      this.#watches.set(key, watch = new ForeignWatch(user, uri, this.#parts));
      this.#ofUser.set(user, own + 1);
      watch.listeners.add(listener);
      watch.start();
    } else watch.listeners.add(listener);
    return watch;
  }

  close(watch: ForeignWatch, listener: ForeignListener): void {
    if (!watch.listeners.delete(listener) || watch.listeners.size > 0) return;
    const { user, uri } = watch;
    this.#watches.delete(`${user} ${uri}`);
    const left = this.#ofUser.get(user)! - 1;
    if (left === 0) this.#ofUser.delete(user);
    else this.#ofUser.set(user, left);
    watch.close();
  }
}
