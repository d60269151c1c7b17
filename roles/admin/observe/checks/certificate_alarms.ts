import type { Severity } from "../../services/mod.ts";
import { advice, type HealthCheck, type Issue, MINUTES } from "../health_check.ts";

/** What the keeper of the certificates has to say. */
export interface CertificateAlarm {
  /** `expires`, `expired`, `self-signed`, … */
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  readonly since: number;
  readonly repair: string;
  /** A fresh self-signed one would mend it. */
  readonly renewable: boolean;
}

export interface CertificateFacts {
  alarms(): readonly CertificateAlarm[];
  /** Gives what was done. */
  renew(by: string): Promise<string>;
}

/** Certificates that expire, have expired, or could not be used. A wrong clock makes these alarms up. */
export function certificateCheck(facts: CertificateFacts): HealthCheck {
  return {
    code: "certificate",
    every_ms: MINUTES,
    behind: ["clock.wrong"],
    run(): Issue[] {
      return facts.alarms().map(({ code, severity, text, since, repair, renewable }) => ({
        subject: code,
        severity,
        text,
        since,
        repair: advice(repair, "/admin/certificates", renewable ? "Renew the self-signed certificate" : ""),
      }));
    },
    repair: (_subject, by) => facts.renew(by),
  };
}
