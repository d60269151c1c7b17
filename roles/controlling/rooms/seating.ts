import { NO_ANONYMITY } from "../../participating/mod.ts";
import type { SwitchLeg, SwitchLegUser, SwitchRoom } from "../../../transport/msrp/mod.ts";
import type { RoomRefusal, RoomTerms } from "../policy/terms.ts";
import type { LeftBy } from "../room.ts";
import type { Filters } from "./filters.ts";
import { GatedLeg } from "./gated_leg.ts";
import { reasonValue } from "./life.ts";
import type { Attendance, Entrant, LegFacts, Seat } from "./live_room.ts";
import type { Absence, Person } from "./person.ts";
import { RoomSeat, type SeatRoom } from "./room_seat.ts";
import type { RoomLimits } from "./rooms_parts.ts";
import type { Roster } from "./roster.ts";
import type { Talk } from "./talk.ts";

/** What is asked of the room whose seats these are. */
export interface SeatingRoom {
  /** Over, or the box goes down: nothing of what happens to seats counts any more. */
  readonly stopped: boolean;
  readonly terms: RoomTerms;
  readonly roster: Roster;
  readonly limits: RoomLimits;
  readonly talk: Talk;
  readonly filters: Filters;
  readonly switch: SwitchRoom;
  /** Wall time; and monotonic, ms. */
  now(): number;
  monotonic(): number;
  /** What the room has to have stored before something that comes now counts; and whether that is so. */
  readonly stands: number;
  isSafe(stands: number): boolean;
  /** The first participant is made. */
  began(): void;
  /** Its devices are others. `kept`: what is stored of it is to be written again. */
  peopleChanged(person: Person, kept: boolean): void;
  forgotten(person: Person): void;
  marksChanged(): void;
}

const OVER: RoomRefusal = { status: 404, reason: "The chat is over", warning: "" };
const BARRED: RoomRefusal = {
  status: 403,
  reason: "Was removed from this chat",
  warning: "106 user not authorised to join chat group",
};
const NAMED: RoomRefusal = {
  status: 403,
  reason: "Is known by name in this chat",
  warning: NO_ANONYMITY,
};
const FULL: RoomRefusal = { status: 486, reason: "The chat is full", warning: "122 too many participants" };
const MEDIA: Readonly<Record<"slow" | "lost" | "closed", string>> = {
  slow: "The connection is too slow for this chat",
  lost: "The connection was lost",
  closed: "The session was closed",
};

/** The devices of a room: who may take a place, what each gets, what becomes of it. */
export class Seating implements SeatRoom {
  readonly #room: SeatingRoom;
  readonly #byLeg = new Map<SwitchLeg, RoomSeat>();
  /** Legs that wait until it is stored that their people are in: else nobody would know them after a crash. */
  readonly #unsafe = new Set<GatedLeg>();

  constructor(room: SeatingRoom) {
    this.#room = room;
  }

  /** Devices that are connected. */
  get legs(): number {
    return this.#byLeg.size;
  }

  /** Whose leg this is; undefined for one that is no more. */
  of(leg: SwitchLeg): RoomSeat | undefined {
    const seat = this.#byLeg.get(leg);
    return seat?.hasLeg(leg) ? seat : undefined;
  }

