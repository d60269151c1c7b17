import type { OpenGroup, OrderedTable as Table } from "../../xdm/mod.ts";
import { OrderedTable } from "../../xdm/mod.ts";
import type { Participant, RoomEnd, RoomSettings, RoomTerms } from "../../controlling/mod.ts";
import { LiveRooms, type WatchedRoom, type WatchedRooms } from "../observe/mod.ts";
import type { FakeAuditLog } from "./fake_store.ts";

/** Somebody in a room in which nobody speaks. */
export type FakeParticipant = Participant & { readonly devices: number; readonly waiting: number };

/** What a room of the tests is made of; what is not given is a chat of nobody. */
export interface FakeRoomFacts {
  readonly subject?: string;
  readonly group?: string;
  readonly creator?: string;
  readonly terms?: Partial<RoomTerms>;
  readonly kept?: number;
  readonly saidAt?: number;
  readonly recorders?: number;
  /** Each: address-of-record, and what differs from somebody who is there with one device. */
  readonly people?: readonly (readonly [aor: string, facts?: Partial<FakeParticipant>])[];
}

const SETTINGS: RoomSettings = {
  adhoc_size: 20,
  group_size: 500,
  max_rooms: 100,
  per_user: 5,
  message_bytes: 5_242_880,
  history: 0,
  empty_seconds: 300,
  idle_seconds: 0,
  rejoin_seconds: 600,
  unused_hours: 0,
  private_from_public: true,
  public_age: 12,
  speech_uri: "",
  list_size: 500,
};
const TERMS: RoomTerms = {
  owner: "",
  displayName: "",
  subject: "",
  isPublic: false,
  hidesIdentity: false,
  nicknames: true,
  privateMessages: true,
  invitesMembers: false,
  maxParticipants: 20,
  minParticipants: 2,
  required: [],
  endsAt: Infinity,
  history: 0,
};

/** The console's real service over rooms that only stand there. For tests only. */
export class FakeRooms implements WatchedRooms {
  readonly service: LiveRooms;
  readonly groups: Table<OpenGroup> = new OrderedTable<OpenGroup>();
  /** What was done: `conf-1 expel 3: why`, `conf-1 end: operator`. */
  readonly done: string[] = [];
  /** Documents cannot be read, for that reason. */
  trouble: Error | null = null;
  readonly #now: () => number;
  readonly #rooms = new Map<string, WatchedRoom>();
  #made = 0;

  constructor(now: () => number, audit: FakeAuditLog) {
    this.#now = now;
    this.service = new LiveRooms({
      rooms: this,
      settings: SETTINGS,
      openGroups: {
        all: () => this.trouble === null ? Promise.resolve(this.groups) : Promise.reject(this.trouble),
        find: (uri) => this.groups.get(uri),
      },
      audit: (event, actor, facts) => void audit.append({ at: now(), event, actor, facts }),
    });
  }

  find(id: string): WatchedRoom | undefined {
    return this.#rooms.get(id);
  }

  ofGroup(group: string): WatchedRoom | undefined {
    return [...this.#rooms.values()].find((room) => group !== "" && room.group === group);
  }

  all(): Iterable<WatchedRoom> {
    return this.#rooms.values();
  }

  /** A room stands; each began a second after the one before, so that their order is known. */
  open(facts: FakeRoomFacts = {}): WatchedRoom {
    const { subject = "", group = "", creator = "", kept = 0, saidAt = 0, recorders = 0 } = facts;
    const id = `conf-${++this.#made}`;
    const createdAt = this.#now() - 3_600_000 + this.#made * 1000;
    const terms = { ...TERMS, ...facts.terms };
    const people = new Map<number, FakeParticipant>();
    for (const [i, [aor, more]] of (facts.people ?? []).entries()) {
      people.set(i + 1, fakeParticipant(i + 1, aor, terms.hidesIdentity, { since: createdAt, ...more }));
    }
    const one = ({ id }: Participant) => people.get(id)!;
    const room: WatchedRoom = {
      id,
      uri: `sip:${id}@example.test`,
      kind: group === "" ? "ad-hoc" : "group",
      group,
      subject,
      terms,
      createdAt,
      creator,
      get participants() {
        return people.values();
      },
      find: (aor) => [...people.values()].find((person) => person.aor === aor),
      figures: {
        kept,
        keptOctets: kept * 100,
        saidAt,
        recorders,
        devicesOf: (person) => one(person).devices,
        waitingFor: (person) => one(person).waiting,
      },
      expel: (person, reason) => {
        this.done.push(`${id} expel ${person.id}: ${reason}`);
        people.set(person.id, { ...one(person), standing: "disconnected", leftBy: "booted", devices: 0, waiting: 0 });
      },
      end: (why: RoomEnd) => {
        this.done.push(`${id} end: ${why}`);
        this.#rooms.delete(id);
      },
    };
    this.#rooms.set(id, room);
    return room;
  }

  /** A group that everybody may join, by its document. */
  group(id: string, more: Partial<OpenGroup> = {}): void {
    const facts = { owner: "", displayName: "", subject: "", searchable: true, minimumAge: 0, maxParticipants: 0 };
    this.groups.set({ ...facts, ...more, id });
  }
}

function fakeParticipant(id: number, aor: string, hides: boolean, more: Partial<FakeParticipant>): FakeParticipant {
  const name = aor.slice(4, aor.indexOf("@"));
  return {
    id,
    aor,
    shown: hides ? { uri: `sip:anonymous-${id}@anonymous.invalid`, name: `Anonymous ${id}` } : { uri: aor, name },
    nickname: "",
    standing: "connected",
    joinedBy: "dialed-in",
    invited: false,
    leftBy: null,
    since: 0,
    hidden: false,
    passed: 0,
    devices: 1,
    waiting: 0,
    ...more,
  };
}
