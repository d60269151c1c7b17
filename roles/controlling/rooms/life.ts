import type { RoomTerms } from "../policy/terms.ts";
import type { RoomEnd, RoomKind } from "../room.ts";
import type { Roster } from "./roster.ts";

/** What decides whether a room goes on. Times in ms; `now` is wall time, `monotonic` and what is compared with it are not. */
export interface LifeFacts {
  readonly kind: RoomKind;
  readonly terms: RoomTerms;
  readonly roster: Roster;
  /** There were once as many as have to be. */
  readonly reached: boolean;
  /** Somebody who is there, or away for a while, has not had everything yet. Asked where it matters. */
  readonly isOwing: () => boolean;
  /** Since when nobody is there or on the way; null: somebody is. */
  readonly emptySince: number | null;
  /** When something was said last, or the room began. */
  readonly saidAt: number;
  readonly now: number;
  readonly monotonic: number;
  readonly empty_seconds: number;
  readonly idle_seconds: number;
}

/** An ad hoc chat needs two (oma-reference §3.3.6); a group as many as its document says. */
export function leastOf(kind: RoomKind, terms: RoomTerms): number {
  return Math.max(terms.minParticipants, kind === "ad-hoc" ? 2 : 0);
}

/** How long a room without anybody waits for its first participant. */
const FIRST_MS = 60_000;

/**
 * Why the room ends now; null: it goes on. Somebody who is away for a while, or is still being asked, counts as there. Too few is no
 * reason before those who are left have what was said: the slow and those who are away for a while are given up by rules of their own.
 */
export function dueEnd(facts: LifeFacts): RoomEnd | null {
  const { kind, terms, roster, reached, emptySince, saidAt, now, monotonic } = facts;
  if (now >= terms.endsAt) return "duration";
  for (const aor of terms.required) {
    const person = roster.find(aor);
    if (person !== undefined && person.turn > 0 && !person.present) return "required";
  }
  if (reached && roster.present === 0 && leastOf(kind, terms) > 0) return "empty";
  if (reached && roster.present < leastOf(kind, terms) && !facts.isOwing()) return "too-few";
  if (emptySince !== null) {
    if (roster.size === 0) return monotonic - emptySince >= FIRST_MS ? "failure" : null;
    if (kind === "ad-hoc" || monotonic - emptySince >= facts.empty_seconds * 1000) return "empty";
  }
  const idle_ms = facts.idle_seconds * 1000;
  return idle_ms > 0 && monotonic - saidAt >= idle_ms ? "idle" : null;
}

const ENDS: Readonly<Record<RoomEnd, string>> = {
  empty: "Nobody is left in the chat",
  "too-few": "Too few are left in the chat",
  duration: "The time of the chat is over",
  idle: "Nothing was said for a long time",
  schedule: "The time of the chat is over",
  required: "Somebody who is needed has left the chat",
  operator: "The operator has ended the chat",
  owner: "The owner has ended the chat",
  gone: "The group is no longer there",
  failure: "The chat could not go on",
};

/** As a Reason value (RFC 3326). */
export function endReason(why: RoomEnd): string {
  return reasonValue(200, ENDS[why]);
}

export function reasonValue(cause: number, text: string): string {
  return `SIP;cause=${cause};text="${text}"`;
}
