import { advice, type HealthCheck, type Issue, issue, SECONDS } from "../health_check.ts";
import type { BackupFacts } from "./backup_age.ts";

/** Nobody has confirmed the recovery sheet: after the loss of the box its backups open for nobody, or for anybody. */
export function recoverySheetCheck(backups: BackupFacts): HealthCheck {
  return {
    code: "backup.recovery",
    every_ms: 10 * SECONDS,
    behind: [],
    run(): Issue[] {
      const { id, confirmed_at } = backups.recovery();
      if (confirmed_at > 0) return [];
      const text = id === ""
        ? "There is no recovery key: whoever has a backup file can read everything in it."
        : "The recovery sheet was not confirmed: backups are not sealed with it yet.";
      return [issue("warning", text, advice("Print the recovery sheet and confirm it.", "/admin/recovery"))];
    },
  };
}
