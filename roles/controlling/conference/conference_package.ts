import type { Clock, Events, Timers } from "../../../foundation/mod.ts";
import { CONFERENCE_INFO_TYPE } from "../../../transport/payload/mod.ts";
import type {
  Admission,
  EventPackage,
  Notification,
  SubscribeContents,
  SubscribeRefusal,
  Subscription,
} from "../../../transport/sip/mod.ts";
import type { Caller, RoomSettings } from "../policy/terms.ts";
import type { RoomEvents } from "../room.ts";
import type { LiveRoom, Rooms } from "../rooms/live_room.ts";
import { RoomFeed, type RoomFeedParts } from "./room_feed.ts";
import { ToldConference } from "./told_conference.ts";
import { isRoom, subscribeRefusal, WatchAdmission } from "./watch_admission.ts";

/** What the package stands on. */
export interface ConferencePackageParts {
  readonly rooms: Pick<Rooms, "find" | "ofGroup" | "isOver">;
  readonly events: Events<RoomEvents>;
  readonly settings: Pick<RoomSettings, "speech_uri">;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Runs work in a turn of the event loop of its own, soon. */
  readonly nextTurn: (work: () => void) => void;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  /** A watcher as rules look at it. Default: its address alone. */
  readonly callerOf?: (aor: string) => Caller;
  /** Milliseconds between two NOTIFYs of one subscription that no SUBSCRIBE asked for. Default 5,000 (RFC 4575 §3.9). */
  readonly interval_ms?: number;
  /** Of the body of one NOTIFY; what has no room goes in further ones. Default 49,152. */
  readonly octets?: number;
}

/** A subscription's room, and what it was told of it. */
interface Watch {
  readonly feed: RoomFeed;
  readonly told: ToldConference;
}

interface KeptConference {
  readonly version: number;
}

/** More than are sent between two times of keeping: versions grow also over a crash (RFC 4575 §4.6). */
const VERSIONS_AHEAD = 10_000;

/**
 * The `conference` event package (RFC 4575) for the rooms of this box: who is in, how they are called, and what becomes of them. The
 * resource is a conference URI, or the URI of a group that has a session. Documents are shared by those who watch the same room.
 */
export class ConferencePackage implements EventPackage {
  readonly name = "conference";
  readonly contentTypes: readonly string[] = [CONFERENCE_INFO_TYPE];
  /** RFC 4575 §3.3. */
  readonly expires = { default: 3600, min: 60, max: 86_400 };
  /** RFC 4575 §3.3: the end of a room is told, with the room as it is then. */
  readonly tellsEnd = true;
  readonly pace: NonNullable<EventPackage["pace"]>;
  readonly #parts: ConferencePackageParts;
  readonly #admission: WatchAdmission;
  readonly #feedParts: RoomFeedParts;
  /** Of rooms that somebody watches, by their id. */
  readonly #feeds = new Map<string, RoomFeed>();

  constructor(parts: ConferencePackageParts) {
    const { rooms, events, settings, clock, timers, nextTurn, callerOf = callerAt, interval_ms = 5000 } = parts;
    const { octets } = parts;
    this.#parts = parts;
    this.#admission = new WatchAdmission(rooms, callerOf);
    this.#feedParts = {
      clock,
      timers,
      nextTurn,
      interval_ms,
      octets,
      speechUri: () => settings.speech_uri,
      mayWatch: (room, watcher) => this.#admission.refusal(room, watcher) === null,
    };
    // Turns of telling are the feed's: nobody is to fall out of them because a SUBSCRIBE came in between.
    this.pace = { interval_ms, burst: 3 };
    events.on("roomChanged", ({ room }) => this.#feeds.get(room.id)?.changed());
    events.on("roomEnded", ({ room }) => this.#feeds.get(room.id)?.end("noresource"));
  }

  /** Rooms that somebody watches. */
  get size(): number {
    return this.#feeds.size;
  }

  refuse({ resource, watcher, filter, subscription, expires }: SubscribeContents): SubscribeRefusal | null {
    if (filter !== null && (subscription === null || expires > 0)) {
      // RFC 4575 §3.2: no filters are defined.
      return { status: 415, reason: "Conference Information Takes No Body" };
    }
    if (subscription !== null) return null;
    const room = this.#admission.roomOf(resource);
    const refusal = isRoom(room) ? this.#admission.refusal(room, watcher) : room;
    return refusal === null ? null : subscribeRefusal(refusal, this.#parts.host);
  }

  admit(resource: string, watcher: string): Admission {
    const room = this.#admission.roomOf(resource);
    const refusal = isRoom(room) ? this.#admission.refusal(room, watcher) : room;
    if (refusal === null) return { state: "active" };
    return { state: "refused", status: refusal.status, reason: refusal.reason };
  }

  subscribed(subscription: Subscription): void {
    if (watchOf(subscription) !== null) return;
    const room = this.#admission.roomOf(subscription.resource);
    if (isRoom(room)) this.#watch(subscription, room, new ToldConference());
  }

  full(subscription: Subscription): Notification | null {
    const watch = watchOf(subscription);
    if (watch === null) return null;
    const { feed, told } = watch;
    const { ended = false, endReason, watcher } = subscription;
    if (feed.room.ended || (ended && endReason === "noresource")) return told.end(feed.bodies);
    return told.whole(feed.bodies, feed.ownOf(watcher), feed.version, ended);
  }

  partial(subscription: Subscription): Notification | null {
    const watch = watchOf(subscription);
    if (watch === null) return null;
    const { feed, told } = watch;
    // The end is told when it ends.
    return feed.room.ended ? null : told.news(feed.bodies, feed.ownOf(subscription.watcher), feed.version);
  }

  keep(subscription: Subscription): KeptConference | null {
    const watch = watchOf(subscription);
    return watch === null ? null : { version: watch.told.version };
  }

  /** Everybody in the room is absent after a restart: all of it is told anew. */
  resume(subscription: Subscription, kept: unknown): void {
    const { resource, watcher, sent } = subscription;
    const { nextTurn } = this.#parts;
    const room = this.#admission.roomOf(resource);
    if (!isRoom(room)) return nextTurn(() => subscription.terminate?.("noresource"));
    if (this.#admission.refusal(room, watcher) !== null) return nextTurn(() => subscription.terminate?.("rejected"));
    const version = (kept as KeptConference | null)?.version ?? 0;
    this.#watch(subscription, room, new ToldConference(Math.max(version + VERSIONS_AHEAD, sent)));
    subscription.changed?.();
  }

  ended(subscription: Subscription): void {
    const watch = watchOf(subscription);
    if (watch === null) return;
    const { feed } = watch;
    feed.remove(subscription);
    if (feed.size === 0) this.#feeds.delete(feed.room.id);
  }

  #watch(subscription: Subscription, room: LiveRoom, told: ToldConference): void {
    let feed = this.#feeds.get(room.id);
    if (feed === undefined) this.#feeds.set(room.id, feed = new RoomFeed(room, this.#feedParts));
    const watch: Watch = { feed, told };
    subscription.kept = watch;
    feed.add(subscription, told);
  }
}

function watchOf({ kept }: Subscription): Watch | null {
  return (kept as Watch | null | undefined) ?? null;
}

function callerAt(aor: string): Caller {
  return { aor, number: "", anonymous: false };
}
