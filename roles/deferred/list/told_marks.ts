import type { Log } from "../../../foundation/mod.ts";
import type { Records } from "../../../storage/mod.ts";

/** What one user was told of what waits. */
export interface ToldMark {
  /** The last copy (its number in the store) of the lists so far; 0: none. */
  readonly upTo: number;
  /** The day of the last reminder, as days since 1970; 0: none. */
  readonly remindedOn: number;
}

/** Users whose marks are kept; more push out those for whom nothing waits, then the oldest. */
export const MAX_TOLD_MARKS = 100_000;

const NOTHING: ToldMark = { upTo: 0, remindedOn: 0 };

/**
 * Up to where users were told of what waits for them, over restarts. A mark holds from the moment it is set; one that a crash takes
 * back costs a second notice, never a lost one.
 */
export class ToldMarks {
  readonly #records: Records<ToldMark>;
  readonly #log: Log;
  /** Set, but not written yet. */
  readonly #fresh = new Map<string, ToldMark>();

  constructor(records: Records<ToldMark>, log: Log) {
    this.#records = records;
    this.#log = log;
  }

  get(aor: string): ToldMark {
    return this.#fresh.get(aor) ?? this.#records.get(aor) ?? NOTHING;
  }

  /** The user was told of everything up to there. True where that is news. */
  told(aor: string, upTo: number): boolean {
    const mark = this.get(aor);
    if (upTo <= mark.upTo) return false;
    this.#set(aor, { ...mark, upTo });
    return true;
  }

  /** The user was reminded on that day. */
  reminded(aor: string, day: number): void {
    this.#set(aor, { ...this.get(aor), remindedOn: day });
  }

  /** Nothing waits for this user: ids never come again, so no mark is needed. */
  forget(aor: string): void {
    this.#fresh.delete(aor);
    if (this.#records.get(aor) !== undefined) this.#watch(aor, this.#records.remove(aor).then(() => {}));
  }

  #set(aor: string, mark: ToldMark): void {
    const waits = this.#fresh.has(aor);
    this.#fresh.set(aor, mark);
    // The write that is under way is followed by one with what is newest then.
    if (!waits) this.#watch(aor, this.#write(aor));
  }

  async #write(aor: string): Promise<void> {
    for (;;) {
      const mark = this.#fresh.get(aor);
      if (mark === undefined) return;
      if (this.#records.size >= MAX_TOLD_MARKS && this.#records.get(aor) === undefined) await this.#dropOne();
      await this.#records.put(aor, mark);
      if (this.#fresh.get(aor) !== mark) continue;
      this.#fresh.delete(aor);
      return;
    }
  }

  async #dropOne(): Promise<void> {
    let oldest: string | null = null;
    let least = Infinity;
    for (const [aor, { upTo }] of this.#records.entries()) {
      if (upTo < least) [oldest, least] = [aor, upTo];
    }
    if (oldest !== null) await this.#records.remove(oldest);
  }

  /** A mark that cannot be written is none after a restart; the list is told once more then. */
  #watch(aor: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#fresh.delete(aor);
      this.#log.warn("what a user was told of cannot be noted", { user: aor, error: String(error) });
    });
  }
}
