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
}

/** `value` null: back to the default. */
export type SettingChange = { readonly key: string; readonly value: unknown };

/** A change that is in force until it is confirmed or its time is up. */
export interface CandidateView {
  readonly version: number;
  readonly changes: readonly { readonly key: string; readonly from: unknown; readonly to: unknown }[];
  readonly by: string;
  readonly at: number;
  readonly confirm_before: number;
}

export interface SettingsVersion {
  readonly version: number;
  readonly at: number;
  readonly by: string;
  readonly changes: readonly { readonly key: string; readonly from: unknown; readonly to: unknown }[];
  /** `reverted`: nobody confirmed it, or the box could not start with it; `why` says. */
  readonly state: "confirmed" | "candidate" | "reverted";
  readonly why: string;
}

export interface SettingsOutcome {
  /** Empty: done. One for each key that is wrong; then nothing was changed. */
  readonly errors: readonly { readonly key: string; readonly message: string }[];
  readonly version: number;
  /** What happens now: nothing more; a restart is needed and waits to be asked for; or it is in force and must be confirmed. */
  readonly next: "nothing" | "restart" | "confirm";
  readonly candidate: CandidateView | null;
}

export interface SettingsService {
  /** The ETag. */
  readonly version: number;
  rows(): SettingRow[];
  /** Checks and applies. `dry_run`: only checks. Risky ones come into force at once and must be confirmed in 60 s. */
  change(
    changes: readonly SettingChange[],
    options: { by: string; version: number | null; dry_run: boolean },
  ): Promise<SettingsOutcome>;
  readonly candidate: CandidateView | null;
  confirm(by: string): Promise<SettingsVersion>;
  revert(by: string): Promise<SettingsVersion>;
  /** Newest first. */
  history(limit: number): SettingsVersion[];
  /** As `change`, back to what was in force as of that version. */
  revertTo(version: number, options: { by: string }): Promise<SettingsOutcome>;
  /** Saved settings wait for a restart. */
  readonly restartNeeded: boolean;
}
