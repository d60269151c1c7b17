import { EMPTY, type Timed, type Timer, type Timers } from "../../foundation/mod.ts";
import type { Destination, Flow } from "./flow.ts";
import type { FlowClients } from "./flow_clients.ts";
import type { SipResponse } from "./message.ts";
import type { TransactionStatistics } from "./transaction_statistics.ts";
import type { TransactionTiming } from "./transaction_timing.ts";
import type { ClientTransaction, ClientUser, Failure } from "./transactions.ts";

/** What a client transaction needs from the layer it lives in. */
export interface ClientHost {
  readonly timers: Timers;
  readonly timing: TransactionTiming;
  readonly statistics: TransactionStatistics;
  /** 64*T1. */
  readonly lifetime: number;
  remove(transaction: AnyClientTransaction): void;
  /** Timer K: a request on UDP has its final response; repetitions of that are absorbed for T4. */
  complete(transaction: AnyClientTransaction): void;
  /** Tells the user of a transport failure, when the present call is over. */
  failLater(transaction: AnyClientTransaction): void;
  /** Sends the CANCEL of an INVITE as a transaction of its own. */
  sendCancel(flow: Flow, branch: string, head: string): void;
  /** The user of a transaction threw. */
  report(error: unknown): void;
}

/** What both kinds of client transactions have in common: the request, the way out, the user. */
export abstract class AnyClientTransaction implements ClientTransaction, Timed {
  readonly method: string;
  readonly branch: string;
  /** Neighbours in the list of those that wait on the same flow. */
  next: AnyClientTransaction | null = null;
  previous: AnyClientTransaction | null = null;
  clients: FlowClients | null = null;
  /** Where it goes by UDP should the connection, chosen only for its size, be refused (RFC 3261 §18.1.1). */
  fallback: Destination | null = null;
  protected readonly host: ClientHost;
  protected head: string;
  protected body: Uint8Array;
  #flow: Flow;
  #user: ClientUser | null;
  #pending = true;

  constructor(
    host: ClientHost,
    flow: Flow,
    branch: string,
    method: string,
    head: string,
    body: Uint8Array,
    user: ClientUser,
  ) {
    this.host = host;
    this.#flow = flow;
    this.branch = branch;
    this.method = method;
    this.head = head;
    this.body = body;
    this.#user = user;
  }

  get flow(): Flow {
    return this.#flow;
  }

  get pending(): boolean {
    return this.#pending;
  }

  /** Sends the request and starts the timers. */
  abstract start(): void;
  abstract receive(response: SipResponse): void;
  /** The flow failed: the machine ends, the user is told afterwards. */
  abstract transportFailed(): void;
  abstract onTimer(kind: number): void;
  abstract cancel(reason?: string): void;

  abandon(): void {
    this.#user = null;
  }

  /** Goes another way before anything reached the peer; `start` follows. */
  moveTo(flow: Flow, oldVia: string, newVia: string): void {
    this.#flow = flow;
    this.fallback = null;
    // A function, since "$" in a replacement text would mean something.
    this.head = this.head.replace(oldVia, () => newVia);
  }

  /** Tells the user that nothing will come. */
  fail(failure: Failure): void {
    const user = this.#user;
    this.#pending = false;
    this.#user = null;
    if (user === null) return;
    try {
      user.onFailure(this, failure);
    } catch (error) {
      this.host.report(error);
    }
  }

  protected handUp(response: SipResponse): void {
    if (response.status >= 200) this.#pending = false;
    if (this.#user === null) return;
    try {
      this.#user.onResponse(this, response);
    } catch (error) {
      this.host.report(error);
    }
  }

  /** Hands up the last response there will be, and keeps nothing that hangs on the user. */
  protected handUpLast(response: SipResponse): void {
    this.handUp(response);
    this.#user = null;
  }

  /** What is not needed after the final response. */
  protected release(): void {
    this.head = "";
    this.body = EMPTY;
  }
}

const TIMER_E = 1, TIMER_F = 2;
const PROVISIONAL = 3, FINAL = 4, TRANSPORT_ERROR = 5;

/**
 * A request of ours other than INVITE and ACK (RFC 3261 §17.1.2): Trying and Proceeding. In the Completed state nothing but
 * its key is kept, by the layer.
 */
export class NonInviteClientTransaction extends AnyClientTransaction {
  #state: "trying" | "proceeding" | "terminated" = "trying";
  #interval = 0;
  #timerE: Timer | null = null;
  #timerF: Timer | null = null;

  start(): void {
    const { timers, timing, lifetime } = this.host;
    this.#timerF?.stop();
    this.#timerE?.stop();
    this.#timerF = timers.start(lifetime, this, TIMER_F);
    if (!this.flow.reliable) {
      this.#interval = timing.t1;
      this.#timerE = timers.start(timing.t1, this, TIMER_E);
    }
    this.#send();
  }

  receive(response: SipResponse): void {
    this.#input(response.status < 200 ? PROVISIONAL : FINAL, response);
  }

  transportFailed(): void {
    this.#input(TRANSPORT_ERROR, null);
  }

  onTimer(kind: number): void {
    this.#input(kind, null);
  }

  /** Only an INVITE can be cancelled (RFC 3261 §9.1). */
  cancel(): void {}

  #input(input: number, response: SipResponse | null): void {
    switch (this.#state) {
      case "trying":
        return this.#trying(input, response);
      case "proceeding":
        return this.#proceeding(input, response);
    }
  }

  #trying(input: number, response: SipResponse | null): void {
    switch (input) {
      case TIMER_E:
        return this.#sendAgain(Math.min(2 * this.#interval, this.host.timing.t2));
      case PROVISIONAL:
        this.#state = "proceeding";
        return this.handUp(response!);
      default:
        return this.#end(input, response);
    }
  }

  #proceeding(input: number, response: SipResponse | null): void {
    switch (input) {
      case TIMER_E:
        return this.#sendAgain(this.host.timing.t2);
      case PROVISIONAL:
        return this.handUp(response!);
      default:
        return this.#end(input, response);
    }
  }

  /** What ends Trying and Proceeding alike. */
  #end(input: number, response: SipResponse | null): void {
    switch (input) {
      case FINAL:
        this.#terminate(!this.flow.reliable);
        return this.handUpLast(response!);
      case TIMER_F:
        this.host.statistics.timeouts.value++;
        this.#terminate();
        return this.fail("timeout");
      case TRANSPORT_ERROR:
        this.#terminate();
        return this.host.failLater(this);
    }
  }

  #terminate(completed = false): void {
    this.#state = "terminated";
    this.#timerF?.stop();
    this.#timerE?.stop();
    if (completed) this.host.complete(this);
    else this.host.remove(this);
    this.release();
  }

  #sendAgain(interval: number): void {
    this.#interval = interval;
    this.#timerE = this.host.timers.start(interval, this, TIMER_E);
    this.host.statistics.requestsResent.value++;
    this.#send();
  }

  #send(): void {
    if (!this.flow.send(this.head, this.body)) this.#input(TRANSPORT_ERROR, null);
  }
}
