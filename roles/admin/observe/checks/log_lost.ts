import type { Clock } from "../../../../foundation/mod.ts";
import { advice, type HealthCheck, HOURS, type Issue, issue, MINUTES } from "../health_check.ts";

const MANY = 1000;

/** The log left out many lines in the last hour: something repeats itself. `lost`: since the start. */
export function logLostCheck(lost: () => number, clock: Clock): HealthCheck {
  let seen: { readonly at: number; readonly lost: number }[] = [];
  return {
    code: "log.lost",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const now = clock.monotonic();
      seen = [...seen.filter(({ at }) => now - at <= HOURS), { at: now, lost: lost() }];
      const count = seen[seen.length - 1].lost - seen[0].lost;
      if (count < MANY) return [];
      return [issue(
        "info",
        `The log left out ${count} lines within an hour, because they repeated themselves.`,
        advice("Look which text carries `dropped`: it says what floods the box.", "/admin/logs"),
      )];
    },
  };
}
