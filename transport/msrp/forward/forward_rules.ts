import type { Continuation, RequestHead } from "../frame.ts";
import type { AcceptedTypes } from "./accepted_types.ts";
import type { Rewriter } from "./rewriter.ts";

/** What may pass in one direction: what the receiver's SDP and the operator's policy leave. */
export interface ForwardRules {
  /** Octets of the largest message, as it goes out; Infinity for any. */
  readonly maxSize: number;
  /** Null: any type. */
  readonly types: AcceptedTypes | null;
  readonly rewriter: Rewriter | null;
}

export const NO_RULES: ForwardRules = { maxSize: Infinity, types: null, rewriter: null };

/** Which side of a bridge something came from. */
export type Side = "a" | "b";

/**
 * Sees what passes: for history, interception, charging. Called in the turn in which it passes; octets are views that are valid
 * during the call. Everything is as the sender sent it, before any rewriting. What is refused at once is not shown.
 */
export interface BridgeTap {
  /** A chunk begins; each is followed by its octets and its end. Chunks of one side do not overlap. */
  onBegin(from: Side, head: RequestHead): void;
  onOctets(from: Side, head: RequestHead, octets: Uint8Array): void;
  /** `#` also where Parley cut it: over the limit, a lost connection. */
  onEnd(from: Side, head: RequestHead, continuation: Continuation): void;
  /** A REPORT from that side; `ours`: made here, because that side did not take the message. */
  onReport(from: Side, report: RequestHead, ours: boolean): void;
}

/** Whose tap, and which side's messages a forwarder shows it. */
export interface TappedSide {
  readonly tap: BridgeTap;
  readonly side: Side;
}
