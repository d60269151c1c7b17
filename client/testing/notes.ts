import type { Chat } from "../chat.ts";
import type { FileAsked, FileOffered } from "../file_invitation.ts";
import type { FileTransfer } from "../file_transfer.ts";
import type { ImUser, Reason, ReceivedMessage, SentMessage } from "../im_user.ts";
import type { Invitation } from "../invitation.ts";
import type { SystemMessage } from "../system_messages.ts";

/** A user that takes notes of all it is told. For tests only. */
export class Notes implements ImUser {
  readonly messages: ReceivedMessage[] = [];
  /** `sent session`, `failed pager 404: …`, in order, by Message-ID. */
  readonly states = new Map<string, string[]>();
  readonly events: string[] = [];
  readonly chats: Chat[] = [];
  readonly invitations: Invitation[] = [];
  readonly offers: FileOffered[] = [];
  readonly asked: FileAsked[] = [];
  readonly ended: { readonly transfer: FileTransfer; readonly reason: Reason | null }[] = [];
  /** Messages are shown at once. */
  shows = true;
  /** What is done besides with a message. */
  received: (message: ReceivedMessage) => void = () => {};
  offered: (file: FileOffered) => void = () => {};

  onRegistered(): void {
    this.events.push("registered");
  }
  onUnregistered(status: number, reason: string): void {
    this.events.push(`unregistered ${status} ${reason}`);
  }
  onPublished(ok: boolean, reason: Reason | null): void {
    this.events.push(ok ? "published" : `not published: ${reason?.text}`);
  }
  onMessage(message: ReceivedMessage): void {
    this.messages.push(message);
    this.received(message);
    if (this.shows) message.displayed();
  }
  onMessageState(message: SentMessage, reason: Reason | null): void {
    const states = this.states.get(message.id) ?? [];
    states.push(reason === null ? message.state : `${message.state}: ${reason.text}`);
    this.states.set(message.id, states);
  }
  onComposing(from: string, active: boolean): void {
    this.events.push(`${from} ${active ? "writes" : "rests"}`);
  }
  onInvitation(invitation: Invitation): void {
    this.invitations.push(invitation);
  }
  onChat(chat: Chat): void {
    this.chats.push(chat);
  }
  onChatConnection(_chat: Chat, up: boolean): void {
    this.events.push(up ? "up" : "down");
  }
  onChatEnded(_chat: Chat, reason: Reason): void {
    this.events.push(`ended: ${reason.text}`);
  }
  onFileOffered(file: FileOffered): void {
    this.offers.push(file);
    this.offered(file);
  }
  onFileAsked(asked: FileAsked): void {
    this.asked.push(asked);
  }
  onFileProgress(): void {}
  onFileEnded(transfer: FileTransfer, reason: Reason | null): void {
    this.ended.push({ transfer, reason });
  }

  onNotice(text: string): void {
    this.events.push(text);
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }
  /** The states of one message, joined. */
  statesOf(message: { readonly id: string } | null): string {
    return (this.states.get(message?.id ?? "") ?? []).join(" ");
  }
}

/** One who is shown the choices of system messages, which come to others in words. For tests only. */
export class ChoosingNotes extends Notes {
  readonly questions: SystemMessage[] = [];

  onSystemMessage(message: SystemMessage): void {
    this.questions.push(message);
    if (this.shows) message.displayed();
  }
}
