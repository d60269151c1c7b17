import { resolve } from "node:path";
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
} from "../../client/mod.ts";
import { type ChatCommand, HELP, jsonCommand, typedCommand } from "./chat_commands.ts";
import type { ChatOptions } from "./chat_options.ts";
import type { FileFacts } from "./events.ts";
import { short } from "./event_text.ts";
import type { FileFolder } from "./file_folder.ts";
import { shortened, sizeText } from "./progress_bar.ts";
import { fileSource, SharedFiles } from "./shared_files.ts";
import type { View } from "./view.ts";

/** What the controller stands on. */
export interface ControllerParts {
  readonly options: ChatOptions;
  readonly view: View;
  readonly clock: Clock;
  /** Null: files from others are not taken. */
  readonly folder: FileFolder | null;
}

/** A message of ours as it is known here until it is over. */
interface Known {
  readonly ref: string;
  readonly about: string;
}

const KNOWN = 20_000;
/** Files that wait for `/get`. */
const OFFERS = 100;
const ABOUT = 30;
/** Progress of one file is told so often. */
const PROGRESS_MS = 200;

/** Between what is typed and the client: carries commands out, and shows what happens. */
export class ChatController implements ImUser {
  readonly #parts: ControllerParts;
  readonly #known = new Map<string, Known>();
  readonly #shared = new SharedFiles();
  readonly #invitations: Invitation[] = [];
  readonly #offers: FileOffered[] = [];
  readonly #progress = new Map<FileTransfer, number>();
  #client: ImClient | null = null;
  /** Who wrote last, where nobody is named on the command line. */
  #lastPeer = "";
  /** Messages of ours that have not been sent for certain. */
  #unsent = 0;
  /** Files whose hash is being computed. */
  #hashing = 0;
  /** Messages and files that failed. */
  failures = 0;
  onQuit: () => void = () => {};
  onSettled: () => void = () => {};
  onRegistration: (ok: boolean, status: number, reason: string) => void = () => {};

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  set client(client: ImClient) {
    this.#client = client;
  }

