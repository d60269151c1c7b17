import { EMPTY } from "../../../foundation/mod.ts";
import type { Linked } from "../linked_list.ts";
import { Forwarded, type Route } from "./forwarded.ts";
import { type Rewrite, rewrittenBody, shiftOf } from "./rewriter.ts";

/** A small message that was passed on, until it is known to have arrived: what it takes to send it again, or to store it. */
export class KeptMessage implements Linked<KeptMessage> {
  before: KeptMessage | null = null;
  after: KeptMessage | null = null;
  /** Of its first chunk. */
  readonly head: Forwarded;
  /** As it was sent. */
  readonly contentType: string;
  readonly rewrite: Rewrite | null;
  /** Its octets as they were sent, in the first `length` places. */
  buffer: Uint8Array<ArrayBuffer>;
  length = 0;
  /** All of it is here. */
  whole = false;
  /** Chunks that the next hop has not answered. */
  open = 0;
  /** The connection went before all of them were answered. */
  lost = false;
  /** What went out in the place of all its chunks, on a later connection. */
  resent: Forwarded | null = null;
  /** A relay has it; the receiver itself is still to report it. */
  relayed = false;
  /** It is not kept any more. */
  gone = false;
  /** Its sender knows, or will be told by others, what became of it. */
  settled = false;

  constructor(head: Forwarded, contentType: string, rewrite: Rewrite | null, buffer: Uint8Array<ArrayBuffer>) {
    this.head = head;
    this.contentType = contentType;
    this.rewrite = rewrite;
    this.buffer = buffer;
  }

  /** As one chunk, on that way. */
  again(route: Route): Forwarded {
    const { head, length, contentType, rewrite } = this;
    const sent = { ...head, start: 1, end: length, total: length };
    const again = new Forwarded(route, sent, shiftOf(rewrite), 1, rewrite === null ? contentType : rewrite.contentType);
    again.octets = length;
    again.continuation = "$";
    again.kept = this;
    return again;
  }

  /** Its body as it goes out. */
  get passedBody(): Uint8Array {
    const body = this.buffer.subarray(0, this.length);
    return this.rewrite === null ? body : rewrittenBody(this.rewrite, 1, body);
  }

  /** Lets the buffer go, which is somebody else's from now on. */
  release(): Uint8Array<ArrayBuffer> {
    const { buffer } = this;
    this.buffer = EMPTY as Uint8Array<ArrayBuffer>;
    this.gone = true;
    return buffer;
  }
}
