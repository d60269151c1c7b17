import { buildMultipart, CPIM_TYPE, newImdnMessageId } from "../transport/payload/mod.ts";
import type { Description, Failure, HeaderName, RequestUser, SentRequest, SipResponse } from "../transport/sip/mod.ts";
import { fromText } from "./account.ts";
import { IM_TAG } from "./client_world.ts";
import { TEXT, textBody, wrapped } from "./envelope.ts";
import type { SentMessage } from "./im_user.ts";
import type { Inbox } from "./inbox.ts";
import type { MessageIdentity } from "./message_identity.ts";
import type { Outgoing } from "./outbox.ts";
import { refusalReason } from "./reason.ts";
import { recipientList } from "./recipient_list.ts";

/** Recipients with something waiting; more get no new message until some are done. */
const RECIPIENTS = 1_000;

/** A MESSAGE that waits for its turn, or for its answer. */
interface Waiting {
  readonly to: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Null for notifications. */
  readonly message: Outgoing | null;
  /** Who is to get it from there (RFC 5365); null: the recipient alone. */
  readonly people: readonly string[] | null;
  /** Null: a new one for the request. */
  readonly identity: MessageIdentity | null;
}

/** What one recipient gets: one MESSAGE at a time (RFC 3428 §8), so that their order is kept. */
class Line implements RequestUser {
  readonly #pager: Pager;
  readonly to: string;
  readonly queue: Waiting[] = [];

  constructor(pager: Pager, to: string) {
    this.#pager = pager;
    this.to = to;
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    if (response.status < 200) return;
    this.#pager.answered(this, response.status, response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#pager.answered(this, failure === "timeout" ? 408 : 503, null);
  }
}

/** Called with a message that is too large for a MESSAGE (413), and with those whom it is for; true: it goes another way. */
export type TooLarge = (
  message: Outgoing,
  contentType: string,
  body: Uint8Array,
  people: readonly string[] | null,
) => boolean;

/** Pager Mode: messages as SIP MESSAGE (RFC 3428). */
export class Pager {
  readonly #inbox: Inbox;
  readonly #lines = new Map<string, Line>();
  readonly #tooLarge: TooLarge;

  constructor(inbox: Inbox, tooLarge: TooLarge) {
    this.#inbox = inbox;
    this.#tooLarge = tooLarge;
  }

  /** Messages without an answer. */
  get waiting(): number {
    let count = 0;
    for (const { queue } of this.#lines.values()) count += queue.length;
    return count;
  }

  /** Sends text; `plain`: as it is, so that nobody can tell what became of it. Null where too much waits already. */
  send(to: string, text: string, plain = false): SentMessage | null {
    return this.sendContent(to, TEXT, textBody(text), plain);
  }

  /**
   * The same for any content. `people`: who gets it from there (RFC 5365); null: the recipient alone. `identity`: of a message that may have
   * been sent before: neither the service nor its recipient takes it twice.
   */
  sendContent(
    to: string,
    contentType: string,
    body: Uint8Array,
    plain = false,
    people: readonly string[] | null = null,
    identity: MessageIdentity | null = null,
  ): SentMessage | null {
    const id = identity?.id ?? newImdnMessageId();
    const line = this.#line(to);
    if (line === null) return null;
    const message = this.#inbox.outbox.add(id, to, "pager", null, !plain);
    this.#push(line, { to, contentType, body, message, people, identity }, plain);
    return message;
  }

  /** A notification or another body that nobody waits for an answer to. */
  sendBody(to: string, contentType: string, body: Uint8Array): void {
    const line = this.#line(to);
    if (line !== null) this.#push(line, { to, contentType, body, message: null, people: null, identity: null }, true);
  }

  answered(line: Line, status: number, response: SipResponse | null): void {
    const { message, contentType, body, people } = line.queue.shift()!;
    if (line.queue.length > 0) this.#sendFirst(line);
    else this.#lines.delete(line.to);
    if (message === null) return;
    if (status < 300) {
      // Of a list it says no more than that copies will go out.
      message.deferred = status === 202 && people === null;
      return message.become("sent");
    }
    if (status === 413 && this.#tooLarge(message, contentType, body, people)) return;
    const why = refusalReason(status, response);
    message.become("failed", response === null ? { ...why, unanswered: true } : why);
  }

  #line(to: string): Line | null {
    const known = this.#lines.get(to);
    if (known !== undefined) return known.queue.length < this.#inbox.world.limits.waiting ? known : null;
    if (this.#lines.size >= RECIPIENTS) return null;
    return new Line(this, to);
  }

  #push(line: Line, waiting: Waiting, plain: boolean): void {
    this.#lines.set(line.to, line);
    line.queue.push(plain ? waiting : this.#inCpim(waiting));
    if (line.queue.length === 1) this.#sendFirst(line);
  }

  #inCpim(waiting: Waiting): Waiting {
    const { world, requests } = this.#inbox;
    const { to, contentType, message } = waiting;
    // The name is in the MESSAGE's own From; liblinphone 5.1 takes no CPIM whose From has one.
    const from = { name: "", uri: world.self.uri };
    const wrapping = { from, to, now: world.clock.now(), contentType, requests, id: message!.id };
    return { ...waiting, contentType: CPIM_TYPE, body: wrapped(waiting.body, wrapping).body };
  }

  #sendFirst(line: Line): void {
    const { contentType, body, people, identity } = line.queue[0];
    const { world } = this.#inbox;
    const carried = people === null ? { contentType, body } : withList(contentType, body, people);
    const require: [HeaderName, string][] = people === null ? [] : [["Require", "recipient-list-message"]];
    world.agent.send({
      method: "MESSAGE",
      uri: line.to,
      from: identity === null ? fromText(world.account) : `${fromText(world.account)};tag=${identity.tag}`,
      to: `<${line.to}>`,
      ...(identity !== null && { callId: identity.callId }),
      flowId: world.flowId(),
      headers: [["Accept-Contact", `*${IM_TAG}`], ...require],
      ...carried,
    }, line);
  }
}

/** Content, and beside it whom it is for (RFC 5365 §5). */
function withList(contentType: string, body: Uint8Array, people: readonly string[]): Description {
  return buildMultipart("mixed", [{ headers: [["Content-Type", contentType]], body }, recipientList(people)]);
}
