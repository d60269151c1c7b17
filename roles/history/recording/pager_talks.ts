import type { Clock, Log, Timed, Timers } from "../../../foundation/mod.ts";
import { type HistoryMessage, StorageError } from "../../../storage/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import type { Listener } from "./desk_types.ts";
import type { EarlierMessages } from "./earlier_messages.ts";
import type { About, Keeper, Seat } from "./keeper.ts";
import { markOf } from "./known_messages.ts";
import { areTogether, PagerTalk, talkKey } from "./pager_talk.ts";
import type { StartNotices } from "./start_notices.ts";
import type { Wishes } from "./wishes.ts";

export interface PagerTalksParts {
  readonly keeper: Keeper;
  readonly wishes: Wishes;
  readonly notices: StartNotices;
  readonly earlier: EarlierMessages;
  /** Live. */
  readonly settings: Pick<HistorySettings, "pause_hours" | "notice">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

type PagerKind = "pager" | "large";
export const PAGER_KINDS: readonly PagerKind[] = ["pager", "large"];

/** Conversations by MESSAGE that are open at the same time. */
export const MOST_TALKS = 10_000;
const HOUR_MS = 3_600_000;
/** None goes on for longer. */
const LONGEST_MS = 24 * HOUR_MS;
const SWEEP_MS = 60_000;
/** Names for conversations that have not begun. */
const MOST_NAMES = 1000;
/** Messages of one talk that wait for what was kept before a restart. */
const MOST_WAITING = 1000;

/** What is said by MESSAGE, in conversations: that of a pair ends when it has paused for long, or after a day. */
export class PagerTalks implements Timed {
  readonly #parts: PagerTalksParts;
  /** The one that was silent for the longest time first, to about a minute. */
  readonly #talks = new Map<string, PagerTalk>();
  /** Of each who is in one, that in which something was said last: most go on in it, and its name has not to be put together. */
  readonly #latest = new Map<string, PagerTalk>();
  /** For recordings to come, by owner and the other one. */
  readonly #names = new Map<string, string>();
  #sweeping = false;

  constructor(parts: PagerTalksParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#talks.size;
  }

