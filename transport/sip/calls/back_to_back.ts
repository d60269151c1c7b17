import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import { bestRefusal, type CallRefusal, statusAcross } from "./best_refusal.ts";
import type { Call, CallEnd, CallUser, Description, PeerOffer } from "./call.ts";
import { descriptionOf } from "./call_headers.ts";
import type { BackToBackEnd, BackToBackOwner } from "./back_to_back_owner.ts";
import type { Calls } from "./calls.ts";
import { carriedHeaders, REFUSAL_HEADERS } from "./carried_headers.ts";
import type { CallCandidate, Mediator, RefusedOffer } from "./mediator.ts";
import { JoinedLegs } from "./joined_legs.ts";

export interface BackToBackOptions<C extends CallCandidate> {
  readonly calls: Calls;
  readonly timers: Timers;
  /** The call that came in, not answered yet. Its user becomes this object. */
  readonly caller: Call;
  /** Groups one after the other; inside a group all ring at once. */
  readonly candidates: readonly (readonly C[])[];
  readonly mediator: Mediator<C>;
  readonly owner: BackToBackOwner<C>;
  /** How long one group may ring before the next has its turn; 0 or absent: as long as the calls let it. */
  readonly ring_ms?: number;
  /** Header lines of a callee's 1xx and 2xx that the caller gets. Default: none. */
  readonly answerHeaders?: readonly HeaderName[];
  /** Header lines of a request inside the call that go over with it. Default: none. */
  readonly requestHeaders?: readonly HeaderName[];
}

/** One candidate that rings. */
interface Ringing<C extends CallCandidate> {
  readonly candidate: C;
  readonly call: Call;
}

/** Candidates of one call in all: a fork is no weapon. */
const MAX_CANDIDATES = 64;
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';
const NO_NEXT: readonly never[] = [];

/**
 * A Back-to-back user agent: one call that came in, joined to the first of its candidates who takes it (RFC 3261 §16.7 for
 * who that is, §6 for what it is). Each leg is a dialog of its own: Call-ID, tags, Contact and routes of one side are never
 * seen by the other.
 */
export class BackToBack<C extends CallCandidate = CallCandidate> implements CallUser, Timed {
  readonly caller: Call;
  /** Who took the call; null before. */
  callee: Call | null = null;
  candidate: C | null = null;
  readonly #options: BackToBackOptions<C>;
  readonly #offer: Description | null;
  readonly #groups: (readonly C[])[];
  readonly #refusals: CallRefusal[] = [];
  #ringing: Ringing<C>[] = [];
  #tried = 0;
  #timer: Timer | null = null;
  #joined: JoinedLegs | null = null;
  #over = false;

  constructor(options: BackToBackOptions<C>) {
    this.#options = options;
    this.caller = options.caller;
    this.#groups = [...options.candidates];
    this.#offer = this.caller.request === null ? null : descriptionOf(this.caller.request);
    this.caller.user = this;
  }

  /** True once `onEnded` was told. */
  get over(): boolean {
    return this.#over;
  }

  /** Calls the first group. */
  start(): void {
    if (this.caller.state === "inviting") this.#next();
  }

  /** Further candidates, rung at once beside those that ring, as long as nobody has answered. */
  tryAlso(candidates: readonly C[]): void {
    if (this.#over || this.callee !== null) return;
    for (const candidate of candidates) this.#ring(candidate);
  }

  /** Ends both legs. `reason`: a Reason value. */
  end(reason = ""): void {
    if (this.#over) return;
    const stood = this.callee !== null;
    const { caller, callee } = this;
    this.#finish({ by: "us", reason, status: 0, side: null, stood }, () => {
      this.#cancelAll(reason);
      caller.end(reason);
      callee?.end(reason);
    });
  }

