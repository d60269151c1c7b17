/** Where a value comes from; `file` and `environment` are locked for the console. */
export type SettingOrigin = "default" | "console" | "file" | "environment";

/** One setting as data: the page, REST, the command line and the reference are projections of it. */
export interface SettingRow {
  /** `pager.max_body` */
  readonly key: string;
  /** `pager` */
  readonly area: string;
  readonly kind: "number" | "flag" | "choice" | "text" | "lines" | "table" | "tables";
  readonly help: string;
  readonly allowed: string;
  readonly unit: string;
  readonly choices: readonly string[];
  readonly default: unknown;
  /** In force, or waiting for a restart. As it would stand in the file. */
  readonly value: unknown;
  readonly origin: SettingOrigin;
  /** Path of the file or name of the variable, where one sets it. */
  readonly set_by: string;
  /** `restart`: takes effect when the service restarts (below a second, in place). */
  readonly apply: "live" | "restart";
  /** Can lock the admin out: goes through commit-confirm. */
  readonly risky: boolean;
  /** 0 and "" where the console never changed it. */
  readonly changed_at: number;
  readonly changed_by: string;
  /** Further words by which it is searched. */
  readonly words: string;
  /** Why the console cannot set it: whoever sets it, or that it is needed before the store is open. "" where it can. */
  readonly locked: string;
}

/** `value` null: back to the default. */
export type SettingChange = { readonly key: string; readonly value: unknown };

/** What became of one value, each as it would stand in the file. */
export interface SettingDiff {
  readonly key: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** A change that is in force until it is confirmed or its time is up. */
export interface CandidateView {
  readonly version: number;
  readonly changes: readonly SettingDiff[];
  readonly by: string;
  readonly at: number;
  /** While the service still restarts with it: an estimate. */
  readonly confirm_before: number;
}

export interface SettingsVersion {
  readonly version: number;
  readonly at: number;
  readonly by: string;
  readonly changes: readonly SettingDiff[];
  /** `reverted`: nobody confirmed it, or the box could not start with it; `why` says. */
  readonly state: "confirmed" | "candidate" | "reverted";
  readonly why: string;
}

export interface SettingsOutcome {
  /** Empty: done. One for each key that is wrong; then nothing was changed. */
  readonly errors: readonly { readonly key: string; readonly message: string }[];
  /** What was changed, or would be (`dry_run`); values that are in force already are left out. Empty with errors. */
  readonly changes: readonly SettingDiff[];
  readonly version: number;
  /** What happens now: nothing more; a restart is needed and waits to be asked for; or it is in force and must be confirmed. */
  readonly next: "nothing" | "restart" | "confirm";
  readonly candidate: CandidateView | null;
}

/**
 * The settings as the console changes them. Refusals that the admin can mend reject with OperationError (`stale`, `conflict`,
 * `not-found`); a store that cannot write with StorageError, and then nothing was changed.
 */
export interface SettingsService {
  /** The ETag. Grows with each change and with each that is taken back. */
  readonly version: number;
  rows(): SettingRow[];
  /**
   * Checks all changes together and applies all or none. `version`: what they were made upon; null: whatever it is. `dry_run`:
   * only checks. Risky ones come into force at once, by a restart, and must be confirmed in time; while one waits for that,
   * others are refused (`conflict`).
   */
  change(
    changes: readonly SettingChange[],
    options: { by: string; version: number | null; dry_run: boolean },
  ): Promise<SettingsOutcome>;
  readonly candidate: CandidateView | null;
  /** Refused (`conflict`) until the candidate is in force: who confirms has to have come in after it. */
  confirm(by: string): Promise<SettingsVersion>;
  revert(by: string): Promise<SettingsVersion>;
  /** Newest first; at most 100 are kept. */
  history(limit: number): SettingsVersion[];
  /** As `change`, back to what was in force as of that version; 0: back to before the first change. */
  revertTo(version: number, options: { by: string; dry_run?: boolean }): Promise<SettingsOutcome>;
  /** Saved settings wait for a restart. */
  readonly restartNeeded: boolean;
}
