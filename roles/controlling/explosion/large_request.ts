import {
  type BodyPart,
  collapsedRecipients,
  findUriList,
  isEmptySelector,
  recipientHistoryPart,
  sends,
  UriListProblem,
} from "../../../transport/payload/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { readSessionBody, type SessionBody } from "../../session_media/mod.ts";
import type { RoomRefusal } from "../policy/terms.ts";

/** Whom a large message is for, as its INVITE says. */
export interface LargeList {
  /** URIs to send to, each once. */
  readonly recipients: readonly string[];
  /** What recipients are told of each other (RFC 5364 §6); null: nothing. */
  readonly history: BodyPart | null;
}

/** The list beside the description (RFC 5366 §4), or the answer that its request deserves. `most`: recipients that are allowed. */
export function listOf(request: SipRequest, most: number): LargeList | RoomRefusal {
  try {
    const { list } = findUriList({
      contentType: request.get("Content-Type") ?? "",
      disposition: request.get("Content-Disposition") ?? "",
      body: request.body,
    });
    if (list === null) return refused(400, "A list of recipients is missing (recipient-list)");
    const entries = collapsedRecipients(list.entries);
    if (entries.length > most) {
      const reason = `${entries.length} recipients, ${most} are allowed`;
      return { status: 413, reason, warning: "122 too many participants" };
    }
    return { recipients: entries.map(({ address }) => address), history: recipientHistoryPart(entries) };
  } catch (error) {
    if (error instanceof UriListProblem) return refused(error.status, oneLine(error.message));
    if (error instanceof SyntaxError) return refused(400, oneLine(error.message));
    throw error;
  }
}

/** The session in which the one message is to come, or why there is none. */
export function offerOf(request: SipRequest): SessionBody | RoomRefusal {
  const coding = request.get("Content-Encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    return refused(415, "Content encoding not understood");
  }
  const reading = readSessionBody({ contentType: request.get("Content-Type") ?? "", body: request.body });
  switch (reading.kind) {
    case "none":
      return refused(415, "A session description is needed");
    case "malformed":
      return refused(400, oneLine(`Body malformed: ${reading.reason}`));
    case "other":
      return notAcceptable("No message section that is in use");
    case "session": {
      const { media } = reading.body;
      if (media.file !== undefined && !isEmptySelector(media.file.selector)) {
        return notAcceptable("Files are not sent to lists and groups; large messages are");
      }
      return sends(media.direction) ? reading.body : notAcceptable("A large message is sent by who begins the session");
    }
  }
}

function refused(status: number, reason: string): RoomRefusal {
  return { status, reason, warning: "" };
}

function notAcceptable(text: string): RoomRefusal {
  return { status: 488, reason: text, warning: text };
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
