import type { Timed, Timer } from "../foundation/mod.ts";
import type { ServerTransaction } from "../transport/sip/mod.ts";
import { acceptsType, CPIM_TYPE, IMDN_TYPE, type MsrpMedia } from "../transport/payload/mod.ts";
import type { IncomingMessage, MsrpSession, OutgoingMessage, OutgoingUser } from "../transport/msrp/session/mod.ts";
import { LOST } from "../transport/msrp/mod.ts";
import { LARGE_TAG } from "./client_world.ts";
import { essence, opened, wrapped } from "./envelope.ts";
import type { Reason } from "./im_user.ts";
import type { Inbox, Party } from "./inbox.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";
import type { Outgoing } from "./outbox.ts";
import { reason } from "./reason.ts";
import { forMany } from "./recipient_list.ts";

/** The recipient has the last octet when its success report is here; a peer that sends none is not waited for longer. */
const REPORT_MS = 10_000;

/** One message in a session of its own, then BYE (OMA SIMPLE IM, Large Message Mode): the sending side. */
export class LargeSending implements MediaOwner, OutgoingUser, Timed {
  readonly sessionLimits = {};
  readonly #inbox: Inbox;
  readonly #media: MediaCall;
  readonly #message: Outgoing;
  readonly #contentType: string;
  readonly #content: Uint8Array;
  readonly #done: () => void;
  #octets: Uint8Array | null = null;
  #messageId: string | undefined;
  #timer: Timer | null = null;
  #finished = false;

  /** `people`: who is to get it from there; null: the recipient alone. */
  constructor(
    inbox: Inbox,
    message: Outgoing,
    contentType: string,
    content: Uint8Array,
    people: readonly string[] | null,
    done: () => void,
  ) {
    this.#inbox = inbox;
    this.#message = message;
    this.#contentType = contentType;
    this.#content = content;
    this.#done = done;
    this.#media = new MediaCall(inbox.world, this);
    const { to } = message;
    this.#media.invite({ to, tags: LARGE_TAG, ...(people !== null && forMany(people)) });
  }

  describe(theirs: MsrpMedia | null): MediaWish | string {
    if (theirs !== null && theirs.direction === "sendonly") return "this session is for one message of ours";
    return { acceptTypes: [CPIM_TYPE, IMDN_TYPE, "text/plain"], acceptWrappedTypes: ["*"], direction: "sendonly" };
  }

  onAgreed(theirs: MsrpMedia, session: MsrpSession): void {
    if (this.#finished) return;
    const octets = this.#octets ??= this.#body(theirs);
    if (octets === null) {
      const taken = theirs.acceptTypes.join(", ");
      return this.#fail(415, `the other side does not take ${essence(this.#contentType)}; taken: ${taken}`);
    }
    if (octets.length > (theirs.maxSize ?? Infinity)) {
      return this.#fail(413, `the message has ${octets.length} bytes, and ${theirs.maxSize} are allowed`);
    }
    const queued = session.send({
      contentType: acceptsType(theirs, CPIM_TYPE) ? CPIM_TYPE : this.#contentType,
      body: octets,
      successReport: true,
      messageId: this.#messageId,
      user: this,
    });
    if (queued === null) return this.#fail(503, "too much waits to be sent already");
    this.#messageId = queued.messageId;
  }

  onOpen(): void {}
  onMessage(): number {
    return 403;
  }
  onLost(): void {}

  onSent(): void {
    this.#message.become("sent");
    this.#timer ??= this.#inbox.world.timers.start(REPORT_MS, this, 0);
  }

  onDelivered(): void {
    this.#message.become("sent");
    this.#close("");
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    // Another session is being asked for, or the call ends.
    if (status === LOST || status === 481 || status === 506) return;
    this.#fail(status, comment === "" ? `refused with ${status}` : `${comment} (${status})`);
  }

  onTimer(): void {
    this.#close("");
  }

  onOver(why: Reason): void {
    this.#timer?.stop();
    if (!this.#finished && this.#message.state === "waiting") this.#message.become("failed", why);
    this.#finished = true;
    this.#done();
  }

  /** Null where the other side takes neither the type nor CPIM. */
  #body(theirs: MsrpMedia): Uint8Array | null {
    const { clock, self } = this.#inbox.world;
    const type = essence(this.#contentType);
    if (type !== CPIM_TYPE && acceptsType(theirs, CPIM_TYPE)) {
      return wrapped(this.#content, {
        from: self,
        to: this.#message.to,
        now: clock.now(),
        contentType: this.#contentType,
        requests: this.#inbox.sessionRequests,
        id: this.#message.id,
      }).body;
    }
    // As it is: also a message that is wrapped already, since it was too large for a MESSAGE.
    return acceptsType(theirs, type) ? this.#content : null;
  }

  #fail(status: number, text: string): void {
    if (this.#finished) return;
    this.#message.become("failed", reason(status, text));
    this.#close("the message cannot be sent");
  }

  #close(text: string): void {
    this.#finished = true;
    this.#media.end(text);
  }
}

/** The receiving side: one message, put together in memory as far as the limits go. */
export class LargeReceiving implements MediaOwner {
  readonly sessionLimits: { readonly whole: number };
  readonly #inbox: Inbox;
  readonly #peer: Party;
  readonly #media: MediaCall;
  readonly #done: () => void;

  constructor(
    inbox: Inbox,
    peer: Party,
    transaction: ServerTransaction,
    offer: TheirDescription | null,
    done: () => void,
  ) {
    this.#inbox = inbox;
    this.#peer = peer;
    this.#done = done;
    this.sessionLimits = { whole: inbox.world.limits.largeMessage };
    this.#media = new MediaCall(inbox.world, this);
    if (this.#media.receive(transaction, offer, LARGE_TAG)) this.#media.accept();
    else done();
  }

  describe(_theirs: MsrpMedia | null): MediaWish {
    const maxSize = this.#inbox.world.limits.largeMessage;
    return { acceptTypes: ["*"], acceptWrappedTypes: ["*"], maxSize, direction: "recvonly" };
  }

  onAgreed(): void {}
  onOpen(): void {}

  onMessage(message: IncomingMessage): number {
    const what = opened(message.contentType, message.body, this.#inbox.world.xml);
    if (what.kind === "unreadable") return 400;
    if (what.kind === "content") this.#inbox.content(what, this.#peer, "large", null);
    else if (what.kind === "notifications") { for (const each of what.list) this.#inbox.outbox.notified(each); }
    return 200;
  }

  onLost(): void {}

  onOver(): void {
    this.#done();
  }
}
