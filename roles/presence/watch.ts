import type { PresenceView, WatcherEvent } from "../../transport/presence/mod.ts";
import type { TerminationReason } from "../../transport/sip/mod.ts";

/** Who opens a watch hears what becomes of it. Called at most once in a turn of the event loop for each change. */
export interface WatchListener {
  /** What the watcher sees may be something else. */
  presenceChanged(watch: Watch): void;
  /** `state` is another one, or an active watcher has other rights. */
  decided(watch: Watch): void;
}

/** One watcher who watches one presentity, by a subscription of its own or as a member of a list. */
export interface Watch {
  readonly presentity: string;
  /** Folded; "" for who did not say who he is. */
  readonly watcher: string;
  /** `refused`: the rules block the watcher, by now. Nothing is to be told any more. */
  readonly state: "active" | "pending" | "refused";
  /** What the watcher sees: never more than the rules say. Shared by all who see the same. To be asked of active ones only. */
  readonly view: PresenceView;
  /** Why it is refused, as the watcher is to be told: `rejected` where it does not say. */
  readonly refusal?: TerminationReason | null;
}

/** What a SUBSCRIBE says of a watch. */
export interface WatchTerms {
  /** What the subscription is known by as long as it lives; for a member of a list, that of the list's. */
  readonly key: string;
  /** As the watcher calls itself; "" for none. */
  readonly displayName: string;
  /** Event parameters and filter, as one text: what makes a later subscription of the same watcher the same (RFC 3857 §4.7.1). */
  readonly terms: string;
  readonly expires_s: number;
  /** When the subscription began, ms since 1970: of one from before a restart. Default: now. */
  readonly since?: number;
}

/** Everybody who watches somebody here. */
export interface Watches {
  /** Reads what the decision about a watch needs; null where it is there. Rejects where it cannot be read. */
  prepare(presentity: string): Promise<void> | null;
  /**
   * Begins to watch. Prepared before. Null where the presentity is nobody of this box, "full" where there is no room for
   * another watcher. The state may be `refused` from the beginning: then nothing is kept of it.
   */
  open(presentity: string, watcher: string, terms: WatchTerms, listener: WatchListener): Watch | "full" | null;
  /**
   * False while the rules that a watch stands on are being read: until its listener is told of it again, which follows, nothing is to
   * be told. To be asked before `state` and `view`, which are by the rules of now then.
   */
  isSettled(watch: Watch): boolean;
  /** A SUBSCRIBE that goes on. */
  refresh(watch: Watch, expires_s: number): void;
  /** The subscription is over, for this reason (RFC 3857 §4.7.1); to be called once for each watch that was opened. */
  close(watch: Watch, event: WatcherEvent): void;
}
