import { IS_FOCUS_ALREADY, NOT_AUTHORISED } from "../../participating/mod.ts";
import type { CallParts, HeaderName, ResponseParts } from "../../../transport/sip/mod.ts";
import type { RoomRefusal } from "../policy/terms.ts";

export const IS_FOCUS: RoomRefusal = refused(
  403,
  "A conference cannot be part of another one",
  IS_FOCUS_ALREADY,
);

/** A refusal without a Warning, unless one is given. */
export function refused(status: number, reason: string, warning = ""): RoomRefusal {
  return { status, reason, warning };
}

/** 403 with the phrase for who has no right to the service asked for. */
export function notAuthorised(reason: string): RoomRefusal {
  return refused(403, reason, NOT_AUTHORISED);
}

/** 488 for a description that a room cannot have; the Warning says why, in words for people (RFC 3261 §20.43). */
export interface MediaRefusal extends RoomRefusal {
  readonly code: 302 | 304 | 305 | 399;
}

export function notAcceptable(code: MediaRefusal["code"], text: string): MediaRefusal {
  return { status: 488, reason: text, warning: text, code };
}

/** What goes into the response. `host`: who speaks in Warnings. */
export function partsOf(refusal: RoomRefusal | MediaRefusal, host: string): ResponseParts & CallParts {
  const { reason, status, warning } = refusal;
  const headers: [HeaderName, string][] = [];
  const code = "code" in refusal ? refusal.code : 399;
  if (warning !== "") headers.push(["Warning", `${code} ${host} "${printable(warning)}"`]);
  if (status === 503) headers.push(["Retry-After", "10"]);
  return { reason: printable(reason), headers };
}

/** A Reason value (RFC 3326) with these words. */
export function reasonValue(cause: number, text: string): string {
  return `SIP;cause=${cause};text="${printable(text)}"`;
}

/** Words of others in a header of ours. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 120);
}

/** True for what is a refusal and not the thing asked for. */
export function isRefusal(value: object): value is RoomRefusal {
  return "status" in value && "warning" in value;
}
