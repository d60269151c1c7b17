import type { HeaderName, ServerTransaction } from "../transport/sip/mod.ts";
import {
  acceptsType,
  acceptsWrappedType,
  ComposingReceiver,
  ComposingSender,
  CPIM_TYPE,
  type CpimHead,
  cpimTo,
  IMDN_TYPE,
  IS_COMPOSING_TYPE,
  type IsComposing,
  type MsrpMedia,
  newImdnMessageId,
  writeIsComposing,
} from "../transport/payload/mod.ts";
import { LOST } from "../transport/msrp/mod.ts";
import type { IncomingMessage, MsrpSession, OutgoingMessage, OutgoingUser } from "../transport/msrp/session/mod.ts";
import { IM_TAG } from "./client_world.ts";
import { essence, opened, TEXT, textBody, wrapped } from "./envelope.ts";
import type { Reason, SentMessage } from "./im_user.ts";
import type { Inbox, Party } from "./inbox.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";
import type { Outgoing } from "./outbox.ts";
import { reason } from "./reason.ts";
import { latin1Of, recipientList } from "./recipient_list.ts";

/** What chats of ours take. */
const ACCEPT = ["message/cpim", "text/plain", "text/*", IS_COMPOSING_TYPE, IMDN_TYPE];
const ACCEPT_WRAPPED = ["*"];
/** What was said last goes out before the end. */
const DRAIN_MS = 3_000;

/** `inviting`: asked, or being asked; `open`; `lost`: a new connection is being made; `over`. */
export type ChatState = "inviting" | "open" | "lost" | "over";

/** What a room of our own begins with. */
export interface RoomWish {
  /** URIs of those who are to be invited. */
  readonly people: readonly string[];
  /** "" for none. */
  readonly subject: string;
}

/** What a room made of something we asked it for; `status` is that of its answer, 0 where none came. */
export type RoomAnswer = (status: number, text: string) => void;

/** Something that leaves by the chat's session, and again by the next one where the first broke before it was known. */
class Item implements OutgoingUser {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Null for notifications. */
  readonly message: Outgoing | null;
  /** In a room: whom it is for; "" for everybody. */
  readonly to: string;
  readonly #chat: Chat;
  /** In the session under way. */
  queued: OutgoingMessage | null = null;
  /** The MSRP Message-ID: the same for every try, so that nothing is taken twice (RFC 4975 §5.4). */
  messageId: string | undefined = undefined;
  /** The next hop has it: what fails from then on was reported (RFC 4975 §7.1.3). */
  #taken = false;

  constructor(chat: Chat, contentType: string, body: Uint8Array, message: Outgoing | null, to = "") {
    this.#chat = chat;
    this.to = to;
    this.contentType = contentType;
    this.body = body;
    this.message = message;
  }

  onSent(): void {
    this.#taken = true;
    this.message?.become("sent");
    this.#chat.finished(this);
  }

  /** Where nobody sends notifications the success report is as good (RFC 4975 §7.1.2). */
  onDelivered(): void {
    this.message?.become("sent");
    this.message?.become("delivered");
    this.#chat.finished(this);
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    this.queued = null;
    // It is known as soon as the chat is over, or has a session again.
    if (!this.#taken && (status === LOST || status === 481 || status === 506)) return;
    this.#chat.finished(this);
    this.message?.become(
      "failed",
      reason(status, comment === "" ? `refused with ${status}` : `${comment} (${status})`),
    );
  }
}

/** A chat with one other side, or a room: Session Mode (RFC 4975 in a call). */
export class Chat implements MediaOwner {
  /** Tells the chats of a client apart. */
  readonly id: number;
  readonly incoming: boolean;
  readonly peer: Party;
  readonly sessionLimits: { readonly whole: number };
  readonly #inbox: Inbox;
  readonly #media: MediaCall;
  readonly #done: () => void;
  readonly #composing: ComposingSender;
  readonly #theirComposing: ComposingReceiver;
  /** Everything that is not known to have been taken, in order. */
  readonly #items = new Set<Item>();
  #state: ChatState = "inviting";
  #agreed: MsrpMedia | null = null;
  #session: MsrpSession | null = null;

