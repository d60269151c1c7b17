import { advice, type HealthCheck, type Issue, issue, MINUTES, octetsText } from "../health_check.ts";
import type { DiskSpace } from "../machine_figures.ts";

/** Below either the store is about to refuse writes: the database, its log and a backup need room beside each other. */
const FULL = { share: 0.01, octets: 200_000_000 };
/** Low is what is little for the disk and little for the box; or very little at all. */
const LOW = { share: 0.1, octets: 10_000_000_000, least: 1_000_000_000 };

function text({ free, total }: DiskSpace): string {
  return `${octetsText(free)} of ${octetsText(total)} (${Math.floor(free / total * 100)} %) are free on the data disk`;
}

function isFull({ free, total }: DiskSpace): boolean {
  return free < FULL.octets || free < total * FULL.share;
}

/** The data disk is full, or as good as. */
export function diskFullCheck(space: () => DiskSpace | null): HealthCheck {
  return {
    code: "disk.full",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const found = space();
      if (found === null || !isFull(found)) return [];
      return [issue(
        "critical",
        `${text(found)}: messages and registrations will soon be refused.`,
        advice("Remove old backups, or give the box a larger disk.", "/admin/backups"),
      )];
    },
  };
}

/** The data disk is filling up. */
export function diskLowCheck(space: () => DiskSpace | null): HealthCheck {
  return {
    code: "disk.low",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const found = space();
      if (found === null || isFull(found)) return [];
      const { free, total } = found;
      if (free >= LOW.least && (free >= total * LOW.share || free >= LOW.octets)) return [];
      return [issue(
        "warning",
        `${text(found)}.`,
        advice("Remove old backups, keep fewer of them, or give the box a larger disk.", "/admin/backups"),
      )];
    },
  };
}
