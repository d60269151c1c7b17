import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { CoreServices } from "../../sip_core/mod.ts";
import type { KeptOutcome, UndeliveredMessage } from "../../../transport/msrp/forward/mod.ts";
import type { MediaListener, Party, SessionMedia } from "./media_plane.ts";
import type { SessionEndReason } from "./session_events.ts";
import type { SessionSettings } from "./session_settings.ts";

/** Settings may change meanwhile: they are looked at so often. */
const LOOK_MS = 60_000;
const LOOK = 1, INVITER_GONE = 2, INVITEE_GONE = 3;

/** The session that is watched. */
export interface Watched {
  readonly media: SessionMedia | null;
  end(why: SessionEndReason): void;
  /** The party may come again by the same path, or is connected to again. */
  rejoin(party: Party): void;
  /** A message has not reached that party. */
  undelivered(party: Party, message: UndeliveredMessage, done: KeptOutcome): void;
}

/**
 * Sees to it that a session does not stand for ever: idle for too long, there for too long, or a party without a connection for
 * too long (oma-reference §3.2).
 */
export class SessionWatch implements Timed, MediaListener {
  readonly #session: Watched;
  readonly #services: CoreServices;
  readonly #settings: SessionSettings;
  readonly #gone: { inviter: Timer | null; invitee: Timer | null } = { inviter: null, invitee: null };
  #since = 0;
  #look: Timer | null = null;
  #standing = false;

  constructor(session: Watched, services: CoreServices, settings: SessionSettings) {
    this.#session = session;
    this.#services = services;
    this.#settings = settings;
  }

  /** Milliseconds that the session has stood. */
  get duration_ms(): number {
    return this.#standing ? this.#services.clock.monotonic() - this.#since : 0;
  }

  /** The session stands. */
  start(): void {
    this.#standing = true;
    this.#since = this.#services.clock.monotonic();
    this.#check();
  }

  stop(): void {
    this.#standing = false;
    this.#look?.stop();
    this.onBound("inviter");
    this.onBound("invitee");
  }

  onLost(party: Party): void {
    if (!this.#standing || this.#gone[party] !== null) return;
    const kind = party === "inviter" ? INVITER_GONE : INVITEE_GONE;
    this.#gone[party] = this.#services.timers.start(this.#settings.reconnectWithin_s * 1000, this, kind);
    // By another path in a re-INVITE, or at once by the one it had.
    this.#session.rejoin(party);
  }

  onBound(party: Party): void {
    this.#gone[party]?.stop();
    this.#gone[party] = null;
  }

  onUndelivered(party: Party, message: UndeliveredMessage, done: KeptOutcome): void {
    this.#session.undelivered(party, message, done);
  }

  onGone(): void {
    this.#session.end("connection lost");
  }

  onTimer(kind: number): void {
    if (kind === LOOK) return this.#check();
    this.#gone[kind === INVITER_GONE ? "inviter" : "invitee"] = null;
    this.#session.end("connection lost");
  }

  #check(): void {
    const { idle_s, maxDuration_s } = this.#settings;
    const now = this.#services.clock.monotonic();
    let next = LOOK_MS;
    if (maxDuration_s > 0) {
      const left = this.#since + maxDuration_s * 1000 - now;
      if (left <= 0) return this.#session.end("duration");
      next = Math.min(next, left);
    }
    const { media } = this.#session;
    if (idle_s > 0 && media !== null) {
      const left = Math.max(this.#since, media.lastTraffic) + idle_s * 1000 - now;
      if (left <= 0) return this.#session.end("inactivity");
      next = Math.min(next, left);
    }
    this.#look = this.#services.timers.start(next, this, LOOK);
  }
}
