import { advice, type HealthCheck, type Issue, issue, SECONDS } from "../health_check.ts";

const MANY = 2000;
/** In a row: a burst is no queue. */
const LOOKS = 3;

/** Writes queue up before the store. */
export function storageSlowCheck(waiting: () => number): HealthCheck {
  let looks = 0;
  return {
    code: "storage.slow",
    every_ms: 10 * SECONDS,
    behind: ["storage.trouble"],
    run(): Issue[] {
      const now = waiting();
      looks = now >= MANY ? looks + 1 : 0;
      if (looks < LOOKS) return [];
      return [issue(
        "warning",
        `${now} writes wait for the disk: it is slower than what comes in.`,
        advice("Look for what else uses the disk; a solid-state disk takes thousands of commits a second."),
      )];
    },
  };
}