  onTimer(): void {
    this.#timer = null;
    const rung = this.#ringing;
    this.#ringing = [];
    for (const ringing of rung) this.#drop(ringing, 'SIP;cause=408;text="No answer"', { status: 408, response: null });
    if (!this.#over && this.callee === null) this.#next();
  }

  // The caller's leg.

  onCancelled(_call: Call, cancel: SipRequest): void {
    const reason = cancel.get("Reason") ?? "";
    const end = { by: "peer", reason, status: 487, side: "caller", stood: false } as const;
    this.#finish(end, () => this.#cancelAll(reason));
  }

  onConfirmed(_call: Call, ack: SipRequest): void {
    const { callee, candidate } = this;
    if (callee === null || candidate === null) return;
    // The caller had no offer, ours or the callee's went to it in the 2xx.
    if (this.#offer === null) {
      const answer = descriptionOf(ack);
      const { mediator } = this.#options;
      const mediated = mediator.answered === undefined ? answer : mediator.answered(candidate, answer);
      if (callee.state === "accepted") callee.acknowledge(mediated);
    }
    this.#options.owner.onConfirmed?.(this);
  }

  // The callees' legs.

  onProgress(call: Call, response: SipResponse): void {
    const ringing = this.#find(call);
    if (ringing === null || this.callee !== null) return;
    const { owner, mediator, answerHeaders } = this.#options;
    if (owner.onProgress?.(this, ringing.candidate, response) === false) return;
    // 199 tells that one fork has ended (RFC 6228); the caller sees none of them.
    if (response.status === 199) return;
    const body = descriptionOf(response);
    // With one dialog toward the caller, one early answer is all it can have.
    const alone = this.#ringing.length === 1 && this.#groups.length === 0;
    const description = body !== null && alone ? mediator.early?.(ringing.candidate, body) ?? null : null;
    const headers = answerHeaders === undefined ? undefined : carriedHeaders(response, answerHeaders);
    const reliable = response.lists("Require", "100rel");
    this.caller.progress(response.status, { headers, description }, reliable);
  }

  onAccepted(call: Call, response: SipResponse): void {
    const ringing = this.#find(call);
    if (ringing === null || this.callee !== null || this.caller.state !== "inviting") return call.end(ELSEWHERE);
    const { mediator, owner, answerHeaders } = this.#options;
    // A 2xx need not repeat an answer that a reliable 1xx has given for certain (RFC 3262 §5).
    const mediated = mediator.accepted(ringing.candidate, descriptionOf(response) ?? call.remote);
    if ("status" in mediated) return this.#unusable(ringing, mediated);
    this.#ringing = this.#ringing.filter((each) => each !== ringing);
    this.#timer?.stop();
    this.#timer = null;
    this.callee = call;
    this.candidate = ringing.candidate;
    this.#cancelAll(ELSEWHERE);
    this.#joined = new JoinedLegs(this.caller, call, mediator, this.#options.requestHeaders ?? NO_NEXT);
    const parts = owner.onAccepted?.(this, ringing.candidate, response) ?? {};
    const carried = answerHeaders === undefined ? [] : carriedHeaders(response, answerHeaders);
    this.caller.accept({ ...parts, headers: [...carried, ...(parts.headers ?? [])], description: mediated });
  }

  onRefused(call: Call, status: number, response: SipResponse | null): void {
    const ringing = this.#find(call);
    if (ringing === null) return;
    this.#ringing = this.#ringing.filter((each) => each !== ringing);
    this.#refusedBy(ringing, { status, response });
  }

  // Both legs, once they stand.

  onOffer(call: Call, offer: PeerOffer): void {
    if (this.#joined === null) offer.refuse(488);
    else this.#joined.offer(call, offer);
  }

  onAnswer(call: Call, description: Description | null, status: number): void {
    this.#joined?.answer(call, description, status);
  }

  onRequest(call: Call, transaction: ServerTransaction): void {
    const from = call === this.caller ? "caller" : "callee";
    if (this.#options.owner.onRequest?.(this, from, transaction) === true) return;
    if (this.#joined !== null) this.#joined.pass(call, transaction);
    else JoinedLegs.refuse(transaction, 405);
  }

  onEnded(call: Call, end: CallEnd): void {
    if (call !== this.caller && call !== this.callee) return;
    const side = call === this.caller ? "caller" : "callee";
    const other = call === this.caller ? this.callee : this.caller;
    const reason = end.reason !== "" ? end.reason : end.by === "peer" || end.by === "us" ? "" : REASONS[end.by];
    this.#finish({ ...end, side, stood: this.callee !== null }, () => {
      this.#cancelAll(reason);
      other?.end(reason);
    });
  }

  #next(): void {
    const group = this.#groups.shift();
    if (group === undefined) return this.#refuseCaller();
    const { ring_ms = 0, timers } = this.#options;
    if (ring_ms > 0) this.#timer = timers.start(ring_ms, this, 0);
    for (const candidate of group) if (!this.#over) this.#ring(candidate);
    // An empty group.
    if (!this.#over && this.callee === null && this.#ringing.length === 0) this.#groupOver();
  }

  #ring(candidate: C): void {
    if (++this.#tried > MAX_CANDIDATES) return;
    const description = this.#options.mediator.invite(candidate, this.#offer);
    this.#ringing.push({ candidate, call: this.#options.calls.invite({ ...candidate, description }, this) });
  }

  #find(call: Call): Ringing<C> | null {
    return this.#ringing.find((ringing) => ringing.call === call) ?? null;
  }

  #refusedBy(ringing: Ringing<C>, refusal: CallRefusal): void {
    if (this.#over || this.callee !== null) return;
    const { owner, mediator } = this.#options;
    mediator.dropped?.(ringing.candidate);
    this.#refusals.push(refusal);
    owner.onCandidateRefused?.(this, ringing.candidate, refusal);
    if (this.#over) return;
    if (refusal.status >= 600) {
      // Nobody else is to be asked (RFC 3261 §16.7 step 5).
      this.#groups.length = 0;
      const rung = this.#ringing;
      this.#ringing = [];
      for (const other of rung) this.#drop(other, `SIP;cause=${refusal.status}`, null);
    }
    if (this.#ringing.length === 0) this.#groupOver();
  }

  #groupOver(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#next();
  }

  /** The callee's answer is nothing for the caller: as if the candidate had refused. */
  #unusable(ringing: Ringing<C>, refused: RefusedOffer): void {
    this.#ringing = this.#ringing.filter((each) => each !== ringing);
    ringing.call.end(`SIP;cause=${refused.status}`);
    this.#refusedBy(ringing, { status: refused.status, response: null });
  }

  #refuseCaller(): void {
    const best = bestRefusal(this.#refusals) ?? { status: 480, response: null };
    const { owner } = this.#options;
    if (owner.onRefused?.(this, best) === true) {
      this.#over = true;
      return;
    }
    const { status, response } = best;
    const end = { by: "peer", reason: response?.get("Reason") ?? "", status, side: "callee", stood: false } as const;
    this.#finish(end, () => {
      const headers = response === null ? [] : carriedHeaders(response, REFUSAL_HEADERS);
      if (response !== null && status < 400) headers.push(...carriedHeaders(response, ["Contact"]));
      this.caller.refuse(statusAcross(status), { headers });
    });
  }

  #cancelAll(reason: string): void {
    const rung = this.#ringing;
    this.#ringing = [];
    for (const ringing of rung) this.#drop(ringing, reason, null);
  }

  /** Stops ringing one that is out of the list already. */
  #drop({ candidate, call }: Ringing<C>, reason: string, refusal: CallRefusal | null): void {
    if (refusal !== null) this.#refusals.push(refusal);
    call.cancel(reason);
    this.#options.mediator.dropped?.(candidate);
  }

  #finish(end: BackToBackEnd, act: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#timer = null;
    act();
    this.#options.owner.onEnded(this, end);
  }
}

/** What the other side is told of an end that nobody on this side asked for. */
const REASONS = {
  "session-timer": 'SIP;cause=408;text="Session timer"',
  "no-ack": 'SIP;cause=408;text="No ACK"',
  failure: 'SIP;cause=408;text="Peer lost"',
} as const;