  seat(entrant: Entrant, attendance: Attendance): Seat | RoomRefusal {
    const { roster, terms, limits, filters } = this.#room;
    if (this.#room.stopped) return OVER;
    let known = roster.find(entrant.aor);
    if (known !== undefined && entrant.how === "dialed-out" && known.aliased && !known.present) {
      // Else whoever invites somebody by address would see which alias that is, and all that it has said.
      roster.drop(known);
      this.#room.forgotten(known);
      known = undefined;
    }
    if (known !== undefined) {
      if (known.barred && entrant.how === "dialed-in") return BARRED;
      if (entrant.anonymous && !known.aliased) return NAMED;
      if (known.seats.size >= limits.seats) return FULL;
    }
    if (!known?.present && roster.present >= terms.maxParticipants) return FULL;
    const first = roster.size === 0;
    const person = known ?? roster.add(entrant, terms.hidesIdentity);
    if (first) this.#room.began();
    const isNews = person.seats.size === 0;
    if (!person.present) person.joinedBy = entrant.how;
    // Whoever is invited again may come in again (CHAT-20).
    if (entrant.how !== "dialed-in") [person.barred, person.invited] = [false, true];
    const seat = new RoomSeat(person, entrant.how, attendance, this);
    person.seats.add(seat);
    this.#room.peopleChanged(person, true);
    if (isNews) filters.enter(person);
    for (const forgotten of roster.forget(limits.remembered)) this.#room.forgotten(forgotten);
    return seat;
  }

  says(seat: RoomSeat): void {
    if (!this.#room.stopped) this.#room.peopleChanged(seat.participant, false);
  }

  join(seat: RoomSeat, facts: LegFacts): GatedLeg {
    if (this.#room.stopped) throw new RangeError("The chat is over");
    const { talk, filters } = this.#room;
    const person = seat.participant;
    const absence = seat.joined ? null : furthest(person.absences);
    const after = this.#begins(seat, absence);
    const { sessionId, uri, acceptTypes, peerTypes, peerMaxSize, privateMessages = true } = facts;
    const leg = this.#room.switch.add({
      sessionId,
      uri,
      acceptTypes,
      peerTypes,
      peerMaxSize,
      party: person.id,
      after,
      missed: talk.missedBy(person, after),
      skips: person.skips,
      user: this.legUser(seat),
    });
    this.#byLeg.set(leg, seat);
    seat.begins(after);
    seat.takesPrivate = privateMessages;
    if (!seat.joined) {
      // It takes the place of the device that is furthest behind: which of them it is cannot be seen.
      person.absences = person.absences.filter((other) => other !== absence);
      person.turn++;
      seat.joined = true;
      seat.standing = "connected";
      this.#room.peopleChanged(person, true);
      if (!this.#room.stopped) filters.came(person);
    }
    const { stands } = this.#room;
    const gated = new GatedLeg(leg, () => person.unknown === 0 && this.#room.isSafe(stands));
    if (!this.#room.isSafe(stands)) this.#unsafe.add(gated);
    return gated;
  }

  /** Something more is in the store: devices start of which it is known there by now that they are in. */
  releaseSafe(): void {
    for (const gated of this.#unsafe) if (gated.isClosed || gated.release()) this.#unsafe.delete(gated);
  }

  /** For a leg: what the room itself wants to know of it. */
  legUser(seat: RoomSeat): SwitchLegUser {
    return {
      onOpen: () => {},
      onPassed: (leg) => {
        if (seat.hasLeg(leg)) this.#room.marksChanged();
      },
      onClosed: (leg, why) => {
        this.#byLeg.delete(leg);
        if (!seat.hasLeg(leg)) return;
        seat.lostLeg();
        if (!this.#room.stopped) seat.attendance.onMediaClosed(why, reasonValue(480, MEDIA[why]));
      },
    };
  }

  left(seat: RoomSeat, how: LeftBy | "absent"): void {
    const person = seat.participant;
    if (this.#room.stopped || !person.seats.delete(seat)) return;
    if (seat.joined) {
      seat.joined = false;
      person.turn++;
      if (how === "absent") {
        person.absences = [...person.absences, { mark: seat.mark, since: this.#room.monotonic() }];
        this.#merge(person);
      } else if (person.marks().length === 0) person.mark = seat.mark;
    }
    person.leftBy = person.standingNow() !== "disconnected" ? null : how === "absent" ? "failed" : how;
    this.#room.peopleChanged(person, true);
  }

  /** All its devices go, and none is waited for. */
  dismiss(person: Person, how: LeftBy, reason: string): void {
    const seats = [...person.seats];
    if (person.absences.length > 0) this.#giveUp(person, person.absences, how);
    for (const seat of seats) {
      if (this.#room.stopped) return;
      seat.out(how, reason);
      seat.attendance.onDismissed(reason);
    }
  }

  /** The room is over, or the box goes down: every device goes, whatever it was doing. */
  clear(reason: string, tell: boolean): void {
    for (const person of this.#room.roster.people()) {
      for (const seat of [...person.seats]) {
        seat.out("departed", reason);
        if (tell) seat.attendance.onDismissed(reason);
      }
    }
  }

  /** Who did not come again in time is no longer waited for. */
  expire(rejoin_ms: number): void {
    const before = this.#room.monotonic() - rejoin_ms;
    for (const person of this.#room.roster.there()) {
      const late = person.absences.filter(({ since }) => since <= before);
      if (late.length > 0 && !this.#room.stopped) this.#giveUp(person, late, "failed");
    }
  }

  /** What the one furthest behind missed is let go of; false where nobody is away. */
  giveUpFurthest(): boolean {
    let found: Person | null = null;
    let least: Absence | null = null;
    for (const person of this.#room.roster.there()) {
      const own = furthest(person.absences);
      if (own !== null && (least === null || own.mark < least.mark)) [found, least] = [person, own];
    }
    if (found === null || least === null) return false;
    this.#giveUp(found, [least], "failed");
    return true;
  }

  /** All is known of who filters whom: what waited for it starts. */
  release(person: Person): void {
    for (const seat of [...person.seats]) seat.gated?.release();
  }

  #giveUp(person: Person, which: readonly Absence[], how: LeftBy): void {
    const last = which[which.length - 1];
    person.absences = person.absences.filter((absence) => !which.includes(absence));
    person.turn++;
    if (person.marks().length === 0) person.mark = last.mark;
    person.leftBy = person.standingNow() === "disconnected" ? how : null;
    this.#room.peopleChanged(person, true);
  }

  /** Where a device begins that comes in. */
  #begins(seat: RoomSeat, absence: Absence | null): number {
    const { talk } = this.#room;
    const person = seat.participant;
    if (seat.joined) return seat.mark;
    if (absence !== null) return absence.mark;
    if (person.there) return person.passed;
    return Math.max(person.mark, talk.historyStart());
  }

  /** No more are waited for than there may be devices. */
  #merge(person: Person): void {
    while (person.absences.length > this.#room.limits.seats) {
      const [one, two, ...rest] = person.absences;
      person.absences = [{ mark: Math.min(one.mark, two.mark), since: two.since }, ...rest];
    }
  }
}

function furthest(absences: readonly Absence[]): Absence | null {
  let least: Absence | null = null;
  for (const absence of absences) if (least === null || absence.mark < least.mark) least = absence;
  return least;
}
