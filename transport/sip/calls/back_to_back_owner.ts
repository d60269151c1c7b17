import type { SipResponse } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { BackToBack } from "./back_to_back.ts";
import type { CallRefusal } from "./best_refusal.ts";
import type { CallEnd, CallParts } from "./call.ts";
import type { CallCandidate, CallSide } from "./mediator.ts";

/** How a call through us ended. */
export interface BackToBackEnd extends CallEnd {
  /** Whose leg ended first; null where we ended both. */
  readonly side: CallSide | null;
  /** False where the call never stood: cancelled, or refused by all. */
  readonly stood: boolean;
}

/** Who owns a call through us. Methods return at once. */
export interface BackToBackOwner<C extends CallCandidate = CallCandidate> {
  /** A 101 to 199 of a candidate. Answer false to keep it from the caller. */
  onProgress?(call: BackToBack<C>, candidate: C, response: SipResponse): boolean;
  /** Somebody took the call; further header lines and status parts for the caller's 200. */
  onAccepted?(call: BackToBack<C>, candidate: C, response: SipResponse): CallParts | void;
  /** The caller's ACK came: both legs stand. */
  onConfirmed?(call: BackToBack<C>): void;
  /** One candidate refused; `more` of them may be tried with `call.tryAlso`. */
  onCandidateRefused?(call: BackToBack<C>, candidate: C, refusal: CallRefusal): void;
  /**
   * Nobody took it. True: the owner goes on with `call.caller` by itself and becomes its `user` (answers it, stores what it
   * brought); this object is over, without `onEnded`. Else the caller gets the best refusal.
   */
  onRefused?(call: BackToBack<C>, best: CallRefusal): boolean;
  /** A request inside one leg (INFO, MESSAGE, REFER …). True: the owner has it and answers it. Else INFO and MESSAGE go over. */
  onRequest?(call: BackToBack<C>, from: CallSide, transaction: ServerTransaction): boolean;
  /** All is over; once, and the last. Also for a call that never stood. */
  onEnded(call: BackToBack<C>, end: BackToBackEnd): void;
}
