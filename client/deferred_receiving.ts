import type { ServerTransaction } from "../transport/sip/mod.ts";
import { acceptsType, CPIM_TYPE, type MsrpMedia } from "../transport/payload/mod.ts";
import type { IncomingMessage, MsrpSession, OutgoingUser } from "../transport/msrp/session/mod.ts";
import { IM_TAG } from "./client_world.ts";
import { opened } from "./envelope.ts";
import type { Inbox, NotificationWay, Party } from "./inbox.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";

/**
 * A session in which the service brings what has waited (oma-reference §3.4, Push): taken without asking. Each message says for
 * itself who sent it and when; what its sender is to be told goes back in the session while it is up.
 */
export class DeferredReceiving implements MediaOwner, NotificationWay {
  readonly sessionLimits: { readonly whole: number };
  readonly #inbox: Inbox;
  readonly #service: Party;
  readonly #media: MediaCall;
  readonly #done: () => void;
  /** Null before it stands, where the service takes nothing back, and at the end. */
  #session: MsrpSession | null = null;

  constructor(
    inbox: Inbox,
    service: Party,
    transaction: ServerTransaction,
    offer: TheirDescription | null,
    done: () => void,
  ) {
    this.#inbox = inbox;
    this.#service = service;
    this.#done = done;
    this.sessionLimits = { whole: inbox.world.limits.largeMessage };
    this.#media = new MediaCall(inbox.world, this);
    if (this.#media.receive(transaction, offer, IM_TAG)) this.#media.accept();
    else done();
  }

  /** False: it has to go by MESSAGE. */
  notify(body: Uint8Array, to: string): boolean {
    const session = this.#session;
    if (session === null) return false;
    let taken = false;
    const user: OutgoingUser = {
      onSent: () => {
        taken = true;
      },
      onFailed: () => {
        if (!taken) this.#inbox.notifyByMessage(to, body);
      },
    };
    return session.send({ contentType: CPIM_TYPE, body, user }) !== null;
  }

  // MediaOwner

  describe(_theirs: MsrpMedia | null): MediaWish {
    const maxSize = this.#inbox.world.limits.largeMessage;
    return { acceptTypes: [CPIM_TYPE], acceptWrappedTypes: ["*"], maxSize, direction: "sendrecv" };
  }

  onAgreed(theirs: MsrpMedia, session: MsrpSession): void {
    this.#session = acceptsType(theirs, CPIM_TYPE) && theirs.direction !== "sendonly" ? session : null;
  }

  onOpen(): void {}

  onMessage(message: IncomingMessage): number {
    const what = opened(message.contentType, message.body, this.#inbox.world.xml);
    switch (what.kind) {
      case "content":
        this.#inbox.content(what, what.from ?? this.#service, "session", null, this);
        return 200;
      case "notifications":
        for (const each of what.list) this.#inbox.outbox.notified(each);
        return 200;
      case "composing":
        return 200;
      case "unreadable":
        return 400;
    }
  }

  onLost(): void {
    this.#session = null;
  }

  onOver(): void {
    this.#session = null;
    this.#done();
  }
}
