import { LOST } from "../transport/msrp/mod.ts";
import type { OutgoingMessage, OutgoingUser } from "../transport/msrp/session/mod.ts";
import type { Outgoing } from "./outbox.ts";
import { reason } from "./reason.ts";

/** Something that leaves by a chat's session, and again by the next one where the first broke before it was known. */
export class ChatItem implements OutgoingUser {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Null for notifications. */
  readonly message: Outgoing | null;
  /** In a room: whom it is for; "" for everybody. */
  readonly to: string;
  readonly #finished: (item: ChatItem) => void;
  /** In the session under way. */
  queued: OutgoingMessage | null = null;
  /** The MSRP Message-ID: the same for every try, so that nothing is taken twice (RFC 4975 §5.4). */
  messageId: string | undefined = undefined;
  /** The next hop has it: what fails from then on was reported (RFC 4975 §7.1.3). */
  #taken = false;

  constructor(
    finished: (item: ChatItem) => void,
    contentType: string,
    body: Uint8Array,
    message: Outgoing | null,
    to = "",
  ) {
    this.#finished = finished;
    this.to = to;
    this.contentType = contentType;
    this.body = body;
    this.message = message;
  }

  onSent(): void {
    this.#taken = true;
    this.message?.become("sent");
    this.#finished(this);
  }

  /** Where nobody sends notifications the success report is as good (RFC 4975 §7.1.2). */
  onDelivered(): void {
    this.message?.become("sent");
    this.message?.become("delivered");
    this.#finished(this);
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    this.queued = null;
    // It is known as soon as the chat is over, or has a session again.
    if (!this.#taken && (status === LOST || status === 481 || status === 506)) return;
    this.#finished(this);
    this.message?.become(
      "failed",
      reason(status, comment === "" ? `refused with ${status}` : `${comment} (${status})`),
    );
  }
}
