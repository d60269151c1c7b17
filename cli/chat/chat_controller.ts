import type { Clock } from "../../foundation/mod.ts";
import type {
  Chat,
  FileAsked,
  FileOffered,
  FileTransfer,
  ImClient,
  ImUser,
  Invitation,
  MessageMode,
  Reason,
  ReceivedMessage,
  RoomRoster,
  SentMessage,
  SystemMessage,
  WatchedUser,
} from "../../client/mod.ts";
import { mediaType } from "../../transport/payload/mod.ts";
import { PIDF_TYPE, typedLocation } from "../../transport/presence/mod.ts";
import { type ChatCommand, HELP, jsonCommand, typedCommand } from "./chat_commands.ts";
import { ChatFiles } from "./chat_files.ts";
import { ChatHistory } from "./chat_history.ts";
import { ChatInvitations } from "./chat_invitations.ts";
import type { ChatOptions } from "./chat_options.ts";
import { ChatRooms } from "./chat_rooms.ts";
import type { FileFolder } from "./file_folder.ts";
import { type HistoryCommandLine, isHistoryName } from "./history_commands.ts";
import { short } from "./line_text.ts";
import { OwnMessages } from "./own_messages.ts";
import { placeOf, presenceFacts } from "./presence_facts.ts";
import { isRoomName, type RoomCommand } from "./room_commands.ts";
import { sameUser } from "./same_user.ts";
import type { View } from "./view.ts";
import { whoLines } from "./who_lines.ts";

/** What the controller stands on. */
export interface ControllerParts {
  readonly options: ChatOptions;
  readonly view: View;
  readonly clock: Clock;
  /** Null: files from others are not taken. */
  readonly folder: FileFolder | null;
}

/** Between what is typed and the client: carries commands out, and shows what happens. */
export class ChatController implements ImUser {
  readonly #parts: ControllerParts;
  readonly #messages: OwnMessages;
  readonly #files: ChatFiles;
  readonly #rooms: ChatRooms;
  readonly #history: ChatHistory;
  readonly #invitations: ChatInvitations;
  #client: ImClient | null = null;
  /** Who wrote last, where nobody is named on the command line. */
  #lastPeer = "";
  onQuit: () => void = () => {};
  onSettled: () => void = () => {};
  onRegistration: (ok: boolean, status: number, reason: string) => void = () => {};

