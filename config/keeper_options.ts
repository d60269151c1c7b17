import type { Clock, Log, Timers } from "../foundation/mod.ts";
import type { ConfigText } from "./setting_sources.ts";

/** What one life of the service leaves to the next in the same process. */
export interface SettingsHandover {
  /**
   * The candidate that is to be in force. `since`: monotonic ms from which its time runs; 0: from the moment the settings are
   * opened.
   */
  readonly candidate: { readonly version: number; readonly since: number } | null;
  /** Why the service could not start with that candidate; null: it was not tried. */
  readonly failed: string | null;
}

/** Where the keeper keeps; `storage.settings` is one. */
export interface SettingsStore {
  get<T>(name: string): T | undefined;
  set(name: string, value: unknown): Promise<void>;
}

export interface SettingsKeeperOptions {
  readonly source: ConfigText;
  readonly settings: SettingsStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly audit: (event: string, actor: string, facts: Readonly<Record<string, string | number>>) => void;
  readonly handover: SettingsHandover;
}
