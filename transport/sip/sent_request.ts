import { EMPTY } from "../../foundation/mod.ts";
import { Dialog } from "./dialog.ts";
import type { Destination, Flow } from "./flow.ts";
import type { HeaderName } from "./header_names.ts";
import type { SipResponse } from "./message.ts";
import type { Routing } from "./route_set.ts";
import { routingOf } from "./route_set.ts";
import type { ClientTransaction, ClientUser, Failure } from "./transactions.ts";
import { tryParseUri } from "./uri.ts";
import type { OwnTarget, RequestParts, RequestUser, UserAgent } from "./user_agent.ts";

/** Who writes to whom: a dialog, or what stands for it outside of any. */
export interface RequestNames {
  /** From value, with its tag. */
  readonly local: string;
  readonly localTag: string;
  /** To value. */
  readonly remote: string;
  readonly callId: string;
}

/** The hops that a request may take where nothing else is said. */
const MAX_FORWARDS = 70;
const USUAL_HOPS = `Max-Forwards: ${MAX_FORWARDS}\r\nFrom: `;

/** Destinations tried for one request: each that stays silent costs 32 s (timer F). */
const MAX_TRIES = 4;
const NONE: readonly never[] = [];
/** Via and Contact of a flow not yet chosen, names of headers and numbers, for deciding between UDP and TCP. */
const ADDED_LATER = 350;
/** `Route: ` and CRLF. */
const AROUND_LINE = 9;

/**
 * One request of ours on its way, over as many destinations as it takes: each try is a transaction with a branch of its own
 * and the same Call-ID and CSeq (RFC 3263 §4.3).
 */
export class SentRequest implements ClientUser {
  readonly method: string;
  readonly fromTag: string;
  readonly #agent: UserAgent;
  /** This and the next are null once it is over: further 2xx to an INVITE come for 32 s, and need nothing of them. */
  #parts: RequestParts | null;
  #names: RequestNames | null;
  readonly #user: RequestUser;
  #uri: string;
  #routes: readonly string[];
  /** The URI whose servers are located. */
  readonly #nextHop: string;
  #cseq: number;
  readonly #maxForwards: number;
  #credentials: readonly (readonly [HeaderName, string])[] | null = null;
  #transaction: ClientTransaction | null = null;
  #flow: Flow | null = null;
  #destinations: readonly Destination[] = [];
  #current: Destination | null = null;
  #tries = 0;
  /** The way was looked for already: a preferred flow that failed is not the only way then. */
  #located = false;
  #cancelled = false;
  #abandoned = false;
  #over = false;

  constructor(
    agent: UserAgent,
    parts: RequestParts,
    user: RequestUser,
    names: RequestNames,
    { uri, routes, nextHop }: Routing,
    cseq: number,
    maxForwards = MAX_FORWARDS,
  ) {
    this.#agent = agent;
    this.#parts = parts;
    this.#user = user;
    this.#names = names;
    this.method = parts.method;
    this.fromTag = names.localTag;
    this.#uri = uri;
    this.#routes = routes;
    this.#nextHop = nextHop;
    this.#cseq = cseq;
    this.#maxForwards = maxForwards;
  }

  /** The flow that carried the last try; null while none did. */
  get flow(): Flow | null {
    return this.#flow;
  }

  /** The number of the last try: it grows when a challenge is answered. */
  get cseq(): number {
    return this.#cseq;
  }

  start(): void {
    const preferred = this.#parts!.flowId ?? 0;
    const flow = preferred === 0 ? null : this.#agent.options.wires.flow(preferred);
    if (flow !== null && flow.open) this.#sendOn(flow);
    else this.#locate();
  }

  /** Ends a request that may not go out. */
  refuse(reason: string): void {
    this.#agent.options.log.warn("request not sent", { method: this.method, uri: this.#uri, reason });
    this.#fail("unroutable");
  }

  /** INVITE only: ends the call attempt (RFC 3261 §9.1); no other destination is tried. */
  cancel(reason?: string): void {
    this.#cancelled = true;
    this.#transaction?.cancel(reason);
  }

