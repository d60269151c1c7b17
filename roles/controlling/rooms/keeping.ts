import type { States, StorageError } from "../../../storage/mod.ts";
import type { RoomTerms } from "../policy/terms.ts";
import type { JoinedBy, LeftBy, Room, RoomKind, Shown } from "../room.ts";
import { keptTerms } from "./group_rules.ts";
import { foldNickname } from "./nicknames.ts";
import { Person } from "./person.ts";
import type { Roster } from "./roster.ts";
import type { Talk } from "./talk.ts";

/** What is kept of a room, under its id. `over`: it ended then; nothing else is kept of it. */
export type KeptRoom =
  | { readonly over: number }
  | {
    readonly kind: RoomKind;
    readonly group: string;
    readonly creator: string;
    readonly subject: string;
    readonly createdAt: number;
    /** There were as many as have to be. */
    readonly reached: boolean;
    readonly nextId: number;
    /** The last number that a message was given, or a later one. */
    readonly last: number;
    /** `endsAt` null: never. */
    readonly terms: Omit<RoomTerms, "endsAt"> & { readonly endsAt: number | null };
  };

/** Of each participant, under `<id> p<number>`. */
export interface KeptPerson {
  readonly id: number;
  readonly aor: string;
  readonly number: string;
  readonly anonymous: boolean;
  readonly shown: Shown;
  readonly nickname: string;
  readonly joinedBy: JoinedBy;
  readonly invited?: boolean;
  readonly leftBy: LeftBy | null;
  readonly since: number;
  readonly hidden: boolean;
  /** How far its devices were, those that can come again. */
  readonly marks: readonly number[];
  readonly mark: number;
  readonly turn: number;
  readonly barred: boolean;
  readonly told: readonly number[];
}

/** How far everybody is, under `<id> marks`: number, turn, marks. Of another turn than the person's own, they are older and do not count. */
export interface KeptMarks {
  readonly last: number;
  readonly marks: readonly (readonly number[])[];
}

/** What is kept of a room, from the room itself. */
export function keptRoom(room: Room & { readonly roster: Roster; readonly talk: Talk }, reached: boolean): KeptRoom {
  const { kind, group, creator, subject, createdAt, terms, roster, talk } = room;
  const { nextId } = roster;
  return { kind, group, creator, subject, createdAt, reached, nextId, last: talk.given, terms: keptTerms(terms) };
}

export function keptPerson(person: Person): KeptPerson {
  const { id, aor, number, anonymous, shown, nickname, joinedBy, invited, leftBy, since, hidden } = person;
  const { mark, turn, barred } = person;
  const marks = person.marks();
  const told = [...person.told];
  return {
    id,
    aor,
    number,
    anonymous,
    shown,
    nickname,
    joinedBy,
    invited,
    leftBy,
    since,
    hidden,
    marks,
    mark,
    turn,
    barred,
    told,
  };
}

export function keptMarks(people: Iterable<Person>, last: number): KeptMarks {
  const marks: number[][] = [];
  for (const person of people) {
    const own = person.marks();
    if (own.length > 0) marks.push([person.id, person.turn, ...own]);
  }
  return { last, marks };
}

/** The person as it was kept: everybody who was there is away, since `now` (monotonic). Who was on its way has failed. */
function personFrom(kept: KeptPerson, marks: KeptMarks | undefined, now: number): Person {
  const person = new Person(kept);
  const later = marks?.marks.find(([id, turn]) => id === kept.id && turn === kept.turn)?.slice(2) ?? kept.marks;
  person.nickname = kept.nickname;
  person.foldedNickname = foldNickname(kept.nickname) ?? "";
  person.since = kept.since;
  person.mark = kept.mark;
  person.turn = kept.turn;
  person.barred = kept.barred;
  for (const id of kept.told) person.told.add(id);
  person.absences = later.map((mark) => ({ mark, since: now }));
  person.standing = person.standingNow();
  if (person.standing === "disconnected") person.leftBy = kept.leftBy ?? "failed";
  return person;
}

/**
 * Takes the people of a room in as they were kept; gives the furthest place in the order that any of them knows.
 */
export function restorePeople(
  roster: Roster,
  people: readonly KeptPerson[],
  marks: KeptMarks | undefined,
  now: number,
): number {
  let last = marks?.last ?? 0;
  for (const kept of [...people].sort((a, b) => a.id - b.id)) {
    const person = personFrom(kept, marks, now);
    for (const mark of [...person.marks(), person.mark]) last = Math.max(last, mark);
    roster.restore(person);
  }
  return last;
}

/**
 * What one room has stored. Each change is written at once, and tried again where it fails; until it is written nothing that came after
 * it may be acknowledged, so that whoever said it and whoever is to get it are known after a crash.
 */
export class RoomKeeping {
  readonly #states: States;
  readonly #id: string;
  readonly #onSafe: () => void;
  #turn = 0;
  /** Writes that are not in the store, oldest first, and what they are of. */
  readonly #unsafe = new Map<number, string>();
  readonly #failed = new Map<string, () => unknown>();
  #over = false;

  constructor(states: States, id: string, onSafe: () => void) {
    this.#states = states;
    this.#id = id;
    this.#onSafe = onSafe;
  }

  /** Counts writes: what comes now stands on all up to this one. */
  get turn(): number {
    return this.#turn;
  }

  /** True when all writes up to that one are in the store. */
  isSafe(turn: number): boolean {
    for (const first of this.#unsafe.keys()) return first > turn;
    return true;
  }

  /** `key`: "" for the room, `p5` for a participant. `value` is asked again where the write is tried again; null removes. */
  save(key: string, value: () => unknown): void {
    if (this.#over) return;
    const turn = ++this.#turn;
    this.#unsafe.set(turn, key);
    this.#failed.delete(key);
    this.#states.save(this.#name(key), value(), false, (error) => this.#settled(turn, key, value, error));
  }

  /** How far everybody is: whenever there is company. */
  saveMarks(marks: KeptMarks, lazily: boolean): void {
    if (!this.#over) this.#states.save(this.#name("marks"), marks, lazily, null);
  }

  /** Tries again what could not be written. */
  retry(): void {
    for (const [key, value] of [...this.#failed]) this.save(key, value);
  }

  /** The room has ended: of all its keys nothing stays but when that was. */
  end(keys: Iterable<string>, at: number): void {
    this.#over = true;
    this.#unsafe.clear();
    this.#failed.clear();
    const kept: KeptRoom = { over: at };
    this.#states.save(this.#id, kept, false, null);
    for (const key of keys) this.#states.save(this.#name(key), null, true, null);
    this.#states.save(this.#name("marks"), null, true, null);
  }

  #name(key: string): string {
    return key === "" ? this.#id : `${this.#id} ${key}`;
  }

  #settled(turn: number, key: string, value: () => unknown, error: StorageError | null): void {
    if (this.#over) return;
    if (error !== null) {
      if (error.kind !== "closed" && this.#isLast(turn, key)) this.#failed.set(key, value);
      return;
    }
    // Of one name, what is saved later holds.
    for (const [other, of] of this.#unsafe) if (other <= turn && of === key) this.#unsafe.delete(other);
    this.#onSafe();
  }

  #isLast(turn: number, key: string): boolean {
    for (const [other, of] of this.#unsafe) if (other > turn && of === key) return false;
    return true;
  }
}
