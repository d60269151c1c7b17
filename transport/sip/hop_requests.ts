import { EMPTY } from "../../foundation/mod.ts";
import { parseMessage, type SipRequest, type SipResponse } from "./message.ts";
import { NO_LIMITS } from "./problem.ts";

/**
 * The ACK for a final response above 299 (RFC 3261 §17.1.1.3): Request-URI, top Via, From, Call-ID, CSeq number and Route
 * of the INVITE whose head is given, To of the response.
 */
export function ackFor(inviteHead: string, response: SipResponse): string {
  return hopRequest("ACK", inviteHead, response.get("To") ?? "", "");
}

/** The CANCEL for the INVITE whose head is given (RFC 3261 §9.1); `reason` is a Reason value (RFC 3326). */
export function cancelFor(inviteHead: string, reason: string | undefined): string {
  return hopRequest("CANCEL", inviteHead, null, reason === undefined ? "" : `Reason: ${reason}\r\n`);
}

function hopRequest(method: string, inviteHead: string, to: string | null, more: string): string {
  // The INVITE is one that was made here, so it is a request.
  const invite = parseMessage(inviteHead, EMPTY, NO_LIMITS) as SipRequest;
  let head = `${method} ${invite.uri} SIP/2.0\r\nVia: ${invite.via.text}\r\nMax-Forwards: 70\r\n`;
  for (const route of invite.getAll("Route")) head += `Route: ${route}\r\n`;
  head += `From: ${invite.get("From") ?? ""}\r\nTo: ${to ?? invite.get("To") ?? ""}\r\n`;
  head += `Call-ID: ${invite.callId}\r\nCSeq: ${invite.cseq.number} ${method}\r\n`;
  return `${head}${more}Content-Length: 0\r\n\r\n`;
}
