import { EMPTY, type Timed, type Timer } from "../../foundation/mod.ts";
import type { Flow } from "./flow.ts";
import { parseMessage, type SipRequest } from "./message.ts";
import { NO_LIMITS } from "./problem.ts";
import { responseHead } from "./respond.ts";
import { sendResponse, type ServerEntry, type ServerHost } from "./server_transaction.ts";
import { legacyAckKey } from "./transaction_key.ts";
import type { ServerTransaction, ServerUser } from "./transactions.ts";

const TIMER_TRYING = 1, TIMER_SILENT = 2, TIMER_G = 3, TIMER_H = 4, TIMER_I = 5;
const PROVISIONAL = 7, SUCCESS = 8, FAILURE = 9, INVITE = 10, ACK = 11;

type State = "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

/**
 * An INVITE that came in (RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §8.5 to §8.7). A transport error leaves the
 * state as it is: timers end the transaction.
 *
 * In the Accepted state it leaves the table: repetitions, ACKs and CANCELs need no more than its key, which the layer keeps until
 * timer L. This object then lives as long as whoever may send the 2xx again holds it.
 */
export class InviteServerTransaction implements ServerTransaction, ServerEntry, Timed {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly method = "INVITE";
  user: ServerUser | null = null;
  readonly #host: ServerHost;
  readonly #key: string;
  /** The further key of an INVITE matched as in RFC 2543; null when there is none. */
  #ackKey: string | null = null;
  #state: State = "proceeding";
  #head = "";
  #body = EMPTY;
  #interval: number;
  /** Timer 100, then the limit of Proceeding, then H or I. */
  #timer: Timer;
  #timerG: Timer | null = null;

  constructor(host: ServerHost, key: string, request: SipRequest, flow: Flow) {
    this.#host = host;
    this.#key = key;
    this.request = request;
    this.flow = flow;
    this.#interval = host.timing.t1;
    this.#timer = host.timers.start(host.timing.trying, this, TIMER_TRYING);
  }

  get answered(): boolean {
    return this.#state !== "proceeding";
  }

  /** The To tag of the last response; "" when there is none. */
  get toTag(): string {
    return this.#head === "" ? "" : parseMessage(this.#head, EMPTY, NO_LIMITS).to.tag;
  }

  respond(status: number, head: string, body: Uint8Array): boolean {
    return this.#input(status < 200 ? PROVISIONAL : status < 300 ? SUCCESS : FAILURE, status, head, body);
  }

  receiveAgain(): void {
    this.#input(INVITE, 0, "", EMPTY);
  }

  receiveAck(): void {
    this.#input(ACK, 0, "", EMPTY);
  }

  /** A CANCEL matched; it has its answer already. No effect once a final response was sent (RFC 3261 §9.2). */
  receiveCancel(cancel: SipRequest): void {
    if (this.#state === "proceeding") this.user?.onCancel(this, cancel);
  }

  onTimer(kind: number): void {
    this.#input(kind, 0, "", EMPTY);
  }

  #input(input: number, status: number, head: string, body: Uint8Array): boolean {
    switch (this.#state) {
      case "proceeding":
        return this.#proceeding(input, status, head, body);
      case "accepted":
        return this.#accepted(input, status, head, body);
      case "completed":
        return this.#completed(input);
      case "confirmed":
        return this.#confirmed(input);
      default:
        return false;
    }
  }

