import { detached } from "../../../foundation/mod.ts";
import type { RoomMessages } from "../../../storage/mod.ts";
import type { SwitchedMessage, SwitchLegUser, SwitchRoom } from "../../../transport/msrp/mod.ts";
import type { GroupPolicy, RoomRefusal, RoomTerms } from "../policy/terms.ts";
import type { Participant, RoomEnd, RoomKind } from "../room.ts";
import { mayStay } from "./group_rules.ts";
import type { Filters } from "./filters.ts";
import { roomFilters } from "./room_filters.ts";
import { Floor } from "./floor.ts";
import {
  type KeptMarks,
  keptMarks,
  type KeptPerson,
  keptPerson,
  type KeptRoom,
  keptRoom,
  restorePeople,
  RoomKeeping,
} from "./keeping.ts";
import { dueEnd, endReason, leastOf, reasonValue } from "./life.ts";
import type { Attendance, Entrant, Seat } from "./live_room.ts";
import type { Person } from "./person.ts";
import { type CountedRoom, FiguresNow, type RoomFigures } from "./room_figures.ts";
import { RoomRecord } from "./room_record.ts";
import type { RoomSeat } from "./room_seat.ts";
import { DEFAULT_ROOM_LIMITS } from "./rooms_parts.ts";
import type { RoomFacts, RoomLimits, RoomOwner, RoomsParts } from "./rooms_parts.ts";
import { Roster } from "./roster.ts";
import { Seating } from "./seating.ts";
import { factsOf, type Said, Talk } from "./talk.ts";

/** A room that stands. Its parts do the work: seats, what is said, who filters whom, what is kept; here they come together. */
export class RoomSession implements CountedRoom {
  readonly id: string;
  readonly uri: string;
  readonly kind: RoomKind;
  readonly group: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly roster = new Roster();
  readonly limits: RoomLimits;
  readonly messages: RoomMessages;
  readonly talk: Talk;
  readonly seating: Seating;
  readonly filters: Filters;
  readonly switch: SwitchRoom;
  readonly record: RoomRecord;
  readonly legUser = (seat: Seat): SwitchLegUser => this.seating.legUser(seat as RoomSeat);
  readonly #parts: RoomsParts;
  readonly #keeping: RoomKeeping;
  readonly #table: RoomOwner;
  #subject: string;
  #policy: GroupPolicy | null = null;
  #terms: RoomTerms;
  #ended = false;
  #closed = false;
  #begun = false;
  #reached = false;
  #emptySince: number | null;
  #saidAt: number;
  /** Wall time, ms; 0: nothing that is known. */
  #lastSaid = 0;
  #marksDirty = false;

