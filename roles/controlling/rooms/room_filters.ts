import { Filters } from "./filters.ts";
import { reasonValue } from "./life.ts";
import type { Person } from "./person.ts";
import type { RoomLimits, RoomsParts } from "./rooms_parts.ts";
import type { Roster } from "./roster.ts";
import type { Seating } from "./seating.ts";
import type { Talk } from "./talk.ts";

/** Whose filters these are. */
export interface FilteredRoom {
  readonly roster: Roster;
  readonly limits: RoomLimits;
  readonly talk: Talk;
  readonly seating: Seating;
}

/** The filters of a room, with what follows for its devices. */
export function roomFilters(room: FilteredRoom, parts: RoomsParts, onBlocked: (owner: Person) => void): Filters {
  const { blocks, log, clock } = parts;
  return new Filters({
    roster: room.roster,
    blocks,
    log,
    isHeard: ({ id }) => room.talk.isHeard(id),
    now: () => clock.monotonic(),
    patience_ms: room.limits.rules_ms,
    onKnown: (person) => room.seating.release(person),
    onUnreadable: (person) => room.seating.dismiss(person, "failed", reasonValue(503, "Rules cannot be read now")),
    onBlocked,
  });
}
