import { randomToken } from "../foundation/mod.ts";
import { newImdnMessageId } from "../transport/payload/mod.ts";

/** What a message is known by when it is sent again: to its recipient by its Message-ID, to the service by the request's own parts. */
export interface MessageIdentity {
  /** Message-ID of RFC 5438. */
  readonly id: string;
  readonly callId: string;
  /** Of From. */
  readonly tag: string;
}

/** A new one. */
export function newMessageIdentity(): MessageIdentity {
  return { id: newImdnMessageId(), callId: randomToken(24), tag: randomToken(10) };
}
