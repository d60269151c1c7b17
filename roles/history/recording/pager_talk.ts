import { createHash } from "node:crypto";
import type { HistoryMessage, Talk, TalkKind } from "../../../storage/mod.ts";
import type { Listener } from "./desk_types.ts";
import type { Seat } from "./keeper.ts";

/** Messages of one talk that are known again. */
const MOST_KNOWN = 64;
/** Others that are remembered of one seat. */
const MOST_PARTIES = 500;

/** What is said by MESSAGE between two, as long as it goes on. */
export class PagerTalk {
  readonly key: string;
  readonly talk: Talk;
  /** Monotonic times, ms. */
  readonly startedAt: number;
  lastAt: number;
  /** It is closed: what follows is said in another one. */
  over = false;
  readonly seats = new Map<string, Seat>();
  /** Who has been told that the other one records. */
  readonly told = new Set<string>();
  /** What waits until it is known what was kept before a restart; null: nothing has to be found out. */
  waiting: (() => void)[] | null = null;
  /** Messages with their recorder, the latest last. */
  readonly #known = new Set<string>();

  constructor(key: string, talk: Talk, now: number) {
    this.key = key;
    this.talk = talk;
    this.startedAt = this.lastAt = now;
  }

  /** True where this owner has this message already. */
  knows(mark: string, owner: string): boolean {
    return this.#known.has(knownAs(mark, owner));
  }

  /** It is kept for this owner, or about to be. */
  notes(mark: string, owner: string): void {
    this.#known.add(knownAs(mark, owner));
    if (this.#known.size > MOST_KNOWN * 2) {
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    }
  }

  /** It was not kept after all. */
  forgets(mark: string, owner: string): void {
    this.#known.delete(knownAs(mark, owner));
  }

  /** The seat of somebody who records; what is new to them about the others is noted. */
  seatOf(listener: Listener): Seat {
    const seat = this.seats.get(listener.aor);
    if (seat === undefined) {
      const made = { listener, name: "", full: false };
      this.seats.set(listener.aor, made);
      return made;
    }
    const { parties: before } = seat.listener;
    const fresh = listener.parties.filter(({ uri, name }) =>
      !before.some((party) => party.uri === uri && (party.name === name || name === ""))
    );
    if (fresh.length > 0 && before.length < MOST_PARTIES) {
      const others = before.filter(({ uri }) => !fresh.some((party) => party.uri === uri));
      seat.listener = { ...listener, parties: [...others, ...fresh] };
      if (this.talk.recorders.has(listener.aor)) { for (const party of fresh) this.talk.sees(listener.aor, party); }
    }
    return seat;
  }
}

/** What a talk of this one is known by: the same for both where both see each other's address. */
export function talkKey({ aor, with: other }: Pick<Listener, "aor" | "with">, kind: TalkKind): string {
  return aor < other ? `${kind} ${aor} ${other}` : `${kind} ${other} ${aor}`;
}

/**
 * What a message is known again by when it is sent again: who says it, its Call-ID and CSeq, and its octets. The other side, or a
 * device that counts badly, may give the same name to something else, which was not said before.
 */
export function markOf({ messageId, from, contentType, body, content }: HistoryMessage): string {
  const octets = content === null ? createHash("sha256").update(body).digest("base64url") : `${content.octets}`;
  return `${messageId}\n${from.uri}\n${contentType}\n${octets}`;
}

function knownAs(mark: string, owner: string): string {
  return `${mark}\n${owner}`;
}
