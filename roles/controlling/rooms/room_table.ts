import { randomHex, type Timed } from "../../../foundation/mod.ts";
import { FUNCTION_NOT_ALLOWED } from "../../participating/mod.ts";
import type { RoomRefusal, RoomTerms } from "../policy/terms.ts";
import type { LiveRoom, RoomPlan, Rooms } from "./live_room.ts";
import type { CountedRoom } from "./room_figures.ts";
import { asSwitched, findRooms, type FoundRoom, policyFor, policyOfBefore } from "./load_rooms.ts";
import { reasonValue } from "./life.ts";
import { OverRooms } from "./over_rooms.ts";
import { RoomSession } from "./room_session.ts";
import { DEFAULT_ROOM_LIMITS, type RoomFacts, type RoomOwner, type RoomsParts } from "./rooms_parts.ts";

const SWEEP_MS = 1000;
/** Sweeps between two writes of how far everybody is, and between two looks at what is long over. */
const MARKS_EVERY = 2;
const OVER_EVERY = 60;
/** Rooms that are read at the same time at a start. */
const AT_ONCE = 32;

const TOO_MANY: RoomRefusal = { status: 503, reason: "Too many chats at the moment", warning: "" };
const TOO_MANY_OF_ONE: RoomRefusal = {
  status: 486,
  reason: "Too many chats of one user",
  warning: `${FUNCTION_NOT_ALLOWED} too many sessions`,
};

