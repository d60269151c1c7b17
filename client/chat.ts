import type { HeaderName, ServerTransaction } from "../transport/sip/mod.ts";
import {
  acceptsType,
  ComposingReceiver,
  ComposingSender,
  CPIM_TYPE,
  type CpimHead,
  HISTORY_INFO_PACKAGE,
  HISTORY_LIST_TYPE,
  IMDN_TYPE,
  IS_COMPOSING_TYPE,
  type IsComposing,
  type MsrpMedia,
  type NamedConversation,
  newImdnMessageId,
} from "../transport/payload/mod.ts";
import type { IncomingMessage, MsrpSession } from "../transport/msrp/session/mod.ts";
import { askNickname, CHATROOM, ChatRoom, referText, type RoomAnswer, type RoomWish } from "./chat_room.ts";
import { ChatSending, type ChatWay } from "./chat_sending.ts";
import { IM_TAG } from "./client_world.ts";
import { opened, TEXT, textBody } from "./envelope.ts";
import type { Reason, SentMessage } from "./im_user.ts";
import type { Inbox, Party } from "./inbox.ts";
import { roomIn } from "./room_name.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";
import { reason } from "./reason.ts";
import { forMany, latin1Of } from "./recipient_list.ts";
import { Rejoining } from "./rejoining.ts";
import type { Asked } from "./service_request.ts";

/** What chats of ours take. */
const ACCEPT = ["message/cpim", "text/plain", "text/*", IS_COMPOSING_TYPE, IMDN_TYPE];
const ACCEPT_WRAPPED = ["*"];
/** What was said last goes out before the end. */
const DRAIN_MS = 3_000;

/** `inviting`: asked, or being asked; `open`; `lost`: a new connection is being made, or the room is asked again; `over`. */
export type ChatState = "inviting" | "open" | "lost" | "over";

/** Who hears of a chat before its user does. */
export interface ChatHost {
  /** The service knows us: a room that was lost may be asked. */
  readonly mayAsk: boolean;
  /** The room is lost, and will be asked again after a while. */
  chatLost(chat: Chat): void;
  /** Its connection is there again. */
  chatBack(chat: Chat): void;
  chatOver(chat: Chat): void;
}

/**
 * A chat with one other side, or a room: Session Mode (RFC 4975 in a call). A room that was lost (a server that restarts, a connection
 * that broke) is asked again by its own URI, and the chat goes on.
 */
export class Chat implements MediaOwner {
  /** Tells the chats of a client apart. */
  readonly id: number;
  readonly incoming: boolean;
  readonly peer: Party;
  readonly sessionLimits: { readonly whole: number };
  readonly #inbox: Inbox;
  /** In a room that was lost another one follows. */
  #media: MediaCall;
  readonly #host: ChatHost;
  readonly #composing: ComposingSender;
  readonly #theirComposing: ComposingReceiver;
  /** Everything that is not known to have been taken. */
  readonly #sending: ChatSending;
  #state: ChatState = "inviting";
  #agreed: MsrpMedia | null = null;
  #session: MsrpSession | null = null;
  /** We ask for a room, whether or not there is one. */
  #asksForRoom = false;
  /** Null where the other side is none, or has not said so yet. */
  #room: ChatRoom | null = null;
  /** Of a room: whom its invitation is from, or who was asked. */
  #roomAlias: string;
  /** Of a room that invited us: the same, or the group whose session it is. */
  #group = "";
  readonly #rejoining: Rejoining;
  /** The user has left. */
  #left = false;

