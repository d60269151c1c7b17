import { useUi } from "../../../../web/ui/mod.ts";
import { BOX_NAME } from "./box_name.ts";
import { shortened, type ShownStep, startLine } from "./ladder_steps.ts";
import { t } from "./texts.ts";

/** All in units of the picture, which are CSS pixels where there is room. */
const GUTTER = 84, HEAD = 64, ROW = 46, FOOT = 16;
/** What a page of the usual width has for columns, and how wide one may be. */
const ROOM = 820, LEAST = 164, MOST = 300;
/** How wide a letter is, about. */
const LETTER = 6.7;

/**
 * The flow as a picture: participants as columns, time downwards. For eyes only: assistive technology reads the table, which
 * says the same. Time runs one way in every language, so the picture is not mirrored.
 */
export function LadderPicture({ participants, steps }: {
  participants: readonly string[];
  steps: readonly ShownStep[];
}) {
  const column = Math.round(Math.min(MOST, Math.max(LEAST, ROOM / participants.length)));
  const width = GUTTER + participants.length * column;
  const height = HEAD + steps.length * ROW + FOOT;
  return (
    <div class="ladder-box" dir="ltr" tabindex={0} role="region" aria-label={t("ladder.words")}>
      <svg
        class="ladder"
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        aria-hidden="true"
        focusable="false"
      >
        {participants.map((name, at) => <Lane name={name} at={at} column={column} height={height} />)}
        {steps.map((step, at) => <Arrow step={step} at={at} column={column} />)}
      </svg>
    </div>
  );
}

const laneX = (at: number, column: number) => GUTTER + (at + 0.5) * column;

function Lane({ name, at, column, height }: { name: string; at: number; column: number; height: number }) {
  const x = laneX(at, column);
  const letters = Math.floor((column - 28) / LETTER);
  const box = name === BOX_NAME;
  // `sip:alice@example.test (192.0.2.7:5060)`: two lines.
  const [, who = name, where = ""] = /^(.*) \(([^()]*)\)$/.exec(name) ?? [];
  return (
    <g class={box ? "lane own" : "lane"}>
      <line class="life" x1={x} y1={HEAD - 12} x2={x} y2={height} />
      <rect x={x - column / 2 + 8} y={4} width={column - 16} height={HEAD - 16} rx={8} />
      <text class="who" x={x} y={where === "" && !box ? 33 : 24}>{shortened(who, letters)}</text>
      {(where !== "" || box) && <text class="where" x={x} y={41}>{box ? t("box") : shortened(where, letters)}</text>}
    </g>
  );
}

function Arrow(
  { step: { step, offset, from, to, again, kind }, at, column }: { step: ShownStep; at: number; column: number },
) {
  const { format } = useUi();
  const y = HEAD + at * ROW + ROW - 14;
  const [x1, x2] = [laneX(from, column), laneX(to, column)];
  const way = x2 < x1 ? -1 : 1;
  const letters = Math.floor((Math.max(column, Math.abs(x2 - x1)) - 20) / LETTER);
  const words = startLine(step.start_line);
  const label = again ? `${shortened(words, Math.max(8, letters - 3))} ↻` : shortened(words, letters);
  return (
    <g class={again ? `${kind} again` : kind}>
      <text class="offset" x={GUTTER - 14} y={y + 4}>{`+${seconds(offset, format.number.bind(format))}`}</text>
      <line class="arrow" x1={x1} y1={y} x2={x2 - way * 7} y2={y} />
      <path class="tip" d={`M${x2} ${y}l${-way * 9} -4.5v9z`} />
      <text class="label" x={(x1 + x2) / 2} y={y - 7}>{label}</text>
    </g>
  );
}

/** `0.012 s`, three digits: as an engineer reads it. */
function seconds(ms: number, write: (value: number) => string): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${write(Math.round(ms / 10) / 100)} s`;
}
