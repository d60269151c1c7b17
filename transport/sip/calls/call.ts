import type { Dialog } from "../dialog.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";

/** A body with its type: an SDP offer or answer as a rule. */
export interface Description {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What a message of a call carries beyond what the call itself writes. */
export interface CallParts {
  /** Instead of the registered phrase; responses only. */
  readonly reason?: string;
  readonly headers?: readonly (readonly [HeaderName, string])[];
  readonly description?: Description | null;
}

/** Why a call that stood is over. */
export interface CallEnd {
  readonly by: "peer" | "us" | "session-timer" | "no-ack" | "failure";
  /** The peer's Reason header (RFC 3326), or ours; "" for none. */
  readonly reason: string;
  /** The status that ended it where a request of ours was answered 408 or 481; else 0. */
  readonly status: number;
}

/** An offer of the peer inside a call that stands, or will (RFC 3264, RFC 3311, RFC 6337). Answered once. */
export interface PeerOffer {
  readonly how: "INVITE" | "UPDATE" | "PRACK";
  readonly request: SipRequest;
  /** Null: a re-INVITE without one asks for our offer; `answer` then carries it, and the peer's answer comes in `onAnswer`. */
  readonly description: Description | null;
  /** Answered, refused, or taken back by the peer: nothing that is said of it matters any more. */
  readonly over: boolean;
  answer(parts: CallParts): void;
  /** 488, 415, 491 … The session goes on as it was. */
  refuse(status: number, parts?: CallParts): void;
}

/** Whoever owns a call. Every method returns at once. */
export interface CallUser {
  /** Ours, outgoing: a 101 to 199. `response.body` is an early answer where it has one. */
  onProgress?(call: Call, response: SipResponse): void;
  /** Ours, outgoing: the first 2xx; its ACK has gone out unless our INVITE had no offer (then `call.acknowledge`). */
  onAccepted?(call: Call, response: SipResponse): void;
  /** Ours, outgoing: it came to nothing. 487 after our `cancel`; `response` is null for 408 and 503 of our own making. */
  onRefused?(call: Call, status: number, response: SipResponse | null): void;
  /** Theirs, incoming: the caller gave up (CANCEL, or BYE before our answer), it was answered 487. */
  onCancelled?(call: Call, cancel: SipRequest): void;
  /** Theirs, incoming: the ACK came; it carries the answer where our 2xx carried the offer. */
  onConfirmed?(call: Call, ack: SipRequest): void;
  /** The peer wants to change the session. Not implemented: refused with 488. */
  onOffer?(call: Call, offer: PeerOffer): void;
  /** The answer to our `offer`, or the status it was refused with (491: repeated by the call itself after a while). */
  onAnswer?(call: Call, description: Description | null, status: number): void;
  /** INFO, MESSAGE, REFER, NOTIFY and whatever else is not the call's own business. Not implemented: 405. */
  onRequest?(call: Call, transaction: ServerTransaction): void;
  /**
   * The call that stood is over; nothing comes after it. Also an incoming one that time refused in our place: no answer for
   * as long as is allowed (408), no PRACK (504). Whoever refuses, or calls `end` before its answer, is not told.
   */
  onEnded(call: Call, end: CallEnd): void;
}

/**
 * One INVITE session, either side (RFC 3261 §13 to §15; 3262 PRACK; 3311 UPDATE; 4028 timers; 3326 Reason).
 *
 * States: `inviting` (no final answer yet), `accepted` (2xx sent, ACK awaited), `confirmed`, `ended`.
 */
export interface Call {
  readonly incoming: boolean;
  readonly state: "inviting" | "accepted" | "confirmed" | "ended";
  /** The INVITE: theirs, or null for a call of ours. */
  readonly request: SipRequest | null;
  /** Null until there is one. */
  readonly dialog: Dialog | null;
  /** The peer's Contact parameters said so (RFC 4579). */
  readonly peerIsFocus: boolean;
  /** The peer's description as the last exchange that was completed has it; null before, and once the call is over. */
  readonly remote: Description | null;
  /** What the peer allows (Allow), upper-case; empty where it did not say. */
  readonly allowed: ReadonlySet<string>;
  user: CallUser;

  /**
   * Our Contact from the next message on: user part, and parameters each with its semicolon. For who stands between a focus and its
   * participant, who know a room by the user part (RFC 4579 §5.1).
   */
  standFor(contact: string, contactParams: string): void;
  /** Incoming: 101 to 199; sent reliably (100rel) where the peer requires it or `reliable` is set and the peer can. */
  progress(status: number, parts?: CallParts, reliable?: boolean): void;
  /** Incoming: 200, repeated until the ACK comes. */
  accept(parts: CallParts): void;
  /** Incoming: 300 to 699. */
  refuse(status: number, parts?: CallParts): void;
  /** Outgoing: CANCEL, or BYE where a 2xx crosses it. `reason`: a Reason value. */
  cancel(reason?: string): void;
  /** Outgoing without an offer: the ACK with our answer. */
  acknowledge(description: Description | null): void;
  /**
   * A new offer of ours, by UPDATE where the peer allows it and `how` is not INVITE. It waits until it may go; a newer one
   * takes the place of one that waits. Glare is dealt with (§14.1, 491); with `once` a 491 comes back in `onAnswer` instead.
   */
  offer(description: Description, how?: "INVITE" | "UPDATE", parts?: CallParts, once?: boolean): void;
  /** Any other request inside the dialog (INFO, REFER, MESSAGE, NOTIFY). `done`: the final response, or null for none. */
  send(method: string, parts: CallParts, done?: (response: SipResponse | null) => void): void;
  /** Whatever state it is in: refuses, cancels or BYE. `reason`: a Reason value such as `SIP;cause=200;text="inactivity"`. */
  end(reason?: string): void;
}
