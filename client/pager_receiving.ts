import type { ResponseParts, SipRequest } from "../transport/sip/mod.ts";
import { CPIM_TYPE, IMDN_TYPE, IS_COMPOSING_TYPE, SYSTEM_MESSAGE_TYPE } from "../transport/payload/mod.ts";
import { unicode } from "./credentials.ts";
import { opened } from "./envelope.ts";
import type { Inbox } from "./inbox.ts";
import { partyOf } from "./invitations.ts";
import { ascii } from "./reason.ts";

/** What a MESSAGE may carry to a client of ours. */
const ACCEPT = [
  CPIM_TYPE,
  "text/plain",
  "text/html",
  IS_COMPOSING_TYPE,
  IMDN_TYPE,
  "multipart/alternative",
  SYSTEM_MESSAGE_TYPE,
].join(", ");
/** Octets that the body of a MESSAGE may become. */
const DECODED_MOST = 65_536;

/** Takes a MESSAGE outside of any call (RFC 3428): answers it, then hands on what is in it. */
export function takeMessage(
  inbox: Inbox,
  request: SipRequest,
  answer: (status: number, parts?: ResponseParts) => void,
): void {
  const { decode, user, xml } = inbox.world;
  const coding = request.get("Content-Encoding")?.trim().toLowerCase() ?? "identity";
  const body = coding === "identity" ? request.body : decode(coding, request.body, DECODED_MOST);
  if (body === null) return answer(415, { headers: [["Accept-Encoding", "identity"], ["Accept", ACCEPT]] });
  const what = opened(request.get("Content-Type") ?? "text/plain", body, xml);
  if (what.kind === "unreadable") return answer(400, { reason: ascii(what.reason) });
  answer(200);
  const peer = partyOf(request);
  switch (what.kind) {
    case "content":
      return inbox.content(what, peer, "pager", null, null, `${unicode(request.callId)} ${request.cseq.number}`);
    case "composing":
      return user.onComposing?.(peer.uri, what.status.state === "active", null);
    case "notifications":
      for (const each of what.list) inbox.outbox.notified(each);
  }
}
