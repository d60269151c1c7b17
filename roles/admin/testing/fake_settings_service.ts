import type { Clock } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import type {
  CandidateView,
  SettingChange,
  SettingRow,
  SettingsOutcome,
  SettingsService,
  SettingsVersion,
} from "../services/mod.ts";

const COMMON = {
  allowed: "",
  unit: "",
  choices: [],
  origin: "default",
  set_by: "",
  apply: "live",
  risky: false,
  changed_at: 0,
  changed_by: "",
  words: "",
  locked: "",
} as const;

/** Six settings of each sort: numbers, a flag, lists, one that a file sets, one that needs a restart, one that is risky. */
const ROWS: readonly SettingRow[] = [
  row("pager.max_body", "number", 1300, "Body of a MESSAGE; beyond it 413.", {
    unit: "octets",
    allowed: "1 to 1048576",
    words: "size message",
  }),
  row("pager.require_login", "flag", true, "Only a user who is registered may send; others get 403."),
  row("pager.types", "lines", ["*/*"], "Content types that may be sent."),
  row("deferred.default_days", "number", 7, "Kept for, where the sender does not say.", {
    unit: "days",
    allowed: "1 to 365",
  }),
  row("log.level", "choice", "info", "The least weight that is written.", {
    choices: ["debug", "info", "warn", "error"],
    origin: "file",
    set_by: "/etc/parley.toml",
  }),
  row("timers.t1", "number", 500, "Round-trip estimate.", { unit: "ms", apply: "restart", allowed: "100 to 5000" }),
  row("listen.web", "lines", ["https://127.0.0.1:8443"], "Doors of the web.", { risky: true }),
];

function row(
  key: string,
  kind: SettingRow["kind"],
  value: unknown,
  help: string,
  more: Partial<SettingRow> = {},
): SettingRow {
  return { ...COMMON, key, area: key.split(".")[0], kind, help, default: value, value, ...more };
}

/** Settings with versions, a candidate that somebody has to confirm, and refusals of the plainest kind. */
export class FakeSettingsService implements SettingsService {
  readonly #clock: Clock;
  readonly #rows: Map<string, SettingRow>;
  readonly #history: SettingsVersion[] = [];
  version = 1;
  candidate: CandidateView | null = null;
  restartNeeded = false;

  constructor(clock: Clock, rows: readonly SettingRow[] = ROWS) {
    this.#clock = clock;
    this.#rows = new Map(rows.map((one) => [one.key, one]));
  }

  rows(): SettingRow[] {
    return [...this.#rows.values()];
  }

  change(
    changes: readonly SettingChange[],
    { by, version, dry_run }: { by: string; version: number | null; dry_run: boolean },
  ): Promise<SettingsOutcome> {
    if (version !== null && version !== this.version) {
      return Promise.reject(new OperationError("conflict", "the settings were changed meanwhile"));
    }
    const errors = changes.flatMap(({ key, value }) => {
      const message = this.#fault(key, value);
      return message === null ? [] : [{ key, message }];
    });
    const rows = changes.map(({ key }) => this.#rows.get(key));
    const next = rows.some((one) => one?.risky)
      ? "confirm"
      : rows.some((one) => one?.apply === "restart")
      ? "restart"
      : "nothing";
    if (errors.length > 0 || dry_run) {
      const diff = errors.length > 0 ? [] : changes.map(({ key, value }) => {
        const { value: from, default: standard } = this.#rows.get(key)!;
        return { key, from, to: value ?? standard };
      });
      return Promise.resolve({ errors, changes: diff, version: this.version, next, candidate: this.candidate });
    }
    const told = changes.map(({ key, value }) => this.#set(key, value, by));
    this.version++;
    if (next === "confirm") {
      const at = this.#clock.now();
      this.candidate = { version: this.version, changes: told, by, at, confirm_before: at + 60_000 };
    }
    if (next === "restart") this.restartNeeded = true;
    const state = next === "confirm" ? "candidate" : "confirmed";
    this.#history.unshift({ version: this.version, at: this.#clock.now(), by, changes: told, state, why: "" });
    return Promise.resolve({ errors: [], changes: told, version: this.version, next, candidate: this.candidate });
  }

  confirm(): Promise<SettingsVersion> {
    return this.#end("confirmed", "");
  }

  revert(by: string): Promise<SettingsVersion> {
    for (const { key, from } of this.candidate?.changes ?? []) this.#set(key, from, by);
    return this.#end("reverted", `${by} took it back`);
  }

  history(limit: number): SettingsVersion[] {
    return this.#history.slice(0, limit);
  }

  revertTo(version: number, { by }: { by: string }): Promise<SettingsOutcome> {
    const later = this.#history.filter((one) => one.version > version);
    if (version > this.version || version < 1) {
      return Promise.reject(new OperationError("not-found", `there is no version ${version}`));
    }
    const changes = later.flatMap((one) => one.changes.map(({ key, from }) => ({ key, value: from })));
    return this.change(changes, { by, version: null, dry_run: false });
  }

  #fault(key: string, value: unknown): string | null {
    const known = this.#rows.get(key);
    if (known === undefined) return "there is no such setting";
    if (known.origin === "file" || known.origin === "environment") return `is set by ${known.set_by}`;
    if (value === null) return null;
    if (known.kind === "number" && (typeof value !== "number" || value < 1)) return "must be a number of 1 or more";
    if (known.kind === "flag" && typeof value !== "boolean") return "must be true or false";
    if (known.kind === "lines" && !Array.isArray(value)) return "must be a list";
    return null;
  }

  #set(key: string, value: unknown, by: string) {
    const old = this.#rows.get(key)!;
    const to = value ?? old.default;
    this.#rows.set(key, { ...old, value: to, origin: "console", changed_at: this.#clock.now(), changed_by: by });
    return { key, from: old.value, to };
  }

  #end(state: "confirmed" | "reverted", why: string): Promise<SettingsVersion> {
    const at = this.#history.findIndex((one) => one.state === "candidate");
    if (at < 0 || this.candidate === null) {
      return Promise.reject(new OperationError("conflict", "nothing waits to be confirmed"));
    }
    this.candidate = null;
    return Promise.resolve(this.#history[at] = { ...this.#history[at], state, why });
  }
}