  constructor(parts: ControllerParts) {
    const { options, view, clock, folder } = parts;
    this.#parts = parts;
    this.#messages = new OwnMessages(view);
    this.#history = new ChatHistory({ view, folder, settled: () => this.onSettled() });
    this.#invitations = new ChatInvitations(view);
    this.#rooms = new ChatRooms({ view, messages: this.#messages, follows: options.to === "" });
    this.#files = new ChatFiles({
      view,
      clock,
      folder,
      ask: options.ask,
      cwd: options.cwd,
      settled: () => this.onSettled(),
    });
  }

  set client(client: ImClient) {
    this.#client = client;
  }

  /** Nothing of ours is under way any more. */
  get settled(): boolean {
    const files = [...this.#client?.transfers ?? []].some((transfer) => transfer.direction === "out");
    const own = this.#messages.waiting + this.#files.preparing + this.#history.pending;
    return own === 0 && !files;
  }

  /** Messages, files and commands that failed. */
  get failures(): number {
    return this.#messages.failures + this.#files.failures + this.#history.failures;
  }

  /** Takes a line of standard input. */
  line(text: string): void {
    let command: ChatCommand | null;
    try {
      command = this.#parts.options.json ? jsonCommand(text) : typedCommand(text);
    } catch (error) {
      if (error instanceof SyntaxError) return this.#error(error.message);
      throw error;
    }
    if (command !== null) this.execute(command);
  }

  /** Carries it out; what cannot be is shown as an error. */
  execute(command: ChatCommand): void {
    try {
      this.#execute(command);
    } catch (error) {
      if (error instanceof SyntaxError) return this.#error(error.message);
      throw error;
    }
  }

  #execute(command: ChatCommand): void {
    const { view } = this.#parts;
    const client = this.#client!;
    if (isRoomCommand(command)) return this.#rooms.execute(client, command);
    if (isHistoryCommand(command)) return this.#history.execute(client, command, this.#here);
    switch (command.do) {
      case "send":
        return this.#send(command);
      case "file":
        // A room offers it to everybody who is in it.
        return this.#with(
          command.to ?? this.#rooms.current?.alias,
          (to) => void this.#files.send(client, command.path, to),
        );
      case "share":
        return void this.#files.share(command.path);
      case "get":
        if (command.name === "") return this.#files.take();
        return this.#with(undefined, (from) => this.#files.fetch(client, from, command.name));
      case "typing":
        return (this.#rooms.current ?? this.#chatWith(this.#peer))?.typed();
      case "settings":
        if (command.settings !== null) client.publish({ ...client.settings, ...command.settings });
        else view.show({ event: "settings", settings: client.settings as Record<string, unknown> | null });
        return;
      case "status":
        return client.publishStatus(command.status, {
          note: command.note,
          until: command.for === 0 ? null : this.#parts.clock.now() + command.for * 1000,
        });
      case "here":
        return client.publishLocation(command.place === "" ? null : typedLocation(command.place));
      case "location":
        return this.#with(command.to, (to) => {
          const message = client.sendLocation(to, typedLocation(command.place));
          this.#messages.queued(message, command.place, "", to, "pager");
        });
      case "watch":
        if (client.watch(command.who) === null) this.#error("as many are watched as may be");
        return;
      case "unwatch":
        if (!client.unwatch(command.who)) this.#error(`${short(command.who)} is not watched`);
        return;
      case "accept":
        if (!this.#invitations.accept()) this.#error("nobody is asking for a chat");
        return;
      case "refuse":
        if (this.#invitations.refuse(command.text) || this.#files.decline(command.text)) return;
        return this.#error("nobody is asking for anything");
      case "cancel":
        for (const transfer of [...client.transfers]) transfer.cancel();
        return;
      case "who":
        return view.show({ event: "who", lines: whoLines(client, this.#rooms.current, this.#peer) });
      case "end":
        for (const chat of [...client.chats]) chat.end();
        return;
      case "quit":
        return this.onQuit();
      case "help":
        return view.show({ event: "help", lines: HELP });
    }
  }

  notice(text: string): void {
    this.#parts.view.show({ event: "notice", text });
  }

  // ImUser

  onRegistered(): void {
    this.#parts.view.show({ event: "registered" });
    this.onRegistration(true, 200, "");
  }

  onUnregistered(status: number, reason: string): void {
    this.#parts.view.show({ event: "unregistered", status, reason });
    this.onRegistration(false, status, reason);
  }

  onPublished(ok: boolean, reason: Reason | null): void {
    this.#parts.view.show({ event: "published", ok, reason: reason?.text ?? "" });
  }

  onPresence(watched: WatchedUser): void {
    this.#parts.view.show({ event: "presence", ...presenceFacts(watched) });
  }

  onMessage(message: ReceivedMessage): void {
    const { options, view } = this.#parts;
    const room = message.chat?.isRoom === true ? message.chat : null;
    if (room !== null) this.#rooms.heard(room);
    else if (options.to === "") this.#lastPeer = message.chat?.peer.uri ?? message.from;
    const { id, from, fromName, mode, contentType, text, body, sentAt, chat } = message;
    view.show({
      event: "message",
      id,
      from,
      name: fromName,
      mode,
      type: contentType,
      text: mediaType(contentType) === PIDF_TYPE ? placeOf(body) : text,
      bytes: body.length,
      sent: sentAt,
      chat: chat?.id ?? 0,
      private: message.isPrivate,
    });
    message.displayed();
    if (options.echo && text !== "") this.#echo(message);
  }

  onSystemMessage(message: SystemMessage): void {
    this.#history.said(message);
  }

  onMessageState(message: SentMessage, reason: Reason | null): void {
    this.#messages.changed(message, reason);
    this.onSettled();
  }

  onComposing(from: string, active: boolean): void {
    this.#parts.view.show({ event: "composing", from, active });
  }

  onInvitation(invitation: Invitation): void {
    this.#invitations.came(invitation);
  }

  onChat(chat: Chat): void {
    const { options, view } = this.#parts;
    if (!chat.isRoom && options.to === "" && this.#lastPeer === "") this.#lastPeer = chat.peer.uri;
    const room = chat.isRoom ? chat.target : "";
    view.show({ event: "chat", chat: chat.id, peer: chat.peer.uri, incoming: chat.incoming, room });
    this.#rooms.opened(this.#client!, chat);
  }

  onRoster(roster: RoomRoster): void {
    this.#rooms.roster(roster);
  }

  onChatConnection(chat: Chat, up: boolean): void {
    this.#parts.view.show({ event: "connection", chat: chat.id, peer: chat.peer.uri, up });
  }

  onChatEnded(chat: Chat, reason: Reason): void {
    this.#rooms.ended(chat);
    this.#invitations.tidy();
    this.#parts.view.show({ event: "chat-ended", chat: chat.id, peer: chat.peer.uri, reason: reason.text });
    this.onSettled();
  }

  onFileOffered(offer: FileOffered): void {
    this.#files.offered(offer);
  }

  onFileAsked(asked: FileAsked): void {
    this.#files.asked(asked);
  }

  onFileProgress(transfer: FileTransfer): void {
    this.#files.progress(transfer);
  }

  onFileEnded(transfer: FileTransfer, reason: Reason | null): void {
    this.#files.ended(transfer, reason);
  }

  /** Whom we write to. */
  get #peer(): string {
    const { to } = this.#parts.options;
    return to === "" ? this.#lastPeer : to;
  }

  /** The conversation that lines go to. */
  get #here(): { readonly chat: Chat | null; readonly peer: string } {
    const chat = this.#rooms.current ?? this.#chatWith(this.#peer);
    return { chat, peer: this.#peer };
  }

  /** What is for one person: whom the command names, else whom we write to. Never by mistake somebody who is not in the room. */
  #with(to: string | undefined, act: (peer: string) => void): void {
    const peer = to ?? this.#peer;
    if (to === undefined && this.#rooms.current !== null) this.#error("this is for one person, and you are in a room");
    else if (peer === "") this.#error("nobody has written yet: there is nobody to send it to");
    else act(peer);
  }

  #send({ text, ref = "", mode, to }: ChatCommand & { do: "send" }): void {
    const room = to === undefined && (mode ?? "session") === "session" ? this.#rooms.current : null;
    if (room === null) {
      return this.#with(to, (peer) => this.#sendBy(mode ?? this.#parts.options.mode, peer, text, ref, null));
    }
    this.#rooms.talked(room);
    this.#messages.queued(room.send(text), text, ref, room.target, "session");
  }

  /** In a room only what is for us alone is sent back: two that echo would never stop. */
  #echo({ mode, chat, from, text, isPrivate }: ReceivedMessage): void {
    if (chat?.isRoom !== true) this.#sendBy(mode, chat?.peer.uri ?? from, text, "", chat);
    else if (isPrivate) this.#messages.queued(chat.whisper(from, text), text, "", from, "session");
  }

  #sendBy(mode: MessageMode, to: string, text: string, ref: string, chat: Chat | null): void {
    const client = this.#client!;
    let message: SentMessage | null;
    if (mode === "pager") message = client.sendPager(to, text);
    else if (mode === "large") message = client.sendLargeText(to, text);
    else message = (chat ?? this.#chatWith(to) ?? client.openChat(to))?.send(text) ?? null;
    this.#messages.queued(message, text, ref, to, mode);
  }

  /** The chat with somebody; null where none stands. */
  #chatWith(to: string): Chat | null {
    for (const chat of this.#client!.chats) {
      // Who invited us into a room is not the room.
      const other = chat.isRoom && chat.incoming ? chat.target : chat.peer.uri;
      if (sameUser(other, to) && chat.state !== "over") return chat;
    }
    return null;
  }

  #error(text: string): void {
    this.#parts.view.show({ event: "error", text });
  }
}

function isRoomCommand(command: ChatCommand): command is RoomCommand {
  return isRoomName(command.do);
}

function isHistoryCommand(command: ChatCommand): command is HistoryCommandLine {
  return isHistoryName(command.do);
}
