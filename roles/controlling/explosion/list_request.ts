import {
  buildMultipart,
  collapsedRecipients,
  findUriList,
  partHeader,
  recipientHistory,
  UriListProblem,
} from "../../../transport/payload/mod.ts";
import { HeadEditor, NO_LIMITS, parseMessage, SipRequest } from "../../../transport/sip/mod.ts";
import type { RoomRefusal } from "../policy/terms.ts";

/** A message to a list (RFC 5365), taken apart. */
export interface ListRequest {
  /** What is to be sent, without the list: the same request with the body that recipients get. */
  readonly request: SipRequest;
  /** URIs to send to. */
  readonly recipients: readonly string[];
  /** What recipients are told of each other (RFC 5364 §6); null: nothing. */
  readonly history: string | null;
}

/** The answer to one that is refused; `warning` where the OMA has a text for it. `most`: recipients that are allowed. */
export function readListRequest(request: SipRequest, most: number): ListRequest | RoomRefusal {
  try {
    const { list, rest } = findUriList({
      contentType: request.get("Content-Type") ?? "",
      disposition: request.get("Content-Disposition") ?? "",
      body: request.body,
    });
    if (list === null) return { status: 400, reason: "A list of recipients is missing (recipient-list)", warning: "" };
    const entries = collapsedRecipients(list.entries);
    if (entries.length > most) {
      return {
        status: 413,
        reason: `${entries.length} recipients, ${most} are allowed`,
        warning: "122 too many participants",
      };
    }
    if (rest.length === 0) return { status: 400, reason: "There is a list, and nothing to send", warning: "" };
    const history = recipientHistory(entries);
    return {
      request: withoutList(request, rest.length === 1 ? partOf(rest[0]) : buildMultipart("mixed", rest)),
      recipients: entries.map(({ address }) => address),
      history: history === null ? null : new TextDecoder().decode(history),
    };
  } catch (error) {
    if (error instanceof UriListProblem) return { status: error.status, reason: oneLine(error.message), warning: "" };
    if (error instanceof SyntaxError) return { status: 400, reason: oneLine(error.message), warning: "" };
    throw error;
  }
}

interface Content {
  readonly contentType: string;
  readonly body: Uint8Array;
}

function partOf(part: Parameters<typeof partHeader>[0]): Content {
  return { contentType: partHeader(part, "Content-Type") ?? "text/plain", body: part.body.slice() };
}

function withoutList(request: SipRequest, { contentType, body }: Content): SipRequest {
  const editor = new HeadEditor(request).set("Content-Type", contentType).set("Content-Length", String(body.length))
    .remove("Content-Disposition").remove("Require");
  // Our own text: it was within the limits when it came.
  const made = parseMessage(editor.toString(), body, NO_LIMITS);
  if (!(made instanceof SipRequest)) throw new TypeError("a request without its list is no request");
  return made;
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
