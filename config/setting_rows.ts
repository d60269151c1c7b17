import { type Setting, SETTINGS } from "./catalogue.ts";
import type { ResolvedSettings, SettingSources } from "./setting_sources.ts";
import type { SettingDiff, SettingRow, SettingsVersion } from "./settings_service.ts";
import { candidateOf, type StoredChange, type StoredSettings, type StoredVersion } from "./stored_settings.ts";

/** Every setting as data: the page, REST and the command line are projections of it. */
export function settingRows(
  sources: SettingSources,
  resolved: ResolvedSettings,
  stored: StoredSettings,
): SettingRow[] {
  const candidate = candidateOf(stored);
  const waiting = new Set(candidate?.changes.map(({ key }) => key));
  return [...SETTINGS.values()].map((setting) => {
    const mark = candidate !== null && waiting.has(setting.key) ? candidate : stored.changed[setting.key];
    return rowOf(setting, sources, resolved, mark);
  });
}

function rowOf(
  setting: Setting,
  sources: SettingSources,
  resolved: ResolvedSettings,
  mark: { readonly at: number; readonly by: string } | undefined,
): SettingRow {
  const { key, path, kind, live, risky, notes } = setting;
  const lock = sources.lockOf(setting);
  const cannot = setting.locked === "" ? "" : `only the settings file can set it: ${setting.locked}`;
  return {
    key,
    area: path.length > 1 || kind === "tables" ? path[0] : "",
    kind,
    help: notes.help,
    allowed: notes.allowed,
    unit: notes.unit ?? "",
    choices: notes.choices ?? [],
    default: notes.standard,
    value: resolved.valueOf(key),
    origin: resolved.originOf(key),
    set_by: lock?.by ?? "",
    apply: live ? "live" : "restart",
    risky,
    changed_at: mark?.at ?? 0,
    changed_by: mark?.by ?? "",
    words: notes.life?.words ?? "",
    locked: lock === null ? cannot : `set by ${lock.by}`,
  };
}

/** A change as people see it: the default in the place of nothing. */
export function diffOf({ key, from, to }: StoredChange): SettingDiff {
  const standard = SETTINGS.get(key)?.notes.standard ?? null;
  return { key, from: from === undefined ? standard : from, to: to === undefined ? standard : to };
}

/** A version as people see it. */
export function versionOf(entry: StoredVersion): SettingsVersion {
  return { ...entry, changes: entry.changes.map(diffOf) };
}
