import type { Chat } from "./chat.ts";
import type { FileTransfer } from "./file_transfer.ts";
import type { FileAsked, FileOffered } from "./file_invitation.ts";
import type { Invitation } from "./invitation.ts";
import type { RoomRoster } from "./room_roster.ts";
import type { SystemMessage } from "./system_messages.ts";
import type { WatchedUser } from "./watching.ts";

/** How a message travels (OMA SIMPLE IM: Pager Mode, Session Mode, Large Message Mode). */
export type MessageMode = "pager" | "session" | "large";

/**
 * `waiting`: it has not left; `sent`: the next server, or the other side, has it; `delivered` and `displayed` as the
 * recipient's notifications say (RFC 5438); `failed`.
 */
export type SentState = "waiting" | "sent" | "delivered" | "displayed" | "failed";

/** A message of ours. */
export interface SentMessage {
  /** Its Message-ID of RFC 5438. */
  readonly id: string;
  /** URI of the recipient. */
  readonly to: string;
  readonly mode: MessageMode;
  readonly state: SentState;
  /** The service has stored it, the recipient gets it later: its 202 says so in pager mode, a notification in sessions. */
  readonly deferred: boolean;
  /** Null where it is no part of a chat. */
  readonly chat: Chat | null;
}

/** A message of somebody else. */
export interface ReceivedMessage {
  /** Message-ID of RFC 5438; "" where it has none. */
  readonly id: string;
  /** Call-ID and CSeq of a MESSAGE, by which recordings know one without a Message-ID; "" in sessions. */
  readonly request: string;
  /** URI of the sender. */
  readonly from: string;
  /** The name the sender goes by; "" for none. */
  readonly fromName: string;
  /** In a room: it is for us alone. */
  readonly isPrivate: boolean;
  readonly mode: MessageMode;
  /** As in Content-Type, without what it was wrapped in. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The body where it is text of any kind, else "". */
  readonly text: string;
  /** When it was sent, RFC 3339, as the sender says; "" where it does not. */
  readonly sentAt: string;
  readonly chat: Chat | null;
  /** The user has seen it: the sender is told where that was asked for (RFC 5438 §7.2.2). Once. */
  displayed(): void;
}

/** Why something did not work, for people. */
export interface Reason {
  /** SIP or MSRP status; 0 where none came. */
  readonly status: number;
  /** What was found and, where the other side said so, what is allowed. */
  readonly text: string;
  /** Seconds until another try makes sense; 0: nothing said. */
  readonly retryAfter: number;
  /** True where nobody answered: of a request that may have arrived all the same. */
  readonly unanswered?: boolean;
}

/** Whoever uses a client. Every method returns at once. */
export interface ImUser {
  onRegistered?(): void;
  /** Not, or no longer, reachable. `status` 0: no answer. The client goes on trying unless the password is wrong. */
  onUnregistered?(status: number, reason: string): void;
  /** The service settings, or how the user is, are with the service (`ok`), or were refused. */
  onPublished?(ok: boolean, reason: Reason | null): void;
  /** Something of somebody who is watched is something else. */
  onPresence?(watched: WatchedUser): void;
  /** Documents of the user that are watched (`watchDocuments`) are others than before, by their paths; at first, all that there are. */
  onDocuments?(paths: readonly string[]): void;

  onMessage?(message: ReceivedMessage): void;
  /** The service itself says something, and may want an answer. Not implemented: it comes in words, by `onMessage`. */
  onSystemMessage?(message: SystemMessage): void;
  /** The state of a message of ours is another one. `reason` where it failed. */
  onMessageState?(message: SentMessage, reason: Reason | null): void;
  /** What became of a message of the user's that this client does not know: another device's, or one from before it was started. */
  onOthersMessageState?(id: string, state: "stored" | "delivered" | "displayed" | "failed"): void;
  /** Somebody begins, or stops, to write (RFC 3994). */
  onComposing?(from: string, active: boolean, chat: Chat | null): void;

  /** Somebody wants to chat, and the user decides (manual answer). Not implemented: 480. */
  onInvitation?(invitation: Invitation): void;
  /** A chat stands: ours was accepted, or theirs was. */
  onChat?(chat: Chat): void;
  /** Its connection broke, and another one is being made; or it is back. */
  onChatConnection?(chat: Chat, up: boolean): void;
  onChatEnded?(chat: Chat, reason: Reason): void;
  /** Who is in a room is another one, or is known for the first time. */
  onRoster?(roster: RoomRoster): void;

  /** Somebody sends a file; `accept` or `refuse`. Not implemented: refused with 480. */
  onFileOffered?(file: FileOffered): void;
  /** Somebody asks for a file; `send` or `refuse`. Not implemented: refused with 404. */
  onFileAsked?(file: FileAsked): void;
  onFileProgress?(transfer: FileTransfer): void;
  /** The end of it: `done`, or `failed` with its reason. */
  onFileEnded?(transfer: FileTransfer, reason: Reason | null): void;
}
