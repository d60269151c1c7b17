import type { RoomTerms } from "./policy/terms.ts";

/** How others see somebody: in the roster, in CPIM, in invitations. */
export interface Shown {
  /** SIP URI: the address-of-record, or `sip:anonymous-3@anonymous.invalid`. One a participant, stable while the room is. */
  readonly uri: string;
  /** Friendly name, or `Anonymous 3`; "" for none. */
  readonly name: string;
}

/** What has become of somebody in a room (RFC 4575 §5.7.4 for a device; a participant has the best of its devices). */
export type Standing =
  /** Is being invited: not asked yet, asked, rings. */
  | "pending"
  | "dialing-out"
  | "alerting"
  /** Is joining. */
  | "dialing-in"
  | "connected"
  /** Was there, and may come again: the connection broke, or the box was restarted. What is said meanwhile waits. */
  | "absent"
  /** Has left, was expelled, declined, or did not answer. */
  | "disconnected";

export type JoinedBy = "dialed-in" | "dialed-out" | "focus-owner";
export type LeftBy = "departed" | "booted" | "failed" | "busy";

/** Somebody in a room, however many devices they came with. */
export interface Participant {
  /** Of this room, never used twice in it, from 1: `party` of the legs. */
  readonly id: number;
  /** Folded address-of-record: whom the core vouches for. Leaves the room through nothing but `shown`. */
  readonly aor: string;
  readonly shown: Shown;
  /** RFC 7701 §7; "" for none. */
  readonly nickname: string;
  readonly standing: Standing;
  readonly joinedBy: JoinedBy;
  /** Somebody, or the server, has invited it, however it came since. */
  readonly invited: boolean;
  /** Null unless `disconnected`. */
  readonly leftBy: LeftBy | null;
  /** Wall time, ms: of the last change of standing. */
  readonly since: number;
  /** Is in no roster but its own (bcc, RFC 5364 §4). */
  readonly hidden: boolean;
  /** `seq` of the last message that all its devices have had. */
  readonly passed: number;
}

export type RoomKind =
  /** By the factory: private, ends when fewer than two are left. */
  | "ad-hoc"
  /** By a group document. */
  | "group";

/** A session of many, as other parts of the role and the console see it. */
export interface Room {
  /** Of its conference URI: 128 random bits and more. */
  readonly id: string;
  /** The IM Session Identity: `sip:conf-…@example.test`. */
  readonly uri: string;
  readonly kind: RoomKind;
  /** Folded URI of the group; "" for ad hoc. */
  readonly group: string;
  readonly subject: string;
  readonly terms: RoomTerms;
  /** Wall time, ms. */
  readonly createdAt: number;
  /** Address-of-record of who began it. */
  readonly creator: string;
  /** Devices that are connected. */
  readonly legs: number;
  /** All that were ever there and are remembered, in the order they came. */
  readonly participants: Iterable<Participant>;
  /** Counts changes of participants, subject and terms: what `conference` told is compared with it. */
  readonly version: number;
  /** Participants that changed after that version. */
  changedSince(version: number): Participant[];
  /** By folded address-of-record. */
  find(aor: string): Participant | undefined;
  /** By what others see: a folded URI of `shown`. */
  findShown(uri: string): Participant | undefined;
}

/** What happens in rooms; for charging, the conference package, the console, history. Never text. */
export interface RoomEvents {
  roomBegan: { readonly room: Room; readonly at: number };
  /** Participants, subject, or terms: `room.version` has grown. */
  roomChanged: { readonly room: Room };
  roomEnded: { readonly room: Room; readonly why: RoomEnd; readonly at: number };
  /** A message has its place in the order. `to`: participants it is for, without its sender's own. */
  roomMessage: {
    readonly room: Room;
    readonly from: string;
    readonly octets: number;
    readonly contentType: string;
    readonly recipients: number;
    readonly isPrivate: boolean;
    readonly at: number;
  };
}

export type RoomEnd =
  | "empty"
  | "too-few"
  | "duration"
  | "idle"
  | "schedule"
  | "required"
  | "operator"
  | "owner"
  | "gone"
  | "failure";