  /** Keeps a message for those of `owners` whose wishes want it. `done` once, never inside the call. */
  say(message: HistoryMessage, owners: readonly Listener[], kind: PagerKind, about: About, done: () => void): void {
    if (this.#goesOn(message, owners, kind, done)) return;
    const recorders = this.#recordersOf(owners, kind);
    if (recorders.length === 0) return queueMicrotask(done);
    // Two who see each other's address have one conversation; who is hidden from the other has another one.
    const first = recorders[0];
    if (recorders.every((one) => areTogether(one, first))) {
      return this.#say(message, recorders, owners, kind, about, done);
    }
    const together = recorders.filter((one) => areTogether(one, first));
    let open = 2;
    const both = (): void => {
      if (--open === 0) done();
    };
    this.#say(message, together, together, kind, about, both);
    const others = recorders.filter((one) => !together.includes(one));
    this.#say(message, others, others, kind, about, both);
  }

  /** Keeps it where all is as it was for the message before: nothing is looked for then. False, and nothing was done: it is not so. */
  #goesOn(message: HistoryMessage, listeners: readonly Listener[], kind: PagerKind, done: () => void): boolean {
    const { wishes, clock } = this.#parts;
    for (const { aor } of listeners) {
      const one = this.#latest.get(aor);
      if (one === undefined) continue;
      if (one.waiting !== null || one.talk.kind !== kind) return false;
      const circle = one.circleOf(listeners, wishes.version);
      if (circle === null) return false;
      const now = clock.monotonic();
      if (this.#isOver(one, now)) return false;
      const mark = markOf(message);
      const place = one.known.placeOf(mark);
      if (!one.known.isNew(place, circle.bits)) return false;
      one.known.noteAll(place, circle.bits);
      this.#toEnd(one, now);
      one.lastAt = now;
      this.#keep(one, message, mark, circle.seats, circle.owners, done);
      return true;
    }
    return false;
  }

  /** By command: the recording is to have this name, that of the conversation that goes on or of the next one. */
  name(aor: string, other: string, name: string): void {
    for (const kind of PAGER_KINDS) {
      const open = this.#talks.get(talkKey({ aor, with: other }, kind));
      const seat = open?.seats.get(aor);
      if (open === undefined || seat === undefined || !open.talk.recorders.has(aor)) continue;
      seat.name = name;
      return this.#parts.keeper.named(open.talk, seat);
    }
    if (this.#names.size >= MOST_NAMES) {
      for (const oldest of this.#names.keys()) {
        this.#names.delete(oldest);
        break;
      }
    }
    this.#names.set(nameKey(aor, other), name);
  }

  /** By command: nothing more is recorded for this one. */
  stop(aor: string, other: string): void {
    this.#names.delete(nameKey(aor, other));
    for (const kind of PAGER_KINDS) this.#leave(aor, talkKey({ aor, with: other }, kind));
    this.#parts.notices.forget(causeOf(aor), other);
  }

  /** Somebody's wishes, or everybody's, may be others: what they no longer want is over. */
  review(aor: string | null): void {
    const { wishes } = this.#parts;
    for (const { talk, seats } of this.#talks.values()) {
      for (const [owner, { listener }] of seats) {
        if (aor !== null && owner !== aor) continue;
        const isWanted = wishes.wantsWith(owner, listener.with, talk.kind === "large" ? "large" : "pager");
        if (!isWanted && talk.recorders.has(owner)) talk.leave(owner);
      }
    }
  }

  /** This user is gone. */
  forget(aor: string): void {
    for (const { talk } of this.#talks.values()) if (talk.recorders.has(aor)) talk.leave(aor);
    for (const key of this.#names.keys()) if (key.startsWith(`${aor} `)) this.#names.delete(key);
  }

  onTimer(): void {
    this.#sweeping = false;
    const now = this.#parts.clock.monotonic();
    for (const one of this.#talks.values()) if (this.#isOver(one, now)) this.#close(one);
    this.#sweep();
  }

  /** All of them end. */
  close(): void {
    for (const one of this.#talks.values()) this.#close(one);
  }

  /** Those whose wishes want it; for the others it is over. */
  #recordersOf(owners: readonly Listener[], kind: PagerKind): readonly Listener[] {
    const { wishes } = this.#parts;
    return owners.filter((one) => {
      if (wishes.wantsWith(one.aor, one.with, kind)) return true;
      this.#leave(one.aor, talkKey(one, kind));
      return false;
    });
  }

  #say(
    message: HistoryMessage,
    recorders: readonly Listener[],
    all: readonly Listener[],
    kind: PagerKind,
    about: About,
    done: () => void,
  ): void {
    const now = this.#parts.clock.monotonic();
    const one = this.#talkOf(recorders, kind, now);
    const { waiting } = one;
    if (waiting === null) return this.#append(one, message, recorders, all, about, now, done);
    if (waiting.length >= MOST_WAITING) {
      const full = new StorageError("full", "too many messages wait for what was recorded before the restart");
      this.#parts.keeper.couldNotKeep(recorders.map(({ aor }) => aor), full);
      return queueMicrotask(done);
    }
    // What is kept of it is held by whoever waits. What is ended and what is wished meanwhile counts.
    const { wishes, clock } = this.#parts;
    waiting.push(() => {
      if (one.over) return this.say(message, all, kind, about, done);
      const wanting = recorders.filter(({ aor, with: other }) => wishes.wantsWith(aor, other, kind));
      this.#append(one, message, wanting, all, about, clock.monotonic(), done);
    });
  }

  #append(
    one: PagerTalk,
    message: HistoryMessage,
    recorders: readonly Listener[],
    all: readonly Listener[],
    about: About,
    now: number,
    done: () => void,
  ): void {
    const { keeper, wishes } = this.#parts;
    const { known } = one;
    const mark = markOf(message);
    const place = known.placeOf(mark);
    const seats: Seat[] = [];
    for (const listener of recorders) {
      const { aor } = listener;
      if (known.has(place, aor)) continue;
      const seat = one.seatOf(listener);
      if (!one.talk.recorders.has(aor)) {
        this.#takeName(seat);
        if (!keeper.join(one.talk, seat, about)) continue;
      }
      this.#tellOthers(one, listener, all, about);
      seats.push(seat);
      known.note(place, seat.listener.aor);
    }
    if (seats.length === 0) return queueMicrotask(done);
    const owners = seats.map(ownerOf);
    if (seats.length === recorders.length) one.remember(all, wishes.version, seats, owners);
    one.lastAt = now;
    this.#keep(one, message, mark, seats, owners, done);
  }

  #keep(
    { talk, known }: PagerTalk,
    message: HistoryMessage,
    mark: number,
    seats: readonly Seat[],
    owners: readonly string[],
    done: () => void,
  ): void {
    const told = (kept: boolean): void => {
      if (!kept) { for (const owner of owners) known.forget(mark, owner); }
      done();
    };
    this.#parts.keeper.append(talk, message, seats, told, owners);
  }

  /** Something is said in it: to the end of those that were silent for long. */
  #toEnd(one: PagerTalk, now: number): void {
    if (now - one.lastAt > SWEEP_MS && this.#talks.delete(one.key)) this.#talks.set(one.key, one);
  }

  #talkOf(recorders: readonly Listener[], kind: PagerKind, now: number): PagerTalk {
    const { keeper, earlier } = this.#parts;
    const [first] = recorders;
    const known = this.#find(first, kind);
    if (known !== undefined) {
      if (!this.#isOver(known, now)) {
        this.#toEnd(known, now);
        return known;
      }
      this.#close(known);
    }
    if (this.#talks.size >= MOST_TALKS) {
      for (const oldest of this.#talks.values()) {
        this.#close(oldest);
        break;
      }
    }
    const one = new PagerTalk(first, keeper.begin(kind), now);
    this.#talks.set(one.key, one);
    this.#latest.set(one.between.aor, one);
    this.#sweep();
    const finding = earlier.of(recorders, kind);
    if (finding !== null) this.#recall(one, finding);
    return one;
  }

