import type { SwitchLeg, SwitchLegUser } from "../../../transport/msrp/mod.ts";
import type { Caller, GroupPolicy, RoomRefusal } from "../policy/terms.ts";
import type { JoinedBy, LeftBy, Participant, Room, RoomEnd, RoomKind, Standing } from "../room.ts";

/** Somebody who comes in, or is to be brought in. */
export interface Entrant extends Caller {
  /** Friendly name as the core or the directory has it; "" for none. */
  readonly name: string;
  readonly how: JoinedBy;
  /** bcc: in nobody's roster. */
  readonly hidden: boolean;
}

/** A leg's way into the room: our side of an MSRP session, as SIP has agreed on it. */
export interface LegFacts {
  readonly sessionId: string;
  readonly uri: string;
  readonly acceptTypes: readonly string[];
  readonly peerTypes: readonly string[];
  readonly peerMaxSize: number;
  /** It takes private messages (`a=chatroom: private-messages`, RFC 7701 §8). Absent: it does. */
  readonly privateMessages?: boolean;
}

/** Who carries the dialog of a device in the room: the focus. Every method returns at once. */
export interface Attendance {
  /** The media of this device is over; its dialog is to end with this Reason value (RFC 3326), or waits for it to come again (`lost`). */
  onMediaClosed(why: "slow" | "lost" | "closed", reason: string): void;
  /** The room wants this device out: BYE, or CANCEL. */
  onDismissed(reason: string): void;
}

/** A device that is in the room, or on its way in. */
export interface Seat {
  readonly participant: Participant;
  /** Null until `join`. */
  readonly leg: SwitchLeg | null;
  /** The device's own standing. */
  readonly standing: Standing;
  /** How far the invitation is, for the roster. */
  says(standing: "dialing-out" | "alerting" | "dialing-in"): void;
  /** The session is agreed on: the leg is made, and gets what its participant has not had yet. Throws RangeError where there is no room for one. */
  join(facts: LegFacts): SwitchLeg;
  /** The device is out: BYE, refusal, failure. `absent`: it was cut off and may come again within `rejoin_seconds`. Once. */
  leave(how: LeftBy | "absent"): void;
}

/** A room that stands: what the focus does to it. All of it is kept over restarts by the room itself. */
export interface LiveRoom extends Room {
  /** Null for an ad hoc room. By now: a changed document changes it, and who may no longer be in is dismissed. */
  readonly policy: GroupPolicy | null;
  readonly ended: boolean;
  /** People who are in, or on their way in. */
  readonly present: number;
  /**
   * A device comes, or is invited. The participant is made, or found again by its address: then it keeps its place, name and what it
   * missed. A refusal where the room is full (486, `122 too many participants`) or over (404).
   */
  seat(entrant: Entrant, attendance: Attendance): Seat | RoomRefusal;
  /** All its devices are dismissed, and it may not come in again while this session lasts unless it is invited (CHAT-20). */
  expel(participant: Participant, reason: string): void;
  /** True for somebody who was expelled. */
  isBarred(aor: string): boolean;
  /** Who gets what this one says to all: the others who are in or away for a while, but for those who have blocked it. */
  listenersOf(participant: Participant): Participant[];
  rename(subject: string): void;
  end(why: RoomEnd): void;
  /** For a leg's `SwitchLegUser`: what the room itself wants to know of it. */
  readonly legUser: (seat: Seat) => SwitchLegUser;
}

/** What a new room is made of. */
export interface RoomPlan {
  readonly kind: RoomKind;
  /** Folded URI of the group; "" for ad hoc. */
  readonly group: string;
  readonly policy: GroupPolicy | null;
  readonly creator: string;
  readonly subject: string;
}

/** All rooms of the box. */
export interface Rooms {
  readonly size: number;
  /** By the user part of its conference URI, with or without the domain: `sip:conf-…@example.test`. Undefined where it is over. */
  find(uri: string): LiveRoom | undefined;
  /** True for the URI of a room that is over, and is not given to another. */
  isOver(uri: string): boolean;
  ofGroup(group: string): LiveRoom | undefined;
  /** Rooms in which somebody is, or may come again. */
  of(aor: string): LiveRoom[];
  all(): Iterable<LiveRoom>;
  /** A refusal where there are too many (503, or 486 for one user's own). The room is kept from its first participant on. */
  open(plan: RoomPlan): LiveRoom | RoomRefusal;
  /** The rules of a user are others: who is filtered from whom is looked at again. */
  rulesChanged(aor: string): void;
  /** The document of a group is another one, or gone. */
  groupChanged(group: string): void;
  /** The user is no longer in the service. */
  userGone(aor: string): void;
  /** The box goes down: legs end, nothing is forgotten. */
  close(): void;
}