  /** Nothing of ours is under way any more. */
  get settled(): boolean {
    const files = [...this.#client?.transfers ?? []].some((transfer) => transfer.direction === "out");
    return this.#unsent === 0 && this.#hashing === 0 && !files;
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
        return void this.#sendFile(command.path, command.to ?? this.#peer);
      case "share":
        return void this.#share(command.path);
      case "get":
        return command.name === "" ? this.#take() : this.#fetch(command.name);
      case "typing":
        return this.#chatWith(this.#peer)?.typed();
      case "settings":
        if (command.settings !== null) client.publish({ ...client.settings, ...command.settings });
        else view.show({ event: "settings", settings: client.settings as Record<string, unknown> | null });
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
      text,
      bytes: body.length,
      sent: sentAt,
      chat: chat?.id ?? 0,
    });
    message.displayed();
    if (options.echo && text !== "") this.#sendBy(mode, message.chat?.peer.uri ?? from, text, "", chat);
  }

  onMessageState(message: SentMessage, reason: Reason | null): void {
    const { id, to, mode, state, deferred } = message;
    const known = this.#known.get(id) ?? { ref: "", about: "" };
    this.#parts.view.show({
      event: "state",
      id,
      ref: known.ref,
      to,
      mode,
      state,
      deferred,
      status: reason?.status ?? 0,
      reason: reason?.text ?? "",
      about: known.about,
    });
    if (this.#waiting.delete(id)) this.#unsent--;
    if (state === "failed") this.failures++;
    if (state === "failed" || state === "displayed") this.#known.delete(id);
    this.onSettled();
  }
  readonly #waiting = new Set<string>();

  onComposing(from: string, active: boolean): void {
    this.#parts.view.show({ event: "composing", from, active });
  }

  onInvitation(invitation: Invitation): void {
    const { from, subject } = invitation;
    if (this.#invitations.push(invitation) > OFFERS) this.#invitations.shift()!.refuse(486);
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
    this.#parts.view.show({ event: "chat-ended", chat: chat.id, peer: chat.peer.uri, reason: reason.text });
    this.onSettled();
  }

  onFileOffered(offer: FileOffered): void {
    const { folder, options, view } = this.#parts;
    view.show({ event: "file-offered", ...facts(offer.transfer) });
    if (folder === null) {
      this.notice("files are not taken: start with --files DIR");
      return offer.refuse(480, "Files are not taken here");
    }
    if (!options.ask) return this.#accepted(offer);
    if (this.#offers.push(offer) > OFFERS) this.#offers.shift()!.refuse(486);
  }

  onFileAsked(asked: FileAsked): void {
    const source = this.#shared.find(asked.selector);
    const name = asked.selector.name ?? "";
    this.#parts.view.show({ event: "file-asked", peer: asked.from.uri, name, found: source !== undefined });
    if (source === undefined) asked.refuse();
    else asked.send(source);
  }

  onFileProgress(transfer: FileTransfer): void {
    const now = this.#parts.clock.monotonic();
    const last = this.#progress.get(transfer);
    if (last !== undefined && now - last < PROGRESS_MS && transfer.moved !== transfer.size) return;
    this.#progress.set(transfer, now);
    this.#parts.view.show({ event: "file", ...facts(transfer), moved: transfer.moved, state: transfer.state });
  }

  onFileEnded(transfer: FileTransfer, reason: Reason | null): void {
    this.#progress.delete(transfer);
    if (reason !== null) this.failures++;
    this.#parts.view.show({
      event: "file-ended",
      ...facts(transfer),
      ok: reason === null,
      place: transfer.place,
      reason: reason?.text ?? "",
    });
    // It is listed until its call has ended.
    queueMicrotask(() => this.onSettled());
  }

  /** Whom we write to. */
  get #peer(): string {
    const { to } = this.#parts.options;
    return to === "" ? this.#lastPeer : to;
  }

  #send({ text, ref = "", mode = this.#parts.options.mode, to = this.#peer }: ChatCommand & { do: "send" }): void {
    if (to === "") return this.#error("nobody has written yet: there is nobody to send it to");
    this.#sendBy(mode, to, text, ref, null);
  }

  #sendBy(mode: MessageMode, to: string, text: string, ref: string, chat: Chat | null): void {
    const client = this.#client!;
    let message: SentMessage | null;
    if (mode === "pager") message = client.sendPager(to, text);
    else if (mode === "large") message = client.sendLargeText(to, text);
    else message = (chat ?? this.#chatWith(to))?.send(text) ?? null;
    if (message === null) {
      this.failures++;
      return this.#error(`"${shortened(text, ABOUT)}" was not sent: too much waits already, or we are leaving`);
    }
    if (this.#known.size >= KNOWN) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(message.id, { ref, about: shortened(text.replace(/\s+/g, " "), ABOUT) });
    this.#waiting.add(message.id);
    this.#unsent++;
    this.#parts.view.show({ event: "queued", id: message.id, ref, to, mode });
  }

  /** The chat with somebody; a new one where none stands. */
  #chatWith(to: string): Chat | null {
    const client = this.#client!;
    for (const chat of client.chats) if (sameUser(chat.peer.uri, to) && chat.state !== "over") return chat;
    return to === "" ? null : client.openChat(to);
  }

  async #sendFile(path: string, to: string): Promise<void> {
    if (to === "") return this.#error("nobody has written yet: there is nobody to send it to");
    this.#hashing++;
    try {
      const source = await fileSource(resolve(this.#parts.options.cwd, path));
      if (this.#client!.sendFile(to, source) === null) {
        throw new Error("there are too many sessions, or we are leaving");
      }
    } catch (error) {
      this.failures++;
      this.#error(`"${path}" was not sent: ${(error as Error).message}`);
    } finally {
      this.#hashing--;
      this.onSettled();
    }
  }

  async #share(path: string): Promise<void> {
    try {
      const source = await fileSource(resolve(this.#parts.options.cwd, path));
      this.#shared.add(source);
      this.notice(`"${source.name}" (${sizeText(source.size)}) can be asked for`);
    } catch (error) {
      this.#error(`"${path}" is not shared: ${(error as Error).message}`);
    }
  }

  #take(): void {
    const offer = this.#offers.pop();
    if (offer === undefined) this.#error("no file is offered; /get NAME asks for one");
    else this.#accepted(offer);
  }

  #accepted(offer: FileOffered): void {
    try {
      const sink = this.#parts.folder!.sinkFor(offer.file.selector, offer.start);
      if (sink === null) offer.refuse(488, "The beginning of this file is not here");
      else offer.accept(sink);
    } catch (error) {
      this.#error(`the file cannot be taken: ${(error as Error).message}`);
      offer.refuse(480, "The file cannot be kept");
    }
  }

  #fetch(name: string): void {
    const { folder } = this.#parts;
    if (folder === null) return this.#error("files are not taken: start with --files DIR");
    if (this.#peer === "") return this.#error("nobody has written yet: there is nobody to ask");
    const selector = { name, hashes: [] };
    try {
      const sink = folder.sinkFor(selector, 0);
      if (sink === null || this.#client!.fetchFile(this.#peer, selector, sink) === null) {
        sink?.abort("not asked for", false);
        this.#error("there are too many sessions");
      }
    } catch (error) {
      this.#error(`the file cannot be taken: ${(error as Error).message}`);
    }
  }

  #accept(): void {
    const invitation = this.#invitations.shift();
    if (invitation === undefined) this.#error("nobody is asking for a chat");
    else invitation.accept();
  }

  #refuse(text: string): void {
    const invitation = this.#invitations.shift();
    if (invitation !== undefined) return invitation.refuse(603, text);
    const offer = this.#offers.pop();
    if (offer === undefined) this.#error("nobody is asking for anything");
    else offer.refuse(603, text);
  }

  #who(): string[] {
    const client = this.#client!;
    const lines = [`you are ${short(client.account.aor)}, ${client.registered ? "registered" : "not registered"}`];
    if (this.#peer !== "") lines.push(`lines go to ${short(this.#peer)}`);
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

function facts(transfer: FileTransfer): FileFacts {
  const { id, direction, peer, name, size, type } = transfer;
  return { transfer: id, direction, peer: peer.uri, name, size, type };
}

/** The same user, whatever else stands in the URI. */
function sameUser(a: string, b: string): boolean {
  const bare = (uri: string) => uri.replace(/^sips?:/i, "").split(/[;?]/, 1)[0].toLowerCase();
  return bare(a) === bare(b);
}
