import type { CallParts, Description, PeerOffer } from "./call.ts";
import type { OutgoingCall } from "./calls.ts";

/** Who may be called: an INVITE of its own, but for its description. Owners add what they must know of it. */
export type CallCandidate = Omit<OutgoingCall, "description">;

/** The two sides of a call that goes through us. */
export type CallSide = "caller" | "callee";

/** A status with which a description, or an offer, is refused. */
export interface RefusedOffer {
  readonly status: number;
  readonly parts?: CallParts;
}

/** What becomes of an offer inside the call: it goes over to the other side, is answered here, or refused. */
export type Mediated = { readonly pass: Description } | { readonly answer: Description } | RefusedOffer;

/** Rewrites descriptions on their way: what one side says is never seen by the other as it was. Methods return at once. */
export interface Mediator<C extends CallCandidate = CallCandidate> {
  /**
   * The caller's offer as this candidate gets it. `offer` is null where the INVITE had none: null lets the candidate make
   * the offer, a description makes one here.
   */
  invite(candidate: C, offer: Description | null): Description | null;
  /** An early answer in a 1xx; only asked while it is the only candidate. Null, or not implemented: left out. */
  early?(candidate: C, description: Description): Description | null;
  /** The description in the 2xx of the first who took the call (an offer where the candidate got none), as the caller gets it. */
  accepted(candidate: C, description: Description | null): Description | RefusedOffer;
  /** The caller's answer in its ACK, where the 2xx made the offer. What this returns goes to a callee that made that offer itself. */
  answered?(candidate: C, answer: Description | null): Description | null;
  /**
   * An offer inside the call. Without a description (`offer.description` is null) `{ answer }` is the offer that the peer
   * gets; its answer comes in `reanswer`. Not implemented: the offer goes over as it is.
   */
  reoffer?(from: CallSide, offer: PeerOffer): Mediated;
  /** The answer of `from`, as the other side gets it. Where `from` answers an offer that was made here, what this returns goes to
   * the other side as an offer, null for none; default: none. Else default: as it is. */
  reanswer?(from: CallSide, answer: Description): Description | null;
  /** This candidate does not become the callee: what was set aside for it is free. */
  dropped?(candidate: C): void;
}
