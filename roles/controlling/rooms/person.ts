import { Allowance } from "./allowance.ts";
import type { Caller } from "../policy/terms.ts";
import type { JoinedBy, LeftBy, Participant, Shown, Standing } from "../room.ts";
import type { RoomSeat } from "./room_seat.ts";

/** A device that was cut off: how far it was, and since when it is away (monotonic, ms). */
export interface Absence {
  readonly mark: number;
  readonly since: number;
}

/** What a person is made of, anew or as it was kept. */
export interface PersonFacts extends Caller {
  readonly id: number;
  readonly shown: Shown;
  readonly joinedBy: JoinedBy;
  /** Default: as it joined. */
  readonly invited?: boolean;
  readonly hidden: boolean;
}

/** From the best on: what a participant has of its devices. */
const BEST: readonly Standing[] = ["connected", "alerting", "dialing-out", "dialing-in", "pending"];

/** Somebody in a room: all that it knows of them. `roster` tells of changes. */
export class Person implements Participant, Caller {
  readonly id: number;
  readonly aor: string;
  readonly number: string;
  readonly anonymous: boolean;
  readonly shown: Shown;
  readonly hidden: boolean;
  joinedBy: JoinedBy;
  invited: boolean;
  nickname = "";
  /** As nicknames are compared. */
  foldedNickname = "";
  standing: Standing = "pending";
  leftBy: LeftBy | null = null;
  since = 0;
  /** Of the roster's count: the last change that others are told of. */
  version = 0;
  readonly seats = new Set<RoomSeat>();
  /** Devices that were cut off and may come again. */
  absences: readonly Absence[] = [];
  /** How far it was when it left. */
  mark = 0;
  /** Counts comings and goings of devices, so that a list of marks is known to be of now. */
  turn = 0;
  barred = false;
  /** Participants whose messages it does not get; its legs look at it live. */
  readonly skips = new Set<number>();
  /** Participants it was told of (CHAT-10). */
  readonly told = new Set<number>();
  /** Its rules were looked at so many times: an answer to an earlier question is none. */
  rulesAge = 0;
  /** What is not known yet of who filters whom: until then nothing starts. */
  unknown = 0;
  /** What it may say, and ask for. */
  readonly words = new Allowance();
  /** What it may tell besides, of what it has had and that it writes. */
  readonly signs = new Allowance();

  constructor(facts: PersonFacts) {
    this.id = facts.id;
    this.aor = facts.aor;
    this.number = facts.number;
    this.anonymous = facts.anonymous;
    this.shown = facts.shown;
    this.joinedBy = facts.joinedBy;
    this.invited = facts.invited ?? facts.joinedBy === "dialed-out";
    this.hidden = facts.hidden;
  }

  /** Others see an alias: nothing that names it may leave. */
  get aliased(): boolean {
    return this.shown.uri !== this.aor;
  }
  /** On its way in, there, or away for a while. */
  get present(): boolean {
    return this.standing !== "disconnected";
  }
  /** Has come in, and was not gone since. */
  get there(): boolean {
    if (this.absences.length > 0) return true;
    for (const seat of this.seats) if (seat.joined) return true;
    return false;
  }
  get passed(): number {
    const marks = this.marks();
    return marks.length === 0 ? this.mark : Math.min(...marks);
  }
  /** True where each of its devices that are there takes private messages (RFC 7701 §6.2); where none is, what the last ones did. */
  get takesPrivate(): boolean {
    let any = false;
    for (const seat of this.seats) {
      if (!seat.joined) continue;
      if (!seat.takesPrivate) return this.privately = false;
      any = true;
    }
    return any ? this.privately = true : this.privately;
  }
  privately = true;

  /** How far each of its devices is that is there or may come again. */
  marks(): number[] {
    const marks = this.absences.map(({ mark }) => mark);
    for (const seat of this.seats) if (seat.joined) marks.push(seat.mark);
    return marks;
  }

  /** What it is by now (RFC 4575 §5.7.4, the best of its devices). */
  standingNow(): Standing {
    let best = BEST.length;
    for (const { standing } of this.seats) {
      const at = BEST.indexOf(standing);
      if (at >= 0 && at < best) best = at;
    }
    if (best < BEST.length) return BEST[best];
    return this.absences.length > 0 ? "absent" : "disconnected";
  }
}
