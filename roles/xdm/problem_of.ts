import { OperationError } from "../../operations/mod.ts";
import { XcapProblem } from "../../transport/xcap/mod.ts";

/** A refusal of the documents as services of the box tell it; any other error as it is. */
export function operationError(error: unknown): unknown {
  if (!(error instanceof XcapProblem)) return error;
  const { status, message } = error;
  const kind = status === 404 ? "not-found" : status === 412 ? "stale" : status === 503 ? "unavailable" : "conflict";
  return new OperationError(kind, message, { cause: error });
}
