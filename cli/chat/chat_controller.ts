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
  SentMessage,
  WatchedUser,
} from "../../client/mod.ts";
import { mediaType } from "../../transport/payload/mod.ts";
import {
  firstLocation,
  locationWords,
  parsePresence,
  PIDF_TYPE,
  type PresenceDocument,
  PresenceProblem,
  typedLocation,
} from "../../transport/presence/mod.ts";
import { type ChatCommand, HELP, jsonCommand, typedCommand } from "./chat_commands.ts";
import { ChatFiles } from "./chat_files.ts";
import type { ChatOptions } from "./chat_options.ts";
import { presenceText, short } from "./event_text.ts";
import type { FileFolder } from "./file_folder.ts";
import { OwnMessages } from "./own_messages.ts";
import { sizeText } from "./progress_bar.ts";
import type { View } from "./view.ts";

/** What the controller stands on. */
export interface ControllerParts {
  readonly options: ChatOptions;
  readonly view: View;
  readonly clock: Clock;
  /** Null: files from others are not taken. */
  readonly folder: FileFolder | null;
}

/** Invitations that wait for `/accept`. */
const INVITATIONS = 100;

/** Between what is typed and the client: carries commands out, and shows what happens. */
export class ChatController implements ImUser {
  readonly #parts: ControllerParts;
  readonly #messages: OwnMessages;
  readonly #files: ChatFiles;
  #invitations: Invitation[] = [];
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
    return this.#messages.waiting === 0 && this.#files.preparing === 0 && !files;
  }

  /** Messages and files that failed. */
  get failures(): number {
    return this.#messages.failures + this.#files.failures;
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

  execute(command: ChatCommand): void {
    const { view } = this.#parts;
    const client = this.#client!;
    switch (command.do) {
      case "send":
        return this.#send(command);
      case "file":
        return this.#with(command.to ?? this.#peer, (to) => void this.#files.send(client, command.path, to));
      case "share":
        return void this.#files.share(command.path);
      case "get":
        if (command.name === "") return this.#files.take();
        return this.#with(this.#peer, (from) => this.#files.fetch(client, from, command.name));
      case "typing":
        return this.#chatWith(this.#peer)?.typed();
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
        return this.#with(command.to ?? this.#peer, (to) => {
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
        return this.#accept();
      case "refuse":
        return this.#refuse(command.text);
      case "cancel":
        for (const transfer of [...client.transfers]) transfer.cancel();
        return;
      case "who":
        return view.show({ event: "who", lines: this.#who() });
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
    if (options.to === "") this.#lastPeer = message.chat?.peer.uri ?? message.from;
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
    });
    message.displayed();
    if (options.echo && text !== "") this.#sendBy(mode, message.chat?.peer.uri ?? from, text, "", chat);
  }

  onMessageState(message: SentMessage, reason: Reason | null): void {
    this.#messages.changed(message, reason);
    this.onSettled();
  }

  onComposing(from: string, active: boolean): void {
    this.#parts.view.show({ event: "composing", from, active });
  }

  onInvitation(invitation: Invitation): void {
    const { from, subject } = invitation;
    if (this.#invitations.push(invitation) > INVITATIONS) this.#invitations.shift()!.refuse(486);
    this.#parts.view.show({ event: "invitation", from: from.uri, name: from.name, subject });
  }

  onChat(chat: Chat): void {
    if (this.#parts.options.to === "" && this.#lastPeer === "") this.#lastPeer = chat.peer.uri;
    this.#parts.view.show({ event: "chat", chat: chat.id, peer: chat.peer.uri, incoming: chat.incoming });
  }

  onChatConnection(chat: Chat, up: boolean): void {
    this.#parts.view.show({ event: "connection", chat: chat.id, peer: chat.peer.uri, up });
  }

  onChatEnded(chat: Chat, reason: Reason): void {
    this.#invitations = this.#invitations.filter(({ open }) => open);
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

  #with(peer: string, act: (peer: string) => void): void {
    if (peer === "") this.#error("nobody has written yet: there is nobody to send it to");
    else act(peer);
  }

  #send({ text, ref = "", mode = this.#parts.options.mode, to = this.#peer }: ChatCommand & { do: "send" }): void {
    this.#with(to, (peer) => this.#sendBy(mode, peer, text, ref, null));
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
    for (const chat of this.#client!.chats) if (sameUser(chat.peer.uri, to) && chat.state !== "over") return chat;
    return null;
  }

  #accept(): void {
    const invitation = this.#invitations.shift();
    if (invitation === undefined) this.#error("nobody is asking for a chat");
    else invitation.accept();
  }

  #refuse(text: string): void {
    const invitation = this.#invitations.shift();
    if (invitation !== undefined) return invitation.refuse(603, text);
    if (!this.#files.decline(text)) this.#error("nobody is asking for anything");
  }

  #who(): string[] {
    const client = this.#client!;
    const lines = [`you are ${short(client.account.aor)}, ${client.registered ? "registered" : "not registered"}`];
    if (this.#peer !== "") lines.push(`lines go to ${short(this.#peer)}`);
    for (const watched of client.watched) lines.push(presenceText(presenceFacts(watched)));
    for (const { peer, state, unfinished } of client.chats) {
      lines.push(`chat with ${short(peer.uri)}: ${state}${unfinished === 0 ? "" : `, ${unfinished} on their way`}`);
    }
    for (const { direction, name, peer, moved, size, state } of client.transfers) {
      const way = direction === "in" ? "from" : "to";
      lines.push(`file "${name}" ${way} ${short(peer.uri)}: ${state}, ${sizeText(moved)} of ${sizeText(size)}`);
    }
    return lines;
  }

  #error(text: string): void {
    this.#parts.view.show({ event: "error", text });
  }
}

function presenceFacts({ uri, state, status, document, reason }: WatchedUser) {
  const until = status === null || status.until === null ? "" : new Date(status.until).toISOString();
  const place = document === null ? "" : placeIn(document);
  return { of: uri, state, status: status?.status ?? "", note: status?.note ?? "", until, place, reason } as const;
}

/** Where somebody is, in words; "" where that is not said. */
function placeIn(document: PresenceDocument): string {
  const location = firstLocation(document);
  return location === null ? "" : locationWords(location);
}

/** The same of a message that tells it (RFC 4119); "" for what cannot be read. */
function placeOf(body: Uint8Array): string {
  try {
    return placeIn(parsePresence(body));
  } catch (error) {
    if (error instanceof PresenceProblem) return "";
    throw error;
  }
}

/** The same user, whatever else stands in the URI. */
function sameUser(a: string, b: string): boolean {
  const bare = (uri: string) => uri.replace(/^sips?:/i, "").split(/[;?]/, 1)[0].toLowerCase();
  return bare(a) === bare(b);
}
