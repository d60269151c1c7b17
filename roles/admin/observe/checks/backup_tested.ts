import { OperationError } from "../../../../operations/mod.ts";
import type { Clock } from "../../../../foundation/mod.ts";
import type { BackupView } from "../../services/mod.ts";
import { advice, ageText, DAYS, type HealthCheck, HOURS, type Issue, issue } from "../health_check.ts";
import type { BackupFacts } from "./backup_age.ts";

const TEST_DAYS = 45;
const TEST = "Test the newest backup";

/** A backup that nobody has opened is a hope: the last test failed, was never made, or is long ago. */
export function backupTestedCheck(backups: BackupFacts, clock: Clock): HealthCheck {
  const newestOf = async (): Promise<BackupView | undefined> =>
    [...await backups.list()].sort((a, b) => b.created_at - a.created_at)[0];
  return {
    code: "backup.untested",
    every_ms: HOURS,
    behind: ["backup.old"],
    async run(): Promise<Issue[]> {
      const all = await backups.list();
      const tests = all.map(({ tested }) => tested).filter((tested) => tested !== null).sort((a, b) => b.at - a.at);
      if (all.length === 0) return [];
      const repair = advice("Try whether it can be restored; nothing is changed by that.", "/admin/backups", TEST);
      if (tests.length === 0) {
        const oldest = Math.min(...all.map(({ created_at }) => created_at));
        if (clock.now() - oldest < 2 * DAYS) return [];
        return [issue("warning", "No backup was ever tested.", repair)];
      }
      const [last] = tests;
      if (!last.ok) {
        return [issue("critical", `The last test of a backup failed: ${last.reason}.`, repair)];
      }
      const age = clock.now() - last.at;
      return age < TEST_DAYS * DAYS
        ? []
        : [issue("warning", `The last test of a backup was ${ageText(age)} ago.`, repair)];
    },
    async repair(_subject, by) {
      const newest = await newestOf();
      if (newest === undefined) throw new OperationError("not-found", "There is no backup to test");
      const { ok, reason, users, deferred_messages } = await backups.test(newest.name, by);
      if (!ok) throw new OperationError("invalid", `${newest.name} cannot be restored: ${reason}`);
      return `${newest.name} can be restored: ${users} users, ${deferred_messages} stored messages.`;
    },
  };
}
