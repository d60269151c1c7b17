import { kitText, Notice, Spinner } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** While something is not there yet, or cannot be had. */
export function StateNotice({ state }: { state: string }) {
  if (state === "loading") return <Spinner label={kitText("loading")} />;
  return state === "failed" ? <Notice tone="warn">{t("failed")}</Notice> : null;
}
