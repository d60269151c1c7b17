import { EMPTY } from "../../../foundation/mod.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest } from "../message.ts";
import { responseHead } from "../respond.ts";
import type { CallParts } from "./call.ts";

/** A header line. */
export type Line = readonly [HeaderName, string];

/** A response ready for a server transaction. */
export interface CallResponse {
  readonly status: number;
  readonly head: string;
  readonly body: Uint8Array;
}

/** A response inside a call: `more` are the call's own lines, before those of its user. */
export function callResponse(
  request: SipRequest,
  status: number,
  toTag: string,
  { reason, headers, description }: CallParts,
  more: readonly Line[] | undefined,
  recordRoute: boolean,
): CallResponse {
  const body = description?.body ?? EMPTY;
  const head = responseHead(request, status, {
    reason,
    toTag,
    headers: linesOf(more, headers),
    contentType: description?.contentType,
    body,
    recordRoute,
  });
  return { status, head, body };
}

/** Both lists as one, without a copy where one is missing. */
export function linesOf(
  first: readonly Line[] | undefined,
  second: readonly Line[] | undefined,
): readonly Line[] | undefined {
  if (first === undefined) return second;
  return second === undefined ? first : [...first, ...second];
}
