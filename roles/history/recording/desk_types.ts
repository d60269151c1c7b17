import type { Appended, HistoryMessage, HistoryParty, StorageError, TalkKind } from "../../../storage/mod.ts";

/** One who may record what is said in a conversation: a user of ours, as this conversation knows them. */
export interface Listener {
  /** Folded address-of-record. */
  readonly aor: string;
  /** As this one may see the others: what recordings are gathered under, and who takes part. The listener comes first. */
  readonly with: string;
  readonly parties: readonly HistoryParty[];
}

/** What a conversation is, when it begins. */
export interface ConversationFacts {
  readonly kind: TalkKind;
  /** What commands name it by, folded: the room's URI and the group's, the session's id and its Call-IDs. */
  readonly names: readonly string[];
  readonly group: HistoryParty;
  readonly subject: string;
}

/** A conversation that can be recorded, from its beginning to its end: sessions and rooms hold one each. */
export interface Conversation {
  /** True where one of these records now: asked before anything is built for it. Cheap: no allocation where nobody records in all the box. */
  records(aors: Iterable<string>): boolean;
  /** Who comes in, may record from now on if the wishes say so or `start` was asked; again for the same one: seen anew. */
  join(listener: Listener): void;
  /** Is out: what follows is not for this one. */
  leave(aor: string): void;
  /**
   * Keeps a message for those of `aors` who record now. `done` once, never inside the call: after the commit, or when it is known that
   * it cannot be kept (the owner is told, delivery goes on). Whoever acknowledges the message waits for it.
   */
  said(message: HistoryMessage, aors: Iterable<string>, done: () => void): void;
  /** A message is lost to those of `aors` who record now, before it could be given to `said`: they are told, as `said` does it. */
  lost(aors: Iterable<string>, error: StorageError): void;
  /**
   * Told when the first of those who are in it begins to record, and when nobody does any longer: by command, or because wishes are
   * others. Never inside a call of this conversation. What a tap sees costs, so sessions have none before. Set by the tap; null: nobody asks.
   */
  onRecords: ((recorded: boolean) => void) | null;
  /** It is over: recordings are closed, and commands find it no longer. */
  close(): void;
}

/** Where conversations are recorded, for the taps in pager mode, in sessions and in rooms. */
export interface RecordingDesk {
  /** Nothing can be recorded by anybody in this moment: taps do without everything. */
  readonly idle: boolean;
  /** True where this user's wishes have conversations of that kind recorded. */
  wants(aor: string, kind: TalkKind): boolean;
  /** A session or room begins. */
  open(facts: ConversationFacts): Conversation;
  /** A message by MESSAGE between two: conversations of a pair are found again until they have paused for long. `owners`: who of them may record it. */
  pager(message: HistoryMessage, owners: readonly Listener[], kind: "pager" | "large", done: () => void): void;
  /** A command: this user records the conversation of that name from now on (or no longer). Why not, else null. */
  command(aor: string, name: string, action: "start" | "stop", recordingName: string): CommandRefusal | null;
}

/** Why a command is not carried out: 404 no such conversation for this user; 403 recording is not allowed; 480 no room. */
export interface CommandRefusal {
  readonly status: 403 | 404 | 480;
  readonly reason: string;
}

export type { Appended };
