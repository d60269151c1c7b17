import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import {
  ListFeed,
  type ListMember,
  LOCATION_FORM_PARAMETER,
  locationFormOf,
  type LocationForms,
  type MemberState,
  type MemberStates,
  PIDF_DIFF_TYPE,
  type PresenceView,
  stateTag,
  type SubscriptionFilters,
  type WatcherEvent,
} from "../../../transport/presence/mod.ts";
import type { Notification, Subscription, TerminationReason } from "../../../transport/sip/mod.ts";
import type { Watches, WatchTerms } from "../watch.ts";
import { AbsentMember } from "./absent_member.ts";
import { ForeignMember } from "./foreign_member.ts";
import type { ForeignWatches } from "./foreign_watches.ts";
import type { KeptList } from "./kept_list.ts";
import type { ListContents } from "./list_contents.ts";
import { type MemberContext, NO_STATES, type SubscribedMember } from "./list_member.ts";
import type { ListLimits } from "./list_settings.ts";
import { LocalMember } from "./local_member.ts";
import { type PresentityOf, targetOf } from "./member_target.ts";
import type { Openings } from "./openings.ts";
import type { RefusedMembers } from "./refused_members.ts";
import type { ListUser } from "./resource_lists.ts";
import { MARK } from "./told_mark.ts";

/** What subscriptions to lists share. */
export interface ListWatchParts {
  readonly watches: Watches;
  readonly foreign: ForeignWatches;
  readonly openings: Openings;
  readonly refused: RefusedMembers;
  readonly presentityOf: PresentityOf;
  /** Shared, so that each view is put into another form once. */
  readonly forms: LocationForms;
  readonly timers: Timers;
  readonly limits: ListLimits;
  /** What Content-IDs end with. */
  readonly host: string;
  /** What subscriptions from before the start kept is all that was told: the box was stopped in order. */
  readonly keptAll: boolean;
}

/** Milliseconds that the state after a SUBSCRIBE waits for members whose rules are being read. */
const PATIENCE_MS = 2000;
/** Milliseconds until members are tried again that could not be watched. */
const RETRY_MS = 60_000;
const PATIENCE = 1, RETRY = 2;

/** One subscription to a list: its members, each watched by itself, and what the subscriber was told of them. */
export class ListWatch implements MemberContext, MemberStates, ListUser, Timed {
  readonly watcher: string;
  /** Of each member's watch. */
  terms: WatchTerms;
  filters: SubscriptionFilters;
  readonly #subscription: Subscription;
  readonly #parts: ListWatchParts;
  #members = new Map<string, SubscribedMember>();
  #contents: ListContents | null = null;
  #feed: ListFeed | null = null;
  /** What was told before a restart, until the members are known. */
  #before: KeptList | null = null;
  /** After a restart: which version was told last is not known. */
  #lostVersion = false;
  /** Since then the list was edited. */
  #isEdited = false;
  #isPreparing = false;
  /** The state that is owed has waited long enough. */
  #hasWaited = false;
  /** Ends the wait. */
  #patience: (() => void) | null = null;
  #retry: Timer | null = null;
  isOver = false;

  constructor(
    subscription: Subscription,
    watcher: string,
    terms: WatchTerms,
    filters: SubscriptionFilters,
    parts: ListWatchParts,
    before: KeptList | null = null,
  ) {
    this.watcher = watcher;
    this.#subscription = subscription;
    this.terms = terms;
    this.filters = filters;
    this.#parts = parts;
    this.#before = before;
  }

