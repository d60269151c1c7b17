import type { Problem } from "../../model/mod.ts";
import { t } from "./texts.ts";

/** A problem as a sentence: what the service says, else what its status means. */
export function problemText({ status, text, retryAfter }: Problem): string {
  const said = text !== "" ? text : wordsOf(status);
  return retryAfter > 0 ? `${said} ${t("problem.after", { n: Math.ceil(retryAfter) })}` : said;
}

function wordsOf(status: number): string {
  if (status === 0 || status === 408) return t("problem.silent");
  if (status === 401 || status === 403 || status === 603) return t("problem.forbidden");
  if (status === 404 || status === 604) return t("problem.missing");
  if (status === 413) return t("problem.large");
  if (status === 429 || status === 503) return t("problem.busy");
  return t("problem.other", { status: String(status) });
}
