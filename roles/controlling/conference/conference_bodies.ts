import { concatBytes, utf8 } from "../../../foundation/mod.ts";
import { CONFERENCE_INFO_TYPE } from "../../../transport/payload/mod.ts";
import type { Notification } from "../../../transport/sip/mod.ts";
import type { Participant, Room } from "../room.ts";
import {
  CLOSING_TEXT,
  descriptionText,
  endedStateText,
  headText,
  isShown,
  openingText,
  stateText,
  UserTexts,
} from "./conference_texts.ts";

/**
 * Octets of the body of one NOTIFY, so that it passes where 64 KB is the most that a SIP message may have; what has no room goes in
 * further ones (500 members: three or four). Content coding would need fewer, but clients do not say that they take it.
 */
export const BODY_OCTETS = 49_152;
/** Of those who left a whole document tells of the last ones: who declined an invitation, who was here a moment ago. */
const LEFT_SHOWN = 50;
/** Documents kept for others who are told the same, of one room. */
const KEPT = 16;

/** What somebody is told, and where that leads. */
export interface ConferencePart {
  readonly body: NumberedBody;
  /** The last participant in it where more follow; 0 where that is all. */
  readonly after: number;
}

/** A document for many who are told it with a version of their own each. */
export class NumberedBody {
  readonly #before: Uint8Array;
  readonly #behind: Uint8Array;
  #last: { readonly version: number; readonly body: Uint8Array } | null = null;

  constructor(before: Uint8Array, behind: Uint8Array) {
    this.#before = before;
    this.#behind = behind;
  }

  /** The very same octets for all who are told it with the same version one after the other. */
  numbered(version: number, more: boolean): Notification {
    if (this.#last?.version !== version) {
      this.#last = { version, body: concatBytes([this.#before, utf8(String(version)), this.#behind]) };
    }
    return { contentType: CONFERENCE_INFO_TYPE, body: this.#last.body, more };
  }
}

export interface ConferenceBodiesParts {
  /** Of a bridge for those who want to speak; "" for none. */
  readonly speechUri: () => string;
  /** "" for none. */
  readonly roleOf: (participant: Participant) => string;
  /** Of one body. Default `BODY_OCTETS`. */
  readonly octets?: number;
}

/** The documents of one room, each made once for all who are told the same. */
export class ConferenceBodies {
  readonly #room: Room;
  readonly #speechUri: () => string;
  readonly #octets: number;
  readonly #users: UserTexts;
  readonly #openings: Readonly<Record<"full" | "partial", Uint8Array>>;
  /** By what they begin with and who they are for; of the present turn of telling. */
  readonly #parts = new Map<string, { readonly at: number; readonly part: ConferencePart }>();
  #description: string;
  #state: string;
  /** Versions of the room at which these were found to be others. */
  #descriptionAt = 0;
  #stateAt = 0;
  #ended: NumberedBody | null = null;

  constructor(room: Room, { speechUri, roleOf, octets = BODY_OCTETS }: ConferenceBodiesParts) {
    this.#room = room;
    this.#speechUri = speechUri;
    this.#octets = octets;
    this.#users = new UserTexts(roleOf);
    this.#openings = { full: utf8(openingText(room.uri, "full")), partial: utf8(openingText(room.uri, "partial")) };
    this.#description = descriptionText(room, speechUri());
    this.#state = stateText(room, 0);
    this.#descriptionAt = this.#stateAt = room.version;
  }

  /** A turn of telling begins: what was made before is not told any more. */
  turn(): void {
    this.#parts.clear();
    this.#look();
  }

  /** Roles are others now. */
  rolesChanged(): void {
    this.#users.clear();
    this.#parts.clear();
  }

  /**
   * The whole, from behind the participant `after` on (0: from the beginning). `own`: the hidden participant who looks, 0 for none.
   * The beginning is that of now; what follows is no older than the present turn.
   */
  whole(after: number, own: number, octets = this.#octets): ConferencePart {
    const at = after === 0 ? this.#room.version : 0;
    if (after === 0) this.#look();
    return this.#part(`whole ${after} ${own} ${octets}`, at, () => {
      const there = withoutLongGone([...this.#room.participants].filter((one) => isShown(one, own)));
      return this.#made(there, after, own, octets, after === 0 ? "full" : "partial", true);
    })!;
  }

  /** What changed since a version of the room, in the same manner; null where this one sees no difference. */
  changes(from: number, after: number, own: number): ConferencePart | null {
    return this.#part(`${from} ${after} ${own}`, 0, () => {
      const changed = this.#room.changedSince(from).filter((one) => isShown(one, own));
      const isOther = this.#descriptionAt > from || this.#stateAt > from;
      if (changed.length === 0 && !isOther) return null;
      return this.#made(changed, after, own, this.#octets, "partial", this.#descriptionAt > from);
    });
  }

  /** The last one. */
  ended(): NumberedBody {
    return this.#ended ??= new NumberedBody(
      this.#openings.full,
      utf8(headText(this.#description, endedStateText(), "full") + CLOSING_TEXT),
    );
  }

  /** What the room is called, and how many are in it, may have changed; and back again, which those have to hear who were told of it. */
  #look(): void {
    const description = descriptionText(this.#room, this.#speechUri());
    if (description !== this.#description) {
      this.#description = description;
      this.#descriptionAt = this.#room.version;
    }
    const state = stateText(this.#room, 0);
    if (state !== this.#state) {
      this.#state = state;
      this.#stateAt = this.#room.version;
    }
  }

  /** `at`: one that was made at another version of the room does not do. */
  #part(key: string, at: number, make: () => ConferencePart | null): ConferencePart | null {
    const known = this.#parts.get(key);
    if (known?.at === at) return known.part;
    const part = make();
    if (part !== null) {
      if (known === undefined && this.#parts.size >= KEPT) this.#parts.delete(this.#parts.keys().next().value!);
      this.#parts.set(key, { at, part });
    }
    return part;
  }

  #made(
    participants: readonly Participant[],
    after: number,
    own: number,
    octets: number,
    state: "full" | "partial",
    described: boolean,
  ): ConferencePart {
    const isFirst = after === 0;
    const description = described && isFirst ? descriptionText(this.#room, this.#speechUri()) : "";
    const head = utf8(headText(description, isFirst ? stateText(this.#room, own) : "", state));
    const pieces = [head];
    const opening = this.#openings[state];
    let left = octets - opening.length - VERSION_DIGITS - head.length - CLOSING.length;
    let last = 0;
    for (const participant of participants.toSorted((a, b) => a.id - b.id)) {
      if (participant.id <= after) continue;
      const user = this.#users.of(participant);
      // One goes in whatever its length, so that it goes on.
      if (user.length > left && last > 0) return { body: bodyOf(opening, pieces), after: last };
      pieces.push(user);
      left -= user.length;
      last = participant.id;
    }
    return { body: bodyOf(opening, pieces), after: 0 };
  }
}

const CLOSING = utf8(CLOSING_TEXT);
const VERSION_DIGITS = 10;

function bodyOf(opening: Uint8Array, pieces: readonly Uint8Array[]): NumberedBody {
  return new NumberedBody(opening, concatBytes([...pieces, CLOSING]));
}

/** Those who are there, and the last ones of those who left. */
function withoutLongGone(participants: Participant[]): Participant[] {
  const gone = participants.filter(({ standing }) => standing === "disconnected");
  if (gone.length <= LEFT_SHOWN) return participants;
  const long = new Set(gone.sort((a, b) => b.since - a.since || b.id - a.id).slice(LEFT_SHOWN));
  return participants.filter((participant) => !long.has(participant));
}
