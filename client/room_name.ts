import { parseNameAddr, type SipRequest } from "../transport/sip/mod.ts";
import { unicode } from "./credentials.ts";

/** What a room is called: the group whose session it is, where our service says so, else whom its invitation is from. */
export function roomIn(request: SipRequest): string {
  const group = request.getOther("X-IM-Group");
  if (group !== undefined) {
    try {
      return unicode(parseNameAddr(group).uriText);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return unicode(request.from.uriText);
}
