import type { Timed, Timer } from "../../foundation/mod.ts";
import {
  type ClientTransaction,
  type ClientUser,
  type Destination,
  type Failure,
  type Flow,
  type SipResponse,
  tryParseUri,
  type Uri,
} from "../../transport/sip/mod.ts";
import type { Binding } from "./location.ts";
import type { CoreServices } from "./services.ts";
import { bindingTarget, directDestination, type Target } from "./targets.ts";

/** Timer C (RFC 3261 §16.6 step 11): more than three minutes. */
const TIMER_C_MS = 185_000;
/** How long a cancelled INVITE may take to say 487 (RFC 3261 §9.1: 64*T1). */
const CANCEL_MS = 32_000;
const TIMER_C = 1, CANCELLED = 2;
/** Destinations tried for one target (RFC 3263 §4.3). */
const MAX_ATTEMPTS = 8;
/** What the edits of forwarding add to a request at most, in octets: for the choice between UDP and TCP. */
const HEAD_GROWTH = 350;

/** A request on its way to one or several targets; who forks decides what the request is and what the answers mean. */
export abstract class Fork {
  readonly services: CoreServices;
  readonly branches: Branch[] = [];
  /** Branches that have no final outcome yet. */
  open = 0;

  constructor(services: CoreServices) {
    this.services = services;
  }

  abstract readonly method: string;
  abstract readonly body: Uint8Array;
  /** Octets of the head before its edits, about. */
  abstract readonly headSize: number;
  /** The branch parameter for the next copy. */
  abstract branchText(): string;
  /** The whole head of the copy for this branch, with `via` as its top Via. */
  abstract headFor(branch: Branch, flow: Flow, via: string): string;
  /** 101 to 199. */
  abstract onProvisional(branch: Branch, response: SipResponse): void;
  /** The branch has its outcome: `branch.status`, and `branch.response` where it came from outside. Once for each branch. */
  abstract onOutcome(branch: Branch): void;
  /** A further 2xx for an INVITE whose branch has its outcome (RFC 6026 §8.1: each is forwarded). */
  onMore2xx(_branch: Branch, _response: SipResponse): void {}

  /** Starts one more branch. */
  begin(target: Target, breadth: number): void {
    const branch = new Branch(this, target, breadth);
    this.branches.push(branch);
    this.open++;
    branch.start();
  }

  /** Cancels whatever is open (INVITE); the outcomes still come. */
  cancelOpen(reason?: string): void {
    for (let i = 0; i < this.branches.length; i++) {
      if (this.branches[i].status === 0) this.branches[i].cancel(reason);
    }
  }
}

/** One target of a fork: its attempts at the destinations and flows behind it, until one gives the outcome. */
export class Branch implements ClientUser, Timed {
  readonly fork: Fork;
  /** The Max-Breadth it may spend (RFC 5393 §5.3.3). */
  readonly breadth: number;
  target: Target;
  /** 0 while open, then the status of the outcome. Ours: 408 no answer, 430 dead flow, 503 no way there, 487 cancelled. */
  status = 0;
  /** Null where the outcome is ours. */
  response: SipResponse | null = null;
  #client: ClientTransaction | null = null;
  #flow: Flow | null = null;
  #destinations: readonly Destination[] | null = null;
  #next = 0;
  #alternate = 0;
  #provisional = false;
  #cancelled = false;
  #timer: Timer | null = null;

  constructor(fork: Fork, target: Target, breadth: number) {
    this.fork = fork;
    this.target = target;
    this.breadth = breadth;
  }

  /** The flow of the last attempt; null before the first. */
  get flow(): Flow | null {
    return this.#flow;
  }

  start(): void {
    const target = this.target;
    if (target.dead) {
      this.#flowFailed();
      return;
    }
    if (target.flow !== null) {
      this.#send(target.flow);
      return;
    }
    const uri = nextHop(target);
    if (uri === null) {
      this.#settle(503, null);
      return;
    }
    const destination = directDestination(uri);
    if (destination !== null) {
      this.#destinations = [destination];
      this.#attempt();
      return;
    }
    this.fork.services.locator.locate(uri, (destinations) => {
      if (this.status !== 0) return;
      this.#destinations = destinations;
      this.#attempt();
    });
  }

