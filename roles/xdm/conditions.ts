import { XcapProblem } from "../../transport/xcap/mod.ts";
import type { Conditions } from "./document_service.ts";

export const UNCONDITIONAL: Conditions = { ifMatch: null, ifNoneMatch: null };

/**
 * Whether a request's conditions hold (RFC 9110 §13.1, RFC 4825 §7.11). Tags compare with that of the whole document, which all its
 * nodes share; `*` asks whether the very node is there. Throws 412. `not modified` is for GET alone.
 */
export function checkConditions(
  { ifMatch, ifNoneMatch }: Conditions,
  etag: string | null,
  nodeThere: boolean,
): "proceed" | "not modified" {
  if (ifMatch !== null) {
    const holds = ifMatch.includes("*") ? nodeThere : etag !== null && ifMatch.includes(etag);
    if (!holds) {
      const now = etag === null ? "there is no document" : `its entity tag is "${etag}"`;
      throw new XcapProblem(412, `If-Match does not hold: ${now}.`);
    }
  }
  if (ifNoneMatch !== null) {
    const matches = ifNoneMatch.includes("*") ? nodeThere : etag !== null && ifNoneMatch.includes(etag);
    if (matches) return "not modified";
  }
  return "proceed";
}
