import { domainOf } from "./account.ts";
import type { FileSelector } from "../transport/payload/mod.ts";
import type { ServerTransaction } from "../transport/sip/mod.ts";
import { Chat, type ChatHost } from "./chat.ts";
import type { RoomWish } from "./chat_room.ts";
import { DeferredReceiving } from "./deferred_receiving.ts";
import { FileReceiving } from "./file_receiving.ts";
import { FileSending } from "./file_sending.ts";
import type { FileSink, FileSource, FileTransfer } from "./file_transfer.ts";
import type { Retrieval } from "./history_retrieval.ts";
import type { Inbox, Party } from "./inbox.ts";
import { LargeReceiving, LargeSending } from "./large_message.ts";
import type { TheirDescription } from "./media_offer.ts";
import type { Outgoing } from "./outbox.ts";

/**
 * All sessions of a client, ours and theirs: chats, files, large messages, deliveries of what has waited, recordings that are fetched.
 * Bounded: where it is full there is none more.
 */
export class Sessions implements ChatHost {
  readonly #inbox: Inbox;
  readonly #listener: ChatHost;
  readonly #chats = new Set<Chat>();
  readonly #transfers = new Set<FileTransfer>();
  readonly #retrievals = new Set<Retrieval>();
  #larges = 0;
  #deferred = 0;
  #lastChat = 0;
  #closed = false;

  /** `listener`: hears of chats besides. */
  constructor(inbox: Inbox, listener: ChatHost) {
    this.#inbox = inbox;
    this.#listener = listener;
  }

  get chats(): ReadonlySet<Chat> {
    return this.#chats;
  }
  get transfers(): ReadonlySet<FileTransfer> {
    return this.#transfers;
  }
  get size(): number {
    return this.#chats.size + this.#transfers.size + this.#retrievals.size + this.#larges + this.#deferred;
  }
  /** There are as many as may be, or we are leaving. */
  get full(): boolean {
    return this.#closed || this.size >= this.#inbox.world.limits.sessions;
  }

  /** Ends all of them, and begins none any more. */
  close(): void {
    this.#closed = true;
    for (const transfer of [...this.#transfers]) transfer.cancel();
    for (const retrieval of [...this.#retrievals]) retrieval.cancel();
    for (const chat of [...this.#chats]) chat.end();
  }

  // Ours. Null, or false, where it is full.

  openChat(to: string, room: RoomWish | null = null): Chat | null {
    if (this.full) return null;
    const chat = this.#chat({ uri: to, name: "" }, false);
    this.#chats.add(chat);
    chat.invite(room);
    return chat;
  }

  sendFile(to: string, source: FileSource): FileTransfer | null {
    if (this.full) return null;
    return this.#added((over) => FileSending.push(this.#inbox.world, to, source, over));
  }

  fetchFile(from: string, selector: FileSelector, sink: FileSink, have: number): FileTransfer | null {
    if (this.full) return null;
    return this.#added((over) => FileReceiving.fetch(this.#inbox.world, from, selector, sink, have, over));
  }

  /** `people`: who is to get it from there (OMA SIMPLE IM, Large Message Mode to many); null: the recipient alone. */
  sendLarge(
    message: Outgoing,
    contentType: string,
    body: Uint8Array,
    people: readonly string[] | null = null,
  ): boolean {
    if (this.full) return false;
    this.#larges++;
    new LargeSending(this.#inbox, message, contentType, body, people, () => this.#larges--);
    return true;
  }

  /** `begin`: begins it; what it gets is called when it is over, later. */
  retrieve(begin: (over: () => void) => Retrieval): Retrieval | null {
    if (this.full) return null;
    const retrieval = begin(() => this.#retrievals.delete(retrieval));
    this.#retrievals.add(retrieval);
    return retrieval;
  }

  // Theirs. Null where the invitation was refused already.

  chatFrom(peer: Party, transaction: ServerTransaction, offer: TheirDescription | null): Chat | null {
    const chat = this.#chat(peer, true);
    if (!chat.receive(transaction, offer)) return null;
    this.#chats.add(chat);
    return chat;
  }

  fileFrom(
    peer: Party,
    room: string,
    transaction: ServerTransaction,
    offer: TheirDescription,
  ): FileReceiving | null {
    return this.#added((over) => FileReceiving.offered(this.#inbox.world, peer, room, transaction, offer, over));
  }

  fileFor(peer: Party, transaction: ServerTransaction, offer: TheirDescription): FileSending | null {
    return this.#added((over) => FileSending.asked(this.#inbox.world, peer, transaction, offer, over));
  }

  largeFrom(peer: Party, transaction: ServerTransaction, offer: TheirDescription | null): void {
    this.#larges++;
    new LargeReceiving(this.#inbox, peer, transaction, offer, () => this.#larges--);
  }

  /** Where messages that have waited come from: our own service, by the name it has for that (oma-reference §2.4). */
  isService({ uri }: Party): boolean {
    return uri.toLowerCase() === `sip:deferred@${domainOf(this.#inbox.world.account)}`.toLowerCase();
  }

  deferredFrom(peer: Party, transaction: ServerTransaction, offer: TheirDescription | null): void {
    this.#deferred++;
    new DeferredReceiving(this.#inbox, peer, transaction, offer, () => this.#deferred--);
  }

  // ChatHost

  get mayAsk(): boolean {
    return this.#listener.mayAsk;
  }

  chatLost(chat: Chat): void {
    this.#listener.chatLost(chat);
  }

  chatBack(chat: Chat): void {
    this.#listener.chatBack(chat);
  }

  chatOver(chat: Chat): void {
    this.#chats.delete(chat);
    this.#listener.chatOver(chat);
  }

  #chat(peer: Party, incoming: boolean): Chat {
    return new Chat(this.#inbox, ++this.#lastChat, peer, incoming, this);
  }

  /** In the table until it is over, which is never before it was made. */
  #added<T extends FileTransfer | null>(make: (over: () => void) => T): T {
    const transfer = make(() => transfer !== null && this.#transfers.delete(transfer));
    if (transfer !== null) this.#transfers.add(transfer);
    return transfer;
  }
}
