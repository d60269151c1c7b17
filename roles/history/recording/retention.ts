import type { Log } from "../../../foundation/mod.ts";
import type { History } from "../../../storage/mod.ts";
import { latestExpiry } from "../documents/recording_change.ts";
import type { HistorySettings } from "../history_settings.ts";

export interface RetentionParts {
  readonly history: Pick<History, "owners" | "list" | "change">;
  /** Live. */
  readonly settings: HistorySettings;
  readonly log: Log;
}

/**
 * The operator's limit for recordings that were made, or set, before it was that short (`history.max_days`): they are given the end that
 * it allows, one after the other.
 */
export class Retention {
  readonly #parts: RetentionParts;
  /** For what limit they have been looked through; 0: none, or for none. */
  #done = 0;
  #running = false;
  #stopped = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Looks, where the limit is shorter than it was. Resolves when all are within it, or it cannot go on. */
  async look(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const { max_days } = this.#parts.settings;
        const isShorter = max_days !== 0 && (this.#done === 0 || max_days < this.#done);
        if (isShorter) await this.#shorten();
        if (this.#stopped) return;
        this.#done = max_days;
        if (this.#parts.settings.max_days === max_days) return;
      }
    } catch (error) {
      this.#parts.log.error("recordings may be kept for longer than is allowed", { error: String(error) });
    } finally {
      this.#running = false;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #shorten(): Promise<void> {
    const { history, settings } = this.#parts;
    for (const owner of [...history.owners()]) {
      for (const recording of history.list(owner)) {
        const latest = latestExpiry(recording, settings);
        if (this.#stopped) return;
        if (recording.expiresAt > latest) await history.change(owner, recording.reference, { expiresAt: latest });
      }
    }
  }
}