  /** Nobody waits any more: nothing is handed up, nothing else is tried. */
  abandon(): void {
    this.#abandoned = true;
    if (!this.#end()) return;
    this.#transaction?.abandon();
  }

  onResponse(transaction: ClientTransaction, response: SipResponse): void {
    this.#transaction = transaction;
    // A large request may have gone back from TCP to UDP (RFC 3261 §18.1.1).
    this.#flow = transaction.flow;
    if (response.status < 200) {
      if (!this.#over) this.#user.onResponse(this, response);
      return;
    }
    // An INVITE that forked has more than one 2xx.
    if (this.#over) {
      if (this.method === "INVITE" && response.status < 300) this.#user.onResponse(this, response);
      return;
    }
    if (response.status === 503 && this.#failover()) return;
    if ((response.status === 401 || response.status === 407) && this.#answerChallenge(response)) return;
    this.#end();
    this.#user.onResponse(this, response);
  }

  onFailure(_transaction: ClientTransaction, failure: Failure): void {
    if (this.#over) return;
    if (this.#failover()) return;
    // The preferred flow died under the request: the peer may be back on another. One that is only full stays the way.
    const isDead = failure === "transport" && this.#flow?.open !== true;
    if (isDead && !this.#located && !this.#cancelled) return this.#locate();
    this.#fail(failure);
  }

  #locate(): void {
    this.#located = true;
    const { ownTarget, wires, locator } = this.#agent.options;
    let nextHop = this.#nextHop;
    if (ownTarget !== undefined && this.#routes.length === 0) {
      const uri = tryParseUri(nextHop);
      const own = uri === null ? null : ownTarget(uri);
      if (own === "offline") return this.#fail("unroutable");
      if (own !== null) {
        nextHop = this.#retarget(own);
        const flow = own.flowId === undefined || own.flowId === 0 ? null : wires.flow(own.flowId);
        if (flow !== null && flow.open) return this.#sendOn(flow);
        if (own.destination !== undefined) return this.#tryAll([own.destination]);
      }
    }
    const uri = tryParseUri(nextHop);
    // `.invalid` (RFC 2606) is how a client says that only its own connection reaches it (RFC 7118 §5, RFC 5626 §3.4).
    if (uri === null || uri.host.endsWith(".invalid")) return this.#fail("unroutable");
    locator.locate(uri, (destinations) => this.#tryAll(destinations));
  }

  #retarget(own: OwnTarget): string {
    const routing = routingOf(own.uri, own.routes);
    this.#uri = routing.uri;
    this.#routes = routing.routes;
    return routing.nextHop;
  }

  #tryAll(destinations: readonly Destination[]): void {
    if (this.#over) return;
    this.#destinations = destinations;
    this.#tries = 0;
    if (this.#cancelled || !this.#tryNext()) this.#fail("unroutable");
  }

  /** True when another try is under way. */
  #failover(): boolean {
    if (this.#current === null || this.#cancelled) return false;
    this.#agent.options.locator.failed(this.#current);
    return this.#tryNext();
  }

  #tryNext(): boolean {
    const { transactions } = this.#agent.options;
    const last = Math.min(MAX_TRIES, this.#destinations.length);
    while (this.#tries < last) {
      const destination = this.#destinations[this.#tries++];
      const flow = transactions.flowForSize(destination, this.#size());
      if (flow === null) continue;
      this.#current = destination;
      this.#sendOn(flow);
      return true;
    }
    return false;
  }

  #sendOn(flow: Flow): void {
    const { transactions } = this.#agent.options;
    this.#flow = flow;
    const branch = transactions.newBranch();
    const head = this.#head(transactions.viaFor(flow, branch), flow);
    const body = this.#parts!.body ?? EMPTY;
    this.#transaction = transactions.request(flow, branch, this.method, head, body, this, this.#current);
  }

  #head(via: string, flow: Flow): string {
    const { local, remote, callId } = this.#names!;
    const { contact, contactParams = "", headers, lines, contentType, body } = this.#parts!;
    const { product } = this.#agent.options;
    let head = `${this.method} ${this.#uri} SIP/2.0\r\nVia: ${via}\r\n`;
    for (const route of this.#routes) head += `Route: ${route}\r\n`;
    const hops = this.#maxForwards === MAX_FORWARDS ? USUAL_HOPS : `Max-Forwards: ${this.#maxForwards}\r\nFrom: `;
    head += `${hops}${local}\r\nTo: ${remote}\r\nCall-ID: ${callId}\r\nCSeq: ${this.#cseq} ${this.method}\r\n`;
    if (contact !== undefined) {
      head += `Contact: ${this.#agent.contactOn(flow, contact, this.#uri.startsWith("sips:"))}${contactParams}\r\n`;
    }
    if (headers !== undefined) { for (const [name, value] of headers) head += `${name}: ${value}\r\n`; }
    if (lines !== undefined) head += lines;
    if (this.#credentials !== null) {
      for (const [name, value] of this.#credentials) head += `${name}: ${value}\r\n`;
    }
    return head + headEnd(product, contentType, body?.length ?? 0);
  }

  /** About so many octets go out; a little more rather than less. */
  #size(): number {
    const { local, remote, callId } = this.#names!;
    const { headers, lines = "", contentType = "", contactParams = "", body } = this.#parts!;
    let size = ADDED_LATER + this.#uri.length + local.length + remote.length + callId.length + 2 * this.method.length +
      contactParams.length + lines.length + contentType.length + (this.#agent.options.product?.length ?? 0) +
      (body?.length ?? 0);
    for (const route of this.#routes) size += AROUND_LINE + route.length;
    for (const more of [headers, this.#credentials]) {
      if (more !== undefined && more !== null) {
        for (const [name, value] of more) size += 4 + name.length + value.length;
      }
    }
    return size;
  }

  /** Once: the same request with credentials and the next number (RFC 3261 §22.2, §8.1.3.5). */
  #answerChallenge(challenge: SipResponse): boolean {
    const { authorize } = this.#agent.options;
    if (authorize === undefined || this.#credentials !== null || this.#cancelled || this.#flow === null) return false;
    const credentials = authorize(challenge, this.method, this.#uri, this.#parts!.body ?? EMPTY);
    if (credentials === null || !this.#flow.open) return false;
    this.#credentials = credentials;
    const names = this.#names;
    this.#cseq = names instanceof Dialog ? names.nextCSeq() : this.#cseq + 1;
    this.#sendOn(this.#flow);
    return true;
  }

  /** Never inside of `send`: its caller has no hold of the request yet, and may be about to note that it is under way. */
  #fail(failure: Failure): void {
    if (!this.#end()) return;
    if (this.#transaction !== null) return this.#user.onFailure(this, failure);
    queueMicrotask(() => this.#tellFailure(failure));
  }

  /** Outside of any transaction nobody else keeps what the user throws from ending the program. */
  #tellFailure(failure: Failure): void {
    if (this.#abandoned) return;
    try {
      this.#user.onFailure(this, failure);
    } catch (error) {
      const text = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#agent.options.log.error("the user of a request failed", { method: this.method, error: text });
    }
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#parts = this.#names = this.#current = null;
    this.#routes = this.#destinations = NONE;
    this.#agent.finished();
    return true;
  }
}

/** Of the last head: what is told to many at a time ends alike. */
let lastEnd = { product: undefined as string | undefined, type: undefined as string | undefined, length: -1, text: "" };

/** What stands last in a head, with the empty line. */
function headEnd(product: string | undefined, type: string | undefined, length: number): string {
  if (lastEnd.length === length && lastEnd.type === type && lastEnd.product === product) return lastEnd.text;
  const agent = product === undefined ? "" : `User-Agent: ${product}\r\n`;
  const text = `${agent}${type === undefined ? "" : `Content-Type: ${type}\r\n`}Content-Length: ${length}\r\n\r\n`;
  lastEnd = { product, type, length, text };
  return text;
}
