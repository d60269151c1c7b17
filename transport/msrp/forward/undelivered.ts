import type { Side } from "./forward_rules.ts";
import type { KeptBuffers } from "./kept_buffers.ts";

/** A message that has not reached its receiver, as its sender sent it. */
export interface UndeliveredMessage {
  readonly messageId: string;
  readonly contentType: string;
  /** Whoever is given it may hold on to it. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What became of it: 200 where it is safe from now on, else what the sender's failure report says (RFC 4975 §7.1.2). */
export type KeptOutcome = (status: number, comment: string) => void;

/** Takes messages whose receiver is gone, those of one direction in the order in which they were sent. */
export interface Undelivered {
  /** `done` is called once, then or later. */
  keep(from: Side, message: UndeliveredMessage, done: KeptOutcome): void;
}

/** What keeping the messages of a bridge takes. */
export interface KeepParts {
  readonly undelivered: Undelivered;
  /** One for all bridges of a node. */
  readonly buffers: KeptBuffers;
}
