import {
  acceptsType,
  acceptsWrappedType,
  CPIM_TYPE,
  type DispositionRequest,
  IS_COMPOSING_TYPE,
  type IsComposing,
  type MsrpMedia,
  writeIsComposing,
} from "../transport/payload/mod.ts";
import type { MsrpSession } from "../transport/msrp/session/mod.ts";
import { ChatItem } from "./chat_item.ts";
import { essence, wrapped } from "./envelope.ts";
import type { Reason } from "./im_user.ts";
import type { Inbox } from "./inbox.ts";
import type { Outgoing } from "./outbox.ts";
import { reason } from "./reason.ts";

/** What carries a chat at present, and what its other side takes. */
export interface ChatWay {
  readonly session: MsrpSession;
  readonly theirs: MsrpMedia;
  /** Whom messages are addressed to that are for nobody else. */
  readonly target: string;
}

/** What a chat sends, in order: kept until it is known to have been taken, and sent again by the next session where one broke. */
export class ChatSending {
  readonly #inbox: Inbox;
  readonly #items = new Set<ChatItem>();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  get size(): number {
    return this.#items.size;
  }

  /** `message`: null for notifications. `to`: one member of a room; "" for all. `way`: null where it has to wait. */
  add(contentType: string, body: Uint8Array, message: Outgoing | null, to: string, way: ChatWay | null): void {
    const item = new ChatItem(this.#finished, contentType, body, message, to);
    this.#items.add(item);
    if (way !== null) this.#send(item, way);
  }

  /** Another session is there. */
  again(way: ChatWay): void {
    for (const item of [...this.#items]) if (item.queued === null) this.#send(item, way);
  }

  /** The chat is over. */
  fail(why: Reason): void {
    const text = why.text === "" ? "the chat ended before it was sent" : why.text;
    for (const { message } of this.#items) message?.become("failed", reason(why.status, text));
    this.#items.clear();
  }

  /** Nobody waits for it, and nobody misses it. False where the other side takes nothing of the kind. */
  composing(status: IsComposing, { session, theirs, target }: ChatWay): boolean {
    const body = writeIsComposing(status);
    const failureReport = "no" as const;
    if (acceptsType(theirs, IS_COMPOSING_TYPE)) {
      session.send({ contentType: IS_COMPOSING_TYPE, body, failureReport });
      return true;
    }
    if (!acceptsType(theirs, CPIM_TYPE) || !acceptsWrappedType(theirs, IS_COMPOSING_TYPE)) return false;
    const { clock, self } = this.#inbox.world;
    const wrapping = { from: self, to: target, now: clock.now(), contentType: IS_COMPOSING_TYPE, requests: [] };
    session.send({ contentType: CPIM_TYPE, body: wrapped(body, wrapping).body, failureReport });
    return true;
  }

  readonly #finished = (item: ChatItem): void => void this.#items.delete(item);

  #send(item: ChatItem, { session, theirs, target }: ChatWay): void {
    const { message } = item;
    if (message !== null && message.state !== "waiting") return this.#finished(item);
    const type = essence(item.contentType);
    const inCpim = message !== null && acceptsType(theirs, CPIM_TYPE) && acceptsWrappedType(theirs, type);
    const limit = theirs.maxSize ?? Infinity;
    // Of what is said to all each of them would tell: nobody counts that.
    const requests = item.to === "" && theirs.chatroom !== undefined ? [] : this.#inbox.sessionRequests;
    const body = inCpim ? this.#wrapped(item, message.id, target, requests) : item.body;
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

  #wrapped(item: ChatItem, id: string, target: string, requests: readonly DispositionRequest[]): Uint8Array {
    const { clock, self } = this.#inbox.world;
    return wrapped(item.body, {
      from: self,
      to: item.to === "" ? target : item.to,
      now: clock.now(),
      contentType: item.contentType,
      requests,
      id,
    }).body;
  }

  #refused(item: ChatItem, status: number, text: string): void {
    this.#finished(item);
    // Never inside of `send`: its caller does not know the message yet.
    queueMicrotask(() => item.message?.become("failed", reason(status, text)));
  }
}
