import type { ActivePolicy } from "../../xdm/mod.ts";

/** When sessions of a group may be: `until` is outside. */
type Schedule = ActivePolicy["schedule"];

/** Whether there may be a session at that time; without a schedule always. */
export function isWithin(schedule: Schedule, at: number): boolean {
  return schedule.length === 0 || schedule.some(({ from, until }) => at >= from && at < until);
}

/** When a session that is on at that time has to end: ranges that touch are one. `at` itself where there may be none. */
export function endOfRange(schedule: Schedule, at: number): number {
  if (schedule.length === 0) return Infinity;
  let end = at;
  for (const { from, until } of [...schedule].sort((a, b) => a.from - b.from)) {
    if (from <= end && until > end) end = until;
  }
  return end;
}
