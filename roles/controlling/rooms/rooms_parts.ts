import type { Clock, Events, Log, Timers } from "../../../foundation/mod.ts";
import type { RoomMessages, States } from "../../../storage/mod.ts";
import type { SwitchOwner, SwitchRoom } from "../../../transport/msrp/mod.ts";
import type { GroupPolicies, RoomSettings, RoomTerms } from "../policy/terms.ts";
import type { Room, RoomEvents, RoomKind } from "../room.ts";
import type { RoomRecorder } from "./room_recorder.ts";
import type { RoomSession } from "./room_session.ts";

/** Bounds of rooms that are no settings. */
export interface RoomLimits {
  /** Messages that one participant may send in a second, and at once after a pause; the next gets 408. */
  readonly rate: number;
  readonly burst: number;
  /** So many times that of notifications and composing notices; what is more goes nowhere. */
  readonly signs: number;
  /** Devices of one participant. */
  readonly seats: number;
  /** Messages of one room, and octets of them, that are being written; the next gets 408. */
  readonly writing: number;
  readonly writingOctets: number;
  /** How far somebody who was cut off may be behind: messages, and octets of them. Then what they missed is let go of. */
  readonly behind: number;
  readonly behindOctets: number;
  /** Octets of what newcomers get, however many messages that is. */
  readonly historyOctets: number;
  /** Participants that have left and are remembered, in the place of their number and name. */
  readonly remembered: number;
  /** How long the URI of a room that has ended is known, ms; and how many of them. */
  readonly over_ms: number;
  readonly over: number;
  /** How long the rules of users may not be readable before who comes in is turned away, ms. */
  readonly rules_ms: number;
}

export const DEFAULT_ROOM_LIMITS: RoomLimits = {
  rate: 20,
  burst: 40,
  signs: 10,
  seats: 8,
  writing: 256,
  writingOctets: 16 * 1024 * 1024,
  behind: 20_000,
  behindOctets: 16 * 1024 * 1024,
  historyOctets: 4 * 1024 * 1024,
  remembered: 1000,
  over_ms: 24 * 3_600_000,
  over: 10_000,
  rules_ms: 10_000,
};

/** What rooms stand on. */
export interface RoomsParts {
  /** Our first domain: that of the rooms' URIs. */
  readonly domain: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Live. */
  readonly settings: RoomSettings;
  readonly limits?: RoomLimits;
  readonly policies: GroupPolicies;
  /** What holds for a room that no document describes. */
  readonly adhocTerms: (subject: string) => RoomTerms;
  readonly makeSwitch: (owner: SwitchOwner) => SwitchRoom;
  /** Rooms that stand, and what was said and not had by everybody: `storage.rooms`, `storage.roomMessages`. */
  readonly states: States;
  readonly messages: RoomMessages;
  readonly events: Events<RoomEvents>;
  /** Null or absent: nothing is recorded. */
  readonly recorder?: RoomRecorder | null;
  /** True where `owner` has blocked `person` (PRI-8): folded addresses. A promise may be answered whenever; nobody is let in before. */
  readonly blocks: (owner: string, person: string) => boolean | Promise<boolean>;
  /**
   * Somebody whom that user has blocked is in the room, or has come in (CHAT-10); once for each of the two, never of somebody whose
   * identity the room hides. Returns at once.
   */
  readonly blockedPresent?: (aor: string, room: Room) => void;
}

/** What a room is from its beginning on. */
export interface RoomFacts {
  readonly id: string;
  readonly uri: string;
  readonly kind: RoomKind;
  readonly group: string;
  readonly creator: string;
  readonly subject: string;
  readonly createdAt: number;
}

/** Who has all rooms. */
export interface RoomOwner {
  onEnded(room: RoomSession): void;
  /** There was no room in the store for something that was said. */
  onStoreFull(): void;
}
