import { SETTINGS } from "../../../../config/catalogue.ts";
import type { SettingRow } from "../../services/mod.ts";

/** Every setting there is, with its default; `more` by key. For tests and for looking at pages. */
export function allSettings(more: Readonly<Record<string, Partial<SettingRow>>> = {}): SettingRow[] {
  return [...SETTINGS.values()].map(({ key, path, kind, notes, live, risky, locked }) => ({
    key,
    area: path.length > 1 || kind === "tables" ? path[0] : "",
    kind,
    help: notes.help,
    allowed: notes.allowed,
    unit: notes.unit ?? "",
    choices: notes.choices ?? [],
    default: notes.standard,
    value: notes.standard,
    origin: "default",
    set_by: "",
    apply: live ? "live" : "restart",
    risky,
    changed_at: 0,
    changed_by: "",
    words: notes.life?.words ?? "",
    locked: locked === "" ? "" : `only the settings file can set it: ${locked}`,
    ...more[key],
  }));
}