  cancel(reason?: string): void {
    if (this.status !== 0 || this.#cancelled) return;
    this.#cancelled = true;
    if (this.#client === null) {
      this.#settle(487, null);
      return;
    }
    this.#client.cancel(reason);
    this.#timer?.stop();
    this.#timer = this.fork.services.timers.start(CANCEL_MS, this, CANCELLED);
  }

  /** Its outcome does not matter any more: nothing is reported, the transaction runs out by itself. */
  abandon(): void {
    this.#timer?.stop();
    this.#client?.abandon();
  }

  onResponse(transaction: ClientTransaction, response: SipResponse): void {
    if (this.#client !== null && transaction !== this.#client) return;
    const status = response.status;
    if (this.status !== 0) {
      if (status >= 200 && status < 300) this.fork.onMore2xx(this, response);
      return;
    }
    if (status < 200) {
      this.#provisional = true;
      if (status === 100) return;
      if (this.#timer !== null && !this.#cancelled) {
        this.#timer.stop();
        this.#timer = this.fork.services.timers.start(TIMER_C_MS, this, TIMER_C);
      }
      this.fork.onProvisional(this, response);
      return;
    }
    // 503 from one server of several: the next one may do better (RFC 3263 §4.3).
    if (status === 503 && !this.#cancelled && this.#another()) {
      this.#markFailed();
      this.#attempt();
      return;
    }
    if (status === 430 && !this.#cancelled && this.#tryAlternate()) return;
    this.#settle(status, response);
  }

  onFailure(transaction: ClientTransaction, failure: Failure): void {
    if ((this.#client !== null && transaction !== this.#client) || this.status !== 0) return;
    this.#failed(failure);
  }

  onTimer(kind: number): void {
    if (this.status !== 0) return;
    if (kind === TIMER_C && this.#provisional) {
      this.cancel();
      return;
    }
    this.#client?.abandon();
    this.#settle(kind === CANCELLED ? 487 : 408, null);
  }

  #failed(failure: Failure): void {
    if (this.#cancelled) {
      this.#settle(487, null);
      return;
    }
    this.#markFailed();
    if (this.#another()) this.#attempt();
    else if (this.target.flow !== null && failure !== "timeout") this.#flowFailed();
    else if (!this.#tryAlternate()) this.#settle(failure === "timeout" ? 408 : 503, null);
  }

  /** The flow of the target is dead: another flow of the device, or the Contact where that is allowed, or 430. */
  #flowFailed(): void {
    const { binding, aor } = this.target;
    if (binding !== null && !binding.flowOnly) {
      this.target = { ...this.target, flow: null, dead: false };
      this.start();
      return;
    }
    if (binding !== null) this.fork.services.location.flowFailed(aor, binding);
    if (!this.#tryAlternate()) this.#settle(430, null);
  }

  #tryAlternate(): boolean {
    const { alternates, aor } = this.target;
    if (alternates === null || this.#alternate >= alternates.length) return false;
    const next: Binding = alternates[this.#alternate++];
    this.target = bindingTarget(aor, next, this.fork.services.wires, alternates);
    this.#client?.abandon();
    this.#client = null;
    this.#destinations = null;
    this.#next = 0;
    this.start();
    return true;
  }

  #another(): boolean {
    return this.#destinations !== null && this.#next < this.#destinations.length && this.#next < MAX_ATTEMPTS;
  }

  #markFailed(): void {
    if (this.#destinations !== null && this.#next > 0) {
      this.fork.services.locator.failed(this.#destinations[this.#next - 1]);
    }
  }

  #attempt(): void {
    const { transactions } = this.fork.services;
    while (this.#another()) {
      const destination = this.#destinations![this.#next++];
      const size = this.fork.headSize + HEAD_GROWTH + this.fork.body.length;
      const flow = transactions.flowForSize(destination, size);
      if (flow !== null) {
        this.#send(flow, destination);
        return;
      }
      this.#markFailed();
    }
    if (!this.#tryAlternate()) this.#settle(503, null);
  }

  #send(flow: Flow, destination: Destination | null = null): void {
    const fork = this.fork;
    const { transactions, timers } = fork.services;
    this.#client = null;
    this.#flow = flow;
    this.#provisional = false;
    const branch = fork.branchText();
    const head = fork.headFor(this, flow, transactions.viaFor(flow, branch));
    if (fork.method === "INVITE") {
      this.#timer?.stop();
      this.#timer = timers.start(TIMER_C_MS, this, TIMER_C);
    }
    const client = transactions.request(flow, branch, fork.method, head, fork.body, this, destination);
    // A transaction that failed inside the call has led to the next attempt, or to the outcome, already.
    if (this.#client === null && this.#flow === flow && this.status === 0) this.#client = client;
  }

  #settle(status: number, response: SipResponse | null): void {
    this.status = status;
    this.response = response;
    if (this.#timer !== null) {
      this.#timer.stop();
      this.#timer = null;
    }
    this.fork.open--;
    this.fork.onOutcome(this);
  }
}

/** The URI that says where to send: the first route, else the Request-URI (RFC 3261 §16.6 step 7). Null for no SIP URI. */
function nextHop(target: Target): Uri | null {
  if (target.routes.length === 0) return sip(target.uri);
  const route = target.routes[0];
  const open = route.indexOf("<");
  return sip(open < 0 ? route.split(";")[0].trim() : route.slice(open + 1, route.indexOf(">", open)));
}

function sip(text: string): Uri | null {
  const uri = tryParseUri(text);
  return uri !== null && (uri.scheme === "sip" || uri.scheme === "sips") ? uri : null;
}
