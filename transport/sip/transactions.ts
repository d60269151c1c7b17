import type { SipRequest, SipResponse } from "./message.ts";
import type { Destination, Flow } from "./flow.ts";

/** Why a client transaction ended without a final response. */
export type Failure = "timeout" | "transport" | "unroutable";

/** The user of a client transaction (RFC 3261 §17.1). Methods return at once. */
export interface ClientUser {
  /** Every provisional and the final response; for INVITE each 2xx that arrives (RFC 6026), also after the first. */
  onResponse(transaction: ClientTransaction, response: SipResponse): void;
  /** No final response came, or the flow died under it: once, never inside `request()`, and nothing after it. */
  onFailure(transaction: ClientTransaction, failure: Failure): void;
}

/** A request of ours on its way (RFC 3261 §17.1, RFC 6026). */
export interface ClientTransaction {
  readonly method: string;
  readonly branch: string;
  readonly flow: Flow;
  /** True until a final response or a failure was handed up. */
  readonly pending: boolean;
  /** INVITE only: CANCEL goes out once a provisional came (RFC 3261 §9.1); else nothing happens. */
  cancel(reason?: string): void;
  /** The user has lost interest: nothing more is handed up; the machine runs to its end by itself. */
  abandon(): void;
}

/** The ACK for a 2xx to an INVITE of ours. */
export interface SettledAck {
  /** The To tag of the 2xx. */
  readonly tag: string;
  /** Where it went and what it was; null and "" where it is still on its way through DNS. */
  readonly flow: Flow | null;
  readonly head: string;
  /** "" without a body. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Takes what the layer cannot deal with by itself, of an INVITE that was settled. Methods return at once. */
export interface LateAnswers {
  /** Another fork answered: it is to have its ACK, which is returned, and a BYE (RFC 3261 §13.2.2.4). `flowId`: as in `settle`. */
  onFork(response: SipResponse, flow: Flow, flowId: number): SettledAck;
  /** A 2xx came again, and the way of its ACK is gone, or never was: another is to go out, with the same body. */
  onAgain(response: SipResponse, flow: Flow, flowId: number, contentType: string, body: Uint8Array): void;
}

/** What a server transaction tells the one that works on the request. */
export interface ServerUser {
  /** A CANCEL matched this INVITE; the CANCEL has its 200 already (RFC 3261 §9.2). */
  onCancel(transaction: ServerTransaction, cancel: SipRequest): void;
  /** The ACK for a 2xx is not here: it comes as a request of its own. A non-2xx final was never acknowledged (timer H). */
  onAbandoned?(transaction: ServerTransaction): void;
}

/** A request that came in (RFC 3261 §17.2, RFC 6026, RFC 4320). Retransmissions are absorbed below. */
export interface ServerTransaction {
  readonly request: SipRequest;
  /** Where it came from; the answer goes back on it (RFC 3261 §18.2.2, RFC 3581). */
  readonly flow: Flow;
  /** True once a final response was sent. */
  readonly answered: boolean;
  /** Set by whoever takes the request and wants to hear of CANCEL. */
  user: ServerUser | null;
  /**
   * Sends a response whose head is complete (Via lines and all). A second final response to anything but INVITE is not
   * sent (returns false), nor is a 100 before its time or a 408 to a non-INVITE (RFC 4320). Also false when the way back is
   * gone or full; the request counts as answered all the same, and a repetition gets the response.
   */
  respond(status: number, head: string, body: Uint8Array): boolean;
}

/** The user of the whole layer: the core. */
export interface TransactionUser {
  /** A new request, checked, its top Via stamped. ACK to a 2xx comes here too, with a transaction that cannot answer. */
  onRequest(transaction: ServerTransaction): void;
  /** A response that belongs to no transaction of ours. It must not be forwarded (RFC 6026 §7.3); there is nothing to do but count. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
}

/** The transaction layer as its users see it. */
export interface Transactions {
  /** A fresh branch. */
  newBranch(): string;
  /** The Via value for a request of ours on that flow. */
  viaFor(flow: Flow, branch: string): string;
  /**
   * Starts a client transaction. `head` carries `viaFor(flow, branch)` as its top Via. `destination`: what `flowForSize` was asked
   * for; where that is UDP and the flow is a TCP connection that is refused, the request goes by UDP all the same (RFC 3261 §18.1.1).
   */
  request(
    flow: Flow,
    branch: string,
    method: string,
    head: string,
    body: Uint8Array,
    user: ClientUser,
    destination?: Destination | null,
  ): ClientTransaction;
  /**
   * The INVITE of that branch has a 2xx, each of which has its ACK, and its user need not hear of it any more: until timer M the
   * layer repeats these ACKs, and gives `late` what else comes, with `flowId` (that for requests to the peer, 0 for none). Where
   * there is no such INVITE nothing happens.
   */
  settle(branch: string, acks: readonly SettledAck[], flowId: number, late: LateAnswers): void;
  /** Sends an ACK, or anything that has no transaction. */
  sendStateless(flow: Flow, head: string, body: Uint8Array): boolean;
  /** The flow for a request of `size` octets to a destination; TCP in place of UDP where it is too large. */
  flowForSize(destination: Destination, size: number): Flow | null;
}
