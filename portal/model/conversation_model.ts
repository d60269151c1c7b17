import type { ReadonlySignal, Signal } from "@preact/signals-core";
import type { LocalFile } from "./local_file.ts";
import type { Problem } from "./outcome.ts";
import type { RoomModel } from "./rooms_model.ts";

/** `service`: what the box itself says. */
export type ConversationKind = "person" | "room" | "service";

/**
 * Of ours: `queued` (no way to the service yet; it goes by itself when there is one), `sending`, `sent` (the service has it), `stored` (it
 * waits for its recipient), `delivered`, `displayed`, `failed` (`problem` says why; `retry` tries again). Of others: `received`.
 */
export type MessageState = "queued" | "sending" | "sent" | "stored" | "delivered" | "displayed" | "failed" | "received";

/** A file in a conversation. */
export interface FilePart {
  readonly kind: "file";
  /** As its sender calls it, with nothing in it that could mislead (no controls, no change of direction, no path). */
  readonly name: string;
  /** -1 where it is not known. */
  readonly size: number;
  /** Media type; "" where it is not known. */
  readonly type: string;
  /**
   * `offered`: it waits for `accept` or `refuse`; `waiting`: for the other side or the network; `moving`; `cut`: it goes on by itself; `ready`:
   * it is here (`open`), or there; `failed`.
   */
  readonly state: ReadonlySignal<"offered" | "waiting" | "moving" | "cut" | "ready" | "failed">;
  /** Octets that have moved. */
  readonly moved: ReadonlySignal<number>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** The content, where it is here or can be had from the service's history; null where it cannot. */
  open(): Promise<Blob | null>;
  accept(): void;
  refuse(): void;
  /** Stops it. */
  cancel(): void;
}

/** Where somebody is. */
export interface LocationPart {
  readonly kind: "location";
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** Metres around the point; 0 where it is not told. */
  readonly radius: number;
  /** Street, town, …, as words; "" for none. */
  readonly place: string;
}

/** What a message is. `unreadable`: of a type that is not shown, or malformed; its `type` and size are told. */
export type MessagePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "picture"; readonly type: string; readonly size: number; open(): Promise<Blob | null> }
  | FilePart
  | LocationPart
  | { readonly kind: "unreadable"; readonly type: string; readonly size: number }
  /** Something that happened: somebody came, a call ended. In the language of the page: `code` of the catalogue `events`. */
  | { readonly kind: "event"; readonly code: EventCode; readonly who: string };

/** What happens in a conversation beside messages. */
export type EventCode =
  | "joined"
  | "left"
  | "room-ended"
  | "you-left"
  | "expelled"
  | "gap"
  | "blocked-present"
  | "renamed";

/** One message. The object stays the same while its signals change. */
export interface MessageModel {
  /** The same on every try and every device: the Message-ID of RFC 5438, else one of our own. Unique in its conversation. */
  readonly id: string;
  readonly own: boolean;
  /** URI of the sender; "" for events. */
  readonly from: string;
  /** The name to show; never empty for messages. */
  readonly fromName: string;
  readonly at: number;
  readonly part: MessagePart;
  readonly state: ReadonlySignal<MessageState>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** In a room: for one member alone; the name of that member, else "". */
  readonly privateWith: string;
}

/** Why something cannot be sent, before it is tried. `limit`: octets that are allowed, or 0. `allowed`: types, for `type`. */
export type SendProblem =
  | { readonly code: "too-large"; readonly size: number; readonly limit: number }
  | { readonly code: "type"; readonly type: string; readonly allowed: readonly string[] }
  | { readonly code: "empty" }
  | { readonly code: "full" }
  | { readonly code: "over" };

/**
 * The session with one person (Session Mode): `asked`: they are invited and have not answered; `refused`: they did not come to the last one we
 * invited them to.
 */
export type SessionState = "none" | "asked" | "open" | "refused";

/** What is said with one person, or in one room. */
export interface ConversationModel {
  /** The address that it is known by: the other person's, or the room's. Part of the page's own address, so it does not change. */
  readonly key: string;
  readonly kind: ConversationKind;
  readonly title: ReadonlySignal<string>;
  /** In their order, the oldest first; each id once. */
  readonly messages: ReadonlySignal<readonly MessageModel[]>;
  /** What was said before the first of `messages`. `some`: there may be more; `unrecorded`: the service keeps nothing of it. */
  readonly older: ReadonlySignal<"some" | "loading" | "none" | "unrecorded" | "failed">;
  /** Messages of others behind the read mark. */
  readonly unread: ReadonlySignal<number>;
  /** Id of the first unread message when it was opened last; "" for none. */
  readonly firstUnread: ReadonlySignal<string>;
  /** The latest message, as the list of conversations shows it; null for none. */
  readonly last: ReadonlySignal<MessageModel | null>;
  /** Names of those who write at present. */
  readonly writing: ReadonlySignal<readonly string[]>;
  /** What is typed and not sent. It outlives reloads. */
  readonly draft: Signal<string>;
  /** No notifications of it. */
  readonly muted: ReadonlySignal<boolean>;
  /** Null for one person. */
  readonly room: RoomModel | null;
  /** With one person; `none` in rooms. */
  readonly session: ReadonlySignal<SessionState>;
  /** Invites the other person to a session. False where that cannot be done now. */
  invite(): boolean;
  /** Ends the session, or takes the invitation back. */
  endSession(): void;
  /** Sends text; what is wrong with it before it is tried, else null. It appears at once, as `queued` or `sending`. */
  send(text: string): SendProblem | null;
  /** In a room: to one member alone, by the address the roster shows. */
  whisper(to: string, text: string): SendProblem | null;
  sendFile(file: LocalFile): SendProblem | null;
  sendLocation(location: Omit<LocationPart, "kind">): SendProblem | null;
  /** Of a message that failed. False where there is nothing to try. */
  retry(id: string): boolean;
  /** Takes a message that failed, or still waits, off. */
  discard(id: string): void;
  /** Asks for what was said before; its messages appear in front. */
  loadOlder(): Promise<void>;
  /** Makes sure that this message is among `messages`, for a hit of a search; false where it is not there. */
  show(id: string, at: number): Promise<boolean>;
  /** The user has it before their eyes: unread is 0, senders are told. */
  seen(): void;
  /** A key was pressed. */
  typed(): void;
  mute(on: boolean): void;
  /** Takes it from the list, until somebody says something. What is recorded stays. */
  close(): void;
}

/** All that is being said. */
export interface ConversationsModel {
  /** The latest first. */
  readonly list: ReadonlySignal<readonly ConversationModel[]>;
  /** Sum of `unread` of those that are not muted. */
  readonly unread: ReadonlySignal<number>;
  /** `loading` until the list of the service is there the first time; `failed`: it cannot be had; messages go all the same. */
  readonly state: ReadonlySignal<"loading" | "ready" | "failed">;
  /** Messages of ours that wait for a way to the service. */
  readonly queued: ReadonlySignal<number>;
  /** The one with that person, or in that room; made where there is none. Null for an address that is none (`sip:…@…`, a number). */
  open(address: string): ConversationModel | null;
  /** The one that is there; null. */
  find(key: string): ConversationModel | null;
  /** One message to many, each of whom gets it alone. */
  sendToMany(people: readonly string[], text: string): SendProblem | null;
  /** The page goes: what is typed is written down at once. */
  keepDrafts(): void;
}
