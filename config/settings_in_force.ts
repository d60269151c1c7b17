import { SETTINGS } from "./catalogue.ts";
import { sameValue } from "./change_check.ts";
import type { Overlay, ResolvedSettings, SettingSources } from "./setting_sources.ts";
import { candidateValues, type StoredSettings } from "./stored_settings.ts";

/** What is saved, and what of it is in force: live settings follow what is saved, the others stay as they were at the start. */
export class SettingsInForce {
  readonly #sources: SettingSources;
  readonly #started: Overlay;
  /** With all that is saved, a candidate's values among it. */
  saved: ResolvedSettings;
  now: ResolvedSettings;
  /** Saved settings wait for the next start. */
  restartNeeded = false;

  /** As of the start: everything of `stored`, its candidate among it, is in force. */
  constructor(sources: SettingSources, stored: StoredSettings) {
    this.#sources = sources;
    this.#started = candidateValues(stored);
    this.saved = this.now = sources.with(this.#started);
  }

  /**
   * Takes up what is stored now. `ahead`: the candidate in it is to come into force by a restart that has not been yet. True
   * where a live setting has another value than before.
   */
  follow(stored: StoredSettings, ahead: boolean): boolean {
    const before = this.now;
    this.saved = this.#sources.with(candidateValues(stored));
    const following = ahead ? stored.values : candidateValues(stored);
    const mixed: Record<string, unknown> = {};
    for (const [key, { live }] of SETTINGS) {
      const from = live ? following : this.#started;
      if (Object.hasOwn(from, key)) mixed[key] = from[key];
    }
    this.now = this.#sources.with(mixed);
    this.restartNeeded = differ(this.now, this.saved, false);
    return differ(this.now, before, true);
  }
}

/** Whether a live setting (or, with `live` false, another) has not the same value in both. */
function differ(a: ResolvedSettings, b: ResolvedSettings, live: boolean): boolean {
  return [...SETTINGS].some(([key, setting]) => setting.live === live && !sameValue(a.valueOf(key), b.valueOf(key)));
}
