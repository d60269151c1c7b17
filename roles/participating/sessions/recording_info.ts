import { EMPTY } from "../../../foundation/mod.ts";
import { type HeaderName, responseHead, type ServerTransaction, type SipRequest } from "../../../transport/sip/mod.ts";

/** The package that an INFO names (RFC 6086 §4.2), as packages are compared; "" for none. */
export function infoPackageOf(request: SipRequest): string {
  return request.method === "INFO" ? request.get("Info-Package")?.split(";", 1)[0].trim().toLowerCase() ?? "" : "";
}

/** Answers an INFO with a command about recording. `why`: it is not carried out, for people; null: it is. */
export function answerRecordingInfo(transaction: ServerTransaction, why: string | null): void {
  // 404 or 480 would end the dialog it came in (RFC 5057 §5.1).
  if (why === null) answer(transaction, 200, "OK", []);
  else answer(transaction, 403, why.replace(/[^\x20-\x7e]/g, "?").slice(0, 120), []);
}

/** Answers an INFO of a package that its sender was not told of. `taken`: the one that it was told of; "" for none. */
export function refuseInfoPackage(transaction: ServerTransaction, taken: string): void {
  answer(transaction, 469, "Bad Info Package", [["Recv-Info", taken]]);
}

function answer(
  transaction: ServerTransaction,
  status: number,
  reason: string,
  headers: readonly (readonly [HeaderName, string])[],
): void {
  transaction.respond(status, responseHead(transaction.request, status, { reason, headers }), EMPTY);
}
