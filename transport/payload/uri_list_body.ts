import { mediaType } from "./media_type.ts";
import { type BodyPart, MULTIPART_LIMITS, parseMultipart, partHeader } from "./multipart.ts";
import {
  readUriList,
  RESOURCE_LISTS_TYPE,
  URI_LIST_LIMITS,
  type UriList,
  type UriListEntry,
  type UriListLimits,
  UriListProblem,
} from "./uri_list.ts";
import { RECIPIENT_LIST } from "./uri_list_history.ts";

/** A body as its request carries it; "" for headers that are not there. */
export interface CarriedBody {
  readonly contentType: string;
  readonly disposition: string;
  /** With or without angle brackets. */
  readonly contentId?: string;
  readonly body: Uint8Array;
}

/** A request's list, and what else is in its body. */
export interface CarriedUriList {
  /** Null where it has none. */
  readonly list: UriList | null;
  /** The other parts, views into the body; where the body is no multipart and no list, it alone. */
  readonly rest: readonly BodyPart[];
}

export interface FindUriListOptions {
  /** Default: `recipient-list`. */
  readonly disposition?: string;
  /** The Content-ID that a `cid:` names (RFC 5368): that part is the list, whatever its disposition, and no other. */
  readonly cid?: string;
  readonly limits?: UriListLimits;
}

/** Multipart bodies in multipart bodies that are looked into. */
const DEPTH = 4;

/**
 * Finds the list of URIs that a request carries: by the disposition, as the body itself or inside of multipart bodies. Several of them
 * are one (RFC 5363 §4.1). Throws UriListProblem: `not-a-list` for a part of that disposition of another type, and where a `cid`
 * is named that no part has.
 */
export function findUriList(carried: CarriedBody, options: FindUriListOptions = {}): CarriedUriList {
  const { contentType, disposition, contentId = "", body } = carried;
  const { disposition: wanted = RECIPIENT_LIST, cid, limits = URI_LIST_LIMITS } = options;
  const found: UriList[] = [], rest: BodyPart[] = [];
  const isWanted = cid === undefined
    ? (part: BodyPart) => mediaType(partHeader(part, "Content-Disposition") ?? "") === wanted
    : (part: BodyPart) => bare(partHeader(part, "Content-ID") ?? "") === bare(cid);
  let left = limits.entries;
  const visit = (part: BodyPart, depth: number): void => {
    const type = mediaType(partHeader(part, "Content-Type") ?? "");
    if (isWanted(part)) {
      if (type !== RESOURCE_LISTS_TYPE) {
        throw new UriListProblem("not-a-list", `the list is "${type.slice(0, 80)}"; allowed: ${RESOURCE_LISTS_TYPE}`);
      }
      const list = readUriList(part.body, { ...limits, entries: left });
      left -= list.entries.length;
      found.push(list);
    } else if (type.startsWith("multipart/") && depth < DEPTH) inside(part, depth + 1);
    else rest.push(part);
  };
  const inside = (part: BodyPart, depth: number): void => {
    const parts = partsOf(part);
    // One that holds no list is a part like any other.
    const lists = found.length, others = rest.length;
    for (const inner of parts) visit(inner, depth);
    if (found.length > lists || depth === 1) return;
    rest.length = others;
    rest.push(part);
  };
  if (body.length > 0) visit(wholeBody(contentType, disposition, contentId, body), 0);
  if (found.length === 0 && cid !== undefined) {
    throw new UriListProblem("not-a-list", `no part has the Content-ID <${bare(cid).slice(0, 80)}>`);
  }
  return { list: found.length === 0 ? null : together(found), rest };
}

function wholeBody(contentType: string, disposition: string, contentId: string, body: Uint8Array): BodyPart {
  const headers: [string, string][] = [["Content-Type", contentType]];
  if (disposition !== "") headers.push(["Content-Disposition", disposition]);
  if (contentId !== "") headers.push(["Content-ID", contentId]);
  return { headers, body };
}

function partsOf(part: BodyPart): BodyPart[] {
  try {
    return parseMultipart(partHeader(part, "Content-Type") ?? "", part.body, MULTIPART_LIMITS);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UriListProblem("malformed", error.message, 0, { cause: error });
  }
}

function together(lists: readonly UriList[]): UriList {
  if (lists.length === 1) return lists[0];
  const entries: UriListEntry[] = lists.flatMap((list) => list.entries);
  return { entries, references: lists.reduce((sum, { references }) => sum + references, 0) };
}

function bare(contentId: string): string {
  const trimmed = contentId.trim();
  return trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1) : trimmed;
}
