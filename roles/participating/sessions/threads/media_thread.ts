import type { Clock, Log, LogLevel, MetricsSum, Timed, Timer, Timers } from "../../../../foundation/mod.ts";
import type { CertificatePair } from "../../../../transport/net/machine/mod.ts";
import { doorUri, type MsrpDoor, type MsrpTransport } from "../../../../transport/msrp/mod.ts";
import type { OwnSide, SessionDoors } from "../../../session_media/mod.ts";
import type { MediaListener, MediaNames, Party, SessionMedia } from "../media_plane.ts";
import type { SessionSettings } from "../session_settings.ts";
import type { FromThread, SessionTraffic, ThreadSetup, ToThread } from "./thread_messages.ts";
import type { StartThread, ThreadPort, ThreadUser } from "./thread_port.ts";
import { ThreadSession } from "./thread_session.ts";
import { TurnPost } from "./turn_post.ts";

const LOOK_MS = 1_000;
/** So many looks without a word from it, and it is taken for dead. */
const SILENT_LOOKS = 15;
/** A thread opens its doors in far less. */
const START_LOOKS = 20;
/** How long one that ends may take to write what it holds. */
const END_MS = 1_500;

/** What a media thread stands on. */
export interface MediaThreadParts {
  readonly start: StartThread;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Gets its lines, under the components they name. */
  readonly log: Log;
  readonly metrics: MetricsSum;
  /** Sessions it may carry at a time. */
  readonly most: number;
  /** It is no more, but by `end`. */
  readonly gone: (thread: MediaThread, reason: string) => void;
}

/**
 * One life of a thread that carries sessions. Everything told to it is heard in order; it is never waited for. When it is gone
 * its sessions are told so.
 */
export class MediaThread implements ThreadUser, SessionDoors, Timed {
  readonly #parts: MediaThreadParts;
  readonly #port: ThreadPort;
  readonly #posts: TurnPost<ToThread>;
  readonly #sessions = new Map<number, ThreadSession>();
  /** Closed, but some of what they have sent may not arrive yet. */
  readonly #unsettled = new Map<number, MediaListener>();
  /** Who waits until what one party has sent is with the other, by session. */
  readonly #draining = new Map<number, () => void>();
  readonly #up = Promise.withResolvers<readonly string[]>();
  readonly #ended = Promise.withResolvers<void>();
  #state: "starting" | "up" | "ending" | "gone" = "starting";
  /** It has opened its doors. */
  wasUp = false;
  #doors: readonly MsrpDoor[] = [];
  #next = 1;
  #silent = 0;
  #look: Timer;

  constructor(parts: MediaThreadParts, setup: ThreadSetup) {
    this.#parts = parts;
    this.#port = parts.start(this);
    this.#posts = new TurnPost((messages) => this.#state === "gone" || this.#port.post(messages));
    this.#port.post([{ what: "begin", setup }]);
    this.#look = parts.timers.start(LOOK_MS, this, 0);
  }

  /** Resolves with the URLs of its doors; rejects, with the address in the message, where one cannot be had. */
  get opened(): Promise<readonly string[]> {
    return this.#up.promise;
  }

  /** It takes sessions. */
  get up(): boolean {
    return this.#state === "up" && this.#sessions.size < this.#parts.most;
  }

  /** Sessions that it carries, those included that it has not said the end of. */
  get size(): number {
    return this.#sessions.size;
  }

  has(transport: MsrpTransport): boolean {
    return this.#doors.some((door) => door.transport === transport);
  }