  constructor(inbox: Inbox, id: number, peer: Party, incoming: boolean, host: ChatHost) {
    const { world } = inbox;
    this.#host = host;
    this.#roomAlias = peer.uri;
    this.#sending = new ChatSending(inbox);
    this.id = id;
    this.incoming = incoming;
    this.peer = peer;
    this.#inbox = inbox;
    this.sessionLimits = { whole: world.limits.chatMessage };
    this.#media = new MediaCall(world, this);
    this.#rejoining = new Rejoining(world, () => this.#returnToRoom());
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
    return this.#sending.size;
  }
  /** Null before the other side has answered. */
  get theirs(): MsrpMedia | null {
    return this.#agreed;
  }
  /** The other side is a room (RFC 4579). */
  get isRoom(): boolean {
    return this.#room !== null;
  }
  /** What messages are addressed to: a room by its own URI (RFC 7701 §5.1). */
  get target(): string {
    return this.#room?.uri ?? this.peer.uri;
  }
  /** Of a room: what was asked for, or invited, such as a group; it stays where the room comes to have another URI. */
  get alias(): string {
    return this.#group || this.#roomAlias;
  }
  /** True for a message of a room that names somebody else than the room in To: us. */
  isPrivate(head: CpimHead | null): boolean {
    return this.#room?.isPrivate(head) === true;
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
    return askNickname(this.#session, name, answer);
  }

  /** Asks the room to bring somebody in (RFC 4579 §5.5). False where it cannot be asked now. */
  add(uri: string, answer: RoomAnswer): boolean {
    return this.#media.refer({ uri }, { onReferEnded: (_refer, status) => answer(status, referText(status)) });
  }

  /** Asks the room to send somebody out (RFC 4579 §5.11). False where it cannot be asked now. */
  expel(uri: string, answer: RoomAnswer): boolean {
    const order = { uri, method: "BYE" };
    return this.#media.refer(order, { onReferEnded: (_refer, status) => answer(status, referText(status)) });
  }

  /** What commands to record it name it by: a room's URI, else whom it is with. */
  get named(): NamedConversation {
    return this.isRoom ? { group: this.target } : { party: this.peer.uri };
  }

  /** Has the service record it, or no longer, inside of the call. False where it is not set up. `body`: the command. */
  command(body: Uint8Array, done: Asked): boolean {
    return this.#media.info(HISTORY_INFO_PACKAGE, HISTORY_LIST_TYPE, body, done);
  }

  /**
   * Sends content of any type that the other side takes. `to`: one member of a room; "" for all. `id`: its Message-ID, where it has been
   * sent before.
   */
  sendContent(contentType: string, body: Uint8Array, to = "", id = newImdnMessageId()): SentMessage | null {
    if (this.#state === "over" || this.#sending.size >= this.#inbox.world.limits.waiting) return null;
    this.#composing.sent();
    const message = this.#inbox.outbox.add(id, to === "" ? this.target : to, "session", this, true);
    this.#sending.add(contentType, body, message, to, this.#way);
    return message;
  }

  /** The user pressed a key (RFC 3994 §3.2); cheap, for every key. */
  typed(): void {
    if (this.#state === "open") this.#composing.typed();
  }

  /** Ends it; what waits may still go out. */
  end(text = ""): void {
    this.#left = true;
    if (!this.#rejoining.waits) return this.#media.end(text, DRAIN_MS);
    this.#rejoining.stop();
    this.onOver(reason(0, text));
  }

  // For the client.

  /** `room`: it is to be made, with these people. */
  invite(room: RoomWish | null): void {
    if (room === null) return this.#media.invite({ to: this.peer.uri, tags: IM_TAG });
    this.#asksForRoom = true;
    const { people, subject } = room;
    const many = people.length === 0 ? null : forMany(people);
    const about: [HeaderName, string][] = subject === "" ? [] : [["Subject", latin1Of(subject)]];
    const headers = [...many?.headers ?? [], ...about];
    this.#media.invite({ to: this.peer.uri, tags: IM_TAG, headers, ...(many !== null && { part: many.part }) });
  }

  /** False where the invitation was refused already: the chat was never there. */
  receive(transaction: ServerTransaction, offer: TheirDescription | null): boolean {
    if (!this.#media.receive(transaction, offer, IM_TAG)) return false;
    this.#roomAlias = transaction.request.from.uriText;
    this.#group = roomIn(transaction.request);
    this.#meetRoom();
    return true;
  }

  /** A room that was lost is asked now, not only when the time for it has come. */
  askAgain(): void {
    this.#rejoining.now();
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
    const way = this.#way;
    if (this.#state === "over" || way === null || !acceptsType(way.theirs, CPIM_TYPE)) return false;
    if (this.#sending.size >= 2 * this.#inbox.world.limits.waiting) return false;
    this.#sending.add(CPIM_TYPE, body, null, "", way);
    return true;
  }

  // MediaOwner

  describe(_theirs: MsrpMedia | null): MediaWish {
    const maxSize = this.#inbox.world.limits.chatMessage;
    const chatroom = this.#asksForRoom || this.isRoom ? { chatroom: CHATROOM } : {};
    return { acceptTypes: ACCEPT, acceptWrappedTypes: ACCEPT_WRAPPED, maxSize, direction: "sendrecv", ...chatroom };
  }

  onAgreed(theirs: MsrpMedia, session: MsrpSession): void {
    const first = this.#agreed === null;
    this.#agreed = theirs;
    this.#session = session;
    this.#meetRoom();
    if (first) {
      this.#state = "open";
      this.#inbox.world.user.onChat?.(this);
    }
    this.#sending.again({ session, theirs, target: this.target });
  }

  onOpen(): void {
    this.#rejoining.back();
    if (this.#state !== "lost") return;
    this.#state = "open";
    this.#host.chatBack(this);
    this.#inbox.world.user.onChatConnection?.(this, true);
  }

  onMessage(message: IncomingMessage): number {
    const { xml } = this.#inbox.world;
    const what = opened(message.contentType, message.body, xml);
    switch (what.kind) {
      case "composing":
        if (this.#room === null) this.#theirComposing.status(what.status);
        else if (what.from !== null) this.#room.writes(what.from.uri, what.status);
        return 200;
      case "notifications":
        for (const each of what.list) this.#inbox.outbox.notified(each);
        return 200;
      case "unreadable":
        return 400;
      case "content":
        if (this.#room === null) this.#theirComposing.content();
        else if (what.from !== null) this.#room.wrote(what.from.uri);
        this.#inbox.content(what, this.peer, "session", this);
        return 200;
    }
  }

  onLost(_reason: string): void {
    this.#session = null;
    this.#theirComposing.content();
    this.#room?.silence();
    if (this.#state !== "open") return;
    this.#state = "lost";
    this.#inbox.world.user.onChatConnection?.(this, false);
  }

  onOver(why: Reason): void {
    const wasIn = this.#room !== null && this.#agreed !== null;
    if (wasIn && !this.#left && this.#rejoining.again(why)) {
      this.onLost(why.text);
      return this.#host.chatLost(this);
    }
    this.#state = "over";
    this.#session = null;
    this.#composing.mute();
    this.#theirComposing.close();
    this.#room?.close();
    this.#host.chatOver(this);
    this.#sending.fail(why);
    this.#inbox.world.user.onChatEnded?.(this, why);
  }

  /** What the other side has said of itself: that it is a room, and where. */
  #meetRoom(): void {
    const uri = this.#media.withFocus ? this.#media.remoteUri : "";
    if (uri === "") return;
    if (this.#room !== null) this.#room.uri = uri;
    else {
      const { user } = this.#inbox.world;
      this.#room = new ChatRoom(
        this.#inbox.world,
        uri,
        this.#roomAlias,
        (from, active) => user.onComposing?.(from, active, this),
      );
    }
  }

  /** The room that was lost is asked again. */
  #returnToRoom(): void {
    if (!this.#host.mayAsk) return this.onOver(reason(503, "the service does not know this client at present"));
    this.#media = new MediaCall(this.#inbox.world, this);
    this.#media.invite({ to: this.target, tags: IM_TAG });
  }

  get #way(): ChatWay | null {
    const session = this.#session, theirs = this.#agreed;
    return session === null || theirs === null ? null : { session, theirs, target: this.target };
  }

  #sendComposing(status: IsComposing): void {
    const way = this.#way;
    if (way !== null && !this.#sending.composing(status, way)) this.#composing.mute();
  }
}
