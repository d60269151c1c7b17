import { useUi } from "../request_ui.ts";
import { t } from "../texts/kit.ts";
import { piecesOf, roundTicks, thinned } from "./scale.ts";

/** Figures over time, a point every `step_ms` from `from`; null where nothing is known. */
export interface ChartSeries {
  readonly title: string;
  /** Stands behind values: `/s`, `MB`; "" for counts. */
  readonly unit?: string;
  readonly from: number;
  readonly step_ms: number;
  readonly points: readonly (number | null)[];
}

const WIDTH = 340, HEIGHT = 130, LEFT = 44, RIGHT = 6, TOP = 8, BOTTOM = 20;
const MOST_POINTS = 120, MOST_ROWS = 12;

/** A line over time, drawn by the server, with the same as a table for who does not see it. `say`: writes a value. */
export function LineChart(
  { series, say, level = 3 }: { series: ChartSeries; say?: (value: number) => string; level?: 2 | 3 },
) {
  const { format } = useUi();
  const write = say ?? ((value: number) => format.number(Math.abs(value) < 100 ? value : Math.round(value)));
  const known = series.points.filter((one) => one !== null);
  const last = known.at(-1);
  const unit = series.unit ?? "";
  const Title = level === 2 ? "h2" : "h3";
  return (
    <figure class="chart">
      <div class="chart-head">
        <Title>{series.title}</Title>
        {last !== undefined && (
          <span class="now">
            {write(last)}
            {unit !== "" && <small class="soft">{` ${unit}`}</small>}
          </span>
        )}
      </div>
      {last === undefined ? <p class="soft small">{t("chart.none")}</p> : (
        <>
          <Drawing series={series} known={known} write={write} />
          <AsTable series={series} write={write} />
        </>
      )}
    </figure>
  );
}

function Drawing(
  { series, known, write }: { series: ChartSeries; known: readonly number[]; write: (value: number) => string },
) {
  const { format } = useUi();
  const least = known.reduce((a, b) => Math.min(a, b)), most = known.reduce((a, b) => Math.max(a, b));
  const ticks = roundTicks(least, most);
  const low = ticks[0], high = ticks.at(-1)!;
  const points = thinned(series.points, MOST_POINTS);
  const x = (at: number) => round(LEFT + at * (WIDTH - LEFT - RIGHT));
  const y = (at: number) => round(TOP + at * (HEIGHT - TOP - BOTTOM));
  const ground = y(1);
  const pieces = piecesOf(points, low, high).map((piece) => piece.map(([px, py]) => [x(px), y(py)] as const));
  const length = series.step_ms * Math.max(1, series.points.length - 1);
  const when = (at: number) => length > 2 * 86_400_000 ? shortDate(format.date(at)) : format.time(at);
  const end = pieces.at(-1)!.at(-1)!;
  const label = t("chart.summary", {
    title: series.title,
    least: write(least),
    most: write(most),
    last: `${write(known.at(-1)!)} ${series.unit ?? ""}`.trim(),
  });
  // A chart's time runs from left to right in every script.
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} direction="ltr">
      {ticks.map((tick) => {
        const at = y(1 - (tick - low) / (high - low || 1));
        return (
          <>
            <line class="rule" x1={LEFT} x2={WIDTH - RIGHT} y1={at} y2={at} />
            <text class="tick" x={LEFT - 6} y={at + 4} text-anchor="end">{write(tick)}</text>
          </>
        );
      })}
      {[0, 0.5, 1].map((part) => (
        <text
          class="tick"
          x={x(part)}
          y={HEIGHT - 5}
          text-anchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}
        >
          {when(series.from + part * length)}
        </text>
      ))}
      {pieces.map((piece) => (
        <>
          <path class="area" d={`M${piece[0][0]} ${ground}${line(piece, "L")}L${piece.at(-1)![0]} ${ground}z`} />
          <path class="line" d={`M${line(piece, "L").slice(1)}${piece.length === 1 ? "h0.1" : ""}`} />
        </>
      ))}
      <circle class="last" cx={end[0]} cy={end[1]} r="3" />
    </svg>
  );
}

function line(piece: readonly (readonly [number, number])[], command: string): string {
  return piece.map(([x, y]) => `${command}${x} ${y}`).join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Without its year, which says little in a chart of 90 days. */
function shortDate(text: string): string {
  return text.replace(/,? ?\d{4}$/, "");
}

function AsTable({ series, write }: { series: ChartSeries; write: (value: number) => string }) {
  const { format } = useUi();
  const rows = thinned(series.points, MOST_ROWS);
  const step = series.step_ms * series.points.length / rows.length;
  return (
    <details class="more">
      <summary>
        {t("chart.table")}
        <span class="unseen">{`: ${series.title}`}</span>
      </summary>
      <div class="table-box">
        <table class="table">
          <caption class="unseen">{series.title}</caption>
          <thead>
            <tr>
              <th scope="col">{t("chart.when")}</th>
              <th scope="col">{(series.unit ?? "") === "" ? series.title : `${series.title} (${series.unit})`}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((value, i) => (
              <tr>
                <th scope="row">{format.dateTime(series.from + i * step)}</th>
                <td>{value === null ? "–" : write(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** A line of the size of a word, for a figure that has its name and value beside it. */
export function Sparkline({ points }: { points: readonly (number | null)[] }) {
  const known = points.filter((one) => one !== null);
  if (known.length < 2) return null;
  const low = known.reduce((a, b) => Math.min(a, b)), high = known.reduce((a, b) => Math.max(a, b));
  const pieces = piecesOf(thinned(points, 60), low, high === low ? low + 1 : high);
  return (
    <div class="spark chart" aria-hidden="true">
      <svg viewBox="0 0 120 26" height="26" preserveAspectRatio="none">
        {pieces.map((piece) => {
          const at = piece.map(([x, y]) => [round(x * 120), round(2 + y * 22)] as const);
          return (
            <>
              <path class="area" d={`M${at[0][0]} 26${line(at, "L")}L${at.at(-1)![0]} 26z`} />
              <path class="line" d={`M${line(at, "L").slice(1)}`} />
            </>
          );
        })}
      </svg>
    </div>
  );
}
