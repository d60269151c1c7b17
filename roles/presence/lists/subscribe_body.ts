import { toLatin1 } from "../../../foundation/mod.ts";
import { parseMultipart, partHeader } from "../../../transport/payload/mod.ts";
import {
  FilterProblem,
  type FilterSet,
  PresenceProblem,
  readFilterSet,
  readRecipients,
  type Recipient,
  RESOURCE_LISTS_TYPE,
  SIMPLE_FILTER_TYPE,
} from "../../../transport/presence/mod.ts";
import { mediaType, type Notification, type SubscribeRefusal } from "../../../transport/sip/mod.ts";

/** What the body of a SUBSCRIBE to a list says. */
export interface ListRequest {
  /** Of a list in the request (RFC 5367); null where there is none. */
  readonly recipients: readonly Recipient[] | null;
  readonly filters: FilterSet | null;
}

const NOTHING: ListRequest = { recipients: null, filters: null };
const PARTS = { parts: 8, headers: 16, head: 4096 };
const ACCEPT = `${RESOURCE_LISTS_TYPE}, ${SIMPLE_FILTER_TYPE}, multipart/mixed`;

/** Whether a body holds a list of recipients: to be asked before it is read. */
export function holdsRecipients({ contentType, body }: Notification): boolean {
  const type = mediaType(contentType);
  if (!type.startsWith("multipart/")) return type === RESOURCE_LISTS_TYPE;
  return toLatin1(body).toLowerCase().includes(RESOURCE_LISTS_TYPE);
}

/**
 * Reads the body: recipients, filters (RFC 4660), or both of them in a multipart body.
 *
 * @param most recipients; more get 413
 */
export function readListRequest(body: Notification | null, most: number): ListRequest | SubscribeRefusal {
  if (body === null) return NOTHING;
  try {
    const type = mediaType(body.contentType);
    if (!type.startsWith("multipart/")) return only(type, body.body, most) ?? unsupported(type);
    let request = NOTHING;
    for (const part of parseMultipart(body.contentType, body.body, PARTS)) {
      const partType = mediaType(partHeader(part, "Content-Type") ?? "text/plain");
      const read = only(partType, part.body, most);
      if (read === null) return unsupported(partType);
      request = { recipients: read.recipients ?? request.recipients, filters: read.filters ?? request.filters };
    }
    return request;
  } catch (error) {
    // Both problems of presence are syntax errors, too.
    if (!(error instanceof SyntaxError)) throw error;
    const status = error instanceof PresenceProblem || error instanceof FilterProblem ? error.status : 400;
    return { status, reason: error.message };
  }
}

/** Null for a type that is not known. */
function only(type: string, body: Uint8Array, most: number): ListRequest | null {
  if (type === RESOURCE_LISTS_TYPE) return { recipients: readRecipients(body, most), filters: null };
  if (type === SIMPLE_FILTER_TYPE) return { recipients: null, filters: readFilterSet(type, body) };
  return null;
}

function unsupported(type: string): SubscribeRefusal {
  return { status: 415, reason: `No ${type.slice(0, 80)} Here`, headers: [["Accept", ACCEPT]] };
}
