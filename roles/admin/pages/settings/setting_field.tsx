import type { Child } from "hono/jsx";
import {
  Badge,
  Checkbox,
  Field,
  type FormState,
  Icon,
  Said,
  Select,
  Textarea,
  Time,
  type Tone,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { SettingOrigin, SettingRow } from "../../services/mod.ts";
import { choiceLabel, settingHelp, settingHelpLanguage, settingLabel } from "./names.ts";
import { highlighted } from "./setting_search.ts";
import { settingText } from "./setting_value.ts";
import { RESET, SHOWN } from "./settings_form.ts";
import { t } from "./texts.ts";

/** One setting with its input, where its value comes from, and what is allowed. Locked ones only show their value. */
export function SettingField({ row, form, terms = [], acts, plain, compact }: {
  row: SettingRow;
  form: FormState;
  /** Words to mark. */
  terms?: readonly string[];
  /** The viewer may change settings. */
  acts: boolean;
  /** In a form of a few fields: without key, default and mark of origin. */
  plain?: boolean;
  /** Without its key. */
  compact?: boolean;
}) {
  const { key, locked } = row;
  const open = acts && locked === "";
  const resettable = open && row.origin === "console";
  return (
    <div class={plain ? "setting plain-setting" : "setting"} id={key}>
      {!plain && !(compact && row.origin === "default" && !row.risky && row.apply === "live") && (
        <div class="setting-head">
          {!compact && (
            <a class="setting-key" href={`#${key}`}>
              <code dir="ltr">
                <Marked text={key} terms={terms} />
              </code>
            </a>
          )}
          <span class="actions">
            {row.risky && <Badge tone="warning" icon="warning">{t("mark.risky")}</Badge>}
            {!row.risky && row.apply === "restart" && <Badge tone="plain" icon="refresh">{t("mark.restart")}</Badge>}
            {!(compact && row.origin === "default") && <OriginBadge origin={row.origin} />}
          </span>
        </div>
      )}
      {open && <input type="hidden" name={SHOWN} value={key} />}
      {open
        ? <Input row={row} form={form} hint={<Hint row={row} terms={terms} plain={plain} compact={compact} />} />
        : <Shown row={row} terms={terms} plain={plain} />}
      {resettable && !plain && (
        <div class="check small">
          <input
            type="checkbox"
            id={`r-${key}`}
            name={RESET}
            value={key}
            checked={(form.values[`${RESET} ${key}`] ?? "") !== ""}
          />
          <label for={`r-${key}`}>
            {t("reset")}
            <span class="unseen">{`: ${settingLabel(key)}`}</span>
          </label>
        </div>
      )}
    </div>
  );
}

const ORIGINS: Readonly<Record<SettingOrigin, Tone>> = {
  default: "plain",
  console: "ok",
  file: "info",
  environment: "info",
};

/** Where a value comes from. */
export function OriginBadge({ origin }: { origin: SettingOrigin }) {
  const locked = origin === "file" || origin === "environment";
  return <Badge tone={ORIGINS[origin]} icon={locked ? "lock" : undefined}>{t(`origin.${origin}`)}</Badge>;
}

/** A value to be looked at. */
export function SettingValue({ row, value }: { row: Pick<SettingRow, "key" | "kind" | "unit">; value: unknown }) {
  const { format } = useUi();
  const text = settingText(row, value);
  if (row.kind === "flag") return <>{t(value === true ? "value.on" : "value.off")}</>;
  if (text === "") return <span class="soft">{t("value.none")}</span>;
  if (row.kind === "choice") return <>{choiceLabel(row.key, text)}</>;
  if (row.kind === "number") return <>{`${format.number(Number(text))} ${unitText(row.unit)}`.trim()}</>;
  return <code class="lines" dir="ltr">{text}</code>;
}

/** `text` with its hits marked. */
export function Marked({ text, terms }: { text: string; terms: readonly string[] }) {
  return <>{highlighted(text, terms).map(({ text, hit }) => hit ? <mark>{text}</mark> : <>{text}</>)}</>;
}

function Input({ row, form, hint }: { row: SettingRow; form: FormState; hint: Child }) {
  const { key, kind, unit, choices } = row;
  const name = settingLabel(key);
  const label = unit === "" ? name : t("unit", { label: name, unit: unitText(unit) });
  const common = { form, name: key, label, hint };
  switch (kind) {
    case "flag":
      return <Checkbox {...common} />;
    case "choice":
      return <Select {...common} options={choices.map((value) => ({ value, label: choiceLabel(key, value) }))} />;
    case "lines":
      return <Textarea {...common} rows={rowsFor(form.values[key])} mono />;
    case "table":
    case "tables":
      return <Textarea {...common} rows={Math.max(4, rowsFor(form.values[key]))} mono />;
    case "number":
      return <Field {...common} inputmode="numeric" autocomplete="off" required maxlength={16} />;
    default:
      return <Field {...common} autocomplete="off" mono maxlength={1000} required={row.default !== ""} />;
  }
}

function rowsFor(text = ""): number {
  return Math.min(12, Math.max(2, text.split("\n").length + 1));
}

function Shown({ row, terms, plain }: { row: SettingRow; terms: readonly string[]; plain?: boolean }) {
  const { key, locked, set_by } = row;
  return (
    <div class="field">
      <p class="strong">{settingLabel(key)}</p>
      <p class="locked-value">
        {locked !== "" && <Icon name="lock" />}
        <SettingValue row={row} value={row.value} />
      </p>
      {locked !== "" && (
        <p class="hint">
          {`${t("locked")}: `}
          {set_by === "" ? <Said text={locked} /> : (
            <>
              {t(`origin.${row.origin}`)} <code dir="ltr">{set_by}</code>
            </>
          )}
        </p>
      )}
      <p class="hint">
        <Hint row={row} terms={terms} plain={plain} />
      </p>
    </div>
  );
}

function Hint(
  { row, terms, plain, compact }: { row: SettingRow; terms: readonly string[]; plain?: boolean; compact?: boolean },
) {
  const { format } = useUi();
  const { kind, unit, value, changed_at, changed_by } = row;
  const large = unit === "octets" && typeof value === "number" && value >= 10_000;
  const notes: Child[] = [
    kind === "lines" ? t("lines") : kind === "table" || kind === "tables" ? t("toml") : null,
    kind === "number" || kind === "lines" || kind === "text" || kind === "table"
      ? t("allowed", { what: allowedText(row) })
      : null,
    large ? t("about", { size: format.octets(value) }) : null,
  ].filter((note) => note !== null && note !== "");
  return (
    <>
      <span lang={settingHelpLanguage(row)} dir="auto">
        <Marked text={settingHelp(row)} terms={terms} />
      </span>
      {!plain && notes.map((note) => <>{" "}{note}{typeof note === "string" && /[.:]$/.test(note) ? "" : "."}</>)}
      {!plain && (
        <span class="setting-facts">
          {!(compact && row.origin === "default") && <DefaultOf row={row} />}
          {changed_at > 0 && (
            <span>
              {t("by", { by: changed_by })}, <Time at={changed_at} />
            </span>
          )}
        </span>
      )}
    </>
  );
}

function DefaultOf({ row }: { row: SettingRow }) {
  const { format } = useUi();
  const text = settingText(row, row.default);
  const shown = row.kind === "flag"
    ? t(row.default === true ? "value.on" : "value.off")
    : text === ""
    ? t("value.none")
    : row.kind === "number"
    ? format.number(Number(text))
    : row.kind === "choice"
    ? choiceLabel(row.key, text)
    : text.replaceAll("\n", ", ");
  return <span>{t("default", { value: shown })}</span>;
}

/** What is allowed; numbers in the language of the page. */
function allowedText({ allowed, kind }: SettingRow): string {
  const [, min, max] = kind === "number" ? /^a whole number from (\d+) to (\d+)/.exec(allowed) ?? [] : [];
  return min === undefined ? allowed : t("allowed.whole", { min: Number(min), max: Number(max) });
}

/** A unit in the language of the page. */
export function unitText(unit: string): string {
  const known = ["octets", "seconds", "days", "hours", "minutes", "ms", "messages", "messages a second"] as const;
  const found = known.find((one) => one === unit);
  return found === undefined ? unit : t(`unit.${found}`);
}
