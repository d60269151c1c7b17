import { concatBytes } from "../../../foundation/mod.ts";

/** A stored message as it goes into a session: `message/cpim`, of which the first octets are made here. */
export interface Envelope {
  /** Octets that take the place of the stored ones up to `skip`. */
  readonly head: Uint8Array;
  /** Stored octets that `head` stands for: 0 where the message came unwrapped, and all of them follow. */
  readonly skip: number;
  /** Media type inside, lower-case, without parameters. */
  readonly inner: string;
  /** The sender wants to hear what becomes of it. */
  readonly notifies: boolean;
}

/** Both parts in one array, for what goes in one piece. */
export function enclosed({ head, skip }: Envelope, body: Uint8Array): Uint8Array {
  if (head.length === 0) return body;
  return concatBytes([head, skip === 0 ? body : body.subarray(skip)]);
}
