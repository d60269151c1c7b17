import {
  buildMultipart,
  collapsedRecipients,
  findUriList,
  partHeader,
  UriListProblem,
} from "../../../transport/payload/mod.ts";
import type { HistoryParty, Subscriber } from "../../../storage/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { NO_PARTY } from "./keeper.ts";
import type { MessageContent } from "./pager_message.ts";
import { partyOf, type Side } from "./pager_parties.ts";

/** What a message to a list says, and to whom. */
export interface ListOriginal {
  readonly content: MessageContent;
  readonly parties: readonly HistoryParty[];
}

/** Recipients that are shown beside their sender. */
const MOST_PARTIES = 100;

/** The side of somebody who writes to many: `to` is the list's place or the group. */
export function listSide(
  sender: Subscriber,
  to: string,
  isGroup: boolean,
  parties: readonly HistoryParty[],
): Side {
  const own = partyOf(sender);
  const others = parties.filter(({ uri }) => uri !== sender.aor);
  return {
    listener: { aor: sender.aor, with: to, parties: [own, ...others] },
    from: own,
    to,
    group: isGroup ? { uri: to, name: "" } : NO_PARTY,
  };
}

/**
 * A message to a list as its recipients get it (RFC 5365): without the list. What cannot be read so is what it is. `whole`: its content.
 */
export function withoutList(request: SipRequest, whole: MessageContent): ListOriginal {
  try {
    const { list, rest } = findUriList({
      contentType: whole.contentType,
      disposition: request.get("Content-Disposition") ?? "",
      body: request.body,
    });
    if (list === null || rest.length === 0) return { content: whole, parties: [] };
    const parties = collapsedRecipients(list.entries).slice(0, MOST_PARTIES)
      .map(({ address, displayName }) => ({ uri: address, name: displayName }));
    return { content: contentOfParts(rest), parties };
  } catch (error) {
    if (error instanceof UriListProblem || error instanceof SyntaxError) return { content: whole, parties: [] };
    throw error;
  }
}

function contentOfParts(rest: ReturnType<typeof findUriList>["rest"]): MessageContent {
  if (rest.length > 1) {
    const { contentType, body } = buildMultipart("mixed", rest);
    return { contentType, headers: "", body };
  }
  const [part] = rest;
  let headers = "";
  for (const [name, value] of part.headers) {
    if (/^content-(?!type$|length$)/i.test(name)) headers += `${name}: ${value}\r\n`;
  }
  return { contentType: partHeader(part, "Content-Type") ?? "text/plain", headers, body: part.body };
}
