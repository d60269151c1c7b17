/** What a room is: of people who began it together, of a group by its document, of a group that everybody may join. */
export type RoomSort = "ad-hoc" | "group" | "public";

/** One room that stands, for the console. What is said in it is not known here. */
export interface RoomView {
  /** User part of its address: `conf-…`. */
  readonly id: string;
  readonly uri: string;
  readonly kind: RoomSort;
  /** Display name of the group, else what it is about; "" for none. */
  readonly name: string;
  readonly subject: string;
  /** Address of the group; "" for none. */
  readonly group: string;
  /** Owner of the group; "" where there is none, or where it is the operator. */
  readonly owner: string;
  /** Nobody's address is shown in it: people stand here as they do there, by aliases. */
  readonly hides_identity: boolean;
  /** People with a device that is connected. */
  readonly here: number;
  /** People who were cut off and may come again. */
  readonly away: number;
  /** People who are on their way in. */
  readonly coming: number;
  /** Messages that are kept, for those who have not had them or for newcomers; and octets of them. */
  readonly messages: number;
  readonly octets: number;
  readonly since: number;
  /** When the last message was said; 0: never, or not since the box began. */
  readonly said_at: number;
}

/** What holds in a room now, by its document and by the operator's settings. Times of silence in seconds. */
export interface RoomRules {
  readonly nicknames: boolean;
  readonly private_messages: boolean;
  readonly invites_members: boolean;
  readonly max_participants: number;
  /** Fewer, once they were more, and it ends; 0: it may be empty for a while. */
  readonly min_participants: number;
  /** How many people it ends without. Who they are stands in the document alone. */
  readonly required: number;
  /** Years; of public rooms alone. */
  readonly minimum_age: number;
  /** When it ends whatever happens; 0: never. */
  readonly ends_at: number;
  /** Messages that a newcomer gets. */
  readonly history: number;
  readonly message_bytes: number;
  /** How long who was cut off may come again and misses nothing. */
  readonly rejoin_seconds: number;
  /** How long it may be empty. */
  readonly empty_seconds: number;
  /** How long nothing may be said; 0: for ever. */
  readonly idle_seconds: number;
}

export interface RoomDetail extends RoomView {
  /** Who began it; "" where that is not to be known, or no longer known. */
  readonly creator: string;
  readonly rules: RoomRules;
  /** How many of those who are there record what is said. Who they are is theirs. */
  readonly recorders: number;
  /** Most messages that wait for one of those who are away. */
  readonly waiting: number;
  /** People who have left and are remembered. */
  readonly gone: number;
}

/** Somebody in a room, as others see them there. */
export interface RoomPerson {
  /** Of this room: the number of a participant. */
  readonly id: number;
  /** Nickname, else name or alias; "" for none. */
  readonly name: string;
  /** The address, or the alias in its place. */
  readonly uri: string;
  /** Address of record; "" where others see an alias. */
  readonly user: string;
  readonly standing: "pending" | "dialing-out" | "alerting" | "dialing-in" | "connected" | "absent" | "disconnected";
  /** Of the last change of standing. */
  readonly since: number;
  readonly devices: number;
  /** Messages that it has still to get. */
  readonly waiting: number;
  /** In nobody's roster but its own. */
  readonly hidden: boolean;
  /** Null unless `disconnected`. */
  readonly left_by: "departed" | "booted" | "failed" | "busy" | null;
}

/** A group that everybody may join, by its document, whether somebody is in it or not. */
export interface PublicGroupView {
  readonly uri: string;
  /** "": the operator's. */
  readonly owner: string;
  readonly name: string;
  readonly subject: string;
  readonly searchable: boolean;
  /** Years; 0: any. */
  readonly minimum_age: number;
  /** 0: as many as the settings allow. */
  readonly max_participants: number;
  /** Its room that stands; "" for none. */
  readonly room: string;
}

/** Which page of a list. */
export interface RoomQuery {
  /** Words, each of which has to be there, any case; "" for all. */
  readonly search: string;
  /** `next` of the page before; "" for the first. */
  readonly after: string;
  readonly limit: number;
}

/** Rooms that stand, and what an admin does with them. Rejects and throws OperationError. */
export interface RoomService {
  /**
   * Newest first. Words are looked for in names, subjects and addresses, those of people only in rooms where others see them. `total`: of
   * all that match.
   */
  list(query: RoomQuery): { readonly rooms: readonly RoomView[]; readonly next: string; readonly total: number };
  /** Null: there is no such room (any more). */
  find(id: string): RoomDetail | null;
  /** In the order they came; `gone`: those who have left, else those who are there or on their way. Null: no such room. */
  people(
    id: string,
    query: { readonly gone: boolean; readonly after: number; readonly limit: number },
  ): { readonly people: readonly RoomPerson[]; readonly next: number; readonly total: number } | null;
  /** Sends somebody out, who may come again only by invitation. Writes `room.expel`. Throws "not-found". */
  expel(id: string, person: number, by: string): void;
  /** Ends a room for everybody. Writes `room.end`. Throws "not-found". */
  end(id: string, by: string): void;
  /** In order of address. Rejects with "unavailable" where the documents cannot be read. */
  publicGroups(
    query: RoomQuery,
  ): Promise<{ readonly groups: readonly PublicGroupView[]; readonly next: string; readonly total: number }>;
}
