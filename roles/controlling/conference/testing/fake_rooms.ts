import { Events } from "../../../../foundation/mod.ts";
import type { SwitchLegUser } from "../../../../transport/msrp/mod.ts";
import type { Caller, GroupPolicy, RoomRefusal, RoomRights, RoomTerms } from "../../policy/terms.ts";
import type { Participant, RoomEnd, RoomEvents, RoomKind, Shown } from "../../room.ts";
import type { LiveRoom, Rooms, Seat } from "../../rooms/live_room.ts";

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

export const TERMS: RoomTerms = {
  owner: "",
  displayName: "",
  subject: "",
  isPublic: false,
  hidesIdentity: false,
  nicknames: true,
  privateMessages: true,
  invitesMembers: false,
  maxParticipants: 20,
  minParticipants: 0,
  required: [],
  endsAt: Infinity,
  history: 0,
};

const NO_RIGHTS: RoomRights = {
  initiate: false,
  join: false,
  invite: false,
  seeRoster: false,
  anonymity: false,
  privateMessages: false,
  expel: false,
  key: false,
};

/** The policy of a group whose rules the test makes up; everything else is allowed. For tests only. */
export function fakePolicy(
  rules: {
    readonly terms?: Partial<RoomTerms>;
    readonly mayWatch?: (caller: Caller, participates: boolean) => RoomRefusal | null;
    readonly isKey?: (aor: string) => boolean;
  } = {},
): GroupPolicy {
  const terms = { ...TERMS, ...rules.terms };
  return {
    terms,
    termsSince: () => terms,
    members: [],
    rightsOf: ({ aor }) => ({ ...NO_RIGHTS, key: rules.isKey?.(aor) ?? false }),
    mayInitiate: () => null,
    mayJoin: () => null,
    mayInvite: () => null,
    mayBeBrought: () => null,
    mayExpel: () => null,
    mayWatch: (caller, participates = false) => rules.mayWatch?.(caller, participates) ?? null,
  };
}

export interface FakeRoomParts {
  readonly id?: string;
  readonly kind?: RoomKind;
  readonly group?: string;
  readonly subject?: string;
  readonly policy?: GroupPolicy | null;
  readonly terms?: Partial<RoomTerms>;
  readonly now?: () => number;
}

/** A room without messages: people come, change and go as the test says, and it tells its events. For tests only. */
export class FakeRoom implements LiveRoom {
  readonly id: string;
  readonly uri: string;
  readonly kind: RoomKind;
  readonly group: string;
  readonly createdAt: number;
  readonly creator = "sip:alice@example.test";
  readonly events: Events<RoomEvents>;
  subject: string;
  policy: GroupPolicy | null;
  terms: RoomTerms;
  ended = false;
  version = 1;
  readonly #now: () => number;
  readonly #people = new Map<string, Changeable<Participant>>();
  /** The version of the room at which each changed last. */
  readonly #changedAt = new Map<number, number>();
  readonly #barred = new Set<string>();

  constructor(
    events: Events<RoomEvents>,
    { id = "conf-1", kind = "ad-hoc", group = "", subject = "", policy = null, terms, now = () => 0 }: FakeRoomParts =
      {},
  ) {
    this.events = events;
    this.id = id;
    this.uri = `sip:${id}@example.test`;
    this.kind = kind;
    this.group = group;
    this.subject = subject;
    this.policy = policy;
    this.terms = { ...TERMS, ...policy?.terms, ...terms };
    this.#now = now;
    this.createdAt = now();
  }

  get participants(): Iterable<Participant> {
    return this.#people.values();
  }
  get legs(): number {
    return [...this.participants].filter(({ standing }) => standing === "connected").length;
  }
  get present(): number {
    return [...this.participants].filter(({ standing }) => standing !== "disconnected").length;
  }
  changedSince(version: number): Participant[] {
    return [...this.participants].filter(({ id }) => this.#changedAt.get(id)! > version);
  }
  find(aor: string): Participant | undefined {
    return this.#people.get(aor);
  }
  findShown(uri: string): Participant | undefined {
    return [...this.participants].find(({ shown }) => shown.uri === uri);
  }

  /** Somebody comes, or is another than before: connected, where nothing else is said. Told, unless `quietly`. */
  put(aor: string, more: Partial<Omit<Participant, "id" | "aor">> = {}, quietly = false): Participant {
    const known = this.#people.get(aor);
    const id = known?.id ?? this.#people.size + 1;
    const fresh: Participant = {
      id,
      aor,
      shown: this.#shown(aor, id),
      nickname: "",
      standing: "connected",
      joinedBy: "dialed-in",
      invited: false,
      leftBy: null,
      since: this.#now(),
      hidden: false,
      passed: 0,
    };
    // The same object all the while, as a room may have it.
    const person = Object.assign(known ?? { ...fresh }, known === undefined ? {} : { since: this.#now() }, more);
    this.#people.set(aor, person);
    this.#changedAt.set(id, ++this.version);
    if (!quietly) this.events.emit("roomChanged", { room: this });
    return person;
  }

  /** Terms, subject or rules are others. */
  change(more: Partial<Pick<FakeRoom, "subject" | "terms" | "policy">>): void {
    Object.assign(this, more);
    this.version++;
    this.events.emit("roomChanged", { room: this });
  }

  expel(participant: Participant): void {
    this.#barred.add(participant.aor);
    this.put(participant.aor, { standing: "disconnected", leftBy: "booted" });
  }
  listenersOf(): Participant[] {
    return [];
  }
  isBarred(aor: string): boolean {
    return this.#barred.has(aor);
  }
  rename(subject: string): void {
    this.change({ subject });
  }
  end(why: RoomEnd): void {
    this.ended = true;
    this.events.emit("roomEnded", { room: this, why, at: this.#now() });
  }

  seat(): Seat | RoomRefusal {
    throw new Error("a fake room has no seats");
  }
  legUser(): SwitchLegUser {
    throw new Error("a fake room has no legs");
  }

  #shown(aor: string, id: number): Shown {
    if (this.terms.hidesIdentity) return { uri: `sip:anonymous-${id}@anonymous.invalid`, name: `Anonymous ${id}` };
    return { uri: aor, name: aor.slice(aor.indexOf(":") + 1, aor.indexOf("@")) };
  }
}

/** The rooms of a test. For tests only. */
export class FakeRooms implements Pick<Rooms, "find" | "ofGroup" | "isOver"> {
  readonly events = new Events<RoomEvents>((error) => {
    throw error;
  });
  readonly #rooms = new Map<string, FakeRoom>();

  open(parts: FakeRoomParts = {}): FakeRoom {
    const room = new FakeRoom(this.events, parts);
    this.#rooms.set(room.uri, room);
    return room;
  }
  find(uri: string): FakeRoom | undefined {
    const room = this.#rooms.get(uri);
    return room?.ended === true ? undefined : room;
  }
  isOver(uri: string): boolean {
    return this.#rooms.get(uri)?.ended === true;
  }
  ofGroup(group: string): FakeRoom | undefined {
    if (group === "") return undefined;
    return [...this.#rooms.values()].find((room) => room.group === group && !room.ended);
  }
}
