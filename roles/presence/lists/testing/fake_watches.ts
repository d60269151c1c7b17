import {
  compose,
  EVERYTHING_PROVIDED,
  parsePresence,
  PresenceRights,
  type PresenceView,
  type WatcherEvent,
} from "../../../../transport/presence/mod.ts";
import type { TerminationReason } from "../../../../transport/sip/mod.ts";
import type { Watch, Watches, WatchListener, WatchTerms } from "../../watch.ts";

const EVERYTHING = new PresenceRights(EVERYTHING_PROVIDED);

/** What is seen of somebody: one tuple, one note. */
export function viewOf(entity: string, note: string): PresenceView {
  const text = `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="t"><status><basic>` +
    `${
      note === "away" ? "closed" : "open"
    }</basic></status><contact>${entity}</contact><note>${note}</note></tuple></presence>`;
  return compose(entity, [{ key: "k", document: parsePresence(text, ""), publishedAt: 0 }], 0).view(EVERYTHING);
}

class FakeWatch implements Watch {
  readonly presentity: string;
  readonly watcher: string;
  readonly listener: WatchListener;
  terms: WatchTerms;
  readonly #watches: FakeWatches;
  constructor(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener, watches: FakeWatches) {
    this.presentity = presentity;
    this.watcher = watcher;
    this.terms = terms;
    this.listener = listener;
    this.#watches = watches;
  }
  get #shown() {
    return this.#watches.shown.get(this.presentity)!;
  }
  get state(): Watch["state"] {
    const shown = this.#shown;
    return shown === "pending" ? "pending" : typeof shown === "string" ? "refused" : "active";
  }
  get view(): PresenceView {
    const shown = this.#shown;
    if (typeof shown === "string") throw new Error(`the view of a watch that is ${shown}`);
    return shown;
  }
  get refusal(): TerminationReason | null {
    const shown = this.#shown;
    return typeof shown !== "string" || shown === "pending" ? null : shown;
  }
}

/** Watches of people whom the test shows. For tests only. */
export class FakeWatches implements Watches {
  /** What every watcher sees of them. */
  readonly shown = new Map<string, PresenceView | "pending" | "rejected" | "giveup">();
  readonly open_ = new Map<Watch, FakeWatch>();
  /** What happened: `open alice → bob`. */
  readonly log: string[] = [];
  /** People whose rules have to be read; settled by the test. */
  readonly unread = new Map<string, Promise<void>>();
  isFull = false;

  get size(): number {
    return this.open_.size;
  }

  prepare(presentity: string): Promise<void> | null {
    return this.unread.get(presentity)?.finally(() => this.unread.delete(presentity)) ?? null;
  }

  open(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener): Watch | "full" | null {
    if (this.isFull) return "full";
    if (!this.shown.has(presentity)) return null;
    const watch = new FakeWatch(presentity, watcher, terms, listener, this);
    this.log.push(`open ${presentity}`);
    if (watch.state !== "refused") this.open_.set(watch, watch);
    return watch;
  }

  isSettled({ presentity }: Watch): boolean {
    return !this.unread.has(presentity);
  }

  refresh(watch: Watch, expires_s: number): void {
    if (!this.open_.has(watch)) throw new Error(`refreshed ${watch.presentity}, which is not open`);
    this.log.push(`refresh ${watch.presentity} ${expires_s}`);
  }

  close(watch: Watch, event: WatcherEvent): void {
    if (!this.open_.delete(watch)) throw new Error(`closed ${watch.presentity} twice`);
    this.log.push(`close ${watch.presentity} ${event}`);
  }

  /** Somebody is seen as somebody else from now on. */
  show(presentity: string, now: PresenceView | "pending" | "rejected" | "giveup"): void {
    const before = this.shown.get(presentity);
    this.shown.set(presentity, now);
    for (const watch of [...this.open_.values()]) {
      if (watch.presentity !== presentity) continue;
      if (typeof before === "string" || typeof now === "string") watch.listener.decided(watch);
      else watch.listener.presenceChanged(watch);
    }
  }
}
