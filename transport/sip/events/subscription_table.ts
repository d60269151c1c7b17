import type { SipRequest } from "../message.ts";
import type { ServerSubscription } from "./server_subscription.ts";

/** One, or several: most have no company, and need no set. */
type Some = ServerSubscription | Set<ServerSubscription>;

const NOBODY: readonly ServerSubscription[] = [];

/** All subscriptions of the notifier: by dialog, by resource, by watcher, and those that wait for their device. */
export class SubscriptionTable {
  /** Local tags are ours, and never the same twice. */
  readonly #byTag = new Map<string, ServerSubscription>();
  /** By event package, then by resource. */
  readonly #byEvent = new Map<string, Map<string, Some>>();
  readonly #perWatcher = new Map<string, number>();
  /** Octets of bodies kept, of those that have one; and by watcher. */
  readonly #bodies = new Map<ServerSubscription, number>();
  readonly #octets = new Map<string, number>();
  /** By watcher. */
  readonly #away = new Map<string, Some>();

  get size(): number {
    return this.#byTag.size;
  }

  /** That of the dialog which a request claims to be in. */
  find(request: SipRequest): ServerSubscription | undefined {
    const { tag } = request.to;
    if (tag === "") return undefined;
    const found = this.#byTag.get(tag);
    return found !== undefined && isIn(request, found) ? found : undefined;
  }

  /** A copy, which is not disturbed by what is done with its members. */
  of(event: string, resource: string): readonly ServerSubscription[] {
    return membersOf(this.#byEvent.get(event)?.get(resource));
  }

  /** The resource in the text that others who are subscribed to it have it in already; undefined where nobody is. */
  textOf(event: string, resource: string): string | undefined {
    const some = this.#byEvent.get(event)?.get(resource);
    if (some === undefined) return undefined;
    return some instanceof Set ? some.values().next().value?.resource : some.resource;
  }

  values(): Iterable<ServerSubscription> {
    return this.#byTag.values();
  }

  held(watcher: string): number {
    return this.#perWatcher.get(watcher) ?? 0;
  }

  /** Everybody who has some. */
  get watchers(): Iterable<string> {
    return this.#perWatcher.keys();
  }

  /** All that a watcher holds. Looks at each there is, where there are any: for what happens seldom. */
  by(watcher: string): readonly ServerSubscription[] {
    const found: ServerSubscription[] = [];
    const held = this.held(watcher);
    if (held === 0) return found;
    for (const subscription of this.#byTag.values()) {
      if (subscription.watcher === watcher && found.push(subscription) === held) break;
    }
    return found;
  }

  /** Octets of the bodies that the subscriptions of a watcher keep. */
  octetsOf(watcher: string): number {
    return this.#octets.get(watcher) ?? 0;
  }

  /** It keeps another body than before. Does nothing for one that is not here. */
  reweigh(subscription: ServerSubscription): void {
    if (this.#byTag.get(subscription.dialog.localTag) === subscription) this.#weigh(subscription, subscription.octets);
  }

  #weigh(subscription: ServerSubscription, octets: number): void {
    const before = this.#bodies.get(subscription) ?? 0;
    if (octets === before) return;
    if (octets === 0) this.#bodies.delete(subscription);
    else this.#bodies.set(subscription, octets);
    const { watcher } = subscription;
    const all = this.octetsOf(watcher) + octets - before;
    if (all === 0) this.#octets.delete(watcher);
    else this.#octets.set(watcher, all);
  }

  add(subscription: ServerSubscription): void {
    const { dialog, event, resource, watcher } = subscription;
    this.#byTag.set(dialog.localTag, subscription);
    this.#perWatcher.set(watcher, this.held(watcher) + 1);
    this.#weigh(subscription, subscription.octets);
    let resources = this.#byEvent.get(event);
    if (resources === undefined) this.#byEvent.set(event, resources = new Map());
    enter(resources, resource, subscription);
  }

  /** False where it is not here. */
  remove(subscription: ServerSubscription): boolean {
    const { dialog, event, resource, watcher } = subscription;
    if (this.#byTag.get(dialog.localTag) !== subscription) return false;
    this.#byTag.delete(dialog.localTag);
    leave(this.#byEvent.get(event)!, resource, subscription);
    leave(this.#away, watcher, subscription);
    this.#weigh(subscription, 0);
    const left = this.held(watcher) - 1;
    if (left === 0) this.#perWatcher.delete(watcher);
    else this.#perWatcher.set(watcher, left);
    return true;
  }

  /** Watchers with subscriptions that wait for their devices. */
  get away(): number {
    return this.#away.size;
  }

  /** It waits for its device. */
  leave(subscription: ServerSubscription): void {
    enter(this.#away, subscription.watcher, subscription);
  }

  /** It need not wait any more. */
  back(subscription: ServerSubscription): void {
    leave(this.#away, subscription.watcher, subscription);
  }

  /** Those of a watcher that wait for their device. */
  waiting(watcher: string): readonly ServerSubscription[] {
    return membersOf(this.#away.get(watcher));
  }
}

function isIn(request: SipRequest, { dialog }: ServerSubscription): boolean {
  return dialog.callId === request.callId && dialog.remoteTag === request.from.tag;
}

function membersOf(some: Some | undefined): readonly ServerSubscription[] {
  if (some === undefined) return NOBODY;
  return some instanceof Set ? [...some] : [some];
}

function enter(map: Map<string, Some>, key: string, subscription: ServerSubscription): void {
  const some = map.get(key);
  if (some === undefined) map.set(key, subscription);
  else if (some instanceof Set) some.add(subscription);
  else if (some !== subscription) map.set(key, new Set([some, subscription]));
}

function leave(map: Map<string, Some>, key: string, subscription: ServerSubscription): void {
  const some = map.get(key);
  if (some === subscription) map.delete(key);
  else if (some instanceof Set && some.delete(subscription) && some.size === 0) map.delete(key);
}
