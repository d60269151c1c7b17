import type { Timed, Timer } from "../../../../foundation/mod.ts";
import type { MsrpMedia } from "../../../../transport/payload/mod.ts";
import type { MediaListener, MediaParty, Party, SessionMedia } from "../media_plane.ts";
import type { Traffic } from "../session_events.ts";
import type { SessionTraffic, ToThread } from "./thread_messages.ts";

const NOTHING: Traffic = { messages: 0, octets: 0 };
/** How long the thread may take to say what a session has carried in all; then what it said before counts. */
const COUNT_MS = 2_000;

/** The thread that carries it. */
export interface ThreadOfSession {
  post(message: ToThread): void;
  /** Asks for it; `done` once, when the thread has answered, or is gone. */
  drain(n: number, party: Party, done: () => void): void;
  startTimer(ms: number, owner: Timed): Timer;
  monotonic(): number;
}

/** One session whose messages pass another thread, as the main thread knows it. */
export class ThreadSession implements SessionMedia, Timed {
  readonly n: number;
  readonly listener: MediaListener;
  readonly #thread: ThreadOfSession;
  #lastTraffic: number;
  #inviter = NOTHING;
  #invitee = NOTHING;
  /** No figures come any more. */
  #final = false;
  #closed = false;
  #done: ((inviter: Traffic, invitee: Traffic) => void) | null = null;
  #late: Timer | null = null;

  constructor(n: number, thread: ThreadOfSession, listener: MediaListener) {
    this.n = n;
    this.#thread = thread;
    this.listener = listener;
    this.#lastTraffic = thread.monotonic();
  }

  /** As it was a second ago. */
  get lastTraffic(): number {
    return this.#lastTraffic;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** As it was a second ago; exact for one that is over. */
  sentBy(party: Party): Traffic {
    return party === "inviter" ? this.#inviter : this.#invitee;
  }

  tell(party: Party, facts: MediaParty): void {
    if (!this.#closed) {
      this.#thread.post({ what: "tell", n: this.n, party, facts: { ...facts, media: lean(facts.media) } });
    }
  }

  /** Nobody here sees what passes there. */
  watch(): boolean {
    return false;
  }

  drain(party: Party, done: () => void): void {
    if (this.#closed || this.#final) return done();
    this.#thread.drain(this.n, party, done);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#final) this.#thread.post({ what: "close", n: this.n, reason });
  }

  counted(done: (inviter: Traffic, invitee: Traffic) => void): void {
    if (this.#final) return done(this.#inviter, this.#invitee);
    this.#done = done;
    this.#late = this.#thread.startTimer(COUNT_MS, this);
  }

  /** What the thread says it has carried. */
  learn({ quiet_ms, inviter, invitee }: SessionTraffic): void {
    this.#lastTraffic = Math.max(this.#lastTraffic, this.#thread.monotonic() - quiet_ms);
    this.#inviter = inviter;
    this.#invitee = invitee;
  }

  /** What is known is all there is. */
  settle(): void {
    if (this.#final) return;
    this.#final = true;
    this.#late?.stop();
    const done = this.#done;
    this.#done = null;
    done?.(this.#inviter, this.#invitee);
  }

  onTimer(): void {
    this.settle();
  }
}

/** What bridges look at. */
function lean(media: MsrpMedia): MsrpMedia {
  const { proto, port, address, path, acceptTypes, acceptWrappedTypes, direction, fingerprints, cema } = media;
  return { proto, port, address, path, acceptTypes, acceptWrappedTypes, direction, fingerprints, cema };
}
