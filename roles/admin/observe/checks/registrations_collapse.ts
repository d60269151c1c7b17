import type { Clock } from "../../../../foundation/mod.ts";
import { advice, type HealthCheck, type Issue, issue, MINUTES, SECONDS } from "../health_check.ts";

const LOOK_MS = 30 * SECONDS;
const WINDOW_MS = 10 * MINUTES;
const LEAST = 20;
const SHARE = 0.5;
/** After that the new number counts as normal. */
const TOLD_MS = 2 * 60 * MINUTES;

/** More than half of the registrations were lost within ten minutes: a network, a firewall or a certificate broke. */
export function registrationsCollapseCheck(registered: () => number, clock: Clock): HealthCheck {
  let seen: { readonly at: number; readonly count: number }[] = [];
  let fallen: { readonly from: number; readonly at: number } | null = null;
  return {
    code: "registrations.collapse",
    every_ms: LOOK_MS,
    behind: ["doors.missing"],
    run(): Issue[] {
      const now = clock.monotonic();
      const count = registered();
      seen = [...seen.filter(({ at }) => now - at <= WINDOW_MS), { at: now, count }];
      const most = Math.max(...seen.map((one) => one.count));
      if (fallen === null && most > LEAST && count < most * SHARE) fallen = { from: most, at: now };
      if (fallen !== null && (count >= fallen.from * SHARE || now - fallen.at > TOLD_MS)) {
        fallen = null;
        seen = [{ at: now, count }];
      }
      if (fallen === null) return [];
      return [issue(
        "critical",
        `Registered users fell from ${fallen.from} to ${count} within ten minutes.`,
        advice("Look at the network, the certificate and the doors; clients come back by themselves.", "/admin/logs"),
      )];
    },
  };
}
