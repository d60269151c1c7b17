import type { ReadonlySignal } from "@preact/signals-core";
import type { ConversationModel } from "../../model/mod.ts";

/** What is known of a room before anybody is in it. */
export interface RoomFacts {
  /** "" for none. */
  readonly name: string;
  readonly subject: string;
  /** Everybody may come, and nobody sees who we are. */
  readonly isPublic: boolean;
}

/** What rooms and invitations need of conversations. */
export interface RoomConversations {
  readonly list: ReadonlySignal<readonly ConversationModel[]>;
  /** The one that is there; null. */
  find(key: string): ConversationModel | null;
  /** Begins a chat of many with these people (full addresses). Null where there are too many sessions. */
  openRoom(people: readonly string[], subject: string): ConversationModel | null;
  /** The room's conversation, made where there is none, and coming in. Null for an address that is none. */
  joinRoom(uri: string, facts: RoomFacts): ConversationModel | null;
}
