import type { HistoryParty } from "../../../storage/mod.ts";
import type { Person } from "./person.ts";
import type { RecordedSaying, RoomListener, RoomRecorder, RoomRecording } from "./room_recorder.ts";
import type { Roster } from "./roster.ts";

/** Messages remembered that were recorded and not kept: their senders say them again. */
const REMEMBERED = 64;
const NOBODY: readonly string[] = [];

/** Whose record it is. */
export interface RecordedRoom {
  readonly uri: string;
  readonly group: string;
  readonly subject: string;
  readonly roster: Roster;
  readonly terms: { readonly displayName: string };
}

/** What a room has to do with recording: who may record it, and what is theirs of what is said. */
export class RoomRecord {
  readonly #room: RecordedRoom;
  readonly #recorder: RoomRecorder | null;
  #recording: RoomRecording | null = null;
  /** Those who are there. */
  readonly #people = new Set<Person>();
  readonly #everybody: Iterable<string>;
  /** Of the roster, as those who record know it. */
  #version = -1;
  readonly #recorded = new Set<string>();

  constructor(room: RecordedRoom, recorder: RoomRecorder | null) {
    this.#room = room;
    this.#recorder = recorder;
    const people = this.#people;
    this.#everybody = {
      *[Symbol.iterator]() {
        for (const { aor } of people) yield aor;
      },
    };
  }

  /** Something may be recorded at all. */
  get isOn(): boolean {
    return this.#recorder !== null && !this.#recorder.idle;
  }

  /** Somebody has come in, or is gone, maybe; true: in. */
  peopleChanged(person: Person): boolean {
    const { there } = person;
    if (this.#recorder === null || there === this.#people.has(person)) return false;
    if (there) {
      this.#people.add(person);
      this.#open(this.#recorder).join(new Listener(person, this.#room));
    } else {
      this.#people.delete(person);
      this.#recording?.leave(person.aor);
    }
    return there;
  }

  /** The speaker, and whoever gets it: those who are there, connected or not, and have not blocked the speaker; where nobody records, none. */
  hearers(from: Person, to: Person | null): readonly string[] {
    if (this.#recording === null || !this.#recording.records(this.#everybody)) return NOBODY;
    const aors = [from.aor];
    for (const person of to === null ? this.#people : [to]) {
      if (person !== from && !person.skips.has(from.id)) aors.push(person.aor);
    }
    return aors;
  }

  /** True: it is recorded for these, and `done` follows, once and never inside the call. */
  say(saying: RecordedSaying, from: Person, hearers: readonly string[], done: () => void): boolean {
    const recording = this.#recording;
    if (hearers.length === 0 || recording === null || !recording.records(hearers)) return false;
    if (this.#recorded.has(`${from.id} ${saying.messageId}`)) return false;
    this.#look(recording);
    recording.said(saying, hearers, done);
    return true;
  }

  /** What is recorded could not be kept for the others: its sender will say it again, and it is not recorded twice. */
  notKept(from: Person, messageId: string): void {
    if (this.#recorded.size >= REMEMBERED) {
      for (const oldest of this.#recorded) {
        this.#recorded.delete(oldest);
        break;
      }
    }
    this.#recorded.add(`${from.id} ${messageId}`);
  }

  /** How many of those who are there record now. */
  get recorders(): number {
    const recording = this.#recording;
    if (recording === null) return 0;
    let count = 0;
    for (const { aor } of this.#people) if (recording.records([aor])) count++;
    return count;
  }

  close(): void {
    this.#recording?.close();
    this.#recording = null;
    this.#people.clear();
  }

  #open(recorder: RoomRecorder): RoomRecording {
    const { uri, group, subject, terms } = this.#room;
    return this.#recording ??= recorder.open({ uri, group, name: terms.displayName, subject });
  }

  /** Those who record know who is here by now. */
  #look(recording: RoomRecording): void {
    const { version } = this.#room.roster;
    if (version === this.#version) return;
    this.#version = version;
    for (const person of this.#people) {
      if (recording.records([person.aor])) recording.join(new Listener(person, this.#room));
    }
  }
}

/** A participant as one who records. Most never do, so what they see is put together when it is asked for. */
class Listener implements RoomListener {
  readonly aor: string;
  readonly with: string;
  readonly #person: Person;
  readonly #roster: Roster;
  #parties: readonly HistoryParty[] | null = null;

  constructor(person: Person, { uri, group, roster }: RecordedRoom) {
    this.aor = person.aor;
    this.with = group || uri;
    this.#person = person;
    this.#roster = roster;
  }

  get parties(): readonly HistoryParty[] {
    return this.#parties ??= [shownAs(this.#person), ...this.#others()];
  }

  *#others(): Iterable<HistoryParty> {
    for (const person of this.#roster.there()) {
      if (person !== this.#person && !person.hidden) yield shownAs(person);
    }
  }
}

/** As others see this one. */
export function shownAs({ shown, nickname }: Person): HistoryParty {
  return { uri: shown.uri, name: nickname || shown.name };
}
