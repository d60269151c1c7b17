import type { Log } from "../../../foundation/mod.ts";
import type { History, Recording, SaidMessage } from "../../../storage/mod.ts";
import type { Call, CallUser } from "../../../transport/sip/mod.ts";
import type { Exchange, Target } from "../../sip_core/mod.ts";
import {
  askingDevice,
  FetchCall,
  type FetchOffer,
  IM_CONTACT,
  isDamage,
  type OwnSide,
  ownSide,
  type PushCallUser,
  type PushDeps,
  readFetchOffer,
  SessionPush,
  type SessionPushEnd,
  type SessionPushUser,
} from "../../session_media/mod.ts";
import { referencesInUri } from "./asked_references.ts";
import { HISTORY_FORMAT } from "./history_format.ts";
import { MergedMessages, type Said } from "./merged_messages.ts";

export interface RetrievalsParts {
  readonly push: PushDeps;
  readonly history: Pick<History, "find" | "read">;
  readonly log: Log;
}

/** Retrievals of one user at once, whatever devices ask, and of all users. */
const OF_ONE = 4;
const OF_ALL = 500;
/** Conversations of one retrieval: each that was going on at the same time as others is read ahead. */
export const MOST_FETCHED = 256;
/** What has gone out may still be confirmed for so long when nothing more can be read. */
const LEAVE_MS = 5_000;
const UNREADABLE = 'SIP;cause=503;text="Recorded messages cannot be read now"';

/**
 * INVITE to `sip:history@domain` (oma-reference §3.5): the owner is sent what was said in the recordings that the request names,
 * in the order of time over all of them, then BYE. Nothing is removed by it.
 */
export class Retrievals {
  readonly #parts: RetrievalsParts;
  /** By owner. */
  readonly #open = new Map<string, Set<Retrieval>>();
  #count = 0;

  constructor(parts: RetrievalsParts) {
    this.#parts = parts;
  }

  /** Takes up the INVITE of a user of ours. */
  begin(exchange: Exchange, aor: string): void {
    const { calls, settings, services, node, hostFor } = this.#parts.push;
    const offer = readFetchOffer(exchange.request);
    const ended: CallUser = { onEnded: () => {} };
    const call = calls.incoming(exchange.transaction, ended, {
      contactParams: IM_CONTACT,
      sessionExpires: settings.sessionExpires_s,
    });
    if (call.state === "ended") return;
    if ("status" in offer) return call.refuse(offer.status, { reason: offer.reason });
    const named = new Set([...referencesInUri(exchange.target), ...offer.references]);
    if (named.size === 0) return call.refuse(400, { reason: "Name The Recordings To Fetch" });
    if (named.size > MOST_FETCHED) {
      return call.refuse(413, { reason: `Name At Most ${MOST_FETCHED} Recordings` });
    }
    const recordings = this.#recordings(aor, named);
    if (recordings === null) return call.refuse(404, { reason: "No Such Recording Is Yours" });
    if ((this.#open.get(aor)?.size ?? 0) >= OF_ONE) {
      return call.refuse(486, { reason: "Other Devices Fetch At The Moment" });
    }
    if (this.#count >= OF_ALL) {
      return call.refuse(503, { reason: "Too Many Fetch At The Moment", headers: [["Retry-After", "30"]] });
    }
    const own = ownSide(node, offer.transport, hostFor(exchange.flow));
    if (own === null) return call.refuse(488, { reason: "No Door For That MSRP Transport" });
    this.#start({ aor, call, offer, own, target: askingDevice(exchange, services.location.bindings(aor)) }, recordings);
  }

  /** Those under way end. */
  stop(): void {
    for (const aor of [...this.#open.keys()]) this.end(aor);
  }

  /** The user may have nothing any longer. */
  end(aor: string): void {
    for (const retrieval of [...this.#open.get(aor) ?? []]) retrieval.stop();
  }

  /** Null where one of them is not there, or another's. */
  #recordings(aor: string, references: Iterable<string>): Recording[] | null {
    const recordings: Recording[] = [];
    for (const reference of references) {
      const recording = this.#parts.history.find(aor, reference);
      if (recording === undefined) return null;
      recordings.push(recording);
    }
    return recordings;
  }

  #start(fetch: Fetch, recordings: readonly Recording[]): void {
    const { aor, call } = fetch;
    const all = this.#open.get(aor) ?? new Set();
    const retrieval = new Retrieval(this.#parts, fetch, recordings, () => {
      if (!all.delete(retrieval)) return;
      this.#count--;
      if (all.size === 0) this.#open.delete(aor);
    });
    this.#open.set(aor, all.add(retrieval));
    this.#count++;
    try {
      retrieval.start();
    } catch (error) {
      retrieval.forget();
      // The MSRP node has no room.
      if (!(error instanceof RangeError)) throw error;
      call.refuse(503, { reason: "Too Many Sessions", headers: [["Retry-After", "30"]] });
    }
  }
}

/** Who fetches, and how. */
interface Fetch {
  readonly aor: string;
  readonly call: Call;
  readonly offer: FetchOffer;
  readonly own: OwnSide;
  readonly target: Target;
}

/** One retrieval under way. */
class Retrieval implements SessionPushUser<Said, SaidMessage> {
  readonly #parts: RetrievalsParts;
  readonly #fetch: Fetch;
  readonly #messages: MergedMessages;
  readonly #push: SessionPush<Said, SaidMessage>;
  readonly #done: () => void;

  /** `done`: when it is over, more than once maybe. */
  constructor(parts: RetrievalsParts, fetch: Fetch, recordings: readonly Recording[], done: () => void) {
    this.#parts = parts;
    this.#fetch = fetch;
    this.#done = done;
    this.#messages = new MergedMessages(parts.history, fetch.aor, recordings);
    const { call, offer, own } = fetch;
    const carrier = (user: PushCallUser) => new FetchCall(parts.push, call, offer, own, user);
    this.#push = new SessionPush(parts.push, HISTORY_FORMAT, carrier, this);
  }

  /** Throws RangeError where the MSRP node has no room for more. */
  start(): void {
    this.#push.start([this.#fetch.target]);
  }

  stop(): void {
    this.#push.stop();
    this.#done();
  }

  /** It has not begun. */
  forget(): void {
    this.#done();
  }

  next(): Said | null | "later" {
    const next = this.#messages.next();
    if (next === "later") this.#load();
    return next;
  }

  /** What its owner has deleted meanwhile is not sent. */
  read({ reference, message }: Said): Promise<SaidMessage | null> {
    const isThere = this.#parts.history.find(this.#fetch.aor, reference) !== undefined;
    return Promise.resolve(isThere ? message : null);
  }

  admits(): boolean {
    return true;
  }

  onGone(): void {}
  onTaken(): void {}
  onRefused(): void {}

  /** The session is `sendonly`. */
  onNotification(_octets: Uint8Array, done: (status: number) => void): void {
    done(403);
  }

  onEnded(_end: SessionPushEnd<Said>): void {
    this.#done();
  }

  #load(): void {
    this.#messages.load().then(() => this.#push.more(), (error: unknown) => {
      const logged = { user: this.#fetch.aor, error: String(error) };
      if (isDamage(error)) this.#parts.log.error("a recording is damaged", logged);
      else this.#parts.log.error("recorded messages could not be read", logged);
      this.#push.leave(UNREADABLE, LEAVE_MS);
    });
  }
}
