import { computed, effect, type ReadonlySignal } from "@preact/signals-core";
import { randomHex } from "../../../foundation/mod.ts";
import type { ConversationModel, PeopleModel, Problem, PublicRoom, RoomsModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { fieldProblem, isProblem, orProblem } from "../outcomes.ts";
import { addressOf } from "./address.ts";
import { addressName, GROUP_TYPE, groupDocument, GROUPS, type NewGroup } from "./group_document.ts";
import { KnownRooms } from "./known_rooms.ts";
import type { RoomConversations, RoomFacts } from "./room_conversations.ts";

/** What rooms stand on besides. */
export interface RoomsOthers {
  readonly people: Pick<PeopleModel, "nameOf">;
  readonly conversations: RoomConversations;
}

interface SearchAnswer {
  readonly results: readonly {
    readonly id: string;
    readonly display_name: string;
    readonly fields: Readonly<Record<string, readonly string[]>>;
  }[];
  readonly more: boolean;
}

/** Public rooms of past searches: what they are called when somebody joins them. */
const FOUND = 500;
/** Addresses that are tried for a new room before it is given up. */
const TRIES = 2;

/** Rooms to find, make and join: searches over REST, groups as documents (oma-reference §5.4), sessions by the client. */
export class Rooms implements RoomsModel {
  readonly known: ReadonlySignal<readonly PublicRoom[]>;
  readonly #parts: EngineParts;
  readonly #others: RoomsOthers;
  readonly #known: KnownRooms;
  readonly #found = new Map<string, PublicRoom>();

  constructor(parts: EngineParts, others: RoomsOthers) {
    this.#parts = parts;
    this.#others = others;
    const known = this.#known = new KnownRooms(parts);
    const { list } = others.conversations;
    this.known = computed(() => {
      const within = new Set<string>();
      for (const { key, room } of list.value) if (room !== null && room.state.value !== "out") within.add(key);
      return known.rooms.value.filter(({ uri }) => !within.has(uri.toLowerCase()));
    });
    effect(() => {
      if (known.state.value !== "ready") return;
      for (const { key, room, title } of list.value) if (room?.state.value === "in") known.note(key, title.peek());
    });
  }

  /** The service compares whole values, so that parts of words are looked for in what it lists. */
  async search(words: string): Promise<readonly PublicRoom[] | Problem> {
    const said = words.trim();
    const all = await this.#ask({});
    if (isProblem(all)) return all;
    const wanted = said.toLowerCase().split(/\s+/);
    const found = new Map<string, PublicRoom>();
    for (const room of all.results.map(roomOf)) {
      const text = `${room.name} ${room.subject} ${room.uri}`.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.set(room.uri, room);
    }
    if (all.more && said !== "") {
      const any = ["display-name", "subject"].map((field) => ({ field, is: said }));
      const uri = addressOf(said, this.#parts.link.me.domain);
      const exact = await this.#ask({ where: { any: uri === "" ? any : [...any, { field: "uri", is: uri }] } });
      if (isProblem(exact)) return exact;
      for (const room of exact.results.map(roomOf)) found.set(room.uri, room);
    }
    for (const [uri, room] of found) {
      this.#found.set(uri.toLowerCase(), room);
      if (this.#found.size > FOUND) this.#found.delete(this.#found.keys().next().value!);
    }
    return [...found.values()];
  }

  begin(people: readonly string[], subject: string): ConversationModel | null {
    const addresses = this.#addresses(people);
    return isProblem(addresses) ? null : this.#others.conversations.openRoom(addresses, subject.trim());
  }

  async create(room: {
    readonly name: string;
    readonly subject: string;
    readonly people: readonly string[];
    readonly listed: boolean;
  }): Promise<ConversationModel | Problem> {
    const name = room.name.trim(), subject = room.subject.trim();
    if (name === "") return fieldProblem("name", "A room has a name.");
    const people = this.#addresses(room.people);
    if (isProblem(people)) return people;
    const made = await this.#make({ name, subject, people, listed: room.listed });
    if (typeof made !== "string") return made;
    void this.#known.refresh();
    const conversation = this.#others.conversations.joinRoom(made, { name, subject, isPublic: room.listed });
    if (conversation === null) return fieldProblem("name", "The room is made; there are too many sessions to come in.");
    // Of a group that is not listed the service invites the members itself.
    if (room.listed && people.length > 0) this.#bring(conversation, people);
    return conversation;
  }

  join(address: string): ConversationModel | null {
    const uri = addressOf(address, this.#parts.link.me.domain);
    return uri === "" ? null : this.#others.conversations.joinRoom(uri, this.#factsOf(uri));
  }

  /** The address of the new group; else why there is none. */
  async #make(group: Omit<NewGroup, "uri">): Promise<string | Problem> {
    const { rest, link: { me } } = this.#parts;
    let problem: Problem | null = null;
    for (let tries = 0; tries < TRIES; tries++) {
      const called = addressName(group.name, randomHex(3));
      const uri = `sip:${called}@${me.domain}`;
      const answer = await orProblem(
        rest.xcap("PUT", `/${GROUPS}/users/${encodeURIComponent(me.uri)}/${encodeURIComponent(called)}`, {
          body: groupDocument({ ...group, uri }),
          type: GROUP_TYPE,
          ifNoneMatch: "*",
        }),
      );
      if (!isProblem(answer)) return uri;
      problem = answer;
      // Somebody else may have the address; or something else is wrong, which is seen at the second try.
      if (answer.status !== 409 && answer.status !== 412) return answer;
    }
    return problem!;
  }

  /** Asks a room to bring people in, once we are in it; whom it cannot, the user is told. */
  #bring(conversation: ConversationModel, people: readonly string[]): void {
    const room = conversation.room;
    if (room === null) return;
    const over = effect(() => {
      const state = room.state.value;
      if (state !== "in" && state !== "out") return;
      // The effect may run while it is being made.
      queueMicrotask(() => over());
      if (state === "out") return;
      for (const person of people) void room.add(person).then((problem) => this.#tell(conversation, person, problem));
    });
  }

  #tell(conversation: ConversationModel, person: string, problem: Problem | null): void {
    if (problem === null) return;
    const text = `${this.#others.people.nameOf(person)}: ${problem.text}`.slice(0, 200);
    const { key, title } = conversation;
    this.#parts.alert({
      kind: "service",
      conversation: key,
      title: title.peek(),
      text,
      at: this.#parts.clock.now(),
    });
  }

  #factsOf(uri: string): RoomFacts {
    const group = this.#known.find(uri), found = this.#found.get(uri);
    if (group !== undefined) return { name: group.display_name, subject: group.subject, isPublic: group.public };
    return { name: found?.name ?? "", subject: found?.subject ?? "", isPublic: found !== undefined };
  }

  #ask(condition: object): Promise<SearchAnswer | Problem> {
    const { rest, link } = this.#parts;
    return orProblem(
      rest.send<SearchAnswer>("POST", `/users/${encodeURIComponent(link.me.uri)}/searches`, {
        of: "rooms",
        limit: 1000,
        ...condition,
      }),
    );
  }

  /** Each person once, and not ourselves. */
  #addresses(people: readonly string[]): readonly string[] | Problem {
    const { me } = this.#parts.link;
    const found = new Set<string>();
    for (const person of people) {
      const address = addressOf(person, me.domain);
      if (address === "") return fieldProblem("people", `"${person.slice(0, 100)}" is no address.`);
      if (address !== me.uri.toLowerCase()) found.add(address);
    }
    return [...found];
  }
}

function roomOf({ id, display_name, fields }: SearchAnswer["results"][number]): PublicRoom {
  const name = display_name || id.replace(/^sip:/, "");
  return { uri: id, name, subject: fields.subject?.[0] ?? "", about: "", members: -1 };
}
