import type {
  Chat,
  FileAsked,
  FileOffered,
  FileTransfer,
  ImUser,
  Reason,
  ReceivedMessage,
  RoomRoster,
  SentMessage,
} from "../../../client/mod.ts";
import type { MessageState, Problem } from "../../model/mod.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationHost, TransferUser } from "./conversation_host.ts";
import { sameAddress } from "./conversation_key.ts";
import type { ConversationTable } from "./conversation_table.ts";
import { problemOf } from "./moving_file.ts";

/** Who hears what became of messages. */
export interface StateListener {
  changed(id: string, state: MessageState, problem: Problem | null): void;
}

/** Hears what the client tells, and gives it to the conversation that it is of. */
export class ClientEars implements ImUser {
  readonly #table: ConversationTable;
  readonly #host: Pick<ConversationHost, "people" | "outgoing">;
  readonly #transfers: Map<FileTransfer, TransferUser>;
  readonly #states: StateListener;

  constructor(table: ConversationTable, host: ConversationHost, states: StateListener) {
    this.#table = table;
    this.#host = host;
    this.#transfers = host.transfers;
    this.#states = states;
  }

  onMessage(message: ReceivedMessage): void {
    const { chat } = message;
    const room = chat?.isRoom === true ? this.#table.ofChat(chat) ?? this.#room(chat) : null;
    const conversation = room ?? this.#table.with({ uri: message.from, name: message.fromName });
    this.#table.reopen(conversation);
    conversation.received(message);
  }

  onMessageState(message: SentMessage, reason: Reason | null): void {
    if (this.#host.outgoing.told(message, reason) || message.state === "waiting") return;
    const state = message.state === "sent" && message.deferred ? "stored" : message.state;
    this.#states.changed(message.id, state, reason === null ? null : problemOf(reason));
  }

  onOthersMessageState(id: string, state: "stored" | "delivered" | "displayed" | "failed"): void {
    if (state !== "failed") this.#host.outgoing.settled(id);
    const problem = { status: 0, text: "", retryAfter: 0, fields: {} };
    this.#states.changed(id, state, state === "failed" ? problem : null);
  }

  onComposing(from: string, active: boolean, chat: Chat | null): void {
    const conversation = chat?.isRoom === true ? this.#table.ofChat(chat) : this.#table.find(from);
    const said = conversation?.room?.members.peek().find(({ uri }) => uri === from)?.name;
    if (active) conversation?.writers.begins(from, this.#host.people.nameOf(from, said));
    else conversation?.writers.ends(from);
  }

  onChat(chat: Chat): void {
    if (chat.isRoom) this.#room(chat);
    else this.#table.chatOpen(chat);
  }

  onChatConnection(chat: Chat, up: boolean): void {
    this.#table.ofChat(chat)?.inRoom?.connection(up);
  }

  onChatEnded(chat: Chat, why: Reason): void {
    this.#table.ofChat(chat)?.inRoom?.ended(why);
    this.#table.chatOver(chat);
  }

  onRoster(roster: RoomRoster): void {
    this.#table.ofChat(roster.chat)?.inRoom?.roster(roster);
  }

  onFileOffered(offered: FileOffered): void {
    const room = offered.room === "" ? null : this.#table.find(offered.room);
    const conversation = room ?? this.#table.with(offered.from);
    this.#table.reopen(conversation);
    conversation.files.offered(offered);
  }

  onFileAsked(asked: FileAsked): void {
    if (this.#table.find(asked.from.uri)?.files.asked(asked) !== true) asked.refuse();
  }

  onFileProgress(transfer: FileTransfer): void {
    this.#transfers.get(transfer)?.progress();
  }

  onFileEnded(transfer: FileTransfer, reason: Reason | null): void {
    const user = this.#transfers.get(transfer);
    this.#transfers.delete(transfer);
    user?.ended(reason);
  }

  /** A room that we are in now: one that was asked for, or one that we were invited to. */
  #room(chat: Chat): Conversation | null {
    const known = this.#table.ofChat(chat);
    if (known !== null) {
      known.inRoom!.opened();
      return known;
    }
    // By the room's name, unless its invitation is from a person.
    const uri = chat.incoming && !sameAddress(chat.alias, chat.peer.uri) ? chat.alias : chat.target;
    const key = this.#table.keyOf(uri);
    if (key === "") return null;
    const conversation = this.#table.roomAt({ key, uri, name: "", subject: "", isPublic: false, alias: "" });
    conversation.inRoom!.take(chat);
    this.#table.show(conversation);
    return conversation;
  }
}
