import { advice, type HealthCheck, HOURS, type Issue, issue, octetsText } from "../health_check.ts";

/** From here on a backup and a start take minutes. */
const LARGE = 8_000_000_000;

/** The database has grown large. `octets`: null where it is not known (a service elsewhere). */
export function storageSizeCheck(octets: () => Promise<number | null>): HealthCheck {
  return {
    code: "storage.size",
    every_ms: HOURS,
    behind: ["disk.full"],
    async run(): Promise<Issue[]> {
      const size = await octets();
      if (size === null || size < LARGE) return [];
      return [issue(
        "warning",
        `The database has ${octetsText(size)}: backups and starts take minutes.`,
        advice("Let messages wait for fewer days, or lower what may wait for a user.", "/admin/policy"),
      )];
    },
  };
}
