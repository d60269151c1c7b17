import type { Log } from "../../../foundation/mod.ts";
import type { Person } from "./person.ts";
import type { Roster } from "./roster.ts";

export interface FiltersParts {
  readonly roster: Roster;
  readonly blocks: (owner: string, person: string) => boolean | Promise<boolean>;
  readonly log: Log;
  /** True where something that it said is kept, and newcomers may get it. */
  readonly isHeard: (person: Person) => boolean;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** How long the rules may not be readable before who comes in is turned away, ms. */
  readonly patience_ms: number;
  /** All is known of this one: its legs may start. */
  readonly onKnown: (person: Person) => void;
  /** What is to be known of this one cannot be read. */
  readonly onUnreadable: (person: Person) => void;
  /** The first is in the room with the second, whom it has blocked; once. */
  readonly onBlocked: (owner: Person, blocked: Person) => void;
}

interface Question {
  readonly owner: Person;
  readonly person: Person;
  /** Does not start before this is answered; null where everybody is in already. */
  readonly holder: Person | null;
  readonly since: number;
}

/**
 * Who gets nothing of whom (PRI-8, FLT-1): asked of the users' rules for both directions when somebody comes, and again when rules change.
 * Nothing starts of a newcomer before all answers are there: neither does it get what it has blocked, nor do others get it.
 */
export class Filters {
  readonly #parts: FiltersParts;
  #failed: Question[] = [];

  constructor(parts: FiltersParts) {
    this.#parts = parts;
  }

  /** Somebody is on its way in. */
  enter(person: Person): void {
    const since = this.#parts.now();
    // Held until all are asked, however many answer at once.
    person.unknown++;
    for (const other of this.#parts.roster.people()) {
      if (other === person) continue;
      // Who has left is still heard, by what they said.
      if (other.present || this.#parts.isHeard(other)) {
        this.#ask({ owner: person, person: other, holder: person, since });
      }
      if (other.present) this.#ask({ owner: other, person, holder: person, since });
    }
    this.#let(person);
  }

  /** It is remembered no longer: its number means nobody any more. */
  forgotten({ id }: Person): void {
    for (const other of this.#parts.roster.people()) {
      other.skips.delete(id);
      other.told.delete(id);
    }
  }

  /** It has come in: whoever has blocked it is told. */
  came(person: Person): void {
    for (const other of this.#parts.roster.people()) {
      if (other.skips.has(person.id)) this.#tell(other, person);
      if (person.skips.has(other.id)) this.#tell(person, other);
    }
  }

  /** The rules of somebody who is here are others. */
  rulesChanged(owner: Person): void {
    owner.rulesAge++;
    const since = this.#parts.now();
    for (const other of this.#parts.roster.people()) {
      if (other !== owner && (other.present || this.#parts.isHeard(other))) {
        this.#ask({ owner, person: other, holder: null, since });
      }
    }
  }

  /** Asks again what could not be read. Now and then. */
  sweep(): void {
    if (this.#failed.length === 0) return;
    const { now, patience_ms, log, onUnreadable } = this.#parts;
    const turnedAway = new Set<Person>();
    let given = 0;
    for (const question of this.#failed.splice(0)) {
      const { holder, since } = question;
      if (holder !== null) holder.unknown--;
      if (now() - since < patience_ms) {
        if ((holder ?? question.owner).present) this.#ask(question);
      } else if (holder === null) given++;
      else turnedAway.add(holder);
    }
    if (given > 0) {
      log.warn("rules of users cannot be read; what was known of who filters whom holds on", { count: given });
    }
    for (const person of turnedAway) onUnreadable(person);
  }

  #ask(question: Question): void {
    const { owner, person, holder } = question;
    const age = owner.rulesAge;
    if (holder !== null) holder.unknown++;
    let answer: boolean | Promise<boolean>;
    try {
      answer = this.#parts.blocks(owner.aor, person.aor);
    } catch (error) {
      return this.#fail(question, error);
    }
    if (typeof answer === "boolean") return this.#answered(question, age, answer);
    answer.then(
      (blocked) => this.#answered(question, age, blocked),
      (error) => this.#fail(question, error),
    );
  }

  #fail(question: Question, error: unknown): void {
    // Only their number and kind: rules are private.
    this.#parts.log.debug("rules of a user cannot be read", {
      reason: error instanceof Error ? error.name : "unknown",
    });
    this.#failed.push(question);
  }

  #answered(question: Question, age: number, blocked: boolean): void {
    const { owner, person, holder } = question;
    // The rules have changed meanwhile: who waits for the answer waits for that of now.
    if (age !== owner.rulesAge) {
      if (holder === null) return;
      holder.unknown--;
      return this.#ask(question);
    }
    if (blocked) {
      owner.skips.add(person.id);
      this.#tell(owner, person);
    } else owner.skips.delete(person.id);
    if (holder !== null) this.#let(holder);
  }

  #let(person: Person): void {
    if (--person.unknown === 0) this.#parts.onKnown(person);
  }

  #tell(owner: Person, blocked: Person): void {
    // Who is hidden stays so, also from those who know whom they have blocked.
    if (!owner.present || !blocked.there || blocked.aliased || blocked.hidden || owner.told.has(blocked.id)) return;
    owner.told.add(blocked.id);
    this.#parts.onBlocked(owner, blocked);
  }
}
