import { parseMultipart } from "../../../transport/payload/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { EXPLODED_BY } from "../../sip_core/mod.ts";

/** It is a copy that a list or a group has made (oma-reference §3.3.8). */
export function isNested(request: SipRequest): boolean {
  if (request.getOther(EXPLODED_BY) !== undefined) return true;
  const type = request.get("Content-Type") ?? "";
  if (!/^multipart\//i.test(type)) return false;
  try {
    return parseMultipart(type, request.body).some(({ headers }) =>
      headers.some(([name, value]) =>
        name.toLowerCase() === "content-disposition" && /^\s*recipient-list-history\b/i.test(value)
      )
    );
  } catch (error) {
    // What is no multipart body at all has no such part; whoever reads it says so.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
