import { OperationError } from "../../../operations/mod.ts";
import type { RoomSettings } from "../../controlling/mod.ts";
import type { OpenGroup, OrderedTable } from "../../xdm/mod.ts";
import type { RoomDetail, RoomQuery, RoomService } from "../services/mod.ts";
import {
  creatorOf,
  isAliased,
  personView,
  publicGroupView,
  roomView,
  rulesOf,
  type WatchedRoom,
} from "./room_views.ts";

/** The part of the controlling function's table that the console looks at. */
export interface WatchedRooms {
  find(uri: string): WatchedRoom | undefined;
  ofGroup(group: string): WatchedRoom | undefined;
  all(): Iterable<WatchedRoom>;
}

export interface LiveRoomsParts {
  readonly rooms: WatchedRooms;
  /** Live. */
  readonly settings: RoomSettings;
  /** Groups that everybody may join: all of them, which rejects where their documents cannot be read; one by its folded address. */
  readonly openGroups: {
    all(): Promise<OrderedTable<OpenGroup>>;
    find(uri: string): OpenGroup | undefined;
  };
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** What somebody is told whom an admin sends out (RFC 3326). */
const EXPELLED = "An administrator has put you out of the room";
/** Rows of a table that are looked at in one go. */
const ROWS = 500;

/**
 * Rooms as the console shows them. Whoever has an alias in a room has it here, too: in answers, in searches, in the audit log. What
 * admins may see of users (`users.read`) are their devices and who talks with whom; who is behind an alias even those do not know who
 * talk with them, so no permission opens it here.
 */
export class LiveRooms implements RoomService {
  readonly #parts: LiveRoomsParts;

  constructor(parts: LiveRoomsParts) {
    this.#parts = parts;
  }

  list({ search, after, limit }: RoomQuery): ReturnType<RoomService["list"]> {
    const words = wordsOf(search);
    const found: { readonly place: string; readonly room: WatchedRoom }[] = [];
    for (const room of this.#parts.rooms.all()) {
      if (holds(words, textsOf(room))) found.push({ place: placeOf(room), room });
    }
    found.sort((a, b) => a.place < b.place ? 1 : -1);
    const rest = after === "" ? found : found.filter(({ place }) => place < after);
    const shown = rest.slice(0, limit);
    const next = shown.length < rest.length ? shown[shown.length - 1].place : "";
    return { rooms: shown.map(({ room }) => roomView(room)), next, total: found.length };
  }

  find(id: string): RoomDetail | null {
    const room = this.#room(id);
    if (room === undefined) return null;
    const { figures } = room;
    let waiting = 0, gone = 0;
    for (const person of room.participants) {
      if (person.standing === "disconnected") gone++;
      else if (person.standing === "absent") waiting = Math.max(waiting, figures.waitingFor(person));
    }
    return {
      ...roomView(room),
      creator: creatorOf(room),
      rules: rulesOf(room, this.#parts.settings, this.#parts.openGroups.find(room.group)),
      recorders: figures.recorders,
      waiting,
      gone,
    };
  }

  people(id: string, { gone, after, limit }: Parameters<RoomService["people"]>[1]): ReturnType<RoomService["people"]> {
    const room = this.#room(id);
    if (room === undefined) return null;
    const all = [...room.participants].filter(({ standing }) => (standing === "disconnected") === gone)
      .sort((a, b) => a.id - b.id);
    const rest = all.filter(({ id }) => id > after);
    const shown = rest.slice(0, limit);
    const { figures } = room;
    return {
      people: shown.map((person) => personView(person, figures)),
      next: shown.length < rest.length ? shown[shown.length - 1].id : 0,
      total: all.length,
    };
  }

  expel(id: string, person: number, by: string): void {
    const room = this.#standing(id);
    const participant = [...room.participants].find((one) => one.id === person);
    if (participant === undefined || participant.standing === "disconnected") {
      throw new OperationError("not-found", `there is nobody with the number ${person} in the room any more`);
    }
    const { uri: who } = participant.shown;
    room.expel(participant, EXPELLED);
    this.#parts.audit("room.expel", by, { ...factsOf(room), who });
  }

  end(id: string, by: string): void {
    const room = this.#standing(id);
    room.end("operator");
    this.#parts.audit("room.end", by, factsOf(room));
  }

  async publicGroups({ search, after, limit }: RoomQuery): ReturnType<RoomService["publicGroups"]> {
    const { rooms, openGroups } = this.#parts;
    const table = await openGroups.all();
    const words = wordsOf(search);
    const found: OpenGroup[] = [];
    let total = 0, more = false;
    for (let rows = table.after("", ROWS); rows.length > 0; rows = table.after(rows[rows.length - 1].id, ROWS)) {
      for (const row of rows) {
        if (!holds(words, [row.id, row.displayName, row.subject, row.owner])) continue;
        total++;
        if (row.id <= after) continue;
        if (found.length < limit) found.push(row);
        else more = true;
      }
    }
    return {
      groups: found.map((group) => publicGroupView(group, rooms.ofGroup(group.id))),
      next: more ? found[found.length - 1].id : "",
      total,
    };
  }

  #room(id: string): WatchedRoom | undefined {
    const room = this.#parts.rooms.find(id);
    return room?.id === id ? room : undefined;
  }

  #standing(id: string): WatchedRoom {
    const room = this.#room(id);
    if (room === undefined) throw new OperationError("not-found", `there is no room "${id.slice(0, 80)}" any more`);
    return room;
  }
}

/** Its place in the list: since when, then its id, as text that is compared. */
function placeOf({ createdAt, id }: WatchedRoom): string {
  return `${String(createdAt).padStart(14, "0")}-${id}`;
}

/** What a search looks at. */
function* textsOf(room: WatchedRoom): Iterable<string> {
  const { uri, group, subject, terms } = room;
  yield* [uri, group, subject || terms.subject, terms.displayName, terms.owner];
  if (terms.hidesIdentity) return;
  for (const person of room.participants) {
    if (person.standing !== "disconnected" && !isAliased(person)) yield person.aor;
  }
}

function wordsOf(search: string): string[] {
  return search.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

/** Each word stands in one of the texts. */
function holds(words: readonly string[], texts: Iterable<string>): boolean {
  const missing = new Set(words);
  if (missing.size === 0) return true;
  for (const text of texts) {
    const folded = text.toLowerCase();
    for (const word of missing) if (folded.includes(word)) missing.delete(word);
    if (missing.size === 0) return true;
  }
  return false;
}

function factsOf({ uri, group }: WatchedRoom): Record<string, string> {
  return group === "" ? { room: uri } : { room: uri, group };
}
