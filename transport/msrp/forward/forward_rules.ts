import type { Room } from "../connection.ts";
import type { Continuation, RequestHead } from "../frame.ts";
import type { AcceptedTypes } from "./accepted_types.ts";
import type { HeldAnswer } from "./held_answer.ts";
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
  /** Where it is full the source of what it was shown is not read until it has room; null: it takes whatever comes. */
  readonly room: Room | null;
  /** A chunk begins; each is followed by its octets and its end. Chunks of one side do not overlap. */
  onBegin(from: Side, head: RequestHead): void;
  onOctets(from: Side, head: RequestHead, octets: Uint8Array): void;
  /**
   * `#` also where Parley cut it: over the limit, a lost connection. The tap may hold up the 200 to a chunk that ends otherwise, and
   * with it REPORTs about its message; null: it does not.
   */
  onEnd(from: Side, head: RequestHead, continuation: Continuation): HeldAnswer | null;
  /** A REPORT from that side; `ours`: made here, because that side did not take the message. Told when it comes, also where it is held up. */
  onReport(from: Side, report: RequestHead, ours: boolean): void;
}
