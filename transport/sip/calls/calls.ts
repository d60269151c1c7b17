import type { OutgoingRequest } from "../user_agent.ts";
import type { SipRequest } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { Call, CallUser, Description } from "./call.ts";

/** An INVITE of ours. */
export interface OutgoingCall extends Omit<OutgoingRequest, "method" | "cseq" | "contentType" | "body"> {
  /** Null: no offer, the peer makes one in its 2xx. */
  readonly description: Description | null;
  /** Seconds of session timer to ask for (RFC 4028); 0: none. */
  readonly sessionExpires?: number;
  /** Ask for reliable provisional responses (Supported: 100rel). Default true. */
  readonly reliable?: boolean;
}

/** What an incoming call is taken up with. */
export interface IncomingOptions {
  /** The user part of our Contact; where it is left out, a random one that all such calls share. */
  readonly contact?: string;
  /** Parameters of our Contact, each with its semicolon: `;isfocus;+g.oma.sip-im`. */
  readonly contactParams?: string;
  /** Longest session timer granted, seconds; 0: none of ours. A peer's Min-SE and Session-Expires are obeyed (422 below 90). */
  readonly sessionExpires?: number;
}

/** All INVITE sessions in which this box (or this client) is an end. Bounded: 503 above `max` calls. */
export interface Calls {
  readonly size: number;
  /**
   * Takes up an INVITE outside of any dialog. Where it is nothing to take up (420, 422, 481, 482, 503, 400 for its Contact)
   * it has that answer already, the call is `ended` and its user hears nothing. With Replaces (RFC 3891) see `replaced`.
   */
  incoming(transaction: ServerTransaction, user: CallUser, options?: IncomingOptions): Call;
  /** Begins a call. The user hears nothing of it before this has returned. Throws SyntaxError where `from` is none. */
  invite(call: OutgoingCall, user: CallUser): Call;
  /** The call that Replaces in this INVITE names; null where it names none, with the status it deserves (400, 481, 486, 603). */
  replaced(invite: SipRequest): { readonly call: Call } | { readonly status: number } | null;
  /** True when the request belongs to the dialog of a call (or to one that is over: it is answered 481): ACK, BYE, PRACK … */
  owns(request: SipRequest): boolean;
  /** Takes a request that `owns` said yes to. */
  handle(transaction: ServerTransaction): void;
  /** Ends all calls (the box goes down). `done` when every BYE has its answer, or after `within_ms`. */
  endAll(reason: string, within_ms: number, done: () => void): void;
}
