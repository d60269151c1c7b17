import type { Clock } from "../../../../foundation/mod.ts";
import type { BackupService } from "../../services/mod.ts";
import { advice, ageText, DAYS, type HealthCheck, HOURS, type Issue, issue } from "../health_check.ts";

/** What the checks of backups take. */
export type BackupFacts = Pick<BackupService, "list" | "schedule" | "recovery" | "create" | "test">;

const RUN = "Back up now";

/** There is no backup, or the newest is older than the schedule allows. A box of a day needs none yet. */
export function backupAgeCheck(backups: BackupFacts, clock: Clock, firstStart: number): HealthCheck {
  return {
    code: "backup.old",
    every_ms: HOURS / 2,
    behind: ["storage.trouble", "disk.full"],
    async run(): Promise<Issue[]> {
      const now = clock.now();
      const newest = Math.max(0, ...(await backups.list()).map(({ created_at }) => created_at));
      const { enabled, every } = backups.schedule();
      if (newest === 0) {
        if (now - firstStart < DAYS) return [];
        const text = enabled ? "There is no backup yet." : "There is no backup, and none is scheduled.";
        return [
          issue("warning", text, advice("Make one now, and let the box make one each day.", "/admin/backups", RUN)),
        ];
      }
      const allowed = every === "week" && enabled ? 8 * DAYS : 2 * DAYS;
      const age = now - newest;
      if (age <= (enabled ? allowed : 8 * DAYS)) return [];
      const text = `The newest backup is ${ageText(age)} old${enabled ? "" : ", and none is scheduled"}.`;
      return [issue(age > 30 * DAYS ? "critical" : "warning", text, advice("Make one now.", "/admin/backups", RUN))];
    },
    async repair(_subject, by) {
      return `${(await backups.create(by)).name} was made.`;
    },
  };
}
