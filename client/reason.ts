import { type CallEnd, deltaSeconds, reasonPhrase, type SipResponse } from "../transport/sip/mod.ts";
import { unicode } from "./credentials.ts";
import type { Reason } from "./im_user.ts";

/** What a tired reader wants to be told where the service said no more than a number. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: "the service could not read the request",
  401: "user name or password are wrong",
  403: "it is not allowed",
  404: "there is no such user",
  407: "user name or password are wrong",
  408: "no answer in time",
  413: "it is too large for this way of sending",
  415: "the type of content is not taken",
  480: "nobody is there at present",
  481: "the other side knows nothing of this session any more",
  486: "busy",
  487: "given up",
  488: "the other side cannot talk in this way",
  503: "the service cannot be reached, or has too much to do",
  603: "declined",
};

/** Text of Warning values: `399 host "133 Size exceeded: …"` (RFC 3261 §20.43). */
function warningTexts(response: SipResponse): string[] {
  const texts: string[] = [];
  for (const value of response.list("Warning")) {
    const found = /^\s*[0-9]{3}\s+\S+\s+"((?:[^"\\]|\\.)*)"/.exec(value);
    if (found !== null) texts.push(unicode(found[1].replace(/\\(.)/g, "$1")));
  }
  return texts;
}

/** Why a request of ours was refused, or got no answer (`response` null). */
export function refusalReason(status: number, response: SipResponse | null): Reason {
  const parts: string[] = [];
  const phrase = response === null ? "" : unicode(response.reason);
  const meaning = MEANINGS[status];
  if (phrase !== "" && phrase !== reasonPhrase(status)) parts.push(phrase);
  else if (meaning !== undefined) parts.push(meaning);
  else if (phrase !== "") parts.push(phrase);
  if (response !== null) {
    for (const text of warningTexts(response)) if (!parts.includes(text)) parts.push(text);
    const accept = response.get("Accept");
    if (status === 415 && accept !== undefined) parts.push(`taken: ${unicode(accept)}`);
  }
  const retryAfter = deltaSeconds(response?.get("Retry-After")) ?? 0;
  if (retryAfter > 0) parts.push(`try again in ${retryAfter} s`);
  return reason(status, `${parts.join("; ")}${status > 0 ? ` (${status})` : ""}`, retryAfter);
}

/** A Reason of our own. */
export function reason(status: number, text: string, retryAfter = 0): Reason {
  return { status, text, retryAfter };
}

/** The text in a Reason header (RFC 3326): `SIP;cause=200;text="inactivity"`; "" for none. */
export function reasonText(value: string): string {
  const found = /;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(value);
  return found === null ? "" : unicode(found[1].replace(/\\(.)/g, "$1"));
}

/** The failure that a Reason header names (RFC 3326): 400 to 699 as `cause` of SIP; else 0. */
export function reasonCause(value: string): number {
  for (const each of value.replace(/"(?:[^"\\]|\\.)*"/g, "").split(",")) {
    const found = /^\s*SIP\s*;(?:.*;)?\s*cause\s*=\s*([4-6][0-9]{2})\s*(?:;|$)/i.exec(each);
    if (found !== null) return Number(found[1]);
  }
  return 0;
}

/** Why a call that stood is over. */
export function endReason(end: CallEnd): Reason {
  const text = reasonText(end.reason);
  switch (end.by) {
    case "peer":
      return reason(reasonCause(end.reason), text === "" ? "the other side has left" : text);
    case "us":
      return reason(0, text);
    case "session-timer":
      return reason(408, "the other side is gone (session timer)");
    case "no-ack":
      return reason(408, "the other side did not confirm");
    default:
      return end.status > 0 ? refusalReason(end.status, null) : reason(0, text === "" ? "the call failed" : text);
  }
}

/** Text for a reason phrase or inside of a quoted string: printable ASCII, no quotes. */
export function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "'").slice(0, 200);
}
