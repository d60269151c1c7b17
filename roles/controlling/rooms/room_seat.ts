import type { SwitchLeg } from "../../../transport/msrp/mod.ts";
import type { JoinedBy, LeftBy, Standing } from "../room.ts";
import type { GatedLeg } from "./gated_leg.ts";
import type { Attendance, LegFacts, Seat } from "./live_room.ts";
import type { Person } from "./person.ts";

/** What a seat asks of its room. */
export interface SeatRoom {
  /** Throws RangeError where there is no room for a leg. */
  join(seat: RoomSeat, facts: LegFacts): GatedLeg;
  left(seat: RoomSeat, how: LeftBy | "absent"): void;
  says(seat: RoomSeat): void;
}

/** One device of somebody in a room. */
export class RoomSeat implements Seat {
  readonly participant: Person;
  readonly attendance: Attendance;
  readonly #room: SeatRoom;
  #leg: GatedLeg | null = null;
  #over = false;
  standing: Standing;
  /** How far it was when the last of its legs was looked at. */
  #mark = 0;
  /** It has come in, and is not gone: what is said is for it, also while its connection is broken. */
  joined = false;
  takesPrivate = true;

  constructor(participant: Person, how: JoinedBy, attendance: Attendance, room: SeatRoom) {
    this.participant = participant;
    this.attendance = attendance;
    this.#room = room;
    this.standing = how === "dialed-in" ? "dialing-in" : "pending";
  }

  get leg(): SwitchLeg | null {
    return this.#leg;
  }
  get gated(): GatedLeg | null {
    return this.#leg;
  }
  /** How far it is. */
  get mark(): number {
    return this.#leg === null ? this.#mark : Math.max(this.#mark, this.#leg.passed);
  }
  /** True where this is the leg that it has now. */
  hasLeg(leg: SwitchLeg): boolean {
    return this.#leg !== null && this.#leg.inner === leg;
  }

  says(standing: "dialing-out" | "alerting" | "dialing-in"): void {
    if (this.#over || this.joined || this.standing === standing) return;
    this.standing = standing;
    this.#room.says(this);
  }

  join(facts: LegFacts): SwitchLeg {
    if (this.#over) throw new RangeError("The seat was given up");
    const before = this.#leg;
    // Another description, another session: whoever had the one before is told nothing of its end.
    this.lostLeg();
    before?.close("another session takes its place");
    return this.#leg = this.#room.join(this, facts);
  }

  /** The place from which it goes on. */
  begins(after: number): void {
    this.#mark = after;
  }

  leave(how: LeftBy | "absent"): void {
    if (!this.#over) this.out(how, "left");
  }

  /** Its leg is over; what it missed since then waits for a new one. */
  lostLeg(): void {
    this.#mark = this.mark;
    this.#leg = null;
  }

  /** The device is out, whoever wants it. */
  out(how: LeftBy | "absent", reason: string): void {
    this.#over = true;
    const leg = this.#leg;
    this.lostLeg();
    leg?.close(reason);
    this.#room.left(this, how);
  }
}
