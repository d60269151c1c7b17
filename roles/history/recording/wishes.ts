import type { Records, TalkKind } from "../../../storage/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import { type WishRecord, withOrder } from "./wish_record.ts";

/** What a user has recorded: single messages and large ones, what is said in sessions and rooms, both. */
export type RecordWish = "nothing" | "pager" | "session" | "everything";

/** What a device publishes of it (oma-reference §2.6). */
export interface PublishedRecording {
  readonly session: boolean;
  readonly pagerAndLarge: boolean;
}

/** What a user wants recorded, and what of it is theirs to change. */
export interface UserWishes {
  /** As the user set it; null: what the operator's setting says. */
  readonly record: RecordWish | null;
  /** What the user's devices say, which counts before `record`; null where they say nothing. */
  readonly published: PublishedRecording | null;
  /** What holds now. */
  readonly inForce: RecordWish;
  /** With whom messages are recorded, and with whom they are not, whatever else is wished; folded addresses. */
  readonly pairs: readonly string[];
  readonly without: readonly string[];
}

export interface WishesParts {
  /** Of the kind `HISTORY_WISHES`. */
  readonly records: Records<WishRecord>;
  /** What users' devices publish; null where they say nothing of it. */
  readonly published: { recordingOf(aor: string): PublishedRecording | null; publishers(): Iterable<string> };
  /** Live. */
  readonly settings: Pick<HistorySettings, "enabled" | "record">;
  /** True for the folded address of a user of ours. */
  readonly isUser: (aor: string) => boolean;
}

/** All that one user has said. */
interface Said {
  published: PublishedRecording | null;
  record: RecordWish | null;
  pairs: ReadonlySet<string> | null;
  without: ReadonlySet<string> | null;
  /** Something of theirs may be recorded. */
  mayRecord: boolean;
}

/**
 * What users want recorded. In this order: a command for one conversation, what their devices publish, what they have set, what the
 * operator's setting says of everybody else. Commands for sessions and rooms are kept by those; for messages with somebody they are
 * kept here, and stored. Looking is one look-up for each user who has said something.
 */
export class Wishes {
  readonly #parts: WishesParts;
  /** Users who have said something. */
  readonly #of = new Map<string, Said>();
  /** How many of them may have something recorded. */
  #recording = 0;
  #version = 0;
  /** The settings that the version is of. */
  #enabled = false;
  #record: HistorySettings["record"] = "nothing";
  /** A user's wishes are others than before; null: everybody's may be. One listener. */
  onChanged: ((aor: string | null) => void) | null = null;

  constructor(parts: WishesParts) {
    this.#parts = parts;
    const { records, published } = parts;
    for (const [aor] of records.entries()) this.#read(aor);
    for (const aor of published.publishers()) this.#read(aor);
  }

