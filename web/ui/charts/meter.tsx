import { useUi } from "../request_ui.ts";
import { t } from "../texts/kit.ts";

/** How much of a limit is used. Green, amber from 80 %, red from 95 %. `say`: writes both numbers; as numbers by default. */
export function Meter(
  { label, used, limit, say }: { label: string; used: number; limit: number; say?: (value: number) => string },
) {
  const { format, dir } = useUi();
  const write = say ?? ((value: number) => format.number(value));
  const part = limit <= 0 ? 0 : Math.min(1, used / limit);
  const width = part === 0 ? 0 : Math.max(2, part * 200);
  const tone = part >= 0.95 ? "critical" : part >= 0.8 ? "warning" : "";
  const text = t("meter", { used: write(used), limit: write(limit) });
  return (
    <div class={`meter ${tone}`}>
      <div class="chart-head">
        <span class="small strong">{label}</span>
        <span class="small soft num">{`${text} · ${format.percent(part)}`}</span>
      </div>
      <svg viewBox="0 0 200 6" height="8" preserveAspectRatio="none" role="img" aria-label={`${label}: ${text}`}>
        <rect class="track" width="200" height="6" rx="3" stroke-width="0.5" />
        <rect class="fill" x={dir === "rtl" ? 200 - width : 0} width={width} height="6" rx="3" />
      </svg>
    </div>
  );
}
