import { type HeaderId, ID, type SipRequest } from "../../transport/sip/mod.ts";

/** What an INVITE of the IM service is for (oma-reference §2.1). */
export type SessionKind = "session" | "large" | "file";

const IM = /(?:^|;)\s*\+g\.oma\.sip-im(?:\.large-message)?\s*(?:[;=]|$)/i;
const LARGE = /(?:^|;)\s*\+g\.oma\.sip-im\.large-message\s*(?:[;=]|$)/i;

/** Feature tags of the service, for our Contact (§2.1). */
export const IM_CONTACT = ";+g.oma.sip-im";
export const LARGE_CONTACT = ";+g.oma.sip-im;+g.oma.sip-im.large-message";

/** The parameters of a Contact of ours for that kind of session. */
export function contactParams(kind: SessionKind): string {
  return kind === "large" ? LARGE_CONTACT : IM_CONTACT;
}

/** True where a header of the request names the IM service by its feature tag. */
export function namesService(request: SipRequest): boolean {
  return tagged(request, IM);
}

/** True for Large Message Mode: one message, then BYE. */
export function namesLargeMode(request: SipRequest): boolean {
  return tagged(request, LARGE);
}

function tagged(request: SipRequest, tag: RegExp): boolean {
  return isTagged(request, ID["Accept-Contact"], tag) || isTagged(request, ID.Contact, tag);
}

function isTagged(request: SipRequest, header: HeaderId, tag: RegExp): boolean {
  const line = request.indexOf(header);
  if (line < 0) return false;
  // To look for one character is much faster than all that follows.
  if (request.ids.indexOf(header, line + 1) < 0 && !request.valueAt(line).includes("+")) return false;
  for (const value of request.list(header)) {
    const close = value.indexOf(">");
    if (tag.test(close < 0 ? value : value.slice(close + 1))) return true;
  }
  return false;
}
