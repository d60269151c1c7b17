import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import {
  type EventFilter,
  filteredView,
  type MemberState,
  PIDF_DIFF_TYPE,
  PIDF_TYPE,
  type PresenceView,
  wantsView,
  type WatcherEvent,
} from "../../../transport/presence/mod.ts";
import type { TerminationReason } from "../../../transport/sip/mod.ts";
import type { Watch, WatchListener } from "../watch.ts";
import { type MemberContext, NO_STATES, ONLY, type SubscribedMember } from "./list_member.ts";
import type { Openable } from "./openings.ts";
import { markOf, NO_MARK } from "./told_mark.ts";

/** What there is to tell: what is seen, or why nothing is. */
type Said = PresenceView | "pending" | TerminationReason;

/**
 * A member of this box: watched as by a subscription of its own, with the same authorisation and without SIP (RFC 4662 §4: a
 * virtual subscription).
 */
export class LocalMember implements SubscribedMember, Openable, WatchListener {
  readonly uri: string;
  readonly presentity: string;
  readonly #list: MemberContext;
  #watch: Watch | null = null;
  /** Why there is no watch, or what was seen last before it was closed; null where it has not been opened yet. */
  #instead: Said | null = null;
  #isClosed = false;
  /** With a mark alone: told before a restart. */
  #told: Said | { readonly mark: string } | null = null;
  /** Documents that were told, as RFC 5262 §3 counts. */
  #version = 0;

  constructor(uri: string, presentity: string, list: MemberContext) {
    this.uri = uri;
    this.presentity = presentity;
    this.#list = list;
  }

  /** True while opening it may give something. */
  get isUnopened(): boolean {
    return !this.#isClosed && this.#watch === null &&
      (this.#instead === null || this.#instead === "probation");
  }

  prepare(): Promise<void> | null {
    return this.isUnopened ? this.#list.watches.prepare(this.presentity) : null;
  }

  open(): void {
    if (!this.isUnopened) return;
    const opened = this.#list.watches.open(this.presentity, this.#list.watcher, this.#list.terms, this);
    if (opened === "full") return this.failed();
    if (opened === null) this.#refuse("noresource");
    else if (opened.state === "refused") this.#refuse(opened.refusal ?? "rejected");
    else {
      this.#watch = opened;
      this.#instead = null;
      // Composed now, one member at a time: what is told of all of them at once finds it made.
      if (opened.state === "active") void opened.view;
    }
    if (this.#list.isOver) this.close("timeout");
    else this.#list.memberChanged(this.uri);
  }

  failed(): void {
    if (!this.isUnopened) return;
    this.#instead = "probation";
    this.#list.memberChanged(this.uri);
    this.#list.memberFailed();
  }

  /** Whoever was refused, or was nobody, may be watched by now: to be opened again. */
  reopen(): void {
    if (this.#watch !== null || this.#isClosed) return;
    this.#instead = null;
    this.#list.refused.remove(this);
  }

  presenceChanged(): void {
    this.#list.memberChanged(this.uri);
  }

  decided(watch: Watch): void {
    if (watch !== this.#watch) return;
    const why = watch.state === "refused" ? watch.refusal ?? "rejected" : null;
    if (why !== null) {
      this.#leave(why, why);
      if (why === "probation") return this.failed();
      this.#refuse(why);
    }
    this.#list.memberChanged(this.uri);
  }

  states(whole: boolean): readonly MemberState[] | null {
    const now = this.#now;
    if (now === null) return whole ? NO_STATES : null;
    if (!whole && this.#isTold(now)) return null;
    return [this.#stateOf(now, whole)];
  }

  told(): void {
    // Within the same turn: it is what `states` gave.
    this.#told = this.#now;
    if (isView(this.#told)) this.#version++;
  }

  get mark(): string {
    const told = this.#told;
    if (told === null) return NO_MARK;
    return typeof told === "object" && "mark" in told ? told.mark : markOfSaid(told);
  }

  resume(mark: string): void {
    this.#told = mark === NO_MARK ? null : { mark };
  }

  refresh(): void {
    if (this.#watch !== null) this.#list.watches.refresh(this.#watch, this.#list.terms.expires_s);
  }

  close(event: WatcherEvent): void {
    if (this.#watch !== null) this.#leave(event, this.#now);
    this.#isClosed = true;
    this.#list.refused.remove(this);
  }

  #refuse(why: TerminationReason): void {
    this.#instead = why;
    this.#list.refused.add(this);
  }

  #leave(event: WatcherEvent, instead: Said | null): void {
    const watch = this.#watch!;
    this.#instead = instead;
    this.#watch = null;
    this.#list.watches.close(watch, event);
  }

  /** Null while rules are being read, or before anything is known: it is told of when they are. */
  get #now(): Said | null {
    const watch = this.#watch;
    if (watch === null) return this.#instead;
    if (!this.#list.watches.isSettled(watch)) return null;
    return watch.state === "active" ? this.#list.shown(watch.view) : watch.state === "pending" ? "pending" : "rejected";
  }

  #isTold(now: Said): boolean {
    const told = this.#told;
    if (told === null || told === now) return told === now;
    if (typeof told === "string") return false;
    if ("mark" in told) {
      if (told.mark !== markOfSaid(now)) return false;
      this.#told = now;
      return true;
    }
    if (!isView(now)) return false;
    const filter = this.#filter;
    if (filter === null) return now.saysSameAs(told);
    return !wantsView(filter, told, now) || filteredView(told, filter) === filteredView(now, filter);
  }

  #stateOf(now: Said, whole: boolean): MemberState {
    if (now === "pending") return { id: ONLY, state: "pending" };
    if (!isView(now)) return { id: ONLY, state: "terminated", reason: now };
    const filter = this.#filter;
    if (filter !== null && filter.what !== null) {
      const text = filteredView(now, filter);
      // RFC 4662 §5.5: who is active has a part, also where the filter left nothing.
      return { id: ONLY, state: "active", contentType: PIDF_TYPE, body: text === null ? EMPTY : utf8(text) };
    }
    if (!this.#list.takesDiffs) return { id: ONLY, state: "active", contentType: PIDF_TYPE, body: now.octets };
    const version = this.#version + 1;
    const text = (!whole && isView(this.#told) ? now.diff(this.#told, version) : null) ?? now.full(version);
    return { id: ONLY, state: "active", contentType: PIDF_DIFF_TYPE, body: utf8(text) };
  }

  get #filter(): EventFilter | null {
    return this.#list.filters.size === 0 ? null : this.#list.filters.find(this.uri);
  }
}

function isView(said: Said | { readonly mark: string } | null): said is PresenceView {
  return said !== null && typeof said === "object" && "tag" in said;
}

function markOfSaid(said: Said): string {
  return markOf(typeof said === "string" ? said : said.tag);
}