  constructor(inbox: Inbox, id: number, peer: Party, incoming: boolean, done: () => void) {
    const { world } = inbox;
    this.#done = done;
    this.id = id;
    this.incoming = incoming;
    this.peer = peer;
    this.#inbox = inbox;
    this.sessionLimits = { whole: world.limits.chatMessage };
    this.#media = new MediaCall(world, this);
    const { clock, timers } = world;
    this.#composing = new ComposingSender({
      clock,
      timers,
      contentType: "text/plain",
      send: (status) => this.#sendComposing(status),
    });
    this.#theirComposing = new ComposingReceiver({
      timers,
      changed: (state) => world.user.onComposing?.(this.peer.uri, state === "active", this),
    });
  }

  get state(): ChatState {
    return this.#state;
  }
  /** Messages of ours that have not left for certain. */
  get unfinished(): number {
    return this.#items.size;
  }
  /** Null before the other side has answered. */
  get theirs(): MsrpMedia | null {
    return this.#agreed;
  }
  /** The other side is a room (RFC 4579). */
  get isRoom(): boolean {
    return this.#media.withFocus;
  }
  /** What messages are addressed to: a room by its own URI (RFC 7701 §5.1). */
  get target(): string {
    const room = this.isRoom ? this.#media.remoteUri : "";
    return room === "" ? this.peer.uri : room;
  }
  /** True for a message of a room that names somebody else than the room in To: us. */
  isPrivate(head: CpimHead | null): boolean {
    if (head === null) return false;
    const rooms = [this.target, this.peer.uri].map((uri) => uri.split(";", 1)[0].toLowerCase());
    try {
      return cpimTo(head).every(({ uri }) => !rooms.includes(uri.split(";", 1)[0].toLowerCase()));
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }
  /** What carries it at present. */
  get session(): MsrpSession | null {
    return this.#session;
  }

  /** Sends text; null where too much waits already, or the chat is over. */
  send(text: string): SentMessage | null {
    return this.sendContent(TEXT, textBody(text));
  }

  /** Sends text to one member of the room alone (RFC 7701 §6), by the URI that the room shows of them. */
  whisper(to: string, text: string): SentMessage | null {
    return this.sendContent(TEXT, textBody(text), to);
  }

  /** Asks the room for a nickname (RFC 7701 §7); "" gives it back. False where the room cannot be asked now. */
  nickname(name: string, answer: RoomAnswer): boolean {
    const quoted = name.replace(/[\\"]/g, "\\$&").replace(/[\x00-\x1f\x7f]/g, "");
    return this.#session?.ask("NICKNAME", `Use-Nickname: "${latin1Of(quoted)}"\r\n`, {
      onResponse: (status, comment) => answer(status, comment),
    }) === true;
  }

  /** Asks the room to bring somebody in (RFC 4579 §5.5). False where it cannot be asked now. */
  add(uri: string, answer: RoomAnswer): boolean {
    return this.#media.refer({ uri }, { onReferEnded: (_refer, status) => answer(status, "") });
  }

  /** Asks the room to send somebody out (RFC 4579 §5.11). False where it cannot be asked now. */
  expel(uri: string, answer: RoomAnswer): boolean {
    return this.#media.refer({ uri, method: "BYE" }, { onReferEnded: (_refer, status) => answer(status, "") });
  }

  /** Sends content of any type that the other side takes. `to`: one member of a room; "" for all. */
  sendContent(contentType: string, body: Uint8Array, to = ""): SentMessage | null {
    if (this.#state === "over" || this.#items.size >= this.#inbox.world.limits.waiting) return null;
    this.#composing.sent();
    const id = newImdnMessageId();
    const message = this.#inbox.outbox.add(id, to === "" ? this.peer.uri : to, "session", this, true);
    const item = new Item(this, contentType, body, message, to);
    this.#items.add(item);
    if (this.#agreed !== null && this.#session !== null) this.#sendItem(item, this.#session, this.#agreed);
    return message;
  }

  /** The user pressed a key (RFC 3994 §3.2); cheap, for every key. */
  typed(): void {
    if (this.#state === "open") this.#composing.typed();
  }

  /** Ends it; what waits may still go out. */
  end(text = ""): void {
    this.#media.end(text, DRAIN_MS);
  }

  // For the client.

  /** `room`: it is to be made, with these people. */
  invite(room: RoomWish | null): void {
    if (room === null) return this.#media.invite({ to: this.peer.uri, tags: IM_TAG });
    const subject: [HeaderName, string][] = room.subject === "" ? [] : [["Subject", latin1Of(room.subject)]];
    const list: [HeaderName, string][] = room.people.length === 0 ? [] : [["Require", "recipient-list-invite"]];
    this.#media.invite({
      to: this.peer.uri,
      tags: IM_TAG,
      headers: [...list, ...subject],
      ...(room.people.length > 0 && { part: recipientList(room.people) }),
    });
  }

  /** False where the invitation was refused already: the chat was never there. */
  receive(transaction: ServerTransaction, offer: TheirDescription | null): boolean {
    return this.#media.receive(transaction, offer, IM_TAG);
  }

  ringing(): void {
    this.#media.progress(180);
  }

  accept(): void {
    this.#media.accept();
  }

  refuse(status: number, text: string): void {
    this.#media.refuse(status, text);
  }

  /** A notification of ours goes back the way the message came. False: it has to go another way. */
  notify(body: Uint8Array): boolean {
    const session = this.#session;
    if (this.#state === "over" || session === null || this.#agreed === null) return false;
    if (!acceptsType(this.#agreed, CPIM_TYPE) || this.#items.size >= 2 * this.#inbox.world.limits.waiting) return false;
    const item = new Item(this, CPIM_TYPE, body, null);
    this.#items.add(item);
    this.#sendItem(item, session, this.#agreed);
    return true;
  }

  finished(item: Item): void {
    this.#items.delete(item);
  }

  // MediaOwner

  describe(_theirs: MsrpMedia | null): MediaWish {
    const maxSize = this.#inbox.world.limits.chatMessage;
    return { acceptTypes: ACCEPT, acceptWrappedTypes: ACCEPT_WRAPPED, maxSize, direction: "sendrecv" };
  }

  onAgreed(theirs: MsrpMedia, session: MsrpSession): void {
    const first = this.#agreed === null;
    this.#agreed = theirs;
    this.#session = session;
    if (first) {
      this.#state = "open";
      this.#inbox.world.user.onChat?.(this);
    }
    for (const item of [...this.#items]) {
      if (item.queued === null) this.#sendItem(item, session, theirs);
    }
  }

  onOpen(): void {
    if (this.#state !== "lost") return;
    this.#state = "open";
    this.#inbox.world.user.onChatConnection?.(this, true);
  }

  onMessage(message: IncomingMessage): number {
    const { xml } = this.#inbox.world;
    const what = opened(message.contentType, message.body, xml);
    switch (what.kind) {
      case "composing":
        this.#theirComposing.status(what.status);
        return 200;
      case "notifications":
        for (const each of what.list) this.#inbox.outbox.notified(each);
        return 200;
      case "unreadable":
        return 400;
      case "content":
        this.#theirComposing.content();
        this.#inbox.content(what, this.peer, "session", this);
        return 200;
    }
  }

  onLost(_reason: string): void {
    this.#session = null;
    this.#theirComposing.content();
    if (this.#state !== "open") return;
    this.#state = "lost";
    this.#inbox.world.user.onChatConnection?.(this, false);
  }

  onOver(why: Reason): void {
    this.#state = "over";
    this.#session = null;
    this.#composing.mute();
    this.#theirComposing.close();
    this.#done();
    for (const { message } of this.#items) {
      message?.become("failed", reason(why.status, why.text === "" ? "the chat ended before it was sent" : why.text));
    }
    this.#items.clear();
    this.#inbox.world.user.onChatEnded?.(this, why);
  }

  #sendItem(item: Item, session: MsrpSession, theirs: MsrpMedia): void {
    const { message } = item;
    if (message !== null && message.state !== "waiting") return this.finished(item);
    const type = essence(item.contentType);
    const inCpim = message !== null && acceptsType(theirs, CPIM_TYPE) && acceptsWrappedType(theirs, type);
    const limit = theirs.maxSize ?? Infinity;
    const body = inCpim ? this.#wrapped(item, message.id) : item.body;
    if (message !== null && !inCpim && !acceptsType(theirs, type)) {
      return this.#refused(item, 415, `the other side does not take ${type}; taken: ${theirs.acceptTypes.join(", ")}`);
    }
    if (body.length > limit) return this.#refused(item, 413, `${body.length} bytes, and ${limit} are allowed`);
    item.queued = session.send({
      contentType: inCpim ? CPIM_TYPE : item.contentType,
      body,
      messageId: item.messageId,
      successReport: message !== null && !inCpim,
      user: item,
    });
    if (item.queued === null) return this.#refused(item, 503, "too much waits to be sent already");
    item.messageId = item.queued.messageId;
  }

  #wrapped(item: Item, id: string): Uint8Array {
    const { clock, self } = this.#inbox.world;
    return wrapped(item.body, {
      from: self,
      to: item.to === "" ? this.target : item.to,
      now: clock.now(),
      contentType: item.contentType,
      requests: this.#inbox.sessionRequests,
      id,
    }).body;
  }

  #refused(item: Item, status: number, text: string): void {
    this.finished(item);
    // Never inside of `send`: its caller does not know the message yet.
    queueMicrotask(() => item.message?.become("failed", reason(status, text)));
  }

  #sendComposing(status: IsComposing): void {
    const session = this.#session;
    const theirs = this.#agreed;
    if (session === null || theirs === null) return;
    const body = writeIsComposing(status);
    // Nobody waits for it, and nobody misses it.
    const failureReport = "no" as const;
    if (acceptsType(theirs, IS_COMPOSING_TYPE)) {
      session.send({ contentType: IS_COMPOSING_TYPE, body, failureReport });
    } else if (acceptsType(theirs, CPIM_TYPE) && acceptsWrappedType(theirs, IS_COMPOSING_TYPE)) {
      const { clock, self } = this.#inbox.world;
      const wrapping = {
        from: self,
        to: this.target,
        now: clock.now(),
        contentType: IS_COMPOSING_TYPE,
        requests: [],
      };
      session.send({ contentType: CPIM_TYPE, body: wrapped(body, wrapping).body, failureReport });
    } else this.#composing.mute();
  }
}
