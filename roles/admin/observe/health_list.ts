import type { Clock, Log, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import type { AuditLog, Records } from "../../../storage/mod.ts";
import type { HealthItem, HealthService, Severity } from "../services/mod.ts";
import { advice, DAYS, type HealthCheck, type Issue } from "./health_check.ts";

const LOOK_MS = 10_000;
const LONGEST_SNOOZE = 366 * DAYS;
/** Of one check; more are summed up by the check itself. */
const MAX_ISSUES = 50;

/** What is remembered of an item over a restart. */
export interface HealthMark {
  /** 0: it is not there at present, only snoozed. */
  readonly since: number;
  readonly snoozed_until: number;
  readonly by: string;
}

/** Kind and bound of the records. */
export const HEALTH_RECORDS = { name: "health_snooze", max: 500 } as const;

export interface HealthListOptions {
  readonly checks: readonly HealthCheck[];
  readonly records: Records<HealthMark>;
  readonly audit: Pick<AuditLog, "append">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface State {
  readonly check: HealthCheck;
  issues: readonly Issue[];
  /** Monotonic; -Infinity: never. */
  ranAt: number;
  running: Promise<void> | null;
}

const WEIGHT: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };

/**
 * The one list of what is not as it should be. Each check runs at its own pace; what it finds stands in the list for as long
 * as it finds it, and is gone by itself. One root cause hides its echoes. A snooze outlives the item and the restart.
 */
export class HealthList implements HealthService, Timed {
  readonly #options: HealthListOptions;
  readonly #states: readonly State[];
  readonly #listeners = new Set<() => void>();
  readonly #since = new Map<string, number>();
  #timer: Timer | null = null;
  #shown = "[]";

  /** Throws RangeError where two checks have one code, or one stands behind a check that is not there. */
  constructor(options: HealthListOptions) {
    this.#options = options;
    this.#states = options.checks.map((check) => ({ check, issues: [], ranAt: -Infinity, running: null }));
    const codes = new Set(options.checks.map(({ code }) => code));
    if (codes.size < options.checks.length) throw new RangeError("two health checks have the same code");
    for (const code of codes) {
      const other = [...codes].find((each) => each !== code && owns(code, each));
      if (other !== undefined) throw new RangeError(`health check "${other}" has a code that belongs to "${code}"`);
    }
    for (const { code, behind } of options.checks) {
      const missing = behind.find((other) => !codes.has(other));
      if (missing !== undefined) throw new RangeError(`health check "${code}" stands behind "${missing}"`);
    }
    for (const [code, { since }] of options.records.entries()) if (since > 0) this.#since.set(code, since);
  }

  /** Runs what is due from now on; the first round at once. */
  start(): void {
    if (this.#timer !== null) return;
    this.#timer = this.#options.timers.start(LOOK_MS, this, 0);
    void this.#forgetStrangers();
    void this.#runDue();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  onTimer(): void {
    this.#timer = this.#options.timers.start(LOOK_MS, this, 0);
    void this.#runDue();
    // A snooze may have ended.
    this.#tell();
  }

  list(): HealthItem[] {
    const hidden = this.#hidden();
    const now = this.#options.clock.now();
    const items = this.#states.filter(({ check }) => !hidden.has(check.code)).flatMap(({ check, issues }) =>
      issues.map((one): HealthItem => {
        const code = codeOf(check, one);
        const until = this.#options.records.get(code)?.snoozed_until ?? 0;
        return {
          code,
          severity: one.severity,
          text: one.text,
          since: one.since ?? this.#since.get(code) ?? now,
          repair: one.repair,
          snoozed_until: until > now ? until : 0,
        };
      })
    );
    return items.sort((a, b) =>
      Number(a.snoozed_until > 0) - Number(b.snoozed_until > 0) || WEIGHT[a.severity] - WEIGHT[b.severity] ||
      a.since - b.since || (a.code < b.code ? -1 : 1)
    );
  }

  async run(): Promise<HealthItem[]> {
    await Promise.all(this.#states.map((state) => this.#run(state)));
    return this.list();
  }

  async snooze(code: string, until: number, by: string): Promise<HealthItem | null> {
    const { clock, records, audit } = this.#options;
    const now = clock.now();
    if (!this.list().some((item) => item.code === code)) return null;
    if (until !== 0 && !(until > now && until <= now + LONGEST_SNOOZE)) {
      throw new OperationError("invalid", "until is a time in the next 366 days, or 0 to end the snooze");
    }
    const snoozed_until = Math.floor(until);
    await records.update(code, (mark) => ({ since: this.#since.get(code) ?? mark?.since ?? now, snoozed_until, by }));
    audit.append({ at: now, event: "health.snooze", actor: by, facts: { code, until: snoozed_until } });
    this.#tell();
    return this.list().find((item) => item.code === code) ?? null;
  }

  async repair(code: string, by: string): Promise<string> {
    const { clock, audit } = this.#options;
    const found = this.#find(code);
    if (found === null) throw new OperationError("not-found", `There is no health item "${code}"`);
    const { state, one } = found;
    const { check } = state;
    if (one.repair.action === "" || check.repair === undefined) {
      throw new OperationError("invalid", `"${code}" cannot be repaired by a click: ${one.repair.text}`);
    }
    const done = await check.repair(one.subject, by);
    audit.append({ at: clock.now(), event: "health.repair", actor: by, facts: { code } });
    await this.#run(state);
    return done;
  }

  onChange(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async #runDue(): Promise<void> {
    const now = this.#options.clock.monotonic();
    const due = this.#states.filter(({ check, ranAt }) => now - ranAt >= check.every_ms);
    await Promise.all(due.map((state) => this.#run(state)));
  }

  /** One run at a time of each check; who comes meanwhile waits for the same. */
  #run(state: State): Promise<void> {
    return state.running ??= this.#look(state).finally(() => state.running = null);
  }

  async #look(state: State): Promise<void> {
    const { clock, log } = this.#options;
    state.ranAt = clock.monotonic();
    try {
      state.issues = (await state.check.run()).slice(0, MAX_ISSUES);
    } catch (error) {
      log.warn("a health check could not be made", { check: state.check.code, error: String(error) });
      const text = `The check "${state.check.code}" could not be made: ${messageOf(error)}.`;
      state.issues = [{
        subject: "check-failed",
        severity: "info",
        text,
        repair: advice("It is tried again by itself; the log has the details.", "/admin/logs"),
      }];
    }
    await this.#remember(state);
    this.#tell();
  }

  /** Keeps since when each item stands; what is neither there nor snoozed is forgotten. */
  async #remember({ check, issues }: State): Promise<void> {
    const { clock, records, log } = this.#options;
    const now = clock.now();
    const present = new Set(issues.map((one) => codeOf(check, one)));
    const known = [...records.entries()].filter(([code]) => owns(check.code, code));
    for (const code of present) if (!this.#since.has(code)) this.#since.set(code, now);
    for (const code of [...this.#since.keys()]) {
      if (owns(check.code, code) && !present.has(code)) this.#since.delete(code);
    }
    try {
      for (const [code, { snoozed_until }] of known) {
        if (present.has(code)) continue;
        if (snoozed_until <= now) await records.remove(code);
        else await records.update(code, (mark) => mark && { ...mark, since: 0 });
      }
      for (const code of present) {
        const since = this.#since.get(code)!;
        if (records.get(code)?.since === since) continue;
        await records.update(code, (mark) => ({ snoozed_until: 0, by: "", ...mark, since }));
      }
    } catch (error) {
      // A full store is what the list itself tells of; the list goes on without its memory.
      log.warn("the health list could not be stored", { error: messageOf(error) });
    }
  }

  /** Marks of checks that this version does not have any more. */
  async #forgetStrangers(): Promise<void> {
    const { records, log } = this.#options;
    const codes = [...records.entries()].map(([code]) => code);
    try {
      for (const code of codes) {
        if (!this.#states.some(({ check }) => owns(check.code, code))) await records.remove(code);
      }
    } catch (error) {
      log.warn("the health list could not be stored", { error: messageOf(error) });
    }
  }

  #find(code: string): { readonly state: State; readonly one: Issue } | null {
    for (const state of this.#states) {
      const one = state.issues.find((each) => codeOf(state.check, each) === code);
      if (one !== undefined) return { state, one };
    }
    return null;
  }

  /** Codes of checks whose items are echoes of another one's, however many steps behind it. */
  #hidden(): Set<string> {
    const states = new Map(this.#states.map((state) => [state.check.code, state]));
    const rooted = (code: string, seen: Set<string>): boolean => {
      if (seen.has(code)) return false;
      seen.add(code);
      return states.get(code)!.check.behind.some((other) =>
        states.get(other)!.issues.some(({ severity }) => severity !== "info") || rooted(other, seen)
      );
    };
    return new Set([...states.keys()].filter((code) => rooted(code, new Set())));
  }

  #tell(): void {
    const shown = JSON.stringify(this.list());
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#options.log.error("a listener of the health list failed", { error: messageOf(error) });
      }
    }
  }
}

/** True where items with that code come from the check `check`. */
function owns(check: string, code: string): boolean {
  return code === check || code.startsWith(`${check}/`) || code.startsWith(`${check}.`);
}

function codeOf(check: HealthCheck, { code, subject }: Issue): string {
  if (code !== undefined) return code;
  return subject === "" ? check.code : `${check.code}/${subject}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
