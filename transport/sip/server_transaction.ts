import { EMPTY, type Timed, type Timer, type Timers } from "../../foundation/mod.ts";
import type { Flow } from "./flow.ts";
import type { SipRequest } from "./message.ts";
import { responseHead } from "./respond.ts";
import type { TransactionStatistics } from "./transaction_statistics.ts";
import type { TransactionTiming } from "./transaction_timing.ts";
import type { ServerTransaction, ServerUser } from "./transactions.ts";

/** What stands in the table of server transactions under one key. */
export interface ServerEntry {
  readonly method: string;
  /** The request came again. */
  receiveAgain(): void;
}

/** What a server transaction needs from the layer it lives in. */
export interface ServerHost {
  readonly timers: Timers;
  readonly timing: TransactionTiming;
  readonly statistics: TransactionStatistics;
  /** 64*T1. */
  readonly lifetime: number;
  /** When a 100 to a non-INVITE is due, and on UDP first allowed (RFC 4320 §4.1). */
  readonly tryingNonInvite: number;
  /** Another entry takes the place under this key, or a further key is given to an entry. */
  replace(key: string, entry: ServerEntry): void;
  remove(key: string): void;
  /** Timer J: a request on UDP has its final response, which answers its repetitions for 64*T1. */
  answered(key: string, method: string, flow: Flow, head: string, body: Uint8Array): void;
  /** Timer L: an INVITE has its 2xx. Its key leaves the table; for 64*T1 repetitions are absorbed. `to`: the 2xx's To value. */
  accepted(key: string, flow: Flow, to: string): void;
  /** True until timer L. */
  isAccepted(key: string): boolean;
  /** The flow for a response to `request` (RFC 3261 §18.2.2); null when there is none. */
  responseFlow(flow: Flow, request: SipRequest): Flow | null;
  /** The flow for a response that went out on this one before; null when there is none. */
  sameWay(flow: Flow): Flow | null;
}

const TIMER_TRYING = 1, TIMER_EXPIRED = 2;
const PROVISIONAL = 3, FINAL = 4, REQUEST = 5;

/**
 * A request other than INVITE and ACK that came in (RFC 3261 §17.2.2 as changed by RFC 4320): Trying and Proceeding. In
 * the Completed state nothing but the response is kept, by `CompletedRequests`.
 */
export class NonInviteServerTransaction implements ServerTransaction, ServerEntry, Timed {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly method: string;
  user: ServerUser | null = null;
  answered = false;
  readonly #host: ServerHost;
  readonly #key: string;
  #state: "trying" | "proceeding" | "gone" = "trying";
  /** RFC 4320: the time for a 100 has come. */
  #tryingAllowed: boolean;
  #timer: Timer;
  #head = "";
  #body = EMPTY;

  constructor(host: ServerHost, key: string, request: SipRequest, flow: Flow) {
    this.#host = host;
    this.#key = key;
    this.request = request;
    this.method = request.method;
    this.flow = flow;
    this.#tryingAllowed = flow.reliable;
    this.#timer = host.timers.start(host.tryingNonInvite, this, TIMER_TRYING);
  }

  respond(status: number, head: string, body: Uint8Array): boolean {
    if (this.#state === "gone") return false;
    if (status >= 200) {
      // A 408 always comes too late to be of use (RFC 4320 §4.2).
      return status !== 408 && this.#input(FINAL, status, head, body);
    }
    return status === 100 && this.#tryingAllowed && this.#input(PROVISIONAL, status, head, body);
  }

  receiveAgain(): void {
    this.#input(REQUEST, 0, "", EMPTY);
  }

  onTimer(kind: number): void {
    this.#input(kind, 0, "", EMPTY);
  }

  #input(input: number, status: number, head: string, body: Uint8Array): boolean {
    switch (this.#state) {
      case "trying":
        return this.#trying(input, status, head, body);
      case "proceeding":
        return this.#proceeding(input, status, head, body);
      default:
        return false;
    }
  }

  #trying(input: number, status: number, head: string, body: Uint8Array): boolean {
    switch (input) {
      case PROVISIONAL:
        this.#state = "proceeding";
        return this.#send(status, head, body);
      case FINAL:
        return this.#complete(status, head, body);
      case TIMER_TRYING:
        this.#tryingIsDue();
        this.#state = "proceeding";
        return this.#send(100, responseHead(this.request, 100), EMPTY);
      default: // A repeated request is absorbed.
        return false;
    }
  }

  #proceeding(input: number, status: number, head: string, body: Uint8Array): boolean {
    switch (input) {
      case PROVISIONAL:
        return this.#send(status, head, body);
      case FINAL:
        return this.#complete(status, head, body);
      case REQUEST:
        this.#host.statistics.responsesResent.value++;
        return this.#send(0, this.#head, this.#body);
      case TIMER_TRYING: // The user was faster, over a reliable flow.
        this.#tryingIsDue();
        return false;
      case TIMER_EXPIRED:
        return this.#expire();
      default:
        return false;
    }
  }

  #tryingIsDue(): void {
    const host = this.#host;
    this.#tryingAllowed = true;
    this.#timer = host.timers.start(host.lifetime - host.tryingNonInvite, this, TIMER_EXPIRED);
  }

  /** The client has given up by now (its timer F): an answer could only be a stray. */
  #expire(): boolean {
    this.#state = "gone";
    this.#host.statistics.unanswered.value++;
    this.#host.remove(this.#key);
    const user = this.user;
    this.user = null;
    user?.onAbandoned?.(this);
    return false;
  }

  #complete(status: number, head: string, body: Uint8Array): boolean {
    const host = this.#host;
    this.#state = "gone";
    this.answered = true;
    this.user = null;
    this.#timer.stop();
    const flow = host.responseFlow(this.flow, this.request);
    host.remove(this.#key);
    if (!this.flow.reliable) host.answered(this.#key, this.method, flow ?? this.flow, head, body);
    return sendResponse(host, flow, status, head, body);
  }

  /** Status 0 sends what was sent before. */
  #send(status: number, head: string, body: Uint8Array): boolean {
    this.#head = head;
    this.#body = body;
    return sendResponse(this.#host, this.#host.responseFlow(this.flow, this.request), status, head, body);
  }
}

/** Sends and counts one response; `status` 0 for one that was counted before. False when it could not be sent. */
export function sendResponse(
  host: ServerHost,
  flow: Flow | null,
  status: number,
  head: string,
  body: Uint8Array,
): boolean {
  if (flow === null || !flow.send(head, body)) {
    host.statistics.unsent.value++;
    return false;
  }
  if (status !== 0) host.statistics.sent(status);
  return true;
}

/** An ACK for a 2xx, or for nothing we know: a request that has no answer (RFC 3261 §17.1). */
export class AckTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly answered = true;
  user: ServerUser | null = null;

  constructor(request: SipRequest, flow: Flow) {
    this.request = request;
    this.flow = flow;
  }

  respond(): boolean {
    return false;
  }
}
