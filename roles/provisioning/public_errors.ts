import type { Log } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import { PageError } from "../../web/ui/mod.ts";
import { t } from "./texts.ts";

/** What went wrong, for people. */
export function pageErrorOf(error: Error, log: Log): PageError {
  if (error instanceof PageError) return error;
  if (!(error instanceof OperationError)) {
    log.error("page failed", { error: error.stack ?? error.message });
    return new PageError(500, "");
  }
  if (error.kind === "unavailable") {
    log.warn("nothing can be stored for a page", { error: error.message });
    return new PageError(503, t("unavailable_lead"));
  }
  return new PageError(error.kind === "not-found" ? 404 : 409, t("refused", { reason: error.message }));
}