  #find(listener: Listener, kind: PagerKind): PagerTalk | undefined {
    const { aor } = listener;
    const latest = this.#latest.get(aor);
    if (latest !== undefined && latest.talk.kind === kind && areTogether(latest.between, listener)) return latest;
    const one = this.#talks.get(talkKey(listener, kind));
    if (one !== undefined) this.#latest.set(aor, one);
    return one;
  }

  /** What was kept just before a restart is not kept again, when its sender has not heard that it was. */
  #recall(one: PagerTalk, finding: Promise<readonly (readonly [mark: number, owner: string])[]>): void {
    one.waiting = [];
    finding.then((found) => {
      for (const [mark, owner] of found) one.known.note(one.known.placeOf(mark), owner);
    }, (error: unknown) => {
      this.#parts.log.warn("what was recorded before the restart cannot be read", { error: String(error) });
    }).then(() => {
      const waiting = one.waiting ?? [];
      one.waiting = null;
      for (const goOn of waiting) goOn();
    }).catch((error: unknown) => this.#parts.log.error("messages could not be recorded", { error: String(error) }));
  }

  #takeName(seat: Seat): void {
    const key = nameKey(seat.listener.aor, seat.listener.with);
    const name = this.#names.get(key);
    if (name === undefined) return;
    this.#names.delete(key);
    seat.name = name;
  }

  /** Of a recording by command, those whom the message reaches and who see who it is. */
  #tellOthers(one: PagerTalk, recorder: Listener, all: readonly Listener[], { group, subject }: About): void {
    const { wishes, notices, settings } = this.#parts;
    if (!settings.notice || all.length < 2 || wishes.orderOf(recorder.aor, recorder.with) !== "start") return;
    for (const other of all) {
      if (other.aor === recorder.aor || one.told.has(`${recorder.aor} ${other.aor}`)) continue;
      one.told.add(`${recorder.aor} ${other.aor}`);
      notices.tell(causeOf(recorder.aor), recorder, other, group, subject);
    }
  }

  #leave(aor: string, key: string): void {
    const talk = this.#talks.get(key)?.talk;
    if (talk?.recorders.has(aor)) talk.leave(aor);
  }

  #isOver({ startedAt, lastAt }: PagerTalk, now: number): boolean {
    return now - lastAt >= this.#parts.settings.pause_hours * HOUR_MS || now - startedAt >= LONGEST_MS;
  }

  #close(one: PagerTalk): void {
    this.#talks.delete(one.key);
    const { aor, with: other } = one.between;
    if (this.#latest.get(aor) === one) this.#latest.delete(aor);
    if (this.#latest.get(other) === one) this.#latest.delete(other);
    one.over = true;
    one.talk.close();
  }

  #sweep(): void {
    if (this.#sweeping || this.#talks.size === 0) return;
    this.#sweeping = true;
    this.#parts.timers.start(SWEEP_MS, this, 0);
  }
}

function ownerOf({ listener }: Seat): string {
  return listener.aor;
}

function nameKey(aor: string, other: string): string {
  return `${aor} ${other}`;
}

/** Of notices that this one records what is written with somebody. */
function causeOf(recorder: string): string {
  return `history.pair.${recorder}`;
}
