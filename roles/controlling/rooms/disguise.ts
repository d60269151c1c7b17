import {
  cpimContentType,
  cpimDateTime,
  type CpimExtension,
  type CpimHead,
  cpimHeadOctets,
  cpimSubjects,
  dateTimeText,
  imdnHeaders,
  imdnNamespace,
  imdnRequest,
  mimeHeader,
  type MimeHeaders,
} from "../../../transport/payload/mod.ts";
import type { Person } from "./person.ts";

/** Headers of the content that say how to read it; any other could say who wrote it. */
const CONTENT_HEADERS = [
  "Content-Disposition",
  "Content-Transfer-Encoding",
  "Content-Encoding",
  "Content-Language",
];
/** Longer ones, or ones with other characters, say more than an id has to. */
const PLAIN_ID = /^[A-Za-z0-9._~+=%-]{1,64}$/;

/**
 * The heads of a message whose sender is not to be known: what stands before the content's octets. From is the alias, To the room or the
 * alias of who gets it; DateTime in UTC, Subject, the id that is no request for notifications, and what the content needs are all that is
 * left of the others. `now`: wall time, ms, where the message has no time that can be read.
 */
export function disguisedHead(head: CpimHead, sender: Person, to: string, now: number): Uint8Array {
  const { uri, name } = sender.shown;
  const id = messageIdOf(head);
  const extensions: CpimExtension[] = id === null ? [] : imdnRequest(id, []);
  return cpimHeadOctets({
    from: { name: sender.nickname || name, uri },
    to: [{ name: "", uri: to }],
    dateTime: dateTimeText(timeOf(head) ?? now),
    subjects: cpimSubjects(head),
    namespaces: id === null ? [] : [imdnNamespace],
    extensions,
    contentHeaders: contentHeaders(head),
  });
}

function messageIdOf(head: CpimHead): string | null {
  try {
    const { messageId } = imdnHeaders(head);
    return messageId !== undefined && PLAIN_ID.test(messageId) ? messageId : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Only a time in the form it must have: `Date` reads other texts too. */
function timeOf(head: CpimHead): number | null {
  const text = cpimDateTime(head) ?? "";
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

function contentHeaders(head: CpimHead): MimeHeaders {
  const headers: [string, string][] = [["Content-Type", cpimContentType(head)]];
  for (const name of CONTENT_HEADERS) {
    const value = mimeHeader(head.contentHeaders, name);
    if (value !== undefined) headers.push([name, value]);
  }
  return headers;
}
