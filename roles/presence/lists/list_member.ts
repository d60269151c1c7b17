import type { MemberState, PresenceView, SubscriptionFilters, WatcherEvent } from "../../../transport/presence/mod.ts";
import type { Watches, WatchTerms } from "../watch.ts";
import type { RefusedMembers } from "./refused_members.ts";

/** What a member needs of the subscription that it is a member in. */
export interface MemberContext {
  /** Folded address of the user who subscribed. */
  readonly watcher: string;
  readonly terms: WatchTerms;
  readonly filters: SubscriptionFilters;
  readonly watches: Watches;
  readonly refused: RefusedMembers;
  /** Differences may be told (`application/pidf-diff+xml`, RFC 5263). */
  readonly takesDiffs: boolean;
  /** The subscription is over: whoever is opened for its last NOTIFY is closed at once. */
  readonly isOver: boolean;
  /** With its locations in the form that the subscriber wants (LOC-3). */
  shown(view: PresenceView): PresenceView;
  /** There may be something else to tell of a member. */
  memberChanged(uri: string): void;
  /** A member could not be watched, and may be later. */
  memberFailed(): void;
}

/** A member of the list of one subscription, and what the subscriber was told of it. */
export interface SubscribedMember {
  readonly uri: string;
  /** As `MemberStates.of` has it. */
  states(whole: boolean): readonly MemberState[] | null;
  /** What `states` said last goes out. */
  told(): void;
  /** Of what was told. */
  readonly mark: string;
  /** Before anything was told in this boot: what was told is what has this mark. */
  resume(mark: string): void;
  /** The list's subscription goes on, with new `terms`. */
  refresh(): void;
  /** The member is watched no longer; `states` stays what it was. */
  close(event: WatcherEvent): void;
}

export const NO_STATES: readonly MemberState[] = [];
/** The one instance of who is watched here, or of whom nobody watches anything. */
export const ONLY = "1";
