/** What the caller is told: a status, and the Warning text of oma-reference §3.0 (`106 user not authorised to join chat group`). */
export interface RoomRefusal {
  readonly status: number;
  /** Reason phrase, for people. */
  readonly reason: string;
  /** Text of `Warning: 399`; "" for none. */
  readonly warning: string;
}

/** Who asks, as rules look at them. */
export interface Caller {
  /** Folded address-of-record. */
  readonly aor: string;
  /** Telephone number, plus and all; "" for none. */
  readonly number: string;
  /** Asks to be unnamed (RFC 3323 `Privacy: id`). */
  readonly anonymous: boolean;
}

/** Rights of one person in one room (oma-reference §5.4, rule actions); all false where no rule says so. */
export interface RoomRights {
  readonly initiate: boolean;
  readonly join: boolean;
  readonly invite: boolean;
  readonly seeRoster: boolean;
  readonly anonymity: boolean;
  readonly privateMessages: boolean;
  readonly expel: boolean;
  /** Moderator: the owner, and key participants. */
  readonly key: boolean;
}

/** What holds for a room as a whole, by now. */
export interface RoomTerms {
  /**
   * Address-of-record of the owner of its group; "" where the operator is that. An ad hoc chat has none: who began it may put others
   * out (CHAT-6, CHAT-20) and has no other right more than they have, nor does the chat end with them.
   */
  readonly owner: string;
  readonly displayName: string;
  readonly subject: string;
  /** Everybody may come (CHAT-2): identities are hidden (PRI-2 to PRI-4), and what is said stays short. */
  readonly isPublic: boolean;
  /** Nobody's address is shown: each has an alias. */
  readonly hidesIdentity: boolean;
  readonly nicknames: boolean;
  readonly privateMessages: boolean;
  /** From the group's list: the server invites them when the session begins. */
  readonly invitesMembers: boolean;
  readonly maxParticipants: number;
  /** Fewer, once they were more, and the room ends; 0 where an empty room stays for a while. */
  readonly minParticipants: number;
  /** Folded; the room ends when one of them is gone. */
  readonly required: readonly string[];
  /** Wall time, ms, when it ends whatever happens (duration, schedule); Infinity for never. */
  readonly endsAt: number;
  /** Messages that a newcomer gets (0 to 100). */
  readonly history: number;
}

/** The terms of one group, with its rules: made from one version of its document. */
export interface GroupPolicy {
  /** As if a session of the group began now: a snapshot, so a room keeps it. */
  readonly terms: RoomTerms;
  /** The same for a session that began then (wall time, ms), from which its longest duration counts; the settings are those of now. */
  termsSince(beganAt: number): RoomTerms;
  /** The group's own members that the server invites: folded, nested groups left out, lists of this domain expanded, each once. */
  readonly members: readonly string[];
  rightsOf(caller: Caller): RoomRights;
  /** Why this caller may not begin a session of the group now; null: may. */
  mayInitiate(caller: Caller): RoomRefusal | null;
  /** Why this caller may not come in. `present`: participants that are there. */
  mayJoin(caller: Caller, present: number): RoomRefusal | null;
  /** The same by whoever invites them (REFER): `by` needs the right, `whom` must not be refused. */
  mayInvite(by: Caller, whom: Caller, present: number): RoomRefusal | null;
  /** Why nobody may invite this one, whatever right they have, nor the server: what remains of the rules for who comes by another's right. */
  mayBeBrought(whom: Caller, present: number): RoomRefusal | null;
  mayExpel(by: Caller, whom: Caller): RoomRefusal | null;
  /** `participates`: is in the room, and so may watch it unless a rule says `allow-conference-state` is false (oma-reference §3.3.5). */
  mayWatch(caller: Caller, participates?: boolean): RoomRefusal | null;
}

/** Finds groups. */
export interface GroupPolicies {
  /** True for the folded URI of a group that has a document here, at once. */
  isGroup(uri: string): boolean;
  /** 404 with `113 group document does not exist` where there is none. Rejects where documents cannot be read. */
  policyOf(uri: string): Promise<GroupPolicy | RoomRefusal>;
}

/** `[rooms]`; live, read at each use. */
export interface RoomSettings {
  /** People in an ad hoc chat, who begins it included (`max_adhoc_group_size`). */
  readonly adhoc_size: number;
  /** The same for a group, whatever its document allows (ADM-5). */
  readonly group_size: number;
  /** Rooms at the same time, in all; of one user as the one who began them. */
  readonly max_rooms: number;
  readonly per_user: number;
  /** Octets of one message in a room. */
  readonly message_bytes: number;
  /** Messages that a newcomer to a group gets. */
  readonly history: number;
  /** Seconds that an empty room of a group, and what is in it, stays. */
  readonly empty_seconds: number;
  /** Seconds without any message after which a room ends; 0: never. */
  readonly idle_seconds: number;
  /** Seconds in which who was cut off may come again and misses nothing. */
  readonly rejoin_seconds: number;
  /** Hours after the last session in which a group that users made is removed (CHAT-8); 0: never. */
  readonly unused_hours: number;
  /** Public rooms: whether two of them may write to each other there, or go over to a chat of their own (ADM-2). */
  readonly private_from_public: boolean;
  /** Least age for public rooms, years; 0: any. Who has not said theirs is too young (PRI-5, PRI-15). */
  readonly public_age: number;
  /** Offered where people in a room want to speak (CHAT-14): the URI of a conference bridge; "" for none. */
  readonly speech_uri: string;
  /** Recipients of one message to a list. */
  readonly list_size: number;
}
