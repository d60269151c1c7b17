import type { Clock, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Subscription, TerminationReason } from "../../../transport/sip/mod.ts";
import type { GroupPolicy } from "../policy/terms.ts";
import type { Participant } from "../room.ts";
import type { LiveRoom } from "../rooms/live_room.ts";
import { ConferenceBodies } from "./conference_bodies.ts";
import { ToldConference } from "./told_conference.ts";

/** What the feeds of all rooms stand on. */
export interface RoomFeedParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Runs work in a turn of the event loop of its own, soon. */
  readonly nextTurn: (work: () => void) => void;
  /** Milliseconds between two turns of telling. */
  readonly interval_ms: number;
  readonly speechUri: () => string;
  /** Of one body; absent: what passes everywhere. */
  readonly octets?: number;
  readonly mayWatch: (room: LiveRoom, watcher: string) => boolean;
}

/** Changes that come one upon the other after a quiet time go together. */
const SETTLE_MS = 200;
/** NOTIFYs in one turn of the event loop: others wait a few milliseconds for them. */
const SLICE = 50;

/**
 * Who watches one room. All are told in common turns, so that they stand at the same place, and what they are told is made once: the
 * first change after a quiet time begins one soon, the next follows an interval later (RFC 4575 §3.9).
 */
export class RoomFeed implements Timed {
  readonly room: LiveRoom;
  readonly bodies: ConferenceBodies;
  readonly #parts: RoomFeedParts;
  readonly #watchers = new Map<Subscription, ToldConference>();
  /** The version of the room at the last turn: all is told up to there. */
  #version: number;
  #policy: GroupPolicy | null;
  #timer: Timer | null = null;
  #turnAt = -Infinity;

  constructor(room: LiveRoom, parts: RoomFeedParts) {
    this.room = room;
    this.#parts = parts;
    this.#version = room.version;
    this.#policy = room.policy;
    const { speechUri, octets } = parts;
    this.bodies = new ConferenceBodies(room, { speechUri, octets, roleOf: (participant) => this.#roleOf(participant) });
  }

  get version(): number {
    return this.#version;
  }
  get size(): number {
    return this.#watchers.size;
  }

  add(subscription: Subscription, told: ToldConference): void {
    this.#watchers.set(subscription, told);
  }

  remove(subscription: Subscription): void {
    this.#watchers.delete(subscription);
    if (this.#watchers.size === 0) this.#stop();
  }

  /** The room is another. */
  changed(): void {
    if (this.#timer !== null || this.#watchers.size === 0) return;
    const { clock, timers, interval_ms } = this.#parts;
    const wait_ms = Math.max(SETTLE_MS, this.#turnAt + interval_ms - clock.monotonic());
    this.#timer = timers.start(wait_ms, this, 0);
  }

  onTimer(): void {
    this.#timer = null;
    this.#turnAt = this.#parts.clock.monotonic();
    const { room } = this;
    const changed = room.changedSince(this.#version);
    const others = room.policy !== this.#policy;
    this.#policy = room.policy;
    if (others) this.bodies.rolesChanged();
    this.bodies.turn();
    this.#version = room.version;
    this.#dismiss(others ? null : changed);
    if (others) { for (const told of this.#watchers.values()) told.forget(); }
    this.#each((subscription) => subscription.changed?.());
  }

  /** All subscriptions end. */
  end(reason: TerminationReason): void {
    this.#stop();
    this.#each((subscription) => subscription.terminate?.(reason));
  }

  /** The hidden participant that somebody is; 0 for none. */
  ownOf(watcher: string): number {
    const participant = this.room.find(watcher);
    return participant?.hidden === true ? participant.id : 0;
  }

  /** Who has left, or whom the rules do not let any more, is told nothing more. Null: anybody may be among them. */
  #dismiss(changed: readonly Participant[] | null): void {
    const left = changed?.filter(({ standing }) => standing === "disconnected").map(({ aor }) => aor);
    if (left?.length === 0) return;
    const gone = left && new Set(left);
    for (const subscription of [...this.#watchers.keys()]) {
      const { watcher } = subscription;
      if (gone !== undefined && !gone.has(watcher)) continue;
      if (!this.#parts.mayWatch(this.room, watcher)) subscription.terminate?.("rejected");
    }
  }

  #each(tell: (subscription: Subscription) => void): void {
    const all = [...this.#watchers.keys()];
    const slice = (from: number) => {
      // Some may have left meanwhile: they hear nothing of it themselves.
      for (const subscription of all.slice(from, from + SLICE)) {
        if (this.#watchers.has(subscription)) tell(subscription);
      }
      if (from + SLICE < all.length) this.#parts.nextTurn(() => slice(from + SLICE));
    };
    slice(0);
  }

  /** Of whom no identity is shown it is not told either that the room is theirs: who owns a room is known elsewhere. */
  #roleOf({ aor, shown }: Participant): string {
    const { policy, terms } = this.room;
    if (policy === null || terms.hidesIdentity || shown.uri !== aor) return "";
    return policy.rightsOf({ aor, number: "", anonymous: false }).key ? "moderator" : "";
  }

  #stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }
}
