import type { SettingsModel } from "../../model/mod.ts";
import { bytesText, Notice } from "../kit/mod.ts";
import { t } from "./texts.ts";

/** From which part of the quota on it is told that it ends. */
const NEARLY_FULL = 0.9;

/** How long recordings stay, and how much of the room for them is taken. */
export function Retention({ settings: { recording } }: { settings: Pick<SettingsModel, "recording"> }) {
  const state = recording.state.value;
  const { octets, quota } = recording.taken.value;
  if (state === "loading" || state === "failed") return null;
  if (state === "forbidden") return <Notice tone="info">{t("forbidden")}</Notice>;
  const words = quota > 0
    ? t("taken", { octets: bytesText(octets), quota: bytesText(quota) })
    : t("taken-free", { octets: bytesText(octets) });
  const days = recording.keepDays.value;
  return (
    <div class="retention">
      <p>
        {quota > 0 && (
          <meter
            aria-label={words}
            min={0}
            max={quota}
            high={quota * NEARLY_FULL}
            optimum={0}
            value={Math.min(octets, quota)}
          />
        )}
        <span>{words}</span>
      </p>
      <p class="hint">
        {days > 0 ? t("kept", { n: days }) : t("kept-ever")} {state !== "on" && t("off")}
      </p>
      {quota > 0 && octets >= quota * NEARLY_FULL && <Notice tone="warn">{t("taken-full")}</Notice>}
    </div>
  );
}
