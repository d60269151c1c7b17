import { detached } from "../../../foundation/mod.ts";
import type { Participant, Shown } from "../room.ts";
import type { Entrant } from "./live_room.ts";
import { Person } from "./person.ts";

const NOBODY: readonly Person[] = [];

/** The people of a room: found by address, by what others see, and by number. Each keeps its number for as long as it is remembered. */
export class Roster {
  readonly #byAor = new Map<string, Person>();
  readonly #byShown = new Map<string, Person>();
  #nextId = 1;
  #version = 0;
  #present = 0;
  #therePeople: readonly Person[] | null = NOBODY;

  get version(): number {
    return this.#version;
  }
  /** On their way in, there, or away for a while. */
  get present(): number {
    return this.#present;
  }
  get size(): number {
    return this.#byAor.size;
  }
  get nextId(): number {
    return this.#nextId;
  }
  /** In the order they came. */
  people(): Iterable<Person> {
    return this.#byAor.values();
  }
  /** Those who have come in and are there, or were cut off; the same list until that changes. */
  there(): readonly Person[] {
    return this.#therePeople ??= [...this.#byAor.values()].filter(({ there }) => there);
  }
  find(aor: string): Person | undefined {
    return this.#byAor.get(aor);
  }
  findShown(uri: string): Person | undefined {
    return this.#byShown.get(uri);
  }

  /** Numbers up to this one were given to somebody. */
  givenUpTo(id: number): void {
    this.#nextId = Math.max(this.#nextId, id + 1);
  }

  /** Somebody who was never here. */
  add(entrant: Entrant, hides: boolean): Person {
    const id = this.#nextId++;
    const aor = detached(entrant.aor);
    const shown: Shown = hides || entrant.anonymous ? aliasOf(id) : { uri: aor, name: detached(entrant.name) };
    const { number, anonymous, how: joinedBy, hidden } = entrant;
    const person = new Person({ id, aor, number: detached(number), anonymous, shown, joinedBy, hidden });
    person.standing = "disconnected";
    this.restore(person);
    return person;
  }

  /** One that was kept. */
  restore(person: Person): void {
    this.givenUpTo(person.id);
    this.#byAor.set(person.aor, person);
    this.#byShown.set(person.shown.uri, person);
    if (person.present) this.#present++;
    this.#therePeople = null;
    this.touch(person);
  }

  /** It has changed: `version` grows. */
  touch(person: Person | null): void {
    this.#version++;
    if (person !== null) person.version = this.#version;
  }

  changedSince(version: number): Participant[] {
    return [...this.#byAor.values()].filter((person) => person.version > version);
  }

  /** Its devices have changed: takes what follows from that into the person; true where others are to be told. */
  settle(person: Person, now: number): boolean {
    this.#therePeople = null;
    const standing = person.standingNow();
    if (standing === person.standing) return false;
    if (standing === "disconnected") this.#present--;
    else if (!person.present) this.#present++;
    person.standing = standing;
    if (standing !== "disconnected") person.leftBy = null;
    person.since = now;
    this.touch(person);
    return true;
  }

  /** Lets go of those who left first, until no more than `most` of them are remembered. Whoever is barred is kept longest. */
  forget(most: number): Person[] {
    if (this.size - this.#present <= most) return [];
    const gone = [...this.#byAor.values()].filter(({ present, seats }) => !present && seats.size === 0);
    gone.sort((a, b) => Number(a.barred) - Number(b.barred) || a.since - b.since);
    const forgotten = gone.slice(0, Math.max(0, gone.length - most));
    for (const person of forgotten) this.drop(person);
    return forgotten;
  }

  /** Nothing of somebody who has left is remembered any more. */
  drop(person: Person): void {
    this.#byAor.delete(person.aor);
    this.#byShown.delete(person.shown.uri);
  }
}

/** What others see of somebody who is not to be known. */
export function aliasOf(id: number): Shown {
  return { uri: `sip:anonymous-${id}@anonymous.invalid`, name: `Anonymous ${id}` };
}
