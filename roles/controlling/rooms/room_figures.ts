import type { Participant } from "../room.ts";
import type { LiveRoom } from "./live_room.ts";
import type { RoomRecord } from "./room_record.ts";
import type { Roster } from "./roster.ts";
import type { Talk } from "./talk.ts";

/** What is told of a room besides who is in it: numbers, never a word of what is said. */
export interface RoomFigures {
  /** Messages that are kept for somebody who has not had them, or for newcomers; and octets of them. */
  readonly kept: number;
  readonly keptOctets: number;
  /** Wall time, ms: of the last message that is known; 0: of none, or of none since a restart. */
  readonly saidAt: number;
  /** How many of those who are there record what is said. */
  readonly recorders: number;
  /** Devices of a participant that have come in and are not gone. */
  devicesOf(participant: Participant): number;
  /** Messages that a participant has still to get; 0 for who has left. */
  waitingFor(participant: Participant): number;
}

/** A room that tells its figures: as they are at that moment. */
export interface CountedRoom extends LiveRoom {
  readonly figures: RoomFigures;
}

/** What figures are made of. */
export interface FiguredRoom {
  readonly roster: Roster;
  readonly talk: Pick<Talk, "kept" | "keptOctets">;
  readonly record: Pick<RoomRecord, "recorders">;
}

/** The figures of one moment. What is kept is looked through once, however many people are asked about. */
export class FiguresNow implements RoomFigures {
  readonly saidAt: number;
  readonly #room: FiguredRoom;
  /** Places in the order: of what is for all, and of what is for somebody alone. */
  #toAll: readonly number[] | null = null;
  readonly #toOne = new Map<number, number[]>();

  constructor(room: FiguredRoom, saidAt: number) {
    this.#room = room;
    this.saidAt = saidAt;
  }

  get kept(): number {
    return this.#room.talk.kept.length;
  }
  get keptOctets(): number {
    return this.#room.talk.keptOctets;
  }
  get recorders(): number {
    return this.#room.record.recorders;
  }

  devicesOf({ aor }: Participant): number {
    let devices = 0;
    for (const { joined } of this.#room.roster.find(aor)?.seats ?? []) if (joined) devices++;
    return devices;
  }

  waitingFor({ aor }: Participant): number {
    const person = this.#room.roster.find(aor);
    if (person === undefined || !person.there) return 0;
    const { id, passed, skips } = person;
    if (skips.size > 0) {
      const isFor = (to: readonly number[] | null) => to === null || to.includes(id);
      return this.#room.talk.kept.filter(({ seq, to, from }) => seq > passed && isFor(to) && !skips.has(from)).length;
    }
    return behind(this.#publicly(), passed) + behind(this.#toOne.get(id) ?? [], passed);
  }

  #publicly(): readonly number[] {
    if (this.#toAll !== null) return this.#toAll;
    const toAll: number[] = [];
    for (const { seq, to } of this.#room.talk.kept) {
      if (to === null) toAll.push(seq);
      for (const id of to ?? []) {
        const own = this.#toOne.get(id);
        if (own === undefined) this.#toOne.set(id, [seq]);
        else own.push(seq);
      }
    }
    return this.#toAll = toAll;
  }
}

/** How many of these numbers, which grow, are above that one. */
function behind(numbers: readonly number[], passed: number): number {
  let low = 0;
  for (let high = numbers.length; low < high;) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= passed) low = middle + 1;
    else high = middle;
  }
  return numbers.length - low;
}
