import type { Clock, Log } from "../../../foundation/mod.ts";
import {
  type Appended,
  type History,
  type HistoryMessage,
  type HistoryParty,
  type RecordingFacts,
  StorageError,
  type Talk,
} from "../../../storage/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import type { Listener } from "./desk_types.ts";
import type { FillNotices } from "./fill_notices.ts";
import type { StoreTrouble } from "./store_trouble.ts";

export interface KeeperParts {
  readonly history: Pick<History, "begin" | "change" | "find">;
  /** Live. */
  readonly settings: Pick<HistorySettings, "keep_days" | "max_days">;
  readonly fill: FillNotices;
  readonly trouble: StoreTrouble;
  readonly clock: Clock;
  readonly log: Log;
}

/** One recorder in one conversation that goes on. */
export interface Seat {
  listener: Listener;
  /** The name that the recording is to have once it is there; "" for none. */
  name: string;
  /** It found no room: nothing is tried again until there is some. */
  full: boolean;
}

/** What a conversation is about, for those who record it. */
export interface About {
  readonly group: HistoryParty;
  readonly subject: string;
}

export const NO_PARTY: HistoryParty = { uri: "", name: "" };
export const ABOUT_NOTHING: About = { group: NO_PARTY, subject: "" };

/** What an owner had when there was no room. */
interface Full {
  readonly octets: number;
  readonly recordings: number;
  /** It was the owner's own limit, not the box's. */
  readonly isOwn: boolean;
  /** Monotonic time, ms. */
  readonly at: number;
}

/** Where the box was full it may have room again by then. */
const AGAIN_MS = 600_000;
const DAY_MS = 86_400_000;

/** Puts what is said into the history, and tells its owners of what does not go in. */
export class Keeper {
  /** Owners who found no room, of the users there are. */
  readonly #full = new Map<string, Full>();
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  begin(kind: Talk["kind"]): Talk {
    return this.#parts.history.begin(kind);
  }

  /** True where this owner's recording of it is one that has to go by `now`, wall time ms. */
  isExpired(talk: Talk, owner: string, now: number): boolean {
    const reference = talk.referenceOf(owner);
    const recording = reference === null ? undefined : this.#parts.history.find(owner, reference);
    return recording !== undefined && recording.expiresAt <= now;
  }

  /** True where this one records from now on; false, and the owner is told, where there is no room. */
  join(talk: Talk, seat: Seat, about: About): boolean {
    const { listener } = seat;
    const { fill } = this.#parts;
    if (!this.hasRoom(listener.aor)) {
      if (!this.#full.has(listener.aor)) this.#isFull(seat, 0);
      else seat.full = true;
      fill.refused(listener.aor, 0);
      return false;
    }
    seat.full = false;
    talk.join(this.#factsOf(listener, about));
    return true;
  }

  /** True where this one may record more: who has found no room may when something of theirs has gone, or the box may have room again. */
  hasRoom(owner: string): boolean {
    const { fill, clock } = this.#parts;
    if (!fill.hasRoom(owner)) return false;
    const full = this.#full.get(owner);
    if (full === undefined) return true;
    const { octets, recordings } = fill.taken(owner);
    const isLess = octets < full.octets || recordings < full.recordings;
    if (!isLess && (full.isOwn || clock.monotonic() - full.at < AGAIN_MS)) return false;
    this.#full.delete(owner);
    return true;
  }

  /** True where there was no room for this one, and there is now: told once. */
  emptied(owner: string): boolean {
    return this.#full.has(owner) && this.hasRoom(owner);
  }

  /** The user is gone. */
  forget(owner: string): void {
    this.#full.delete(owner);
    this.#parts.fill.forget(owner);
  }

  /** The limits are others: there may be room. */
  limitsChanged(): void {
    this.#full.clear();
  }

  /**
   * Keeps a message for these, of whom all record. `done` once, never inside the call, whatever becomes of it: then it is
   * kept, or its owners will know that it is not. `owners`: whose the seats are; the same list again saves looking for them.
   */
  append(
    talk: Talk,
    message: HistoryMessage,
    seats: readonly Seat[],
    done: (kept: boolean) => void,
    owners: readonly string[] = seats.map(ownerOf),
  ): void {
    try {
      talk.append(message, owners, (outcome) => {
        this.#outcome(talk, outcome, message, seats);
        done(outcome.error === null);
      });
    } catch (error) {
      // A content that is not there any more, say: nothing of ours may hold up what is delivered.
      const failure = error instanceof StorageError ? error : new StorageError("failed", messageOf(error));
      this.couldNotKeep(owners, failure);
      queueMicrotask(() => done(false));
    }
  }

  /** What these wanted recorded is lost to them. */
  couldNotKeep(owners: Iterable<string>, error: StorageError): void {
    this.#parts.trouble.failed(owners, error);
  }

  #outcome(talk: Talk, { error, full }: Appended, message: HistoryMessage, seats: readonly Seat[]): void {
    const { fill, trouble } = this.#parts;
    if (error !== null) return trouble.failed(seats.map(ownerOf), error);
    for (const seat of seats) {
      const owner = seat.listener.aor;
      if (full.length > 0 && full.includes(owner)) {
        const octets = message.content?.octets ?? message.body.length;
        this.#isFull(seat, octets);
        fill.refused(owner, octets);
        continue;
      }
      // How full it is by now is looked at when the recording has changed (`Desk.recordingChanged`).
      trouble.kept(owner);
      if (seat.name !== "") this.named(talk, seat);
    }
  }

  /** Gives the recording the name that its owner wants; where there is none yet, with its first message. */
  named(talk: Talk, seat: Seat): void {
    const { name, listener: { aor } } = seat;
    const reference = talk.referenceOf(aor);
    if (reference === null) return;
    seat.name = "";
    this.#parts.history.change(aor, reference, { name }).catch((error: unknown) =>
      this.#parts.log.warn("a recording could not be given its name", { user: aor, error: messageOf(error) })
    );
  }

  #isFull(seat: Seat, octets: number): void {
    const { aor } = seat.listener;
    const { fill, clock } = this.#parts;
    seat.full = true;
    const { recordings, octets: taken } = fill.taken(aor);
    this.#full.set(aor, { recordings, octets: taken, isOwn: fill.isOwn(aor, octets), at: clock.monotonic() });
  }

  #factsOf({ aor, with: peer, parties }: Listener, { group, subject }: About): RecordingFacts {
    const { settings: { keep_days, max_days }, clock } = this.#parts;
    const days = Math.min(keep_days || Infinity, max_days || Infinity);
    return { owner: aor, with: peer, parties, group, subject, expiresAt: clock.now() + days * DAY_MS };
  }
}

function ownerOf({ listener }: Seat): string {
  return listener.aor;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