  get watches(): Watches {
    return this.#parts.watches;
  }
  get refused(): RefusedMembers {
    return this.#parts.refused;
  }
  get takesDiffs(): boolean {
    return this.#subscription.accept.includes(PIDF_DIFF_TYPE);
  }
  shown(view: PresenceView): PresenceView {
    const form = locationFormOf(this.#subscription.params?.get(LOCATION_FORM_PARAMETER));
    return form === null ? view : this.#parts.forms.view(view, form);
  }
  /** Null until the list was read. */
  get contents(): ListContents | null {
    return this.#contents;
  }

  listChanged(contents: ListContents): void {
    if (contents === this.#contents || this.isOver) return;
    const isNew = this.#contents === null && this.#before === null;
    this.take(contents);
    // For a new subscription `prepare` does it: its first NOTIFY waits for them.
    if (isNew) return;
    void this.#openMembers();
    this.#subscription.changed?.();
  }

  /** The list is this one from the SUBSCRIBE on that is being answered. */
  take(contents: ListContents): void {
    this.#contents = contents;
    const before = this.#members;
    this.#members = new Map();
    for (const member of contents.members) this.#members.set(member.uri, this.#memberFor(member, before));
    for (const [uri, member] of before) if (this.#members.get(uri) !== member) member.close("timeout");
    if (this.#feed === null) this.#begin(contents);
    else {
      this.#feed.edited(contents.members, contents.names);
      this.#isEdited = true;
    }
    this.#before = null;
  }

  listGone(): void {
    this.stop("noresource");
  }

  /** Ends the subscription. */
  stop(reason: TerminationReason): void {
    if (!this.isOver) this.#subscription.terminate?.(reason);
  }

  /** A SUBSCRIBE goes on; who was refused, or was nobody, is asked for again. */
  renew(expires_s: number, filters: SubscriptionFilters): void {
    this.filters = filters;
    // An end: nobody is to be watched for longer.
    if (expires_s === 0) return;
    this.terms = { ...this.terms, expires_s };
    this.#hasWaited = false;
    for (const member of this.#members.values()) {
      if (member instanceof LocalMember) member.reopen();
      member.refresh();
    }
  }

  /** Watches those who are not watched yet; null where all are, or enough time has passed. */
  prepare(): Promise<void> | null {
    if (this.#hasWaited || this.#contents === null) return null;
    this.#hasWaited = true;
    this.#isPreparing = true;
    const opening = this.#openMembers();
    this.#isPreparing = false;
    if (opening === null) return null;
    return new Promise((over) => {
      this.#patience = over;
      const timer = this.#parts.timers.start(PATIENCE_MS, this, PATIENCE);
      void opening.then(() => {
        timer.stop();
        over();
      });
    });
  }

  onTimer(kind: number): void {
    if (kind === PATIENCE) return this.#patience?.();
    this.#retry = null;
    void this.#openMembers();
  }

  full(): Notification | null {
    if (this.#feed === null) return null;
    this.#lostVersion = false;
    return this.#said(this.#feed.full());
  }

  partial(): Notification | null {
    if (this.#lostVersion) {
      // A difference would not follow the version that the subscriber has (RFC 4662 §5.6.2): all of it, where something is another.
      const tells = this.#isEdited || [...this.#members.values()].some((member) => member.states(false) !== null);
      return tells ? this.full() : null;
    }
    const body = this.#feed?.next() ?? null;
    return body === null ? null : this.#said(body);
  }

  keep(): KeptList {
    if (this.#before !== null) return this.#before;
    let marks = "";
    for (const member of this.#members.values()) marks += member.mark;
    const { key, since = 0 } = this.terms;
    const version = this.#feed?.version ?? -1;
    return { key, since, version, list: version >= 0 ? listMark(this.#contents) : "", marks };
  }

  /** The subscription is over; `full` may be asked for once more. */
  end(event: WatcherEvent): void {
    this.isOver = true;
    this.#retry?.stop();
    this.#retry = null;
    // A poll, and an end that comes early, have their last NOTIFY before them: `prepare` opens those members, and they close at once.
    const isLast = event !== "timeout";
    for (const member of this.#members.values()) {
      if (isLast || !(member instanceof LocalMember && member.isUnopened)) member.close(event);
    }
  }

  memberChanged(uri: string): void {
    if (this.isOver || this.#feed === null) return;
    // What is told next has it.
    if (this.#feed.changed(uri) && !this.#isPreparing) this.#subscription.changed?.();
  }

  memberFailed(): void {
    if (!this.isOver) this.#retry ??= this.#parts.timers.start(RETRY_MS, this, RETRY);
  }

  of(uri: string, whole: boolean): readonly MemberState[] | null {
    const member = this.#members.get(uri);
    return member === undefined ? NO_STATES : member.states(whole);
  }

  told(uri: string): void {
    this.#members.get(uri)?.told();
  }

  #said({ contentType, body }: { readonly contentType: string; readonly body: Uint8Array }): Notification {
    return { contentType, body, more: this.#feed!.owes };
  }

  /** The list is known for the first time. */
  #begin(contents: ListContents): void {
    const { members, names } = contents;
    const { host, keptAll, limits: { octets } } = this.#parts;
    const options = { uri: this.#subscription.resource, names, octets, host };
    const before = this.#before;
    if (before === null) {
      this.#feed = new ListFeed(members, this, options);
      return;
    }
    // Of another list than was told only all of it says so.
    const owesFull = before.list !== listMark(contents);
    // No body had a greater version than NOTIFYs went out before it.
    const version = keptAll ? before.version : this.#subscription.sent - 1;
    this.#feed = new ListFeed(members, this, { ...options, told: { version, owesFull } });
    this.#lostVersion = !owesFull && !keptAll;
    if (owesFull) return;
    let at = 0;
    for (const member of this.#members.values()) member.resume(before.marks.slice(at, at += MARK));
  }

  #memberFor({ uri }: ListMember, before: ReadonlyMap<string, SubscribedMember>): SubscribedMember {
    const known = before.get(uri);
    const isFollowed = !this.#contents!.unfollowed.has(uri);
    if (known !== undefined && isFollowed !== known instanceof AbsentMember) return known;
    const { presentityOf, foreign } = this.#parts;
    const target = isFollowed ? targetOf(uri, presentityOf) : null;
    switch (target?.kind) {
      case "here":
        return new LocalMember(uri, target.presentity, this);
      case "elsewhere":
        return new ForeignMember(uri, target.uri, this, foreign);
      default:
        return new AbsentMember(uri);
    }
  }

  /** Null where all who can be watched are. */
  #openMembers(): Promise<void> | null {
    const local: LocalMember[] = [];
    for (const member of this.#members.values()) {
      if (member instanceof LocalMember) {
        if (member.isUnopened) local.push(member);
      } else if (member instanceof ForeignMember && !this.isOver) member.open();
    }
    return this.#parts.openings.open(local);
  }
}

/** What names a list and its members, as they are told; "" before it is known. */
function listMark(contents: ListContents | null): string {
  return contents === null ? "" : stateTag(...[...contents.members].map(({ start }) => start)).slice(0, 14);
}