  /** Nobody in all the box wants anything recorded, or nothing may be. */
  get idle(): boolean {
    const { enabled, record } = this.#parts.settings;
    return !enabled || (this.#recording === 0 && record === "nothing");
  }

  /** Another number when somebody may want another thing: what was found out by asking holds as long as it stays the same. */
  get version(): number {
    const { enabled, record } = this.#parts.settings;
    if (enabled !== this.#enabled || record !== this.#record) {
      this.#enabled = enabled;
      this.#record = record;
      this.#version++;
    }
    return this.#version;
  }

  /** False: nothing of this user's is recorded by their wishes, whoever it is with. */
  mayRecord(aor: string): boolean {
    const { enabled } = this.#parts.settings;
    if (!enabled) return false;
    const said = this.#of.get(aor);
    return said === undefined ? this.#byDefault(aor) : said.mayRecord || this.#inForce(aor, said) !== "nothing";
  }

  /** This user wants conversations of that kind recorded. */
  wants(aor: string, kind: TalkKind): boolean {
    if (!this.#parts.settings.enabled) return false;
    const said = this.#of.get(aor);
    return said === undefined ? this.#byDefault(aor) : includes(this.#inForce(aor, said), kind);
  }

  /** The same for messages with somebody, a folded address: there may have been a command. */
  wantsWith(aor: string, other: string, kind: "pager" | "large"): boolean {
    if (!this.#parts.settings.enabled) return false;
    const said = this.#of.get(aor);
    if (said === undefined) return this.#byDefault(aor);
    if (said.pairs?.has(other)) return true;
    if (said.without?.has(other)) return false;
    return includes(this.#inForce(aor, said), kind);
  }

  /** Messages with somebody, whoever it is, are recorded by a command. */
  hasPairs(aor: string): boolean {
    return this.#parts.settings.enabled && (this.#of.get(aor)?.pairs ?? null) !== null;
  }

  /** What this one has ordered last of what is said with another, or in a room; null: nothing that holds. */
  orderOf(aor: string, other: string): "start" | "stop" | null {
    const said = this.#of.get(aor);
    return said?.pairs?.has(other) ? "start" : said?.without?.has(other) ? "stop" : null;
  }

  get(aor: string): UserWishes {
    const stored = this.#parts.records.get(aor);
    const said = this.#of.get(aor);
    return {
      record: stored?.record ?? null,
      published: said?.published ?? null,
      inForce: said === undefined ? (this.#byDefault(aor) ? "everything" : "nothing") : this.#inForce(aor, said),
      pairs: stored?.pairs ?? [],
      without: stored?.without ?? [],
    };
  }

  /** What the user sets; null: what the operator's setting says. Resolves when it is stored, and holds. Rejects with StorageError. */
  async set(aor: string, record: RecordWish | null): Promise<void> {
    await this.#change(aor, (stored) => ({ ...stored, record }));
  }

  /**
   * Messages with somebody, a folded address, are recorded from now on, or no longer, until the other command comes. Resolves when it is
   * stored, and holds. Rejects with StorageError, and with RangeError where there are too many.
   */
  async order(aor: string, other: string, action: "start" | "stop"): Promise<void> {
    await this.#change(aor, (stored) => withOrder(stored, other, action, this.get(aor).inForce !== "nothing"));
  }

  /** The conversation is over for good, and what was ordered of it. Resolves when it is stored. Rejects with StorageError. */
  async unorder(aor: string, other: string): Promise<void> {
    if (this.orderOf(aor, other) === null) return;
    await this.#change(aor, (stored) => ({
      ...stored,
      pairs: stored.pairs.filter((one) => one !== other),
      without: stored.without.filter((one) => one !== other),
    }));
  }

  /** The user's devices publish something else. */
  publishedChanged(aor: string): void {
    if (this.#read(aor)) this.onChanged?.(aor);
  }

  /** The operator's settings are others. */
  settingsChanged(): void {
    this.#version++;
    this.onChanged?.(null);
  }

  /** The user is gone. Rejects with StorageError. */
  async forget(aor: string): Promise<void> {
    await this.#parts.records.remove(aor);
    if (this.#read(aor)) this.onChanged?.(aor);
  }

  async #change(aor: string, change: (stored: WishRecord) => WishRecord): Promise<void> {
    await this.#parts.records.update(aor, (stored) => {
      const next = change(stored ?? NOTHING_STORED);
      return next.record === null && next.pairs.length === 0 && next.without.length === 0 ? undefined : next;
    });
    if (this.#read(aor)) this.onChanged?.(aor);
  }

  /** Puts together what a user says by now; true where it may be another thing than before. */
  #read(aor: string): boolean {
    this.#version++;
    const { records, published } = this.#parts;
    const stored = records.get(aor);
    const recording = published.recordingOf(aor);
    const before = this.#of.get(aor);
    if (before?.mayRecord) this.#recording--;
    if (stored === undefined && recording === null) {
      this.#of.delete(aor);
      return before !== undefined;
    }
    const said: Said = {
      published: recording,
      record: stored?.record ?? null,
      pairs: setOf(stored?.pairs),
      without: setOf(stored?.without),
      mayRecord: false,
    };
    said.mayRecord = said.pairs !== null ||
      (recording !== null
        ? recording.session || recording.pagerAndLarge
        : said.record !== null && said.record !== "nothing");
    if (said.mayRecord) this.#recording++;
    this.#of.set(aor, said);
    return before === undefined || !isSame(before, said);
  }

  #inForce(aor: string, { published, record }: Said): RecordWish {
    if (published !== null) {
      const { session, pagerAndLarge } = published;
      return session ? (pagerAndLarge ? "everything" : "session") : pagerAndLarge ? "pager" : "nothing";
    }
    return record ?? (this.#byDefault(aor) ? "everything" : "nothing");
  }

  #byDefault(aor: string): boolean {
    const { settings: { enabled, record }, isUser } = this.#parts;
    return enabled && record === "everything" && isUser(aor);
  }
}

const NOTHING_STORED: WishRecord = { record: null, pairs: [], without: [] };

function includes(wish: RecordWish, kind: TalkKind): boolean {
  if (wish === "everything" || wish === "nothing") return wish === "everything";
  return (wish === "pager") === (kind === "pager" || kind === "large");
}

function setOf(list: readonly string[] | undefined): ReadonlySet<string> | null {
  return list === undefined || list.length === 0 ? null : new Set(list);
}

function isSame(one: Said, other: Said): boolean {
  return one.record === other.record && one.published?.session === other.published?.session &&
    one.published?.pagerAndLarge === other.published?.pagerAndLarge &&
    (one.published === null) === (other.published === null) &&
    isSameSet(one.pairs, other.pairs) && isSameSet(one.without, other.without);
}

function isSameSet(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): boolean {
  if (one === null || other === null) return one === other;
  return one.size === other.size && one.isSubsetOf(other);
}
