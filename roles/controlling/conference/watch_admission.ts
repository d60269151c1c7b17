import type { SubscribeRefusal } from "../../../transport/sip/mod.ts";
import type { Caller, RoomRefusal } from "../policy/terms.ts";
import type { LiveRoom, Rooms } from "../rooms/live_room.ts";

/** oma-reference §3.0. */
const MAY_NOT_WATCH: RoomRefusal = {
  status: 403,
  reason: "You May Not Watch This Room",
  warning: "138 subscription of conference events not allowed",
};
const NO_ROOM: RoomRefusal = { status: 404, reason: "No Such Room", warning: "" };
const OVER: RoomRefusal = { status: 404, reason: "This Room Is Over", warning: "" };

/** Whom nobody vouches for. */
const ANONYMOUS_HOST = "@anonymous.invalid";

/** Who may know who is in a room (RFC 4575 §3.5, oma-reference §3.3.5). */
export class WatchAdmission {
  readonly #rooms: Pick<Rooms, "find" | "ofGroup" | "isOver">;
  readonly #callerOf: (aor: string) => Caller;

  constructor(rooms: Pick<Rooms, "find" | "ofGroup" | "isOver">, callerOf: (aor: string) => Caller) {
    this.#rooms = rooms;
    this.#callerOf = callerOf;
  }

  /** The room of a conference URI, or the session of a group, that stands; or why there is none. */
  roomOf(resource: string): LiveRoom | RoomRefusal {
    const room = this.#rooms.find(resource) ?? this.#rooms.ofGroup(resource);
    if (room !== undefined) return room.ended ? OVER : room;
    return this.#rooms.isOver(resource) ? OVER : NO_ROOM;
  }

  /**
   * Null where this one may. Whoever is in a room, or is being invited, may, unless the rules of its group say otherwise; others where
   * those rules let them; nobody who was expelled.
   */
  refusal(room: LiveRoom, watcher: string): RoomRefusal | null {
    if (watcher === "" || watcher.endsWith(ANONYMOUS_HOST) || room.isBarred(watcher)) return MAY_NOT_WATCH;
    const standing = room.find(watcher)?.standing ?? "disconnected";
    const participates = standing !== "disconnected";
    if (room.policy === null) return participates ? null : MAY_NOT_WATCH;
    return room.policy.mayWatch(this.#callerOf(watcher), participates);
  }
}

export function isRoom(found: LiveRoom | RoomRefusal): found is LiveRoom {
  return "participants" in found;
}

/** As an answer; `host` is who speaks in the Warning. */
export function subscribeRefusal({ status, reason, warning }: RoomRefusal, host: string): SubscribeRefusal {
  return warning === "" ? { status, reason } : { status, reason, headers: [["Warning", `399 ${host} "${warning}"`]] };
}
