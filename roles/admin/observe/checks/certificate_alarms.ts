import type { HealthItem, Severity } from "../../services/mod.ts";
import { type HealthCheck, type Issue, MINUTES } from "../health_check.ts";

/** What the keeper of the certificates has to say. */
export interface CertificateAlarm {
  /** `certificate.expires`, … */
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  readonly since: number;
  readonly repair: HealthItem["repair"];
}

/** The keeper of the certificates. */
export interface CertificateFacts {
  alarms(): readonly CertificateAlarm[];
  /** Gives what was done. Rejects with OperationError. */
  repair(code: string, by: string): Promise<string>;
}

/** Certificates that expire, have expired, or could not be used. A wrong clock makes these alarms up. */
export function certificateCheck(keeper: CertificateFacts): HealthCheck {
  return {
    code: "certificate",
    every_ms: MINUTES,
    behind: ["clock.wrong"],
    run(): Issue[] {
      return keeper.alarms().map((alarm) => ({ ...alarm, subject: alarm.code }));
    },
    repair: (code, by) => keeper.repair(code, by),
  };
}
