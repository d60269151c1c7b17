/** One thing that must hold before the box can serve. Gives why it does not, or null. */
export type Check = () => string | null;

/** The outcome of one check. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/** What must hold, declared by those who know: `storage`, each door, later the roles. */
export class Health {
  readonly #checks = new Map<string, Check>();

  /** Adds a check, or takes the place of the one with this name. */
  add(name: string, check: Check): void {
    this.#checks.set(name, check);
  }

  /** All checks, now. A check that throws has failed. */
  results(): CheckResult[] {
    return [...this.#checks].map(([name, check]) => {
      let reason: string | null;
      try {
        reason = check();
      } catch (error) {
        reason = `the check failed: ${(error as Error).message}`;
      }
      return reason === null ? { name, ok: true } : { name, ok: false, reason };
    });
  }
}
