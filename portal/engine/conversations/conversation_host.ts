import type { ReadonlySignal } from "@preact/signals-core";
import type { Chat, FileTransfer, Reason } from "../../../client/mod.ts";
import type { PeopleModel, SettingsModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import type { Alerting } from "./alerting.ts";
import type { Conversation } from "./conversation.ts";
import type { HistoryPages } from "./history_pages.ts";
import type { KeptStates } from "./kept_states.ts";
import type { Outgoing } from "./outgoing.ts";
import type { TabTalk } from "./tab_talk.ts";

/** What conversations ask of the people and settings around them. */
export interface ConversationOthers {
  readonly people: Pick<PeopleModel, "nameOf" | "isBlocked" | "contacts"> & {
    /** Whether words of the service are of somebody whose request waits for us: that is told of by itself. Never rejects. */
    asksIn(text: string): Promise<boolean>;
  };
  readonly settings: Pick<SettingsModel, "privacy" | "recording">;
}

/** Who wants to know of a file that moves. */
export interface TransferUser {
  progress(): void;
  ended(reason: Reason | null): void;
}

/** What all conversations stand on. */
export interface ConversationHost extends ConversationOthers {
  readonly parts: EngineParts;
  readonly pages: HistoryPages;
  readonly outgoing: Outgoing;
  readonly talk: TabTalk;
  readonly alerting: Alerting;
  readonly states: KeptStates;
  readonly muted: ReadonlySignal<ReadonlySet<string>>;
  mute(key: string, on: boolean): void;
  /** Something was said, or is new about it: its place in the list may be another one. */
  moved(): void;
  /** The user looks at it. */
  opened(conversation: Conversation): void;
  /** How far it is read is to be told to the service. */
  read(conversation: Conversation): void;
  closed(conversation: Conversation): void;
  /** Hears of these files until they are over. */
  readonly transfers: Map<FileTransfer, TransferUser>;
  /** The chat that is open with that one; null. */
  chatWith(conversation: Conversation): Chat | null;
  invite(conversation: Conversation): boolean;
  endChat(conversation: Conversation): void;
}
