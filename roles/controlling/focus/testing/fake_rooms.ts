import type { SessionPeer, SwitchLeg, SwitchLegUser } from "../../../../transport/msrp/mod.ts";
import { adhocTerms } from "../../policy/exports.ts";
import type { Caller, GroupPolicy, RoomRefusal, RoomRights, RoomSettings, RoomTerms } from "../../policy/terms.ts";
import type { JoinedBy, LeftBy, Participant, RoomEnd, RoomKind, Shown, Standing } from "../../room.ts";
import type { Attendance, Entrant, LegFacts, LiveRoom, RoomPlan, Rooms, Seat } from "../../rooms/live_room.ts";

/** An MSRP session that the test moves. */
export class FakeLeg implements SwitchLeg {
  readonly facts: LegFacts;
  readonly party: number;
  passed = 0;
  open = false;
  closed = "";
  held = false;
  readonly started: { readonly setup: "active" | "passive"; readonly peer: SessionPeer }[] = [];
  constructor(facts: LegFacts, party: number) {
    this.facts = facts;
    this.party = party;
  }
  get sessionId(): string {
    return this.facts.sessionId;
  }
  get uri(): string {
    return this.facts.uri;
  }
  start(setup: "active" | "passive", peer: SessionPeer): void {
    this.started.push({ setup, peer });
  }
  hold(held: boolean): void {
    this.held = held;
  }
  close(reason: string): void {
    this.open = false;
    this.closed = reason;
  }
}

export class FakeParticipant implements Participant {
  readonly id: number;
  readonly aor: string;
  readonly shown: Shown;
  nickname = "";
  standing: Standing = "pending";
  readonly joinedBy: JoinedBy;
  invited: boolean;
  leftBy: LeftBy | null = null;
  since = 0;
  readonly hidden: boolean;
  passed = 0;
  readonly anonymous: boolean;
  constructor(id: number, { aor, how, hidden, anonymous }: Entrant, alias: boolean) {
    this.id = id;
    this.aor = aor;
    this.joinedBy = how;
    this.invited = how === "dialed-out";
    this.hidden = hidden;
    this.anonymous = anonymous;
    this.shown = { uri: alias || anonymous ? `sip:anonymous-${id}@anonymous.invalid` : aor, name: "" };
  }
}

