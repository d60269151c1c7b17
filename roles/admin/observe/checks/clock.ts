import type { Clock } from "../../../../foundation/mod.ts";
import { advice, ageText, type HealthCheck, HOURS, type Issue, issue, MINUTES, SECONDS } from "../health_check.ts";

const JUMP_MS = 5 * SECONDS;
/** A jump is worth knowing for so long. */
const TOLD_MS = 2 * HOURS;
const OFFSET_MS = 10 * SECONDS;

/** The clock stands before this program was made: every certificate and every expiry is judged wrongly. */
export function clockWrongCheck(clock: Clock, builtAt: number): HealthCheck {
  return {
    code: "clock.wrong",
    every_ms: MINUTES,
    behind: [],
    run(): Issue[] {
      const now = clock.now();
      if (now >= builtAt) return [];
      return [issue(
        "critical",
        `The clock says ${
          new Date(now).toISOString().slice(0, 16)
        }Z, which is before this version was made: certificates, log-ins and expiries go wrong.`,
        advice("Set the clock, and let the system keep it by NTP."),
      )];
    },
  };
}

/** The clock was set by more than five seconds while the box ran: wall time against time that never jumps. */
export function clockJumpCheck(clock: Clock): HealthCheck {
  let before = clock.now() - clock.monotonic();
  let jumped: { readonly by: number; readonly at: number; readonly told: number } | null = null;
  return {
    code: "clock.jump",
    every_ms: 10 * SECONDS,
    behind: ["clock.wrong"],
    run(): Issue[] {
      const now = clock.now() - clock.monotonic();
      const by = now - before;
      before = now;
      if (Math.abs(by) >= JUMP_MS) jumped = { by, at: clock.now(), told: clock.monotonic() };
      if (jumped !== null && clock.monotonic() - jumped.told > TOLD_MS) jumped = null;
      if (jumped === null) return [];
      const length = Math.abs(jumped.by) < 2 * MINUTES
        ? `${Math.round(Math.abs(jumped.by) / SECONDS)} seconds`
        : ageText(Math.abs(jumped.by));
      return [{
        ...issue(
          "warning",
          `The clock jumped ${length} ${jumped.by > 0 ? "forward" : "back"}.`,
          advice(
            "Once after a start is normal. If it comes again: is NTP reachable, is the battery of the clock empty?",
          ),
        ),
        since: jumped.at,
      }];
    },
  };
}

/** The clock is off from a time server's. `offset_ms`: null where nobody was asked. */
export function clockOffsetCheck(offset_ms: () => Promise<number | null>): HealthCheck {
  return {
    code: "clock.offset",
    every_ms: HOURS,
    behind: ["clock.wrong"],
    async run(): Promise<Issue[]> {
      const offset = await offset_ms();
      if (offset === null || Math.abs(offset) < OFFSET_MS) return [];
      return [issue(
        "warning",
        `The clock is ${Math.round(Math.abs(offset) / SECONDS)} seconds ${offset > 0 ? "fast" : "slow"}.`,
        advice("Let the system keep the clock by NTP."),
      )];
    },
  };
}
