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
  /** Closed, and not over at the other side: whoever edits a list all the time has as many of these as of the others, and no more. */
  readonly #leaving = new Map<string, number>();

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
      const leaving = this.#leaving.get(user) ?? 0;
      if (own >= settings.other_domains || own + leaving >= 2 * settings.other_domains) return null;
      if (this.#watches.size >= limits.otherDomains) return null;
      this.#watches.set(key, watch = new ForeignWatch(user, uri, this.#parts));
      count(this.#ofUser, user, 1);
      watch.listeners.add(listener);
      watch.start();
    } else watch.listeners.add(listener);
    return watch;
  }

  close(watch: ForeignWatch, listener: ForeignListener): void {
    if (!watch.listeners.delete(listener) || watch.listeners.size > 0) return;
    const { user, uri } = watch;
    this.#watches.delete(`${user} ${uri}`);
    count(this.#ofUser, user, -1);
    count(this.#leaving, user, 1);
    watch.close(() => count(this.#leaving, user, -1));
  }
}

function count(counts: Map<string, number>, user: string, by: number): void {
  const now = (counts.get(user) ?? 0) + by;
  if (now === 0) counts.delete(user);
  else counts.set(user, now);
}
