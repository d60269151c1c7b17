import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import {
  filteredText,
  firesTrigger,
  type MemberState,
  parsePresenceXml,
  PIDF_TYPE,
  stateTag,
} from "../../../transport/presence/mod.ts";
import type { ForeignInstance, ForeignListener, ForeignWatch } from "./foreign_watch.ts";
import type { ForeignWatches } from "./foreign_watches.ts";
import { type MemberContext, NO_STATES, ONLY, type SubscribedMember } from "./list_member.ts";
import { markOf, NO_MARK } from "./told_mark.ts";

type Instances = readonly ForeignInstance[];
const NO_ROOM: Instances = [{ id: ONLY, state: "terminated", reason: "giveup", body: null }];

/** A member at another domain. */
export class ForeignMember implements SubscribedMember, ForeignListener {
  readonly uri: string;
  readonly #target: string;
  readonly #list: MemberContext;
  readonly #watches: ForeignWatches;
  #watch: ForeignWatch | null = null;
  /** What holds without a watch. */
  #instead: Instances = [];
  #told: Instances | { readonly mark: string } | null = null;

  /** @param target folded SIP URI */
  constructor(uri: string, target: string, list: MemberContext, watches: ForeignWatches) {
    this.uri = uri;
    this.#target = target;
    this.#list = list;
    this.#watches = watches;
  }

  open(): void {
    if (this.#watch !== null) return;
    this.#watch = this.#watches.open(this.#list.watcher, this.#target, this);
    this.#instead = this.#watch === null ? NO_ROOM : [];
  }

  foreignChanged(): void {
    this.#list.memberChanged(this.uri);
  }

  states(whole: boolean): readonly MemberState[] | null {
    const now = this.#now;
    if (now.length === 0) return whole ? NO_STATES : null;
    if (!whole && this.#isTold(now)) return null;
    return now.map((instance) => this.#stateOf(instance));
  }

  told(): void {
    // Within the same turn: it is what `states` gave.
    this.#told = this.#now;
  }

  get mark(): string {
    const told = this.#told;
    if (told === null) return NO_MARK;
    return "mark" in told ? told.mark : markOfInstances(told);
  }

  resume(mark: string): void {
    this.#told = mark === NO_MARK ? null : { mark };
  }

  refresh(): void {
    if (this.#watch === null) this.open();
    else this.#watch.renew();
  }

  close(): void {
    const watch = this.#watch;
    if (watch === null) return;
    this.#instead = this.#now;
    this.#watch = null;
    this.#watches.close(watch, this);
  }

  get #now(): Instances {
    return this.#watch === null ? this.#instead : [...this.#watch.instances];
  }

  #isTold(now: Instances): boolean {
    const told = this.#told;
    if (told === null) return false;
    if ("mark" in told) return told.mark === markOfInstances(now);
    return told.length === now.length && now.every((instance, index) => this.#saysSame(told[index], instance));
  }

  #saysSame(before: ForeignInstance, now: ForeignInstance): boolean {
    if (before === now) return true;
    if (before.id !== now.id || before.state !== now.state || before.reason !== now.reason) return false;
    if (before.body === null || now.body === null) return before.body === now.body;
    const triggers = this.#filter?.triggers ?? [];
    if (triggers.length > 0) {
      return !firesTrigger(triggers, parsePresenceXml(before.body), parsePresenceXml(now.body));
    }
    return before.body.length === now.body.length && before.body.every((octet, at) => octet === now.body![at]);
  }

  #stateOf({ id, state, reason, body }: ForeignInstance): MemberState {
    if (state === "terminated") return { id, state, reason };
    // Of one who is active there must be a part (RFC 4662 §5.5), and there is nothing to put into it yet.
    if (state === "pending" || body === null) return { id, state: "pending" };
    const what = this.#filter?.what ?? null;
    if (what === null) return { id, state, contentType: PIDF_TYPE, body };
    const text = filteredText(parsePresenceXml(body), what);
    return { id, state, contentType: PIDF_TYPE, body: text === null ? EMPTY : utf8(text) };
  }

  get #filter() {
    return this.#list.filters.size === 0 ? null : this.#list.filters.find(this.uri);
  }
}

function markOfInstances(instances: Instances): string {
  const decoder = new TextDecoder();
  return markOf(
    stateTag(
      ...instances.flatMap(({ state, reason, body }) => [state, reason, body === null ? "" : decoder.decode(body)]),
    ),
  );
}
