import type { Clock, Events, Log, Timed, Timers } from "../../../foundation/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import type { PresenceSource, ServiceContent } from "../../../transport/presence/mod.ts";
import type { PublishedSettings, SessionEvents } from "../../participating/mod.ts";
import { type CoreEvents, type LocationService, serviceState } from "../../sip_core/mod.ts";
import type { OwnSources } from "../presentity.ts";
import { BARRED, ImDocuments, imService, IN_SESSION, NOT_THERE, REGISTERED } from "./im_service.ts";
import { SessionParticipation } from "./session_participation.ts";
import { type PrivacyDocuments, Visibility } from "./visibility.ts";

/** What the box is asked of its users, and what tells that it is another answer. */
export interface BoxPresenceParts {
  readonly location: Pick<LocationService, "bindings">;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly published: Pick<PublishedSettings, "barred" | "user">;
  readonly coreEvents: Events<CoreEvents>;
  readonly sessionEvents: Events<SessionEvents>;
  /** There is still a session with that id. */
  readonly sessionStands: (id: string) => boolean;
  /**
   * The user had a device over a connection that ended with an earlier boot, and its registration is not over: it is about to come back
   * (RFC 5626 §4.5).
   */
  readonly returning: (aor: string) => boolean;
  readonly privacy: PrivacyDocuments;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** As of `readPresence`. */
  readonly salt: string;
  /** What is said of this user is something else from now on: called exactly then. */
  readonly changed: (aor: string) => void;
}

/** What is said of one user. */
interface Said {
  readonly state: number;
  /** `isInvisible` as it was when that was first asked, or told of last; null: nobody has asked. */
  invisible: boolean | null;
  /** Since when, ms since 1970; 0 where the box does not know. */
  readonly since: number;
  /** Made when somebody asks, and kept of those who are there. */
  sources: readonly PresenceSource[] | null;
}

/** Users who are not there, of whom it is remembered since when. */
const ABSENT = 20_000;
/** For how long after the start those who had connections to the box that was before count as there. */
const RETURN_MS = 120_000;
const NONE: readonly PresenceSource[] = [];

/**
 * The Presence Source on behalf of users (AD §5.3.2.1.2; oma-reference §6.2): what the box itself knows of their IM service, as one
 * tuple each. Registered with any binding counts: plain SIP clients have no tag of the service.
 *
 * Where the service is open, that is only what holds as long as nobody says otherwise: anything that a client publishes of the
 * same tuple is newer. That it is closed is a fact as of when it became so.
 */
export class BoxPresence implements OwnSources, Timed {
  readonly #parts: BoxPresenceParts;
  readonly #sessions: SessionParticipation;
  readonly #visibility: Visibility;
  readonly #documents: ImDocuments;
  /** Who is there. */
  readonly #present = new Map<string, Said>();
  readonly #absent = new Map<string, Said>();
  /** Counted as there only because they are about to come back; null when that time is over. */
  #returning: Set<string> | null = new Set();

  constructor(parts: BoxPresenceParts) {
    this.#parts = parts;
    const { coreEvents, sessionEvents, sessionStands, timers } = parts;
    this.#documents = new ImDocuments(parts.salt);
    this.#visibility = new Visibility({ ...parts, known: (aor) => this.review(aor) });
    this.#sessions = new SessionParticipation(sessionEvents, sessionStands, (aor) => this.review(aor));
    coreEvents.on("registered", ({ aor }) => this.review(aor));
    coreEvents.on("unregistered", ({ aor }) => this.review(aor));
    timers.start(RETURN_MS, this, 0);
  }

  sources(presentity: string): readonly PresenceSource[] {
    const said = this.#saidOf(presentity);
    if (said === null) return NONE;
    if (said.sources !== null) return said.sources;
    const sources = [this.#source(presentity, said)];
    if (said.state !== NOT_THERE) said.sources = sources;
    return sources;
  }

  isInvisible(presentity: string): boolean {
    const invisible = this.#visibility.isInvisible(presentity);
    const said = this.#saidOf(presentity);
    // What was told stands until `changed` has told of another: whoever asks in between does not ask for all others.
    if (said !== null) said.invisible ??= invisible;
    return invisible;
  }

  /** The services that are shown of somebody who is not there, or is not to be seen: for `offlineView`. */
  offlineServices(presentity: string): readonly ServiceContent[] {
    return [imService(presentity, NOT_THERE)];
  }

  /** Any device is there, or about to come back after a restart. */
  isRegistered(aor: string): boolean {
    const said = this.#saidOf(aor);
    return said !== null && (said.state & REGISTERED) !== 0;
  }

  /** The user's privacy document may say something else: for `rulesChanged`. */
  privacyChanged(aor: string): void {
    this.#visibility.changed(aor);
  }

  /** Something of the user may be something else: published settings, the state in the service. */
  review(aor: string): void {
    const { changed, clock, subscribers } = this.#parts;
    if (subscribers.get(aor) === undefined) return this.forget(aor);
    const before = this.#present.get(aor) ?? this.#absent.get(aor);
    const state = this.#stateOf(aor);
    const known = before !== undefined && before.invisible !== null;
    const invisible = known ? this.#visibility.isInvisible(aor) : null;
    if (state === (before?.state ?? NOT_THERE)) {
      if (!known || before.invisible === invisible) return;
      before.invisible = invisible;
    } else {
      this.#keep(aor, { state, invisible, since: clock.now(), sources: null });
    }
    changed(aor);
  }

  /** The user is gone. */
  forget(aor: string): void {
    this.#present.delete(aor);
    this.#absent.delete(aor);
    this.#returning?.delete(aor);
    this.#visibility.forget(aor);
  }

  /** Who has not come back by now is gone. */
  onTimer(): void {
    const waited = this.#returning;
    this.#returning = null;
    for (const aor of waited ?? []) this.review(aor);
  }

  /** What was said last; null for nobody of this box. */
  #saidOf(aor: string): Said | null {
    const said = this.#present.get(aor) ?? this.#absent.get(aor);
    if (said !== undefined) return said;
    if (this.#parts.subscribers.get(aor) === undefined) return null;
    return this.#keep(aor, { state: this.#stateOf(aor), invisible: null, since: 0, sources: null });
  }

  #keep(aor: string, said: Said): Said {
    this.#absent.delete(aor);
    if (said.state !== NOT_THERE) {
      // In its place: a table that is deleted from all the time is made anew all the time.
      this.#present.set(aor, said);
      return said;
    }
    this.#present.delete(aor);
    if (this.#absent.size >= ABSENT) {
      const [oldest] = this.#absent.keys();
      this.#absent.delete(oldest);
    }
    this.#absent.set(aor, said);
    return said;
  }

  #stateOf(aor: string): number {
    const { location, published, subscribers, clock } = this.#parts;
    const bindings = location.bindings(aor);
    if (bindings.length === 0) {
      if (this.#returning === null || !this.#parts.returning(aor)) return NOT_THERE;
      this.#returning.add(aor);
    }
    const user = subscribers.get(aor);
    const barred = (user !== undefined && serviceState(user, clock) !== "active") ||
      published.barred(aor, bindings.map(({ instance }) => instance));
    return REGISTERED | (barred ? BARRED : 0) | (this.#sessions.has(aor) ? IN_SESSION : 0);
  }

  #source(aor: string, { state, since }: Said): PresenceSource {
    const isOpen = (state & REGISTERED) !== 0 && (state & BARRED) === 0;
    // Since whenever: what was set by hand, of time 0, is older.
    return { key: "box", document: this.#documents.of(aor, state), publishedAt: isOpen ? 0 : Math.max(since, 1) };
  }
}
