import type { Records, Storage } from "../../../storage/mod.ts";

/** What a user was told of what holds for them. */
export interface Noted {
  /** Which types and sizes (`SendingRules.mark`); "" where the user has not been told of any yet. */
  readonly rules: string;
  /** When they were told last that their profile lacks fields, wall time in ms; 0: never. */
  readonly asked: number;
  /** Releases of clients of which they were told that they are not supported, the newest last. */
  readonly releases: readonly string[];
}

const KIND = "service_notices";
const MOST_USERS = 1_000_000;
const NOTHING: Noted = { rules: "", asked: 0, releases: [] };

/** What users were told already, over restarts: one small record a user, however much there is to tell. */
export class NoticeBook {
  readonly #records: Records<Noted>;

  readonly #most: number;

  constructor(records: Records<Noted>, most = MOST_USERS) {
    this.#records = records;
    this.#most = most;
  }

  /** Rejects with DamageError. */
  static async open(storage: Pick<Storage, "records">): Promise<NoticeBook> {
    return new NoticeBook(await storage.records<Noted>(KIND, MOST_USERS));
  }

  of(aor: string): Noted {
    return this.#records.get(aor) ?? NOTHING;
  }

  /** False where nobody more can be written down: who is told nonetheless would be told again and again. */
  takes(aor: string): boolean {
    return this.#records.get(aor) !== undefined || this.#records.size < this.#most;
  }

  /** Rejects with StorageError. */
  async note(aor: string, change: (noted: Noted) => Noted): Promise<void> {
    await this.#records.update(aor, (noted) => change(noted ?? NOTHING));
  }

  /** A user who is gone leaves nothing. */
  async forget(aor: string): Promise<void> {
    if (this.#records.get(aor) !== undefined) await this.#records.remove(aor);
  }
}
