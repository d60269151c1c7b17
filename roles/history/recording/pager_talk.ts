import { detached } from "../../../foundation/mod.ts";
import type { HistoryParty, Talk, TalkKind } from "../../../storage/mod.ts";
import type { Listener } from "./desk_types.ts";
import type { Seat } from "./keeper.ts";
import { KnownMessages } from "./known_messages.ts";

/** Two who write to each other, as one of them sees it. */
type Pair = Pick<Listener, "aor" | "with">;

/** Others that are remembered of one seat. */
const MOST_PARTIES = 500;

/** Who records what comes with one list of listeners, as it was found out for the message before. */
export interface Circle {
  readonly listeners: readonly Listener[];
  /** The wishes of then. */
  readonly version: number;
  readonly seats: readonly Seat[];
  readonly owners: readonly string[];
  /** As their seats had them. */
  readonly seated: readonly Listener[];
  /** Theirs in `known`. */
  readonly bits: number;
}

/** What is said by MESSAGE between two, as long as it goes on. */
export class PagerTalk {
  readonly key: string;
  readonly between: Pair;
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
  readonly known = new KnownMessages();
  /** Of lists that begin with the one, and with the other. */
  #forth: Circle | null = null;
  #back: Circle | null = null;

  constructor({ aor, with: other }: Pair, talk: Talk, now: number) {
    this.between = { aor: detached(aor), with: detached(other) };
    this.key = talkKey(this.between, talk.kind);
    this.talk = talk;
    this.startedAt = this.lastAt = now;
  }

  /** Those who record what comes with this list, if nothing is another thing than it was for the last message that came with it. */
  circleOf(listeners: readonly Listener[], version: number): Circle | null {
    const circle = listeners[0].aor === this.between.aor ? this.#forth : this.#back;
    if (circle === null || circle.listeners !== listeners || circle.version !== version) return null;
    const { seats, seated, owners } = circle;
    const { recorders } = this.talk;
    for (let i = 0; i < seats.length; i++) {
      if (seats[i].listener !== seated[i] || !recorders.has(owners[i])) return null;
    }
    return circle;
  }

  /** All of these seats were found for this list, and record. */
  remember(
    listeners: readonly Listener[],
    version: number,
    seats: readonly Seat[],
    owners: readonly string[],
  ): void {
    const seated = seats.map(({ listener }) => listener);
    const circle = { listeners, version, seats, owners, seated, bits: this.known.bitsOf(owners) };
    if (listeners[0].aor === this.between.aor) this.#forth = circle;
    else this.#back = circle;
  }

  /** The seat of somebody who records; what is new to them about the others is noted. */
  seatOf(listener: Listener): Seat {
    const seat = this.seats.get(listener.aor);
    if (seat === undefined) {
      const made = { listener: ownListener(listener, listener.parties), name: "", full: false };
      this.seats.set(made.listener.aor, made);
      return made;
    }
    const { parties: before } = seat.listener;
    if (!isNews(listener.parties, before) || before.length >= MOST_PARTIES) return seat;
    const fresh = listener.parties.filter((party) => !isKnown(party, before));
    const others = before.filter(({ uri }) => !fresh.some((party) => party.uri === uri));
    seat.listener = ownListener(listener, [...others, ...fresh]);
    if (this.talk.recorders.has(listener.aor)) { for (const party of fresh) this.talk.sees(listener.aor, party); }
    return seat;
  }
}

function isNews(parties: readonly HistoryParty[], before: readonly HistoryParty[]): boolean {
  for (const party of parties) if (!isKnown(party, before)) return true;
  return false;
}

function isKnown({ uri, name }: HistoryParty, before: readonly HistoryParty[]): boolean {
  for (const party of before) if (party.uri === uri && (party.name === name || name === "")) return true;
  return false;
}

/** In memory of its own: it outlives the request it came with. */
function ownListener({ aor, with: other }: Listener, parties: readonly HistoryParty[]): Listener {
  const own = parties.map(({ uri, name }) => ({ uri: detached(uri), name: detached(name) }));
  return { aor: detached(aor), with: detached(other), parties: own };
}

/** What a talk of this one is known by: the same for both where both see each other's address. */
export function talkKey({ aor, with: other }: Pair, kind: TalkKind): string {
  return aor < other ? `${kind} ${aor} ${other}` : `${kind} ${other} ${aor}`;
}

/** Their messages are said in the same talk. */
export function areTogether(one: Pair, other: Pair): boolean {
  return (one.aor === other.aor && one.with === other.with) || (one.aor === other.with && one.with === other.aor);
}
