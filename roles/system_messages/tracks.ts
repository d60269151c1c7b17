import { type Records, StorageError } from "../../storage/mod.ts";
import { Tally, type Track, type TrackCounts } from "./track.ts";

/** Records of that kind: what all messages together may ask. */
export const MAX_TRACKS = 200_000;
/** Written in one commit. */
const BATCH = 200;

interface Unwritten {
  readonly track: Track;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * How far each recipient of each message is. What is set is seen at once by `get`; the promise is for whoever must not speak of it
 * before it is on disk. Writes are gathered: a thousand devices that confirm at once are a few commits.
 */
export class Tracks {
  readonly #records: Records<Track>;
  readonly #unwritten = new Map<string, Unwritten>();
  readonly #tallies = new Map<string, Tally>();
  #writing: Promise<void> | null = null;

  constructor(records: Records<Track>) {
    this.#records = records;
    for (const [id, track] of records.entries()) this.#tally(messageOf(id)).change(undefined, track);
  }

  get size(): number {
    return this.#records.size + this.#unwritten.size;
  }

  get(message: string, aor: string): Track | undefined {
    const id = `${message} ${aor}`;
    return this.#unwritten.get(id)?.track ?? this.#records.get(id);
  }

  counts(message: string): TrackCounts {
    return this.#tallies.get(message) ?? new Tally();
  }

  /** All that are stored, by message and address. */
  *entries(): Iterable<readonly [message: string, aor: string, track: Track]> {
    for (const [id, track] of this.#records.entries()) {
      const message = messageOf(id);
      yield [message, id.slice(message.length + 1), track];
    }
  }

  /** Those of one message that are stored, in order of address. */
  *of(message: string): Iterable<readonly [aor: string, track: Track]> {
    for (const [of, aor, track] of this.entries()) if (of === message) yield [aor, track];
  }

  /** Resolves after the commit. Rejects with StorageError, RangeError beyond the limit: then the one before holds again. */
  set(message: string, aor: string, track: Track): Promise<void> {
    const id = `${message} ${aor}`;
    const before = this.#unwritten.get(id);
    this.#tally(message).change(before?.track ?? this.#records.get(id), track);
    const done = before?.done ?? Promise.withResolvers<void>();
    this.#unwritten.set(id, { track, done });
    this.#writing ??= this.#write();
    return done.promise;
  }

  /** All of one message, one after the other: another is written meanwhile. */
  async removeAll(message: string): Promise<void> {
    await this.#writing;
    const ids = [...this.of(message)].map(([aor]) => aor);
    for (const aor of ids) await this.remove(message, aor);
    this.#tallies.delete(message);
  }

  async remove(message: string, aor: string): Promise<void> {
    await this.#writing;
    const id = `${message} ${aor}`;
    const track = this.#records.get(id);
    if (track === undefined || !await this.#records.remove(id)) return;
    this.#tally(message).change(track, undefined);
  }

  /** Resolves when nothing is unwritten. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What else is set in this turn goes along.
    await Promise.resolve();
    try {
      while (this.#unwritten.size > 0) await this.#writeSome();
    } finally {
      this.#writing = null;
    }
  }

  async #writeSome(): Promise<void> {
    const batch: [string, Unwritten][] = [];
    for (const entry of this.#unwritten) if (batch.push(entry) === BATCH) break;
    try {
      await this.#records.putAll(batch.map(([id, { track }]) => [id, track] as const));
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof RangeError)) throw error;
      return this.#failed(batch, error);
    }
    for (const [id, { track, done }] of batch) {
      const now = this.#unwritten.get(id)!;
      // Changed while it was being written: that one is written next, and its promise is the same.
      if (now.track !== track) continue;
      this.#unwritten.delete(id);
      done.resolve();
    }
  }

  #failed(batch: readonly [string, Unwritten][], error: Error): void {
    for (const [id] of batch) {
      const { track, done } = this.#unwritten.get(id)!;
      this.#unwritten.delete(id);
      this.#tally(messageOf(id)).change(track, this.#records.get(id));
      done.reject(error);
    }
  }

  #tally(message: string): Tally {
    let tally = this.#tallies.get(message);
    if (tally === undefined) this.#tallies.set(message, tally = new Tally());
    return tally;
  }
}

function messageOf(id: string): string {
  return id.slice(0, id.indexOf(" "));
}
