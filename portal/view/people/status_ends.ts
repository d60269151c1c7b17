/** How long a status stays: what the user may choose. */
export type Ends = "never" | "30m" | "1h" | "4h" | "today" | "kept";

const MINUTE = 60_000;

/** When it ends, wall time; 0: never. `kept`: as it is. */
export function endOf(ends: Ends, now: number, kept: number): number {
  if (ends === "never") return 0;
  if (ends === "kept") return kept;
  if (ends === "30m") return now + 30 * MINUTE;
  if (ends === "1h") return now + 60 * MINUTE;
  if (ends === "4h") return now + 240 * MINUTE;
  const midnight = new Date(now);
  // By the calendar: a day on which the clock is changed is not of 24 hours.
  midnight.setHours(24, 0, 0, 0);
  return midnight.getTime();
}