export class FakeSeat implements Seat {
  readonly participant: FakeParticipant;
  readonly attendance: Attendance;
  readonly entrant: Entrant;
  /** All that were ever made. */
  readonly legs: FakeLeg[] = [];
  /** Everything that was said, and how it left. */
  readonly said: string[] = [];
  /** How often it was told to leave. */
  leaves = 0;
  standing: Standing;
  readonly #room: FakeRoom;
  constructor(room: FakeRoom, participant: FakeParticipant, attendance: Attendance, entrant: Entrant) {
    this.#room = room;
    this.participant = participant;
    this.attendance = attendance;
    this.entrant = entrant;
    this.standing = entrant.how === "dialed-in" ? "dialing-in" : "pending";
    participant.standing = this.standing;
  }
  get leg(): FakeLeg | null {
    return this.legs.at(-1) ?? null;
  }
  says(standing: "dialing-out" | "alerting" | "dialing-in"): void {
    this.said.push(standing);
    this.standing = this.participant.standing = standing;
  }
  join(facts: LegFacts): FakeLeg {
    if (this.#room.crowded) throw new RangeError("no room");
    const leg = new FakeLeg(facts, this.participant.id);
    this.legs.push(leg);
    this.said.push("joined");
    this.standing = this.participant.standing = "connected";
    return leg;
  }
  leave(how: LeftBy | "absent"): void {
    this.leaves++;
    if (this.standing === "disconnected" || this.standing === "absent") return;
    this.said.push(`left ${how}`);
    this.standing = this.participant.standing = how === "absent" ? "absent" : "disconnected";
    this.participant.leftBy = how === "absent" ? null : how;
  }
}

/** A room that does what it is told. */
export class FakeRoom implements LiveRoom {
  readonly id: string;
  readonly uri: string;
  readonly kind: RoomKind;
  readonly group: string;
  subject: string;
  terms: RoomTerms;
  readonly createdAt = 0;
  readonly creator: string;
  version = 0;
  readonly policy: GroupPolicy | null;
  ended = false;
  endedBy: RoomEnd | "" = "";
  /** No MSRP session more. */
  crowded = false;
  readonly seats: FakeSeat[] = [];
  readonly barred = new Set<string>();
  readonly #people = new Map<string, FakeParticipant>();
  constructor(id: string, plan: RoomPlan, terms: RoomTerms) {
    this.id = id;
    this.uri = `sip:${id}@example.test`;
    this.kind = plan.kind;
    this.group = plan.group;
    this.policy = plan.policy;
    this.creator = plan.creator;
    this.subject = plan.subject;
    this.terms = terms;
  }
  get legs(): number {
    return this.seats.filter(({ standing }) => standing === "connected").length;
  }
  get participants(): Iterable<FakeParticipant> {
    return this.#people.values();
  }
  get present(): number {
    return [...this.#people.values()].filter(({ standing }) => standing !== "disconnected").length;
  }
  changedSince(): Participant[] {
    return [];
  }
  find(aor: string): FakeParticipant | undefined {
    return this.#people.get(aor);
  }
  findShown(uri: string): FakeParticipant | undefined {
    return [...this.#people.values()].find(({ shown }) => shown.uri === uri);
  }
  seat(entrant: Entrant, attendance: Attendance): FakeSeat | RoomRefusal {
    if (this.ended) return { status: 404, reason: "over", warning: "" };
    let person = this.#people.get(entrant.aor);
    if ((person === undefined || person.standing === "disconnected") && this.present >= this.terms.maxParticipants) {
      return { status: 486, reason: "Full", warning: "122 too many participants" };
    }
    if (person === undefined) {
      person = new FakeParticipant(this.#people.size + 1, entrant, this.terms.hidesIdentity);
      this.#people.set(entrant.aor, person);
    }
    if (entrant.how === "dialed-out") {
      this.barred.delete(entrant.aor);
      person.invited = true;
    }
    const seat = new FakeSeat(this, person, attendance, entrant);
    this.seats.push(seat);
    return seat;
  }
  seatOf(name: string): FakeSeat {
    const found = this.seats.findLast(({ participant }) => participant.aor === `sip:${name}@example.test`);
    if (found === undefined) throw new Error(`${name} has no seat`);
    return found;
  }
  expel(participant: Participant, reason: string): void {
    this.barred.add(participant.aor);
    for (const seat of this.seats) {
      if (seat.participant === participant) seat.attendance.onDismissed(`SIP;cause=200;text="${reason}"`);
    }
  }
  listenersOf(participant: Participant): Participant[] {
    const there = ["connected", "absent"];
    return [...this.#people.values()].filter((person) => person !== participant && there.includes(person.standing));
  }
  isBarred(aor: string): boolean {
    return this.barred.has(aor);
  }
  rename(subject: string): void {
    this.subject = subject;
  }
  end(why: RoomEnd): void {
    this.ended = true;
    this.endedBy = why;
    for (const seat of this.seats) seat.attendance.onDismissed('SIP;cause=200;text="Nobody is left in the chat"');
  }
  readonly legUser = (): SwitchLegUser => ({ onOpen() {}, onPassed() {}, onClosed() {} });
}

export class FakeRooms implements Rooms {
  readonly settings: RoomSettings;
  readonly made: FakeRoom[] = [];
  refusal: RoomRefusal | null = null;
  constructor(settings: RoomSettings) {
    this.settings = settings;
  }
  get size(): number {
    return this.made.filter(({ ended }) => !ended).length;
  }
  find(uri: string): FakeRoom | undefined {
    return this.made.find((room) => room.uri === uri && !room.ended);
  }
  isOver(uri: string): boolean {
    return this.made.some((room) => room.uri === uri && room.ended);
  }
  ofGroup(group: string): FakeRoom | undefined {
    return this.made.find((room) => room.group === group && !room.ended);
  }
  of(): LiveRoom[] {
    return [];
  }
  all(): Iterable<LiveRoom> {
    return this.made;
  }
  open(plan: RoomPlan): FakeRoom | RoomRefusal {
    if (this.refusal !== null) return this.refusal;
    const terms = plan.policy?.terms ?? adhocTerms(this.settings, plan.subject);
    const room = new FakeRoom(`conf-${this.made.length + 1}`, plan, terms);
    this.made.push(room);
    return room;
  }
  rulesChanged(): void {}
  groupChanged(): void {}
  userGone(): void {}
  close(): void {}
}

const ALL: RoomRights = {
  initiate: true,
  join: true,
  invite: true,
  seeRoster: true,
  anonymity: true,
  privateMessages: true,
  expel: true,
  key: true,
};

/** A group that allows everything but what the test says. */
export class FakePolicy implements GroupPolicy {
  terms: RoomTerms;
  members: readonly string[] = [];
  /** By what is asked, or by `what aor`. */
  readonly refusals = new Map<string, RoomRefusal>();
  readonly asked: string[] = [];
  constructor(terms: Partial<RoomTerms> = {}) {
    this.terms = { ...adhocTerms({ adhoc_size: 500 }, ""), minParticipants: 0, ...terms };
  }
  termsSince(): RoomTerms {
    return this.terms;
  }
  rightsOf(): RoomRights {
    return ALL;
  }
  mayInitiate(caller: Caller): RoomRefusal | null {
    return this.#refusal("initiate", caller, "");
  }
  mayJoin(caller: Caller, present: number): RoomRefusal | null {
    return this.#refusal("join", caller, ` ${present}`);
  }
  mayInvite(by: Caller, whom: Caller, present: number): RoomRefusal | null {
    return this.#refusal("invite", by, ` ${whom.aor} ${present}`);
  }
  mayBeBrought(whom: Caller, present: number): RoomRefusal | null {
    return this.#refusal("brought", whom, ` ${present}`);
  }
  mayExpel(by: Caller, whom: Caller): RoomRefusal | null {
    return this.#refusal("expel", by, ` ${whom.aor}`);
  }
  mayWatch(): RoomRefusal | null {
    return null;
  }
  #refusal(what: string, { aor, anonymous }: Caller, more: string): RoomRefusal | null {
    this.asked.push(`${what} ${aor}${anonymous ? " (anonymous)" : ""}${more}`);
    return this.refusals.get(`${what} ${aor}`) ?? this.refusals.get(what) ?? null;
  }
}
