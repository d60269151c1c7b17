import { type Clock, type Counter, type Events, type Log, type Metrics, randomToken } from "../../../foundation/mod.ts";
import { type Contents, type DeferredMessage, StorageError, type Subscribers } from "../../../storage/mod.ts";
import {
  asksFor,
  CPIM_TYPE,
  type CpimHead,
  type Disposition,
  imdnHeaders,
  isImdn,
  mediaType,
  notificationFor,
} from "../../../transport/payload/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { type Handler, type Identity, identityOf } from "../../sip_core/mod.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import { contentTypeOf } from "../stored_message.ts";
import { isAutomatic } from "./automatic_sender.ts";
import { HEAD_OCTETS, tryCpimHead } from "./is_notification.ts";
import { noticeExchange, noticeName } from "./notice_request.ts";
import { Told } from "./told.ts";

/** Notifications that are remembered as made. */
const REMEMBERED = 40_000;
/** Heads of large messages that are read at the same time; of more nobody is told. */
const READING = 256;

const STORED: Disposition = { kind: "processing", status: "stored" };
const FAILED: Disposition = { kind: "delivery", status: "failed" };
const DELIVERED: Disposition = { kind: "delivery", status: "delivered" };

export interface StoredNoticesParts {
  readonly contents: Pick<Contents, "read" | "claim" | "release">;
  readonly subscribers: Pick<Subscribers, "get">;
  /** The box's own rows from the target class on: users of ours get it or have it stored, others by the proxy. */
  readonly deliver: Handler;
  /** Those served here, the first one the box's own. */
  readonly domains: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A disposition notification that came to the box for somebody. */
export interface OnwardNotice {
  /** Whom it is for, address-of-record. */
  readonly to: string;
  /** Who sends it: the recipient of the message that it is about. */
  readonly from: string;
  /** `message/cpim`. */
  readonly body: Uint8Array;
}

/**
 * What the box itself tells senders about their stored messages (RFC 5438 §8.1, §8.2; oma-reference §3.4): that one is stored, that
 * it could not be delivered, or that it was, where the box took the wrapper off by which the device would have told so. Only what
 * was asked for, each once, never about a notification, and never to who answers by itself.
 *
 * It goes to the sender whom the service knows, in the name of the recipient. What the sender's CPIM calls its From is not used: it
 * could be anybody. A way that was recorded (IMDN-Record-Route) is kept to where it leads to the sender's domain or to ours.
 */
export class StoredNotices {
  readonly #parts: StoredNoticesParts;
  readonly #told = new Told(REMEMBERED);
  readonly #sent: Counter;
  readonly #lost: Counter;
  #reading = 0;

  constructor(parts: StoredNoticesParts) {
    this.#parts = parts;
    const { metrics } = parts;
    this.#sent = metrics.counter("parley_deferred_notices_total", "Notifications about stored messages that were sent");
    this.#lost = metrics.counter("parley_deferred_notices_lost_total", "Of these, refused by whoever they were for");
  }

  /** Tells of what is stored, or unwrapped, from now on; what expires comes to `failed`. `read`: `DeferredMessages.read`. */
  watch(events: Pick<Events<DeferredEvents>, "on">, read: (id: number) => Promise<DeferredMessage | null>): void {
    events.on("deferredStored", ({ id, contentType }) => {
      if (mediaType(contentType) !== CPIM_TYPE) return;
      // Read, since the body that came may be overwritten by now.
      read(id).then((message) => {
        // Null where a device was quicker.
        if (message !== null) this.stored(message);
      }).catch((error: Error) => this.#unread(error));
    });
    events.on("deferredUnwrapped", ({ message }) => this.delivered(message));
  }

  /** After the commit that makes it safe. */
  stored(message: DeferredMessage): void {
    this.#tell(message, STORED);
  }

  /**
   * It is about to go undelivered: it has expired, its recipient was removed, or another domain refused it for good. While it waits it
   * has not failed, whoever refused it; and what its recipient deletes unread is the recipient's own business. A copy for one device says nothing: another may have the message.
   * To be called before the store removes it, or its content could not be read any more.
   */
  failed(message: DeferredMessage): void {
    if (message.device === "") this.#tell(message, FAILED);
  }

  /** A device has it that could not read its wrapper, and so tells nobody. Before the store removes it, too. */
  delivered(message: DeferredMessage): void {
    this.#tell(message, DELIVERED);
  }

  /** A notification that somebody of another domain gave us for a user of ours goes its way, in that somebody's name. */
  onward({ to, from, body }: OnwardNotice, done: (status: number) => void): void {
    const { deliver, domains, clock } = this.#parts;
    const identity = { aor: from, displayName: "", number: "" };
    deliver(noticeExchange({ to, from: identity, domains, name: randomToken(24), date: clock.now(), body }, done));
  }

  #tell(message: DeferredMessage, disposition: Disposition): void {
    if (mediaType(contentTypeOf(message.headers)) !== CPIM_TYPE || isAutomatic(message, this.#parts.domains)) return;
    const { content } = message;
    if (!content) return this.#tellOf(tryCpimHead(message.body), message, disposition);
    if (this.#reading >= READING) return this.#lost.add();
    const { contents } = this.#parts;
    try {
      contents.claim(content);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return this.#unread(error);
    }
    this.#reading++;
    contents.read(content, 0, HEAD_OCTETS)
      .then((octets) => this.#tellOf(tryCpimHead(octets), message, disposition))
      .catch((error: Error) => this.#unread(error))
      .finally(() => {
        this.#reading--;
        contents.release(content);
      });
  }

  #unread({ message }: Error): void {
    this.#lost.add();
    this.#parts.log.warn("no notification about a stored message, which cannot be read", { error: message });
  }

  #tellOf(head: CpimHead | null, message: DeferredMessage, disposition: Disposition): void {
    if (head === null || isImdn(head)) return;
    try {
      this.#send(head, message, disposition);
    } catch (error) {
      // Its addresses are none: nobody could be told.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  #send(head: CpimHead, message: DeferredMessage, disposition: Disposition): void {
    const { messageId, requests, recordRoute } = imdnHeaders(head);
    if (messageId === undefined || !asksFor(requests, disposition)) return;
    const { sender, recipient } = message;
    const name = noticeName(`${disposition.kind}\n${messageId}\n${sender}\n${recipient}`);
    if (!this.#told.first(name)) return;
    const { deliver, domains, clock, log } = this.#parts;
    const date = clock.now();
    const from = this.#identityOf(recipient);
    const notification = notificationFor(head, disposition, {
      now: date,
      from: { name: "", uri: recipient },
      recipientUri: recipient,
      messageId: name,
    });
    if (notification === null) return;
    const to = recordRoute.length > 0 && this.#leadsTo(recordRoute[0].uri, sender) ? recordRoute[0].uri : sender;
    this.#sent.add();
    deliver(noticeExchange({ to, from, domains, name, date, body: notification.body }, (status) => {
      if (status < 300) return;
      this.#lost.add();
      log.info("a notification about a stored message was refused", { to, kind: disposition.kind, status });
    }));
  }

  #leadsTo(route: string, sender: string): boolean {
    const uri = tryParseUri(route);
    if (uri === null || (uri.scheme !== "sip" && uri.scheme !== "sips")) return false;
    return this.#parts.domains.has(uri.host) || uri.host === tryParseUri(sender)?.host;
  }

  #identityOf(aor: string): Identity {
    const user = this.#parts.subscribers.get(aor);
    return user === undefined ? { aor, displayName: "", number: "" } : identityOf(user);
  }
}
