import {
  HeadEditor,
  headerId,
  type ServerTransaction,
  type ServerUser,
  type SipResponse,
} from "../../transport/sip/mod.ts";
import type { Flow } from "../../transport/sip/mod.ts";
import { bestBranch } from "./best_response.ts";
import { withoutAddress } from "./device_secrecy.ts";
import type { Exchange } from "./exchange.ts";
import { type Branch, Fork } from "./fork.ts";
import { forwardedSize, forwardHead } from "./forward_head.ts";
import { routingDigest } from "./loop_detection.ts";
import type { CoreServices } from "./services.ts";
import type { Target } from "./targets.ts";

/** RFC 5393 §5.3.3: the Max-Breadth of a request that brings none, and the most we take from one that does. */
const MAX_BREADTH = 60;
const VIA = headerId("Via");

/**
 * A fork of a request that came in: copies made from its own octets, answers sent back with our Via off (RFC 3261 §16.6,
 * §16.7). What the outcomes mean is the subclass's.
 */
export abstract class ForwardingFork extends Fork {
  readonly exchange: Exchange;
  readonly #digest: string;

  constructor(services: CoreServices, exchange: Exchange) {
    super(services);
    this.exchange = exchange;
    this.#digest = "-" + routingDigest(exchange.request, services.salt);
  }

  get method(): string {
    return this.exchange.request.method;
  }
  get body(): Uint8Array {
    return this.exchange.request.body;
  }
  get headSize(): number {
    return forwardedSize(this.exchange.request, this.services.domains);
  }
  branchText(): string {
    return this.services.transactions.newBranch() + this.#digest;
  }
  headFor(branch: Branch, flow: Flow, via: string): string {
    return forwardHead(this.exchange, branch, flow, via, this.services);
  }

  /** The Max-Breadth this request may spend. */
  protected breadth(): number {
    const text = this.exchange.request.get("Max-Breadth");
    return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Math.min(Number(text), MAX_BREADTH) : MAX_BREADTH;
  }

  /** Sends a branch's response upstream; false when it was not sent (a final one went before). */
  protected relay(branch: Branch, response: SipResponse): boolean {
    const editor = new HeadEditor(response);
    const line = response.ids.indexOf(VIA);
    if (response.head.slice(response.valueStart(line), response.lineEnd(line)).includes(",")) editor.pop("Via");
    else editor.removeLine(line);
    const body = withoutAddress(this.exchange, response, editor);
    if (response.status === 401 || response.status === 407) addChallenges(editor, branch, this.branches);
    this.services.egress.response(this.exchange, editor, response, branch.flow!, branch.target.binding !== null);
    return this.exchange.transaction.respond(response.status, editor.toString(), body);
  }
}

/** The challenges of the other branches join the one that goes back (RFC 3261 §16.7 step 7). */
function addChallenges(editor: HeadEditor, chosen: Branch, branches: readonly Branch[]): void {
  for (const branch of branches) {
    if (branch === chosen || branch.response === null || (branch.status !== 401 && branch.status !== 407)) continue;
    for (const name of ["WWW-Authenticate", "Proxy-Authenticate"] as const) {
      for (const value of branch.response.getAll(name)) editor.append(name, value);
    }
  }
}

/**
 * The response context of a proxied request (RFC 3261 §16.2): forks to its targets, in parallel where their q is equal, one
 * group after the other where it is not; sends 2xx back at once and of the rest the best.
 */
export class ResponseContext extends ForwardingFork implements ServerUser {
  readonly #waiting: Target[];
  readonly #invite: boolean;
  #spent = 0;
  #q = 2;
  #over = false;

  constructor(services: CoreServices, exchange: Exchange, targets: Target[]) {
    super(services, exchange);
    this.#invite = exchange.request.method === "INVITE";
    if (targets.length > 1) targets.sort((a, b) => b.q - a.q);
    this.#waiting = targets;
  }

  start(): void {
    if (this.#invite) this.exchange.transaction.user = this;
    if (this.breadth() === 0) {
      this.#over = true;
      this.exchange.reply(440);
      return;
    }
    this.#startMore();
  }

  /** Starts waiting targets: those of the group under way as Max-Breadth allows, the next group when nothing is open. */
  #startMore(): void {
    const waiting = this.#waiting;
    const all = this.breadth();
    while (!this.#over && waiting.length > 0) {
      if (waiting[0].q !== this.#q) {
        if (this.open > 0) return;
        this.#q = waiting[0].q;
      }
      const left = all - this.#spent;
      if (left < 1) return;
      let group = 1;
      while (group < waiting.length && waiting[group].q === this.#q) group++;
      const share = Math.max(1, Math.floor(left / group));
      this.#spent += share;
      this.begin(waiting.shift()!, share);
    }
    if (!this.#over && this.open === 0 && waiting.length === 0) this.#finish();
  }

  onProvisional(branch: Branch, response: SipResponse): void {
    if (!this.exchange.transaction.answered) this.relay(branch, response);
  }

  onOutcome(branch: Branch): void {
    this.#spent -= branch.breadth;
    if (branch.status >= 200 && branch.status < 300) {
      this.#over = true;
      this.#waiting.length = 0;
      this.relay(branch, branch.response!);
      if (this.#invite) this.cancelOpen();
      else for (const other of this.branches) if (other.status === 0) other.abandon();
      return;
    }
    if (branch.status >= 600) {
      // Nobody else is asked, and those asked are told to stop (RFC 3261 §16.7 step 5).
      this.#waiting.length = 0;
      if (this.#invite) this.cancelOpen();
    }
    this.#startMore();
  }

  override onMore2xx(branch: Branch, response: SipResponse): void {
    if (this.#invite) this.relay(branch, response);
  }

  onCancel(_transaction: ServerTransaction): void {
    this.#waiting.length = 0;
    this.cancelOpen();
  }

  #finish(): void {
    this.#over = true;
    const best = bestBranch(this.branches);
    if (best === null) {
      this.exchange.reply(480);
      return;
    }
    const { status, response } = best;
    // 503 would take this box out of the sender's list for what another server said (RFC 3261 §16.7 step 6).
    if (status === 503) this.exchange.reply(500, { reason: "No server of the next hop could take the request" });
    // The sender is not an edge proxy that could choose another flow (RFC 5626 §11.5).
    else if (status === 430 && best.target.binding !== null) this.exchange.reply(480, { reason: "Flow Failed" });
    // No 408 to anything but INVITE: the sender's own timer has said it already (RFC 4320 §4.2).
    else if (status === 408 && !this.#invite) return;
    else if (response === null) this.exchange.reply(status);
    else this.relay(best, response);
  }
}
