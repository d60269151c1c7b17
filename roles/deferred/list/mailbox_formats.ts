import { utf8 } from "../../../foundation/mod.ts";
import { DEFERRED_LIST_TYPE } from "../../../transport/payload/mod.ts";
import { boundedList } from "./list_document.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MailboxFormat } from "./mailbox_package.ts";

/** Octets of a list in a NOTIFY; who has more waiting is told how much, and fetches the document. */
const MOST_IN_NOTIFY = 49_152;

/** The list itself, under the name that an event package has for it (oma-reference §2.5). */
export function listFormat(event: "sip-profile" | "ua-profile"): MailboxFormat {
  return {
    event,
    contentType: DEFERRED_LIST_TYPE,
    body: (mailbox) => utf8(boundedList(mailbox, MOST_IN_NOTIFY) ?? ""),
    tag: ({ tag }) => tag,
  };
}

/**
 * The message waiting indication of RFC 3842: how many wait by kind. `new` are those that no device has had; the old ones wait only
 * for further devices.
 */
export const SUMMARY_FORMAT: MailboxFormat = {
  event: "message-summary",
  contentType: "application/simple-message-summary",
  body: (mailbox) => utf8(summaryText(mailbox)),
  tag: summaryText,
};

function summaryText({ aor, messages }: Mailbox): string {
  // RFC 3458 §6: pager mode has a class of its own; chats, large messages and files are multimedia.
  const counts = { "Pager-Message": [0, 0], "Multimedia-Message": [0, 0] };
  for (const { mode, status } of messages) {
    counts[mode === "pager" ? "Pager-Message" : "Multimedia-Message"][status === "retrieved" ? 1 : 0]++;
  }
  let text = `Messages-Waiting: ${messages.length > 0 ? "yes" : "no"}\r\nMessage-Account: ${aor}\r\n`;
  for (const [kind, [fresh, old]] of Object.entries(counts)) {
    if (fresh + old > 0) text += `${kind}: ${fresh}/${old}\r\n`;
  }
  return text;
}
