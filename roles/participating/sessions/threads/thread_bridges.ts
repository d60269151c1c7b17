import type { Clock, MetricsReport, Timed, Timers } from "../../../../foundation/mod.ts";
import { type Switchboard, Unannounced } from "../../../../transport/msrp/mod.ts";
import type { BridgedMedia } from "../bridged_media.ts";
import type { KeptOutcome, UndeliveredMessage } from "../../../../transport/msrp/forward/mod.ts";
import type { MediaListener, Party, SessionMedia } from "../media_plane.ts";
import type { FromThread, SessionTraffic, ToThread } from "./thread_messages.ts";

const PULSE_MS = 1_000;

/** What the bridges of one thread stand on. */
export interface ThreadBridgesParts {
  readonly node: Switchboard;
  readonly media: BridgedMedia;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: MetricsReport;
  readonly post: (message: FromThread) => void;
}

/** The media thread's half: sessions as the main thread says, and what becomes of them told back. */
export class ThreadBridges implements Timed {
  readonly #parts: ThreadBridgesParts;
  readonly #sessions = new Map<number, ThreadSession>();
  readonly #unannounced: Unannounced;
  /** Of what was told as undelivered, by its number: who waits for the outcome. */
  readonly #undelivered = new Map<number, KeptOutcome>();
  #nextUndelivered = 1;

  constructor(parts: ThreadBridgesParts) {
    this.#parts = parts;
    const { node, timers, post } = parts;
    this.#unannounced = new Unannounced(node, () => post({ what: "ask" }));
    node.unannounced = this.#unannounced.endFor;
    timers.start(PULSE_MS, this, 0);
  }

  /** False for what is not about sessions. */
  hear(message: ToThread): boolean {
    switch (message.what) {
      case "open":
        this.#open(message);
        return true;
      case "tell":
        this.#sessions.get(message.n)?.media.tell(message.party, message.facts);
        return true;
      case "drain":
        this.#drain(message.n, message.party);
        return true;
      case "close":
        this.#close(message.n, message.reason);
        return true;
      case "kept":
        this.#kept(message.k, message.status, message.comment);
        return true;
      case "answer":
        this.#unannounced.heard();
        return true;
      default:
        return false;
    }
  }

  /** It cannot go on: the main thread ends it. */
  giveUp(n: number): void {
    const session = this.#sessions.get(n);
    this.#sessions.delete(n);
    this.#parts.post({ what: "refused", n });
    session?.media.close("a fault of the service");
  }

  onTimer(): void {
    this.pulse();
    this.#parts.timers.start(PULSE_MS, this, 0);
  }

  /** Says what has changed since the last time. */
  pulse(): void {
    const { clock, report, post } = this.#parts;
    const now = clock.monotonic();
    const traffic: SessionTraffic[] = [];
    for (const session of this.#sessions.values()) if (session.changed()) traffic.push(session.traffic(now));
    post({ what: "pulse", traffic, metrics: report.changes() });
  }

  #open({ n, inviter, invitee, names }: ToThread & { what: "open" }): void {
    const { media, post } = this.#parts;
    const noted = (done: KeptOutcome) => {
      const k = this.#nextUndelivered++;
      this.#undelivered.set(k, done);
      return k;
    };
    try {
      const open = (listener: MediaListener) => media.open(inviter, invitee, listener, names);
      this.#sessions.set(n, new ThreadSession(n, open, post, noted));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      post({ what: "refused", n });
    }
  }

  #drain(n: number, party: Party): void {
    const drained = () => this.#parts.post({ what: "drained", n });
    const session = this.#sessions.get(n);
    if (session === undefined) drained();
    else session.media.drain(party, drained);
  }

  #close(n: number, reason: string): void {
    const session = this.#sessions.get(n);
    if (session === undefined) return;
    this.#sessions.delete(n);
    session.close(reason, this.#parts.clock.monotonic());
  }

  #kept(k: number, status: number, comment: string): void {
    const done = this.#undelivered.get(k);
    this.#undelivered.delete(k);
    done?.(status, comment);
  }
}

/** One session here, and what becomes of it told back. */
class ThreadSession implements MediaListener {
  readonly n: number;
  readonly media: SessionMedia;
  readonly #post: (message: FromThread) => void;
  /** Gives the outcome of what was told as undelivered a number. */
  readonly #noted: (done: KeptOutcome) => number;
  /** As last told. */
  #told = -1;
  #closed = false;
  #settled = false;

  constructor(
    n: number,
    open: (listener: MediaListener) => SessionMedia,
    post: (message: FromThread) => void,
    noted: (done: KeptOutcome) => number,
  ) {
    this.n = n;
    this.#post = post;
    this.#noted = noted;
    this.media = open(this);
  }

  onBound(party: Party): void {
    this.#post({ what: "bound", n: this.n, party });
  }
  onLost(party: Party): void {
    this.#post({ what: "lost", n: this.n, party });
  }
  onGone(): void {}
  onUndelivered(party: Party, message: UndeliveredMessage, done: KeptOutcome): void {
    this.#post({ what: "undelivered", n: this.n, k: this.#noted(done), party, message });
  }
  onSettled(): void {
    this.#settled = true;
    if (this.#closed) this.#post({ what: "settled", n: this.n });
  }

  close(reason: string, now: number): void {
    this.media.close(reason);
    this.#closed = true;
    this.#post({ what: "closed", traffic: this.traffic(now), settled: this.#settled });
  }

  /** True once after each message. */
  changed(): boolean {
    const { lastTraffic } = this.media;
    if (lastTraffic === this.#told) return false;
    this.#told = lastTraffic;
    return true;
  }

  traffic(now: number): SessionTraffic {
    const { n, media } = this;
    return {
      n,
      quiet_ms: Math.max(0, now - media.lastTraffic),
      inviter: media.sentBy("inviter"),
      invitee: media.sentBy("invitee"),
    };
  }
}
