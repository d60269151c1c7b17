import { SETTINGS } from "./catalogue.ts";
import type { Overlay, ResolvedSettings, SettingSources } from "./setting_sources.ts";
import type { SettingChange } from "./settings_service.ts";
import { applied, MAX_VALUE_OCTETS, octetsOf, type StoredChange } from "./stored_settings.ts";

/** One mistake for each key that is wrong; without any, what is to be changed. */
export interface CheckedChanges {
  readonly errors: readonly { readonly key: string; readonly message: string }[];
  readonly changes: readonly StoredChange[];
}

/**
 * Checks changes together: each value alone, then the rules that join them, then whether the whole can be kept. A mistake has
 * the words of the settings file's. What is in force already is no change. `saved`: the console's values, `resolved` with them.
 */
export function checkChanges(
  sources: SettingSources,
  saved: Overlay,
  resolved: ResolvedSettings,
  requested: readonly SettingChange[],
): CheckedChanges {
  const errors = new Map<string, string>();
  const wanted = new Map<string, unknown>();
  for (const { key, value = null } of requested) {
    const fault = wanted.has(key) ? `${key} is given twice; allowed: once` : faultOf(sources, key, value);
    wanted.set(key, value);
    if (fault !== null && !errors.has(key)) errors.set(key, fault);
  }
  const changes: StoredChange[] = [];
  for (const [key, value] of errors.size > 0 ? [] : wanted) {
    const own = Object.hasOwn(saved, key);
    if (value === null ? !own : sameValue(value, resolved.valueOf(key)) && own === Object.hasOwn(resolved.used, key)) {
      continue;
    }
    changes.push({ key, ...(own ? { from: saved[key] } : {}), ...(value === null ? {} : { to: value }) });
  }
  if (changes.length > 0) checkTogether(sources, saved, resolved, changes, errors);
  return errors.size > 0
    ? { errors: [...errors].map(([key, message]) => ({ key, message })), changes: [] }
    : { errors: [], changes };
}

function faultOf(sources: SettingSources, key: string, value: unknown): string | null {
  const setting = SETTINGS.get(key);
  const lock = setting === undefined ? null : sources.lockOf(setting);
  if (lock !== null) return `${key} is set by ${lock.by}; allowed: to change it there`;
  // The default of a key that is not known, or not the console's, is no more to be set than a value.
  return sources.faultOf(key, value ?? setting?.notes.standard);
}

function checkTogether(
  sources: SettingSources,
  saved: Overlay,
  resolved: ResolvedSettings,
  changes: readonly StoredChange[],
  errors: Map<string, string>,
): void {
  const touched = new Set(changes.map(({ key }) => key));
  for (const { keys, message } of sources.clashesOf(applied(resolved.used, changes))) {
    // Beside the field that was changed, though the message names another.
    const key = keys.find((one) => touched.has(one)) ?? keys[0];
    if (!errors.has(key)) errors.set(key, message);
  }
  const octets = octetsOf(applied(saved, changes));
  if (errors.size > 0 || octets <= MAX_VALUE_OCTETS) return;
  const [{ key }] = [...changes].sort((a, b) => octetsOf(b.to ?? 0) - octetsOf(a.to ?? 0));
  errors.set(
    key,
    `${key} makes the console's settings ${octets} octets; allowed: ${MAX_VALUE_OCTETS}, and any length in the settings file`,
  );
}

/** Equal as JSON, whatever the order of a table's keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
