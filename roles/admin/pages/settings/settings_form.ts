import type { FormState, Posted } from "../../../../web/ui/mod.ts";
import type { CandidateView, SettingChange, SettingRow } from "../../services/mod.ts";
import type { ApiClient } from "../frame/api_client.ts";
import { needed } from "../frame/api_client.ts";
import { readSetting, sameValue, settingText } from "./setting_value.ts";
import { t } from "./texts.ts";

/** What GET /settings gives, with its ETag. */
export interface SettingsState {
  readonly etag: string;
  readonly version: number;
  readonly restart_needed: boolean;
  readonly candidate: CandidateView | null;
  readonly settings: readonly SettingRow[];
}

export async function readSettings(api: ApiClient): Promise<SettingsState> {
  const answer = await api.get<Omit<SettingsState, "etag">>("/settings");
  return { ...needed(answer), etag: answer.ok ? answer.etag : "" };
}

/** Rows by key; those that this box does not know are left out. */
export function rowsOf(state: SettingsState, keys: readonly string[]): SettingRow[] {
  return keys.flatMap((key) => state.settings.filter((row) => row.key === key));
}

/** The form with what is in force. */
export function settingsForm(rows: readonly SettingRow[]): FormState {
  const values = Object.fromEntries(rows.map((row) => [row.key, settingText(row, row.value)]));
  return { values, errors: {}, alert: "" };
}

/** Names of the form's own fields; they hold no dot alone, so no setting has them. */
export const SHOWN = "_shown", RESET = "_reset", ETAG = "_etag", CHANGES = "_changes", DO = "do";

/** What a posted form changes of `rows`: only what it showed, what is not locked, and what differs. */
export function readChanges(
  posted: Posted,
  rows: readonly SettingRow[],
): { readonly changes: SettingChange[]; readonly form: FormState } {
  const shown = new Set(posted.list(SHOWN));
  const reset = new Set(posted.list(RESET));
  const changes: SettingChange[] = [];
  const errors: Record<string, string> = {};
  const values: Record<string, string> = {};
  for (const row of rows) {
    const { key } = row;
    if (!shown.has(key) || row.locked !== "") continue;
    const typed = posted.raw(key);
    values[key] = typed;
    if (reset.has(key)) {
      values[`${RESET} ${key}`] = "on";
      changes.push({ key, value: null });
      continue;
    }
    const read = readSetting(row, typed);
    if ("error" in read) {
      errors[key] = read.error === "number" ? t("bad.number") : t("bad.toml", { line: read.line });
    } else if (!sameValue(read.value, row.value)) {
      changes.push({ key, value: read.value });
    }
  }
  return { changes, form: { values: { ...settingsForm(rows).values, ...values }, errors, alert: "" } };
}

/** The changes that a review carries along; null where they cannot be read. REST checks them again. */
export function carriedChanges(posted: Posted): SettingChange[] | null {
  let carried: unknown;
  try {
    carried = JSON.parse(posted.raw(CHANGES));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!Array.isArray(carried)) return null;
  const changes = carried.filter((one) => typeof one?.key === "string");
  return changes.map(({ key, value }) => ({ key, value: value ?? null }));
}

/** The form as if these changes had just been typed. */
export function formWith(rows: readonly SettingRow[], changes: readonly SettingChange[]): FormState {
  const form = settingsForm(rows);
  const values: Record<string, string> = { ...form.values };
  for (const { key, value } of changes) {
    const row = rows.find((one) => one.key === key);
    if (row === undefined) continue;
    if (value === null) values[`${RESET} ${key}`] = "on";
    else values[key] = settingText(row, value);
  }
  return { ...form, values };
}
