import type { Call, CallEnd, CallUser, Description, HeaderName, PeerOffer } from "../../transport/sip/mod.ts";
import type { ServerTransaction, SipResponse } from "../../transport/sip/mod.ts";
import type { Target } from "../sip_core/mod.ts";
import type { OwnDescription } from "./end_point.ts";
import type { OwnSide } from "./own_side.ts";

/** One way to invite a device: another is tried where it says that it cannot have the session like this. */
export interface Attempt {
  /** Our side toward it; null where its messages do not pass this box. */
  readonly own: OwnSide | null;
  readonly description: Description;
  /** The same, read; null as `own`. */
  readonly ours: OwnDescription | null;
}

/** The ways to invite a device, the best first. Each is made when its turn has come: as a rule the first is taken. */
export interface Attempts {
  /** Null: all were tried. */
  next(): Attempt | null;
}

/** What an invitee's leg tells its session. */
export interface LegUser {
  onRinging(leg: InviteeLeg, response: SipResponse): void;
  onTaken(leg: InviteeLeg, response: SipResponse): void;
  /** All ways were tried. */
  onDeclined(leg: InviteeLeg, status: number, response: SipResponse | null): void;
  onOffer(leg: InviteeLeg, offer: PeerOffer): void;
  onAnswer(leg: InviteeLeg, description: Description | null, status: number): void;
  onRequest(leg: InviteeLeg, transaction: ServerTransaction): void;
  onLegEnded(leg: InviteeLeg, end: CallEnd): void;
}

/** How the leg begins its call. */
export type Inviter = (attempt: Attempt, user: CallUser) => Call;

/** Answers by which a device says that the description, not the invitation, was wrong. */
const OF_DESCRIPTION: ReadonlySet<number> = new Set([406, 415, 488, 606]);

/** One device, or another domain's server, that is asked to join: in as many ways as there are. */
export class InviteeLeg implements CallUser {
  readonly target: Target;
  readonly headers: readonly (readonly [HeaderName, string])[];
  #others: Attempts | null;
  /** Null once `stands`. */
  #invite: Inviter | null;
  readonly user: LegUser;
  #attempt: Attempt;
  #call: Call | null = null;
  #cancelled = false;
  /** It has its outcome. */
  settled = false;

  /** `others`: the ways besides the first; null for none. */
  constructor(
    target: Target,
    headers: readonly (readonly [HeaderName, string])[],
    first: Attempt,
    others: Attempts | null,
    invite: Inviter,
    user: LegUser,
  ) {
    this.target = target;
    this.headers = headers;
    this.#attempt = first;
    this.#others = others;
    this.#invite = invite;
    this.user = user;
  }

  /** The way that is tried, or was taken. */
  get attempt(): Attempt {
    return this.#attempt;
  }

  /** Null before `start`. */
  get call(): Call | null {
    return this.#call;
  }

  start(): void {
    this.#call = this.#invite!(this.#attempt, this);
  }

  /** What the device described: in its 2xx, or for certain in a 1xx before (RFC 3262 §5). Of no length where it has nowhere. */
  answerIn(response: SipResponse): Description {
    return this.#call?.remote ?? { contentType: response.get("Content-Type") ?? "", body: response.body };
  }

  /** The session stands, maybe for hours: how else the device could have been invited is let go, and what we said as it was read. */
  stands(): void {
    this.#others = this.#invite = null;
    if (this.#attempt.ours !== null) this.#attempt = { ...this.#attempt, ours: null };
  }

  /** Nobody waits for its answer any more. */
  cancel(reason: string): void {
    if (this.settled) return;
    this.#cancelled = true;
    this.#call?.cancel(reason);
  }

  onProgress(_call: Call, response: SipResponse): void {
    if (!this.settled && !this.#cancelled) this.user.onRinging(this, response);
  }

  onAccepted(_call: Call, response: SipResponse): void {
    if (this.settled) return;
    this.settled = true;
    this.user.onTaken(this, response);
  }

  onRefused(_call: Call, status: number, response: SipResponse | null): void {
    if (this.settled) return;
    const next = OF_DESCRIPTION.has(status) && !this.#cancelled ? this.#others?.next() ?? null : null;
    if (next !== null) {
      this.#attempt = next;
      this.start();
      return;
    }
    this.settled = true;
    this.user.onDeclined(this, status, response);
  }

  onOffer(_call: Call, offer: PeerOffer): void {
    this.user.onOffer(this, offer);
  }

  onAnswer(_call: Call, description: Description | null, status: number): void {
    this.user.onAnswer(this, description, status);
  }

  onRequest(_call: Call, transaction: ServerTransaction): void {
    this.user.onRequest(this, transaction);
  }

  onEnded(_call: Call, end: CallEnd): void {
    this.user.onLegEnded(this, end);
  }
}
