import type { SipRequest } from "./message.ts";
import { MAGIC_COOKIE } from "./via_header.ts";

/**
 * What a request is matched to its server transaction by (RFC 3261 §17.2.3), method aside: branch and sent-by. The method
 * is compared by the layer, since ACK and CANCEL look for the transaction of another method. A branch without the magic
 * cookie, or with nothing after it (RFC 4475 §3.2.1), is matched as RFC 2543 did.
 *
 * The CSeq number is part of the key beyond what the RFC asks: a repeated request has the same one, and so have ACK and
 * CANCEL, while clients that use one branch for all their requests (sipp in a loop) would have the answer to the first again.
 */
export function serverKey(request: SipRequest): string {
  const via = request.via;
  const branch = via.branch;
  return hasCookie(branch)
    ? `${branch} ${via.host}:${via.port} ${request.cseq.number}`
    : legacyKey(request, request.to.tag);
}

/**
 * The key of the ACK for a final response with this To tag, where the request was matched as in RFC 2543: such an ACK
 * carries the response's tag, not the request's. Null where the ACK has the INVITE's own key.
 */
export function legacyAckKey(invite: SipRequest, responseTag: string): string | null {
  return hasCookie(invite.via.branch) ? null : legacyKey(invite, responseTag);
}

/** What a response is matched to its client transaction by (RFC 3261 §17.1.3): a CANCEL shares the branch of its INVITE. */
export function clientKey(branch: string, method: string): string {
  return method === "CANCEL" ? branch + " CANCEL" : branch;
}

function hasCookie(branch: string): boolean {
  if (branch.length <= MAGIC_COOKIE.length) return false;
  return branch.startsWith(MAGIC_COOKIE) ||
    branch.slice(0, MAGIC_COOKIE.length).toLowerCase() === MAGIC_COOKIE.toLowerCase();
}

function legacyKey(request: SipRequest, toTag: string): string {
  const { transport, host, port, branch } = request.via;
  const via = `${transport} ${host}:${port} ${branch}`;
  return `2543 ${via} ${request.callId} ${request.cseq.number} ${request.from.tag} ${toTag} ${request.uri}`;
}
