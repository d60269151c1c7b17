import type { Clock } from "../../../foundation/mod.ts";
import type { AuditLog } from "../../../storage/mod.ts";

const FLOOD_MS = 60_000;
const FLOOD_TABLE = 4096;

export type LoginOutcome =
  | "ok"
  | "code wanted"
  | "wrong password"
  | "wrong code"
  | "not allowed"
  | "throttled"
  | "busy";

/**
 * Writes each attempt to log in to the audit log (SEC-6); those that nobody looked at (`throttled`, `busy`) once a minute for
 * a source, with their number, so that a flood does not push the rest out.
 */
export class LoginRecord {
  readonly #audit: Pick<AuditLog, "append">;
  readonly #clock: Clock;
  readonly #floods = new Map<string, { until: number; held: number }>();

  constructor(audit: Pick<AuditLog, "append">, clock: Clock) {
    this.#audit = audit;
    this.#clock = clock;
  }

  write(actor: string, outcome: LoginOutcome, source: string): void {
    const attempts = outcome === "throttled" || outcome === "busy" ? this.#counted(`${outcome} ${source}`) : 1;
    if (attempts === 0) return;
    const facts: Record<string, string | number> = { outcome, method: "web", source };
    if (attempts > 1) facts.attempts = attempts;
    this.#audit.append({ at: this.#clock.now(), event: "login", actor, facts });
  }

  /** How many this line stands for; 0: none is written. */
  #counted(key: string): number {
    const now = this.#clock.now();
    const flood = this.#floods.get(key);
    if (flood !== undefined && now < flood.until) {
      flood.held++;
      return 0;
    }
    this.#floods.delete(key);
    if (this.#floods.size >= FLOOD_TABLE) this.#floods.delete(this.#floods.keys().next().value!);
    this.#floods.set(key, { until: now + FLOOD_MS, held: 0 });
    return 1 + (flood?.held ?? 0);
  }
}
