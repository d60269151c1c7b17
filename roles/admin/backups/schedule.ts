import type { BackupSchedule } from "../services/mod.ts";

const DAY_MS = 86_400_000;

export const DEFAULT_SCHEDULE: BackupSchedule = {
  enabled: true,
  at: "02:30",
  every: "day",
  keep: 7,
  test: true,
  target: { kind: "none" },
};

/** Test-restores come once in so long. */
export const TEST_EVERY_MS = 30 * DAY_MS;

/**
 * When the next backup is due: the first time of day `at` (UTC) a day or a week after `last`; in the past where the box was
 * off then. `last` 0: there was none; the first one waits for its time of day after `since`, so that a box that is being set
 * up is not disturbed.
 */
export function nextDue({ at, every }: BackupSchedule, last: number, since: number): number {
  const [hours, minutes] = at.split(":").map(Number);
  const offset = (hours * 60 + minutes) * 60_000;
  const atOrAfter = (time: number) => {
    const midnight = Math.floor(time / DAY_MS) * DAY_MS;
    return midnight + offset >= time ? midnight + offset : midnight + DAY_MS + offset;
  };
  if (last === 0) return atOrAfter(since);
  return atOrAfter(last + (every === "day" ? 1 : 7) * DAY_MS - DAY_MS / 2);
}
