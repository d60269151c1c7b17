import {
  type Clock,
  type LabelledCounter,
  type Log,
  type LogLevel,
  type Metrics,
  MetricsSum,
  type Timers,
} from "../../../../foundation/mod.ts";
import type { CertificatePair } from "../../../../transport/net/machine/mod.ts";
import type { MsrpTransport } from "../../../../transport/msrp/mod.ts";
import type { OwnSide, SessionDoors } from "../../../session_media/mod.ts";
import type { MediaListener, MediaNames, MediaPlane, SessionMedia } from "../media_plane.ts";
import type { SessionSettings } from "../session_settings.ts";
import { MediaThread } from "./media_thread.ts";
import type { DoorWish, ThreadSetup } from "./thread_messages.ts";
import type { StartThread } from "./thread_port.ts";

/** The first wait before a thread that ended is started again, the longest, and what it must live for the first one to hold. */
const AGAIN_MS = 1_000;
const LONGEST_MS = 60_000;
const SOUND_MS = 600_000;
/** Sessions of one thread: two ids each of what its node takes. */
const MOST = 50_000;

/** What media threads stand on. */
export interface MediaThreadsParts {
  readonly start: StartThread;
  /** The doors of each thread. */
  readonly doors: readonly (readonly DoorWish[])[];
  /** What else a thread begins with, as it is now. */
  readonly setup: () => Omit<ThreadSetup, "doors">;
  /** Sessions that no thread can take. */
  readonly here: MediaPlane;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** One place for a thread, and whoever holds it now. */
interface Place {
  readonly doors: readonly DoorWish[];
  readonly metrics: MetricsSum;
  thread: MediaThread | null;
  since: number;
  wait: number;
}

/**
 * Messages of sessions on further cores: each session is carried by one thread, both of its sides at that thread's doors. Those
 * that come by WebSocket are carried here, since web doors are. A thread that dies takes its sessions with it and is started
 * again, at most once a second, and more seldom where it goes on dying.
 */
export class MediaThreads implements MediaPlane {
  readonly #parts: MediaThreadsParts;
  readonly #log: Log;
  readonly #places: readonly Place[];
  readonly #deaths: LabelledCounter;
  #state: "starting" | "started" | "closed" = "starting";

  constructor(parts: MediaThreadsParts) {
    this.#parts = parts;
    this.#log = parts.log.child("media");
    const { metrics } = parts;
    this.#places = parts.doors.map((doors) => ({
      doors,
      metrics: new MetricsSum(metrics),
      thread: null,
      since: 0,
      wait: AGAIN_MS,
    }));
    this.#deaths = metrics.labelled("parley_media_thread_ends_total", "Media threads that ended by a fault", "when");
    metrics.gauge("parley_media_threads", "Media threads that carry sessions", () => this.#count());
    metrics.gauge("parley_media_thread_sessions", "IM sessions whose messages pass media threads", () => {
      return this.#places.reduce((sum, { thread }) => sum + (thread?.size ?? 0), 0);
    });
  }

  /** Starts all of them; the URLs of their doors. Rejects, with the address in the message, where one cannot be had. */
  async start(): Promise<string[]> {
    const urls = await Promise.all(this.#places.map((place) => this.#begin(place).opened));
    this.#state = "started";
    return urls.flat();
  }

  /** Whoever is to see the messages is in this thread, so they pass here. */
  doorsFor(transports: readonly MsrpTransport[], watched: boolean): SessionDoors {
    if (watched) return this.#parts.here.doorsFor(transports, watched);
    let best: MediaThread | null = null;
    for (const { thread } of this.#places) {
      if (thread === null || !thread.up || !transports.every((transport) => thread.has(transport))) continue;
      if (best === null || thread.size < best.size) best = thread;
    }
    return best ?? this.#parts.here.doorsFor(transports, watched);
  }

  open(inviter: OwnSide, invitee: OwnSide, listener: MediaListener, names: MediaNames): SessionMedia {
    const { doors } = inviter;
    if (doors !== invitee.doors) throw new RangeError("the two sides of a session are at different doors");
    if (doors instanceof MediaThread) return doors.open(inviter, invitee, listener, names);
    return this.#parts.here.open(inviter, invitee, listener, names);
  }

  /** What the service reads at each use has changed. */
  apply(settings: SessionSettings, level: LogLevel): void {
    for (const { thread } of this.#places) thread?.apply(settings, level);
  }

  /** Other certificates from the next handshake on. */
  setCertificates(pairs: readonly CertificatePair[]): void {
    for (const { thread } of this.#places) thread?.setCertificates(pairs);
  }

  /** The threads that are there, by their places. */
  get threads(): readonly (MediaThread | null)[] {
    return this.#places.map(({ thread }) => thread);
  }

  /** Lets them write what they hold, and ends them. */
  async close(): Promise<void> {
    this.#state = "closed";
    await Promise.all(this.#places.map(({ thread }) => thread?.end()));
  }

  #begin(place: Place): MediaThread {
    const { start, setup, clock, timers, log } = this.#parts;
    const thread = new MediaThread({
      start,
      clock,
      timers,
      log,
      metrics: place.metrics,
      most: MOST,
      gone: (thread, reason) => this.#gone(place, thread, reason),
    }, { ...setup(), doors: place.doors });
    place.thread = thread;
    place.since = clock.monotonic();
    // What has changed since it was asked to begin.
    void thread.opened.then(() => {
      const { settings, level, tls } = setup();
      thread.apply(settings, level);
      thread.setCertificates(tls.certificates);
    }, () => {});
    return thread;
  }

  #gone(place: Place, thread: MediaThread, reason: string): void {
    if (place.thread !== thread) return;
    const { clock, timers } = this.#parts;
    place.thread = null;
    // One that cannot begin at first is told of by `start`.
    if (this.#state !== "started") return;
    const lived = clock.monotonic() - place.since;
    if (lived >= SOUND_MS) place.wait = AGAIN_MS;
    const wait = place.wait;
    place.wait = Math.min(LONGEST_MS, wait * 2);
    this.#deaths.with(thread.wasUp ? "running" : "starting").add();
    this.#log.error("media thread ended; its sessions end", { reason, sessions: thread.size, again_s: wait / 1000 });
    timers.start(wait, { onTimer: () => void (this.#state === "closed" || this.#begin(place)) }, 0);
  }

  #count(): number {
    return this.#places.filter(({ thread }) => thread !== null && thread.up).length;
  }
}
