import { advice, type HealthCheck, type Issue, issue, MINUTES } from "../health_check.ts";
import type { BackupFacts } from "./backup_age.ts";

/** The last backup by schedule that did not come about, or was not sent; null: the last one went well. */
export type BackupFailure = { readonly at: number; readonly reason: string };

export function backupFailedCheck(backups: BackupFacts, lastFailure: () => BackupFailure | null): HealthCheck {
  return {
    code: "backup.failed",
    every_ms: 5 * MINUTES,
    behind: ["storage.trouble", "disk.full"],
    run(): Issue[] {
      const failure = lastFailure();
      if (failure === null) return [];
      const text = `The last backup failed: ${failure.reason}.`;
      const repair = advice("Mend the cause, then try again.", "/admin/backups", "Back up now");
      return [{ ...issue("warning", text, repair), since: failure.at }];
    },
    async repair(_subject, by) {
      return `${(await backups.create(by)).name} was made.`;
    },
  };
}
