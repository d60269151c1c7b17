import type { ReadonlySignal } from "@preact/signals-core";
import type { ConversationModel } from "./conversation_model.ts";
import type { Outcome } from "./outcome.ts";

/** Somebody in a room, as it shows them. */
export interface RoomMember {
  /** The address that the room shows: not always their own. */
  readonly uri: string;
  /** Never empty. */
  readonly name: string;
  readonly here: boolean;
  readonly me: boolean;
  /** May send others out. */
  readonly moderates: boolean;
  /** Blocked by us: "someone you blocked is here". */
  readonly blocked: boolean;
}

/** What a conversation in a room has beside its messages. */
export interface RoomModel {
  /** `in`; `joining`; `lost`: it is asked again by itself; `out`: left, or not joined. */
  readonly state: ReadonlySignal<"joining" | "in" | "lost" | "out">;
  /** Why we are not in it, in words of the service; "". */
  readonly reason: ReadonlySignal<string>;
  readonly subject: ReadonlySignal<string>;
  readonly members: ReadonlySignal<readonly RoomMember[]>;
  /** Public: an alias is to be chosen before the first word; nobody sees the real identity. */
  readonly isPublic: boolean;
  /** The name we go by there; "" for our own. */
  readonly alias: ReadonlySignal<string>;
  join(): Outcome;
  leave(): void;
  setAlias(name: string): Outcome;
  add(address: string): Outcome;
  expel(uri: string): Outcome;
}

/** A public room that can be found. */
export interface PublicRoom {
  readonly uri: string;
  readonly name: string;
  readonly subject: string;
  /** Words of its maker about it. */
  readonly about: string;
  /** -1 where it is not told. */
  readonly members: number;
}

/** Rooms: to find, make and join. */
export interface RoomsModel {
  /** Public rooms that match; a Problem where they cannot be searched. */
  search(words: string): Promise<readonly PublicRoom[] | import("./outcome.ts").Problem>;
  /** A chat of many with these people. Null where there are too many sessions. */
  begin(people: readonly string[], subject: string): ConversationModel | null;
  /** A room that stays. `listed`: public, to be found by everybody. The conversation, or why not. */
  create(
    room: {
      readonly name: string;
      readonly subject: string;
      readonly people: readonly string[];
      readonly listed: boolean;
    },
  ): Promise<ConversationModel | import("./outcome.ts").Problem>;
  /** Comes into a room by its address. Null for an address that is none. */
  join(address: string): ConversationModel | null;
  /** Those that the user made or belongs to, and is not in. */
  readonly known: ReadonlySignal<readonly PublicRoom[]>;
}
