import { valueText } from "./explain.ts";
import type { SettingDiff } from "./settings_service.ts";

/** Changes in one entry; an entry of the audit log has at most 4,000 characters. */
const CHANGES_AN_ENTRY = 15;

/** What the audit log says about changes: before and after of each, long values cut. No setting is a secret. */
export function auditFacts(version: number, changes: readonly SettingDiff[]): Record<string, string | number>[] {
  const entries: Record<string, string | number>[] = [];
  for (let at = 0; at < changes.length; at += CHANGES_AN_ENTRY) {
    const facts: Record<string, string | number> = { version };
    for (const { key, from, to } of changes.slice(at, at + CHANGES_AN_ENTRY)) {
      facts[key] = `${valueText(from)} -> ${valueText(to)}`;
    }
    entries.push(facts);
  }
  return entries;
}
