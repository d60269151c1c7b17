import type { AuditLog } from "../../../../storage/mod.ts";
import { advice, DAYS, type HealthCheck, type Issue, issue } from "../health_check.ts";

/** Somebody changed the past: the chain of the audit log is broken. Walked once a day. */
export function auditChainCheck(audit: Pick<AuditLog, "verify">): HealthCheck {
  return {
    code: "audit.broken",
    every_ms: DAYS,
    behind: [],
    async run(): Promise<Issue[]> {
      const report = await audit.verify();
      if (report.ok) return [];
      return [issue(
        "critical",
        `The audit log does not hold together at entry ${report.at}: ${report.reason}.`,
        advice("Export the log, keep the newest backups, and find out who had access to the database.", "/admin/audit"),
      )];
    },
  };
}
