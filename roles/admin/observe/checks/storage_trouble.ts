import { advice, type HealthCheck, type Issue, issue, SECONDS } from "../health_check.ts";

/** Nothing can be stored. A full disk says so itself. */
export function storageTroubleCheck(trouble: () => string | null): HealthCheck {
  return {
    code: "storage.trouble",
    every_ms: 10 * SECONDS,
    behind: ["disk.full"],
    run(): Issue[] {
      const reason = trouble();
      if (reason === null) return [];
      return [issue(
        "critical",
        `Nothing can be stored at present: ${reason}. Messages that would have to wait are refused.`,
        advice("Look at the disk and at the log; writing goes on by itself once the cause is gone.", "/admin/logs"),
      )];
    },
  };
}
