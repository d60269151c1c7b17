import {
  type Admission,
  type EventPackage,
  NO_PARAMS,
  type Notification,
  type Params,
  type SubscribeContents,
  type SubscribeRefusal,
  type Subscription,
} from "../../../transport/sip/mod.ts";
import { XCAP_DIFF } from "../../../transport/xcap/mod.ts";
import { diffModeOf } from "./document_changes.ts";
import { type DocumentWatches, MOST_OF_USER } from "./document_watches.ts";
import { type Selection, SelectionProblem } from "./selection.ts";
import { MOST_DOCUMENTS, Watch } from "./watch.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";

/** What an event package for documents stands on. */
export interface XcapDiffPackageParts {
  readonly name: string;
  readonly watches: DocumentWatches;
  /** The user of ours that an identity is, while in the service; null for everybody else. */
  readonly userOf: (watcher: string) => string | null;
  /** Whether a user may subscribe to that resource: its own address, or the box. */
  readonly mayAsk: (user: string, resource: string) => boolean;
  /** What a SUBSCRIBE names. Throws SelectionProblem. */
  readonly read: (contents: Pick<SubscribeContents, "filter" | "params">, user: string) => readonly Selection[];
}

const RETRY_AFTER_S = "300";

/**
 * The `xcap-diff` event package (RFC 5875), under this name and under that of its OMA predecessor: whoever subscribes is told
 * which documents, elements and attributes there are, and then what becomes of them.
 */
export class XcapDiffPackage implements EventPackage {
  readonly name: string;
  readonly contentTypes: readonly string[] = [XCAP_DIFF];
  readonly expires = { default: 3600, min: 60, max: 7200 };
  /** §4.10; a device that has been left in peace is told of two changes at once. */
  readonly pace = { interval_ms: 5000, burst: 2 };
  readonly #parts: XcapDiffPackageParts;
  readonly #watches = new WeakMap<Subscription, Watch>();
  /** What bodies or parameters of SUBSCRIBEs said, so that each is read once. */
  readonly #read = new WeakMap<Notification | Params, readonly Selection[]>();

  constructor(parts: XcapDiffPackageParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  refuse(contents: SubscribeContents): SubscribeRefusal | null {
    const { watches, userOf } = this.#parts;
    const user = userOf(contents.watcher);
    // `admit` says why.
    if (user === null) return null;
    const { subscription, expires } = contents;
    try {
      const selections = this.#selections(contents, user);
      if (expires === 0 && subscription !== null) return null;
      if (new Watch(null, user, selections, watches.documents).size > MOST_DOCUMENTS) {
        return { status: 403, reason: `More Than ${MOST_DOCUMENTS} Documents` };
      }
      if (subscription === null && expires > 0 && watches.count(user) >= MOST_OF_USER) {
        return { status: 403, reason: `More Than ${MOST_OF_USER} Subscriptions To Documents` };
      }
      if (watches.isFull(selections.length)) {
        return { status: 503, reason: "Too Many Resources Are Watched", headers: [["Retry-After", RETRY_AFTER_S]] };
      }
      return null;
    } catch (error) {
      if (!(error instanceof SelectionProblem)) throw error;
      const { status, message } = error;
      return status === 415
        ? { status, reason: message, headers: [["Accept", IDENTIFIERS.resourceLists.mediaType]] }
        : { status, reason: message };
    }
  }

  admit(resource: string, watcher: string): Admission {
    const { userOf, mayAsk } = this.#parts;
    const user = userOf(watcher);
    if (user === null) {
      return { state: "refused", status: 403, reason: "Documents Are Shown To Users Of This Service Only" };
    }
    if (!mayAsk(user, resource)) {
      return { state: "refused", status: 403, reason: "Subscribe To Documents At Your Own Address" };
    }
    return { state: "active" };
  }

  prepare(subscription: Subscription, what: "full" | "partial"): Promise<void> | null {
    return this.#watchOf(subscription)?.prepare(what) ?? null;
  }

  full(subscription: Subscription): Notification | null {
    const watch = this.#watchOf(subscription);
    if (watch === null) return null;
    return this.#notification(watch, watch.full());
  }

  partial(subscription: Subscription): Notification | null {
    const watch = this.#watchOf(subscription);
    if (watch === null) return null;
    const told = watch.changes(diffModeOf(subscription.params), this.#parts.watches.histories);
    return told === null ? null : this.#notification(watch, told);
  }

  stateTag(contents: SubscribeContents): string | null {
    const { watches, userOf } = this.#parts;
    const user = userOf(contents.watcher);
    if (user === null) return null;
    return new Watch(null, user, this.#selections(contents, user), watches.documents).currentTag();
  }

  ended(subscription: Subscription): void {
    const watch = this.#watches.get(subscription);
    if (watch !== undefined) this.#parts.watches.remove(watch);
  }

  #notification(watch: Watch, told: ReturnType<Watch["full"]>): Notification {
    return { contentType: XCAP_DIFF, body: this.#parts.watches.body(told), etag: watch.tag };
  }

  /** A subscription's watch, watching what the last SUBSCRIBE says; null for somebody who is no user of ours any more. */
  #watchOf(subscription: Subscription): Watch | null {
    const { watches, userOf } = this.#parts;
    const user = userOf(subscription.watcher);
    if (user === null) return null;
    const { filter, params = NO_PARAMS } = subscription;
    const selections = this.#selections({ filter, params, subscription }, user);
    let watch = this.#watches.get(subscription);
    if (watch === undefined) {
      watch = new Watch(subscription, user, selections, watches.documents);
      this.#watches.set(subscription, watch);
      if (subscription.ended !== true) watches.add(watch);
    } else if (watch.selections !== selections) {
      if (subscription.ended === true) watch.select(selections);
      else watches.select(watch, selections);
    }
    return watch;
  }

  /** What a SUBSCRIBE names; in a dialog the list of before holds where it has no other. Throws SelectionProblem. */
  #selections(
    contents: Pick<SubscribeContents, "filter" | "params" | "subscription">,
    user: string,
  ): readonly Selection[] {
    const filter = contents.filter ?? contents.subscription?.filter ?? null;
    const said = filter ?? contents.params;
    let known = this.#read.get(said);
    if (known === undefined) this.#read.set(said, known = this.#parts.read({ filter, params: contents.params }, user));
    return known;
  }
}
