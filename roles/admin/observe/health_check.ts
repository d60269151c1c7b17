import type { HealthItem, Severity } from "../services/mod.ts";

/** What a check found. */
export interface Issue {
  /** Where there may be several: what it is about. "" else. */
  readonly subject: string;
  /** The item's code where it is not the check's code and the subject; begins with the check's code and a dot. */
  readonly code?: string;
  readonly severity: Severity;
  readonly text: string;
  readonly repair: HealthItem["repair"];
  /** Where the check knows better than the list since when it is so, ms. */
  readonly since?: number;
}

/** One thing that is looked at regularly. */
export interface HealthCheck {
  readonly code: string;
  readonly every_ms: number;
  /** Codes of checks: while one of them has an item, what this one finds is its echo and is not shown. */
  readonly behind: readonly string[];
  /** Empty: all is well. May throw: then it is said that the check could not be made. */
  run(): readonly Issue[] | Promise<readonly Issue[]>;
  /** The one-click repair of an issue with an `action`. Gives what was done; rejects with OperationError. */
  repair?(subject: string, by: string): Promise<string>;
}

export const SECONDS = 1000;
export const MINUTES = 60_000;
export const HOURS = 3_600_000;
export const DAYS = 86_400_000;

/** A repair that the admin does: words, and where there is one, the console's page. */
export function advice(text: string, page = "", action = ""): HealthItem["repair"] {
  return { text, page, action };
}

/** An issue of a check that has one at most. */
export function issue(severity: Severity, text: string, repair: HealthItem["repair"]): Issue {
  return { subject: "", severity, text, repair };
}

/** `3 days`, `5 hours`, `12 minutes`. */
export function ageText(ms: number): string {
  const [count, unit] = ms >= 2 * DAYS
    ? [ms / DAYS, "days"]
    : ms >= 2 * HOURS
    ? [ms / HOURS, "hours"]
    : [ms / MINUTES, "minutes"];
  return `${Math.floor(count)} ${unit}`;
}

/** `3.4 GB`, `12 MB`, `7 KB`. */
export function octetsText(octets: number): string {
  if (octets >= 1e9) return `${(octets / 1e9).toFixed(1)} GB`;
  return octets >= 1e6 ? `${Math.round(octets / 1e6)} MB` : `${Math.ceil(octets / 1000)} KB`;
}