/** All rooms of the box. */
export class RoomTable implements Rooms, Timed {
  readonly #parts: RoomsParts;
  readonly #rooms = new Map<string, RoomSession>();
  readonly #ofGroup = new Map<string, RoomSession>();
  readonly #ofCreator = new Map<string, number>();
  readonly #over: OverRooms;
  /** Groups whose document could not be read: asked again. And how often a group has changed. */
  readonly #unread = new Set<string>();
  readonly #asked = new Map<string, number>();
  readonly #owner: RoomOwner = {
    onEnded: (room) => this.#ended(room),
    onStoreFull: () => this.#makeRoom(),
  };
  #sweeps = 0;
  #closed = false;

  private constructor(parts: RoomsParts) {
    this.#parts = parts;
    this.#over = new OverRooms(parts.states, parts.limits ?? DEFAULT_ROOM_LIMITS);
  }

  /**
   * With the rooms that stood before, everybody in them `absent`. Rejects where what was said there cannot be read. Once for its
   * storage: `states.load` gives what it has only once.
   */
  static async open(parts: RoomsParts): Promise<RoomTable> {
    const table = new RoomTable(parts);
    const { rooms, over } = findRooms(parts);
    table.#over.restore(over);
    for (let at = 0; at < rooms.length; at += AT_ONCE) {
      await Promise.all(rooms.slice(at, at + AT_ONCE).map((room) => table.#restore(room)));
    }
    parts.timers.start(SWEEP_MS, table, 0);
    return table;
  }

  get size(): number {
    return this.#rooms.size;
  }

  find(uri: string): CountedRoom | undefined {
    return this.#rooms.get(idOf(uri));
  }

  isOver(uri: string): boolean {
    return this.#over.has(idOf(uri));
  }

  ofGroup(group: string): CountedRoom | undefined {
    return this.#ofGroup.get(group);
  }

  of(aor: string): LiveRoom[] {
    return [...this.#rooms.values()].filter((room) => room.find(aor)?.present);
  }

  *all(): Iterable<CountedRoom> {
    yield* this.#rooms.values();
  }

  open(plan: RoomPlan): LiveRoom | RoomRefusal {
    const { settings, domain, clock, adhocTerms } = this.#parts;
    const known = plan.group === "" ? undefined : this.#ofGroup.get(plan.group);
    if (known !== undefined) return known;
    if (this.#closed || this.#rooms.size >= settings.max_rooms) return TOO_MANY;
    if ((this.#ofCreator.get(plan.creator) ?? 0) >= settings.per_user) return TOO_MANY_OF_ONE;
    const id = `conf-${randomHex(16)}`;
    const createdAt = clock.now();
    const terms = plan.policy === null ? adhocTerms(plan.subject) : plan.policy.termsSince(createdAt);
    const { kind, group, creator, subject, policy } = plan;
    const facts = {
      id,
      uri: `sip:${id}@${domain}`,
      kind,
      group,
      creator,
      subject: subject || terms.subject,
      createdAt,
    };
    return this.#add(facts, terms, policy);
  }

  rulesChanged(aor: string): void {
    for (const room of this.#rooms.values()) room.rulesChanged(aor);
  }

  groupChanged(group: string): void {
    if (this.#ofGroup.has(group)) void this.#reread(group);
  }

  userGone(aor: string): void {
    for (const room of [...this.#rooms.values()]) {
      if (room.terms.owner === aor) {
        room.end("owner");
        continue;
      }
      const person = room.find(aor);
      if (person?.present) room.dismiss(person, reasonValue(403, "No longer in the service"));
    }
  }

  /** The service is closed to a user for now: out of all rooms, which go on, the user's own too. */
  userClosed(aor: string): void {
    for (const room of [...this.#rooms.values()]) {
      const person = room.find(aor);
      if (person?.present) room.dismiss(person, reasonValue(403, "The service is closed to you"));
    }
  }

  close(): void {
    this.#closed = true;
    for (const room of this.#rooms.values()) room.close();
  }

  onTimer(): void {
    if (this.#closed) return;
    this.#parts.timers.start(SWEEP_MS, this, 0);
    this.#sweeps++;
    for (const room of [...this.#rooms.values()]) room.sweep(this.#sweeps % MARKS_EVERY === 0);
    if (this.#sweeps % OVER_EVERY === 0) this.#over.sweep(this.#parts.clock.now());
    for (const group of this.#unread) {
      this.#unread.delete(group);
      this.groupChanged(group);
    }
  }

  #add(facts: RoomFacts, terms: RoomTerms, policy: RoomPlan["policy"]): RoomSession {
    const room = new RoomSession(this.#parts, facts, terms, policy, this.#owner);
    this.#rooms.set(room.id, room);
    if (room.group !== "") this.#ofGroup.set(room.group, room);
    this.#ofCreator.set(room.creator, (this.#ofCreator.get(room.creator) ?? 0) + 1);
    return room;
  }

  #ended(room: RoomSession): void {
    this.#rooms.delete(room.id);
    if (this.#ofGroup.get(room.group) === room) this.#ofGroup.delete(room.group);
    this.#asked.delete(room.group);
    const others = (this.#ofCreator.get(room.creator) ?? 1) - 1;
    if (others > 0) this.#ofCreator.set(room.creator, others);
    else this.#ofCreator.delete(room.creator);
    if (room.begun) this.#over.add(room.id, this.#parts.clock.now());
  }

  /** The store is shared: the room that keeps most gives way, so that none can fill it for all others. */
  #makeRoom(): void {
    const rooms = [...this.#rooms.values()].filter(({ talk }) => talk.keptOctets > 0);
    rooms.sort((a, b) => b.talk.keptOctets - a.talk.keptOctets);
    for (const room of rooms) if (room.talk.relieve()) return;
  }

  async #restore(found: FoundRoom): Promise<void> {
    const { adhocTerms, domain, messages } = this.#parts;
    const { id, head, people, marks } = found;
    const { kind, group, creator, subject, createdAt } = head;
    const read = kind === "group" ? await policyFor(this.#parts, found) : null;
    const policy = read === "later" || (read === null && kind === "group") ? policyOfBefore(found) : read;
    const terms = policy === null ? adhocTerms(subject) : policy.termsSince(createdAt);
    const said = await messages.read(id, 0);
    const room = this.#add({ id, uri: `sip:${id}@${domain}`, kind, group, creator, subject, createdAt }, terms, policy);
    room.restore(head, people, marks, said.map(asSwitched), said.at(-1)?.at ?? 0);
    if (read === "later") this.#unread.add(group);
    else if (kind === "group" && read === null) room.end("gone");
    else if (terms.hidesIdentity && !head.terms.hidesIdentity) room.end("owner");
    room.checkLife();
  }

  /** The last question counts: answers may come in another order. */
  async #reread(group: string): Promise<void> {
    const turn = (this.#asked.get(group) ?? 0) + 1;
    this.#asked.set(group, turn);
    const { policies, log } = this.#parts;
    try {
      const policy = await policies.policyOf(group);
      const room = this.#ofGroup.get(group);
      if (this.#closed || room === undefined || this.#asked.get(group) !== turn) return;
      if ("status" in policy) room.end("gone");
      else room.applyPolicy(policy);
    } catch (error) {
      log.warn("the document of a group cannot be read", {
        reason: error instanceof Error ? error.message : String(error),
      });
      if (this.#ofGroup.has(group)) this.#unread.add(group);
    }
  }
}

/** `conf-…` of `sip:conf-…@example.test;gr`, or of itself. */
function idOf(uri: string): string {
  return /^(?:sips?:)?([^@;?]*)/i.exec(uri)![1];
}
