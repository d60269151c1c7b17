import type { Clock } from "../../../../foundation/mod.ts";
import type { SettingsService } from "../../services/mod.ts";
import { advice, DAYS, type HealthCheck, type Issue, issue, SECONDS } from "../health_check.ts";

/** Settings that could not be used as they are saved; the defaults stand in for them. */
export function settingsProblemCheck(problems: () => readonly string[]): HealthCheck {
  return {
    code: "settings.problem",
    every_ms: 30 * SECONDS,
    behind: [],
    run(): Issue[] {
      const found = problems();
      if (found.length === 0) return [];
      const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
      return [issue("warning", `A setting cannot be used: ${found[0]}${more}.`, advice("Mend it.", "/admin/settings"))];
    },
  };
}

/** The last change was taken back by the box: nobody must wonder why it is not in force. */
export function settingsRevertedCheck(settings: Pick<SettingsService, "history">, clock: Clock): HealthCheck {
  return {
    code: "settings.reverted",
    every_ms: 10 * SECONDS,
    behind: [],
    run(): Issue[] {
      const [last] = settings.history(1);
      if (last === undefined || last.state !== "reverted" || clock.now() - last.at > 7 * DAYS) return [];
      const keys = last.changes.map(({ key }) => key).join(", ");
      const repair = advice("Change it again and confirm in time, or leave it as it was.", "/admin/settings");
      return [{ ...issue("warning", `The change of ${keys} was taken back: ${last.why}.`, repair), since: last.at }];
    },
  };
}

/** Saved settings wait for a restart. */
export function settingsRestartCheck(settings: Pick<SettingsService, "restartNeeded">): HealthCheck {
  return {
    code: "settings.restart",
    every_ms: 10 * SECONDS,
    behind: [],
    run(): Issue[] {
      if (!settings.restartNeeded) return [];
      const repair = advice("Restart the service at a quiet time; it takes about a second.", "/admin/settings");
      return [issue("info", "Settings that were saved take effect with a restart.", repair)];
    },
  };
}