  #proceeding(input: number, status: number, head: string, body: Uint8Array): boolean {
    switch (input) {
      case PROVISIONAL:
        this.#restart(this.#silence, TIMER_SILENT);
        return this.#send(status, head, body);
      case TIMER_TRYING:
        this.#restart(this.#silence, TIMER_SILENT);
        return this.#send(100, responseHead(this.request, 100), EMPTY);
      case SUCCESS:
        this.#state = "accepted";
        this.#timer.stop();
        this.user = null;
        this.#host.accepted(this.#key, this.flow, toValue(head));
        return this.#sendOnce(status, head, body);
      case FAILURE:
        return this.#complete(status, head, body);
      case TIMER_SILENT: // Whoever took the INVITE has forgotten it.
        this.#host.statistics.unanswered.value++;
        return this.#complete(408, responseHead(this.request, 408, { toTag: this.toTag || "silent" }), EMPTY);
      case INVITE:
        return this.#head !== "" && this.#resend();
      default:
        return false;
    }
  }

  #accepted(input: number, status: number, head: string, body: Uint8Array): boolean {
    // 2xx repeated by the user, or of another branch of a fork.
    return input === SUCCESS && this.#host.isAccepted(this.#key) && this.#sendOnce(status, head, body);
  }

  #completed(input: number): boolean {
    switch (input) {
      case INVITE:
        return this.#resend();
      case TIMER_G:
        this.#interval = Math.min(2 * this.#interval, this.#host.timing.t2);
        this.#timerG = this.#host.timers.start(this.#interval, this, TIMER_G);
        return this.#resend();
      case TIMER_H:
        return this.#abandon();
      case ACK:
        return this.#confirm();
      default:
        return false;
    }
  }

  #confirmed(input: number): boolean {
    // Repeated ACKs and INVITEs are absorbed.
    return input === TIMER_I && this.#terminate();
  }

  #complete(status: number, head: string, body: Uint8Array): boolean {
    const host = this.#host;
    this.#state = "completed";
    this.#restart(host.lifetime, TIMER_H);
    if (!this.flow.reliable) this.#timerG = host.timers.start(this.#interval, this, TIMER_G);
    const sent = this.#send(status, head, body);
    this.#ackKey = legacyAckKey(this.request, this.toTag);
    if (this.#ackKey === this.#key) this.#ackKey = null;
    if (this.#ackKey !== null) host.replace(this.#ackKey, this);
    return sent;
  }

  #confirm(): boolean {
    this.#state = "confirmed";
    this.#timerG?.stop();
    this.user = null;
    if (this.flow.reliable) return this.#terminate();
    this.#restart(this.#host.timing.t4, TIMER_I);
    return true;
  }

  #abandon(): boolean {
    this.#host.statistics.unacknowledged.value++;
    const user = this.user;
    this.#terminate();
    user?.onAbandoned?.(this);
    return false;
  }

  #terminate(): boolean {
    this.#state = "terminated";
    this.user = null;
    this.#timer.stop();
    this.#timerG?.stop();
    this.#host.remove(this.#key);
    if (this.#ackKey !== null) this.#host.remove(this.#ackKey);
    return false;
  }

  /** Longer than timer C and the CANCEL that follows it: a proxy always answers before. */
  get #silence(): number {
    return this.#host.timing.c + 2 * this.#host.lifetime;
  }

  #restart(delay: number, kind: number): void {
    this.#timer.stop();
    this.#timer = this.#host.timers.start(delay, this, kind);
  }

  #send(status: number, head: string, body: Uint8Array): boolean {
    this.#head = head;
    this.#body = body;
    return this.#sendOnce(status, head, body);
  }

  /** Sends what is not kept. */
  #sendOnce(status: number, head: string, body: Uint8Array): boolean {
    return sendResponse(this.#host, this.#host.responseFlow(this.flow, this.request), status, head, body);
  }

  #resend(): boolean {
    this.#host.statistics.responsesResent.value++;
    return this.#send(0, this.#head, this.#body);
  }
}

/** The To value of a response of ours: enough to say, much later, under which tag an INVITE was accepted. */
function toValue(head: string): string {
  // As we write it ourselves.
  const at = head.indexOf("\r\nTo: ");
  if (at >= 0) return head.slice(at + 6, head.indexOf("\r", at + 6));
  return /\r\n(?:To|t)[ \t]*:[ \t]*([^\r]*)/i.exec(head)?.[1] ?? "";
}