  uriFor(sessionId: string, transport: MsrpTransport, host?: string): string | null {
    return doorUri(this.#doors, sessionId, transport, host);
  }

  /** Throws RangeError where it takes no more. */
  open(inviter: OwnSide, invitee: OwnSide, listener: MediaListener, names: MediaNames): SessionMedia {
    if (!this.up) throw new RangeError("the media thread takes no session");
    const { clock, timers } = this.#parts;
    const n = this.#next++;
    const session = new ThreadSession(n, {
      post: (message) => this.#post(message),
      drain: (n, party, done) => this.#drain(n, party, done),
      startTimer: (ms, owner) => timers.start(ms, owner, 0),
      monotonic: () => clock.monotonic(),
    }, listener);
    this.#sessions.set(n, session);
    const [a, b] = [inviter, invitee].map(({ sessionId, uri }) => ({ sessionId, uri }));
    this.#post({ what: "open", n, inviter: a, invitee: b, names });
    return session;
  }

  apply(settings: SessionSettings, level: LogLevel): void {
    this.#post({ what: "settings", settings: { ...settings }, level });
  }

  setCertificates(pairs: readonly CertificatePair[]): void {
    this.#post({ what: "certificates", pairs });
  }

  /** Lets it write what it holds; resolves when it has ended, or in a moment. */
  end(): Promise<void> {
    if (this.#state === "gone") return Promise.resolve();
    if (this.#state === "up") {
      this.#post({ what: "end" });
      this.#parts.timers.start(END_MS, { onTimer: () => this.#over("") }, 0);
      this.#state = "ending";
    } else if (this.#state === "starting") this.#over("");
    return this.#ended.promise;
  }

  /** Ends it at once, as a fault of its own would. */
  kill(reason: string): void {
    this.#over(reason);
  }

  onMessages(messages: readonly FromThread[]): void {
    this.#silent = 0;
    for (const message of messages) if (this.#state !== "gone") this.#hear(message);
  }

  #hear(message: FromThread): void {
    switch (message.what) {
      case "up":
        this.#doors = message.doors;
        this.#state = "up";
        this.wasUp = true;
        this.#up.resolve(message.urls);
        break;
      case "cannot":
        this.#over(message.reason);
        break;
      case "ask":
        this.#post({ what: "answer" });
        break;
      case "bound":
        this.#standing(message.n)?.onBound(message.party);
        break;
      case "lost":
        this.#standing(message.n)?.onLost(message.party);
        break;
      case "refused":
        this.#refused(message.n);
        break;
      case "closed":
        this.#closed(message.traffic, message.settled);
        break;
      case "undelivered":
        this.#undelivered(message);
        break;
      case "settled":
        this.#unsettled.delete(message.n);
        break;
      case "drained":
        this.#drained(message.n);
        break;
      case "pulse":
        for (const traffic of message.traffic) this.#sessions.get(traffic.n)?.learn(traffic);
        this.#parts.metrics.add(message.metrics);
        break;
      case "log":
        this.#parts.log.child(message.component)[message.level](message.text, message.fields);
        break;
      case "ended":
        this.#over("");
    }
  }

  onFailed(reason: string): void {
    this.#over(reason);
  }

  onTimer(): void {
    if (this.#state === "gone") return;
    if (++this.#silent >= (this.#state === "starting" ? START_LOOKS : SILENT_LOOKS)) {
      return this.#over("no word from it");
    }
    this.#look = this.#parts.timers.start(LOOK_MS, this, 0);
  }

  #post(message: ToThread): void {
    if (this.#state === "up" || this.#state === "ending") this.#posts.say(message);
  }

  #drain(n: number, party: Party, done: () => void): void {
    if (this.#state !== "up" && this.#state !== "ending") return done();
    this.#draining.set(n, done);
    this.#post({ what: "drain", n, party });
  }

  #drained(n: number): void {
    const done = this.#draining.get(n);
    this.#draining.delete(n);
    done?.();
  }

  /** Who is to be told of that session; null: it is over here. */
  #standing(n: number): MediaListener | null {
    const session = this.#sessions.get(n);
    return session === undefined || session.closed ? null : session.listener;
  }

  #refused(n: number): void {
    const session = this.#drop(n);
    if (session !== null && !session.closed) session.listener.onGone();
  }

  #closed(traffic: SessionTraffic, settled: boolean): void {
    const session = this.#sessions.get(traffic.n);
    if (session === undefined) return;
    session.learn(traffic);
    this.#drop(traffic.n);
    if (!settled) this.#unsettled.set(traffic.n, session.listener);
  }

  #undelivered({ n, k, party, message }: FromThread & { what: "undelivered" }): void {
    const answer = (status: number, comment: string) => this.#post({ what: "kept", k, status, comment });
    const listener = this.#sessions.get(n)?.listener ?? this.#unsettled.get(n);
    if (listener === undefined) answer(481, "No such session");
    else listener.onUndelivered(party, message, answer);
  }

  #drop(n: number): ThreadSession | null {
    const session = this.#sessions.get(n);
    if (session === undefined) return null;
    this.#sessions.delete(n);
    session.settle();
    return session;
  }

  #over(reason: string): void {
    if (this.#state === "gone") return;
    const wanted = this.#state === "ending" || reason === "";
    const starting = this.#state === "starting";
    this.#state = "gone";
    this.#look.stop();
    this.#port.terminate();
    this.#parts.metrics.gone();
    this.#ended.resolve();
    if (starting) this.#up.reject(new Error(reason === "" ? "ended while it began" : reason));
    if (!wanted) this.#parts.gone(this, reason);
    this.#endSessions([...this.#sessions.values()]);
    this.#sessions.clear();
    this.#unsettled.clear();
    for (const n of [...this.#draining.keys()]) this.#drained(n);
  }

  /** Each end is two BYEs: a part of them now, the others in the next turns. */
  #endSessions(all: readonly ThreadSession[]): void {
    for (const session of all.slice(0, 100)) {
      session.settle();
      if (!session.closed) session.listener.onGone();
    }
    const rest = all.slice(100);
    if (rest.length > 0) this.#parts.timers.start(100, { onTimer: () => this.#endSessions(rest) }, 0);
  }
}