  constructor(
    parts: RoomsParts,
    facts: RoomFacts,
    terms: RoomTerms,
    policy: GroupPolicy | null,
    table: RoomOwner,
  ) {
    this.#parts = parts;
    this.#table = table;
    this.id = facts.id;
    this.uri = facts.uri;
    this.kind = facts.kind;
    this.group = detached(facts.group);
    this.creator = detached(facts.creator);
    this.createdAt = facts.createdAt;
    this.#subject = detached(facts.subject);
    this.#policy = policy;
    this.#terms = terms;
    this.limits = parts.limits ?? DEFAULT_ROOM_LIMITS;
    this.messages = parts.messages;
    this.#emptySince = this.#saidAt = parts.clock.monotonic();
    this.#keeping = new RoomKeeping(parts.states, this.id, () => {
      this.seating.releaseSafe();
      this.talk.flush();
    });
    this.record = new RoomRecord(this, parts.recorder ?? null);
    this.seating = new Seating(this);
    this.switch = parts.makeSwitch(new Floor(this));
    this.talk = new Talk(this, this.switch);
    this.filters = roomFilters(this, parts, (owner) => this.#blockedPresent(owner));
  }

  get subject(): string {
    return this.#subject;
  }
  get policy(): GroupPolicy | null {
    return this.#policy;
  }
  get terms(): RoomTerms {
    return this.#terms;
  }
  get ended(): boolean {
    return this.#ended;
  }
  get stopped(): boolean {
    return this.#ended || this.#closed;
  }
  get begun(): boolean {
    return this.#begun;
  }
  get legs(): number {
    return this.seating.legs;
  }
  get participants(): Iterable<Participant> {
    return this.roster.people();
  }
  get present(): number {
    return this.roster.present;
  }
  get version(): number {
    return this.roster.version;
  }
  get figures(): RoomFigures {
    return new FiguresNow(this, this.#lastSaid);
  }
  get history(): number {
    return this.#terms.history;
  }
  get privateMessages(): boolean {
    return this.#terms.privateMessages;
  }
  get message_bytes(): number {
    return this.#parts.settings.message_bytes;
  }
  get stands(): number {
    return this.#keeping.turn;
  }

  now(): number {
    return this.#parts.clock.now();
  }
  monotonic(): number {
    return this.#parts.clock.monotonic();
  }
  isSafe(stands: number): boolean {
    return this.#keeping.isSafe(stands);
  }
  changedSince(version: number): Participant[] {
    return this.roster.changedSince(version);
  }
  find(aor: string): Person | undefined {
    return this.roster.find(aor);
  }
  findShown(uri: string): Person | undefined {
    return this.roster.findShown(uri);
  }
  listenersOf({ id }: Participant): Participant[] {
    return this.roster.there().filter((person) => person.id !== id && !person.skips.has(id));
  }
  isBarred(aor: string): boolean {
    return this.roster.find(aor)?.barred === true;
  }
  mayWritePrivately(person: Person): boolean {
    return this.#policy === null || this.#policy.rightsOf(person).privateMessages;
  }

  seat(entrant: Entrant, attendance: Attendance): Seat | RoomRefusal {
    return this.seating.seat(entrant, attendance);
  }

  expel(participant: Participant, reason: string): void {
    const person = this.roster.find(participant.aor);
    if (person === undefined || this.stopped) return;
    person.barred = true;
    this.#keepPerson(person);
    this.seating.dismiss(person, "booted", reason);
  }

  rename(subject: string): void {
    if (this.stopped || subject === this.#subject) return;
    this.#subject = detached(subject);
    this.roster.touch(null);
    this.#keepHead();
    this.#changed();
  }

  /** Who is no longer in the service, or may not be in any more. */
  dismiss(person: Person, reason: string): void {
    if (!this.stopped) this.seating.dismiss(person, "booted", reason);
  }

  end(why: RoomEnd): void {
    if (this.stopped) return;
    this.#ended = true;
    const reason = endReason(why);
    this.seating.clear(reason, true);
    this.switch.close(reason);
    this.talk.end();
    this.record.close();
    if (this.#begun) {
      this.#keeping.end([...this.roster.people()].map(({ id }) => `p${id}`), this.now());
      this.roster.touch(null);
    }
    this.#table.onEnded(this);
    if (this.#begun) this.#parts.events.emit("roomEnded", { room: this, why, at: this.now() });
  }

  /** The box goes down: nothing is forgotten. */
  close(): void {
    if (this.stopped) return;
    if (this.#begun) this.#keeping.saveMarks(keptMarks(this.roster.there(), this.talk.given), false);
    this.#closed = true;
    this.seating.clear(reasonValue(200, "The service restarts"), false);
    this.record.close();
    this.switch.close("the service restarts");
  }

  /** The document of the group is another one: whoever may no longer be in goes. */
  applyPolicy(policy: GroupPolicy): void {
    if (this.stopped) return;
    const terms = policy.termsSince(this.createdAt);
    // Who is in is known by name: whoever comes now is not to be told, so they begin anew.
    if (terms.hidesIdentity && !this.#terms.hidesIdentity) return this.end("owner");
    this.#policy = policy;
    this.#terms = terms;
    this.roster.touch(null);
    this.#keepHead();
    this.#changed();
    for (const person of [...this.roster.people()]) {
      if (person.present && !mayStay(policy, person)) {
        this.dismiss(person, reasonValue(403, "The rules of the group have changed"));
      }
    }
    this.checkLife();
  }

  rulesChanged(aor: string): void {
    const person = this.roster.find(aor);
    if (person?.present && !this.stopped) this.filters.rulesChanged(person);
  }

  /** As it was kept: everybody who was there is away. `lastSaid`: wall time of the last message, ms; 0: of none. */
  restore(
    kept: Extract<KeptRoom, { readonly kind: unknown }>,
    people: readonly KeptPerson[],
    marks: KeptMarks | undefined,
    messages: readonly SwitchedMessage[],
    lastSaid: number,
  ): void {
    this.#begun = true;
    this.#lastSaid = lastSaid;
    this.#reached = kept.reached;
    const last = Math.max(kept.last, restorePeople(this.roster, people, marks, this.monotonic()));
    for (const person of this.roster.there()) this.record.peopleChanged(person);
    this.roster.givenUpTo(kept.nextId - 1);
    // Whoever said something had a number, also where a crash came before it was written.
    for (const { from } of messages) this.roster.givenUpTo(from);
    this.talk.restore(messages, last);
    // Before anything is acknowledged: numbers of this life are not those of the next.
    this.#keepHead();
    this.#emptySince = this.roster.present === 0 ? this.monotonic() : null;
  }

  /** Once a second. `marks`: those are to be written now. */
  sweep(marks: boolean): void {
    if (this.stopped) return;
    this.seating.expire(this.#parts.settings.rejoin_seconds * 1000);
    this.#keeping.retry();
    this.filters.sweep();
    if (this.talk.kept.length > 0 && !this.stopped) this.talk.trim();
    if (marks && this.#marksDirty && !this.stopped) {
      this.#marksDirty = false;
      this.#keeping.saveMarks(keptMarks(this.roster.there(), this.talk.given), true);
    }
    this.checkLife();
  }

  checkLife(): void {
    if (this.stopped) return;
    const { empty_seconds, idle_seconds } = this.#parts.settings;
    const why = dueEnd({
      kind: this.kind,
      terms: this.#terms,
      roster: this.roster,
      reached: this.#reached,
      isOwing: () => this.talk.isOwing,
      emptySince: this.#emptySince,
      saidAt: this.#saidAt,
      now: this.now(),
      monotonic: this.monotonic(),
      empty_seconds,
      idle_seconds,
    });
    if (why !== null) this.end(why);
  }

  began(): void {
    this.#begun = true;
    this.#keepHead();
    this.#parts.events.emit("roomBegan", { room: this, at: this.now() });
  }

  peopleChanged(person: Person, kept: boolean): void {
    const changed = this.roster.settle(person, this.now());
    const least = leastOf(this.kind, this.#terms);
    if (!this.#reached && least > 0 && this.roster.there().length >= least) {
      this.#reached = true;
      this.#keepHead();
    }
    if (this.roster.present > 0) this.#emptySince = null;
    else this.#emptySince ??= this.monotonic();
    if (this.record.peopleChanged(person)) this.talk.cameIn(person);
    if (kept) this.#keepPerson(person);
    if (changed) this.#changed();
    this.checkLife();
  }

  forgotten(person: Person): void {
    this.filters.forgotten(person);
    this.#keeping.save(`p${person.id}`, () => null);
  }

  marksChanged(): void {
    this.#marksDirty = true;
  }

  renamed(person: Person): void {
    this.roster.touch(person);
    this.#keepPerson(person);
    this.#changed();
  }

  giveUpFurthest(): boolean {
    return !this.stopped && this.seating.giveUpFurthest();
  }

  storeFull(): void {
    if (!this.stopped) this.#table.onStoreFull();
  }

  onSaid(said: Said): void {
    this.#saidAt = this.monotonic();
    this.#lastSaid = said.at;
    const { events } = this.#parts;
    if (events.heard("roomMessage")) events.emit("roomMessage", { room: this, ...factsOf(said, this.roster) });
  }

  #blockedPresent(owner: Person): void {
    this.#keepPerson(owner);
    this.#parts.blockedPresent?.(owner.aor, this);
  }

  #keepPerson(person: Person): void {
    this.#keeping.save(`p${person.id}`, () => keptPerson(person));
  }

  #keepHead(): void {
    this.#keeping.save("", () => keptRoom(this, this.#reached));
  }

  #changed(): void {
    this.#parts.events.emit("roomChanged", { room: this });
  }
}
