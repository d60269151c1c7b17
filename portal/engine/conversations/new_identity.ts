import { randomToken } from "../../../foundation/mod.ts";
import type { MessageIdentity } from "../../../client/mod.ts";

/** What a message of ours is known by, on every try. */
export function newIdentity(): MessageIdentity {
  return { id: randomToken(24), callId: randomToken(24), tag: randomToken(10) };
}
