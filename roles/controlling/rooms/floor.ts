import type { IncomingMessage, IncomingRequest, SwitchLeg, SwitchOwner } from "../../../transport/msrp/mod.ts";
import type { RoomTerms } from "../policy/terms.ts";
import { judge, type JudgedRoom } from "./message_rules.ts";
import { foldNickname, isReservedNickname, readNickname } from "./nicknames.ts";
import type { Person } from "./person.ts";
import type { RoomLimits } from "./rooms_parts.ts";
import type { Roster } from "./roster.ts";
import type { Seating } from "./seating.ts";
import type { Talk } from "./talk.ts";

/** What is asked of the room in which something is said. */
export interface FloorRoom extends JudgedRoom {
  readonly stopped: boolean;
  readonly terms: RoomTerms;
  readonly roster: Roster;
  readonly limits: RoomLimits;
  readonly talk: Talk;
  readonly seating: Seating;
  /** Octets of one message. */
  readonly message_bytes: number;
  monotonic(): number;
  /** It has another nickname. */
  renamed(person: Person): void;
}

/** Who may say what: everything that comes on the legs of a room. */
export class Floor implements SwitchOwner {
  readonly #room: FloorRoom;

  constructor(room: FloorRoom) {
    this.#room = room;
  }

  onMessage(leg: SwitchLeg, message: IncomingMessage): void {
    const room = this.#room;
    const person = room.seating.of(leg)?.participant;
    if (person === undefined || room.stopped) return message.report(481, "not in this room");
    if (message.body.length > room.message_bytes) return message.report(413, "too large for this room");
    const verdict = judge(room, person, message.contentType, message.body);
    const now = room.monotonic(), { rate, burst, signs } = room.limits;
    if (verdict.kind === "nowhere" || (verdict.kind === "pass" && verdict.fleeting !== null)) {
      // Each message of somebody else may bring one; they are told apart from what is said, and may be lost.
      if (!person.signs.take(now, rate * signs, burst * signs)) return message.report(200);
    } else if (!person.words.take(now, rate, burst)) {
      return message.report(408, "too many messages, wait a moment");
    }
    if (verdict.kind === "refuse") return message.report(verdict.status, verdict.comment);
    if (verdict.kind === "nowhere") return message.report(200);
    room.talk.say(person, leg, message, verdict);
  }

  /** NICKNAME (RFC 7701 §7). */
  onRequest(leg: SwitchLeg, request: IncomingRequest): number {
    const room = this.#room;
    if (request.method !== "NICKNAME") return 501;
    const person = room.seating.of(leg)?.participant;
    if (person === undefined || room.stopped) return 481;
    if (!room.terms.nicknames) return 403;
    if (!person.words.take(room.monotonic(), room.limits.rate, room.limits.burst)) return 408;
    const nickname = readNickname(request.header("Use-Nickname"));
    if (nickname === null) return 424;
    const { text, folded } = nickname;
    if (text === person.nickname) return 200;
    if (text !== "" && (isReservedNickname(folded) || this.#isTaken(folded, person))) return 425;
    person.nickname = text;
    person.foldedNickname = folded;
    room.renamed(person);
    return 200;
  }

  /** By a nickname, also of somebody who has left and may come again; or by a name that others see. */
  #isTaken(folded: string, by: Person): boolean {
    for (const other of this.#room.roster.people()) {
      if (other === by) continue;
      if (other.foldedNickname === folded) return true;
      if (!other.aliased && other.shown.name !== "" && !other.hidden && foldNickname(other.shown.name) === folded) {
        return true;
      }
    }
    return false;
  }
}
