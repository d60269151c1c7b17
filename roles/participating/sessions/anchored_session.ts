import { detached, randomToken, type Timed, type Timer } from "../../../foundation/mod.ts";
import type {
  Call,
  CallEnd,
  CallUser,
  Description,
  Flow,
  PeerOffer,
  ServerTransaction,
  SipRequest,
  SipResponse,
} from "../../../transport/sip/mod.ts";
import type { MsrpMedia } from "../../../transport/payload/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { bestRefusal, type Declined, nobodyThere, refusalParts, statusFor } from "./best_refusal.ts";
import { passInside } from "./inside_request.ts";
import type { InviteeLeg, LegUser } from "./invitee_leg.ts";
import type { Party, SessionMedia } from "./media_plane.ts";
import {
  type Agreement,
  agreementOf,
  answerFrom,
  type Negotiator,
  offerFrom,
  ourSetup,
  setupAfterAnswer,
} from "./negotiation.ts";
import { type OwnSide, ownSide, transportOf } from "./own_side.ts";
import { PartySide } from "./party_side.ts";
import { Renegotiation } from "./renegotiation.ts";
import { readSessionBody, type SessionBody } from "./session_body.ts";
import type { SessionDeps } from "./session_deps.ts";
import { endReason, type EndWords, endWords } from "./session_end.ts";
import type { SessionEndReason, SessionFacts, Traffic } from "./session_events.ts";
import { contactParams } from "./session_kind.ts";
import type { SessionPlan } from "./session_plan.ts";
import { SessionWatch, type Watched } from "./session_watch.ts";

const NOTHING: Traffic = { messages: 0, octets: 0 };
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/** Who asks not to be named (RFC 3323 §4.1.1.3). */
const ANONYMOUS = "sip:anonymous@anonymous.invalid";

/** The table a session lives in. */
export interface SessionHost {
  readonly deps: SessionDeps;
  ended(session: AnchoredSession): void;
}

/** One row for the console. Never what is said. */
export interface SessionRow {
  readonly id: string;
  readonly kind: SessionFacts["kind"];
  readonly from: string;
  readonly to: string;
  readonly state: "ringing" | "up";
  readonly anchored: boolean;
  /** Wall time, ms. */
  readonly since: number;
  readonly fromInviter: Traffic;
  readonly fromInvitee: Traffic;
}

/**
 * A session between two parties with this box as the end of both calls (oma-reference §3.2): the invitation goes to all devices
 * at once and the first that takes it has it; the messages pass here (`anchored`), or not (IM-9), and whatever ends one side
 * ends the other.
 */
export class AnchoredSession implements CallUser, LegUser, Timed, Watched {
  readonly id = randomToken(20);
  readonly plan: SessionPlan;
  readonly inviter = new PartySide("inviter");
  readonly invitee = new PartySide("invitee");
  readonly host: SessionHost;
  /** The INVITE; null once the session stands or is over: it holds buffers. */
  exchange: Exchange | null;
  /** What carried it. */
  readonly flow: Flow;
  /** The leg that took it. */
  taken: InviteeLeg | null = null;
  anchored: boolean;
  agreed: Agreement | null = null;
  media: SessionMedia | null = null;
  /** `confirming`: the inviter's answer is still to come in its ACK. */
  state: "ringing" | "confirming" | "up" | "over" = "ringing";
  readonly #renegotiation = new Renegotiation(this);
  readonly #watch: SessionWatch;
  readonly #since: number;
  #legs: readonly InviteeLeg[] = [];
  #openFor: OwnSide | null = null;
  readonly #declined: Declined[] = [];
  readonly #callId: string;
  readonly #accessNetwork: string;
  #rang = 0;
  #ringing: Timer | null = null;

  constructor(host: SessionHost, plan: SessionPlan, exchange: Exchange) {
    this.host = host;
    this.plan = plan;
    this.exchange = exchange;
    this.flow = exchange.flow;
    this.#callId = detached(exchange.request.callId);
    this.#accessNetwork = detached(exchange.request.get("P-Access-Network-Info") ?? "");
    this.anchored = plan.anchored;
    const { services, settings } = host.deps;
    this.#watch = new SessionWatch(this, services, settings);
    this.#since = services.clock.now();
    this.inviter.own = plan.own;
    this.inviter.theirs = plan.body;
  }

  get row(): SessionRow {
    return {
      id: this.id,
      kind: this.plan.kind,
      from: this.plan.from,
      to: this.plan.to,
      state: this.state === "up" ? "up" : "ringing",
      anchored: this.anchored,
      since: this.#since,
      fromInviter: this.media?.sentBy("inviter") ?? NOTHING,
      fromInvitee: this.media?.sentBy("invitee") ?? NOTHING,
    };
  }

  /** Takes the INVITE up and asks the devices; `legs` makes them. False: it was refused as a call. */
  start(legs: (session: AnchoredSession) => readonly InviteeLeg[]): boolean {
    const { deps } = this.host;
    const call = deps.calls.incoming(this.exchange!.transaction, this, {
      contactParams: contactParams(this.plan.kind),
      sessionExpires: deps.settings.sessionExpires_s,
    });
    this.inviter.call = call;
    if (call.state === "ended") {
      this.#over();
      return false;
    }
    this.#legs = legs(this);
    const first = this.#legs.length === 0 ? null : this.#legs[0].attempt.own;
    if (this.anchored && first !== null) this.openMedia(first);
    const { timers } = deps.services;
    this.#ringing = timers.start(deps.settings.answerWithin_s * 1000, this, 0);
    for (const leg of this.#legs) if (this.state === "ringing") leg.start();
    if (this.#legs.length === 0) this.#allDeclined();
    return true;
  }

  // The inviter's call.

  onCancelled(_call: Call, _cancel: SipRequest): void {
    if (this.state !== "ringing") return;
    this.#refused(487, "inviter");
    this.#over();
  }

  onConfirmed(_call: Call, ack: SipRequest): void {
    if (this.state !== "confirming") return;
    const reading = readSessionBody(
      ack.body.length === 0 ? null : { contentType: ack.get("Content-Type") ?? "", body: ack.body },
    );
    if (reading.kind !== "session" || !this.#agree(reading.body, this.invitee.theirs!)) {
      this.end("failure");
      return;
    }
    this.inviter.active = setupAfterAnswer(reading.body.media.setup) === "active";
    this.#up();
  }

  onOffer(from: Call | InviteeLeg, offer: PeerOffer): void {
    const party = this.#partyOf(from);
    if (this.state !== "up" || party === null) offer.refuse(491);
    else this.#renegotiation.offered(party, offer);
  }

  onAnswer(from: Call | InviteeLeg, description: Description | null, status: number): void {
    const party = this.#partyOf(from);
    if (party !== null && this.state === "up") this.#renegotiation.answered(party, description, status);
  }

  onRequest(from: Call | InviteeLeg, transaction: ServerTransaction): void {
    const other = from === this.inviter.call ? this.invitee.call : this.inviter.call;
    passInside(transaction, this.state === "up" ? other : null);
  }

  onEnded(_call: Call, end: CallEnd): void {
    this.#partyLeft("inviter", end);
  }

  // The invitee's legs.

  onRinging(_leg: InviteeLeg, response: SipResponse): void {
    const { status } = response;
    // Several devices ring as one.
    if (this.state !== "ringing" || status < 180 || status > 183 || status === this.#rang) return;
    this.#rang = status;
    this.inviter.call!.progress(status, { reason: response.reason });
  }

  onTaken(leg: InviteeLeg, response: SipResponse): void {
    if (this.state !== "ringing") {
      leg.call?.end(ELSEWHERE);
      return;
    }
    const theirs: Description = { contentType: response.get("Content-Type") ?? "", body: response.body };
    if (!this.anchored) {
      this.#taken(leg);
      this.inviter.call!.accept({ description: theirs, headers: this.#headersFrom(response) });
      this.#renegotiation.passed(this.plan.description!, theirs);
      this.#up();
      return;
    }
    const reading = readSessionBody(theirs);
    if (reading.kind !== "session") return this.#unusable(leg, reading.kind);
    if (this.plan.body === null ? !this.#ask(leg, reading.body) : !this.#settle(leg, reading.body, response)) {
      this.#unusable(leg, "types");
    }
  }

  onDeclined(_leg: InviteeLeg, status: number, response: SipResponse | null): void {
    this.#declined.push({ status, response });
    if (this.state !== "ringing") return;
    // For the user, not for the device (RFC 3261 §16.7 step 5).
    if (status >= 600) { for (const other of this.#legs) other.cancel(""); }
    if (this.#legs.every((leg) => leg.settled)) this.#allDeclined();
  }

  onLegEnded(leg: InviteeLeg, end: CallEnd): void {
    if (leg === this.taken) this.#partyLeft("invitee", end);
  }

  /** The devices have rung for too long. */
  onTimer(): void {
    this.#ringing = null;
    for (const leg of this.#legs) leg.cancel('SIP;cause=480;text="Not answered"');
  }

  rejoin(party: Party): void {
    this.tellMedia(party === "inviter" ? this.inviter : this.invitee);
  }

  /** Ends it, whatever state it is in. */
  end(why: SessionEndReason): void {
    if (this.state === "over") return;
    if (this.state === "ringing") {
      this.#refused(480, "recipient rules");
      this.inviter.call?.refuse(480, { reason: "Session ended by the service" });
      this.#over();
      return;
    }
    this.#end(why, endWords(why));
  }

  /**
   * From now on the messages of this session pass here, which so far have not (oma-reference §3.1 rule 7): both parties are
   * invited anew. False where it is so already, or where it cannot be now.
   */
  pullIntoPath(): boolean {
    return this.state === "up" && !this.anchored && this.#renegotiation.pull();
  }

  /** Fresh sides of ours toward both parties, by the ways they have said; null where one has no door here. */
  newSides(inviter: MsrpMedia, invitee: MsrpMedia): { inviter: OwnSide; invitee: OwnSide } | null {
    const { node, hostFor } = this.host.deps;
    const from = transportOf(inviter), to = transportOf(invitee);
    if (from === null || to === null) return null;
    const one = ownSide(node, from, hostFor(this.flow));
    const other = ownSide(node, to, hostFor(this.taken?.target.flow ?? null));
    return one === null || other === null ? null : { inviter: one, invitee: other };
  }

  /** The messages pass here now. */
  pulledIn(): void {
    this.anchored = true;
    this.#emit("sessionPulledIn");
  }

  /** Our URIs toward both parties are known from now on, those of the invitee's side that most devices were given. */
  openMedia(invitee: OwnSide): void {
    if (this.#openFor === invitee) return;
    this.media?.close("another device took the session");
    const { from, to } = this.plan;
    const names = { inviter: this.plan.anonymous || from === "" ? ANONYMOUS : from, invitee: to };
    this.media = this.host.deps.media.open(this.inviter.own!, invitee, this.#watch, names);
    this.#openFor = invitee;
  }

  /** What was agreed with a party holds for its messages; null: both. */
  tellMedia(party: PartySide | null): void {
    this.openMedia(this.invitee.own!);
    for (const side of [this.inviter, this.invitee]) {
      if (party === null || party === side) this.media!.tell(side.party, side.media(this.agreed!));
    }
  }

  get facts(): SessionFacts {
    const { kind, from, to, file } = this.plan;
    return {
      id: this.id,
      callId: this.#callId,
      kind,
      from,
      to,
      anchored: this.anchored,
      accessNetwork: this.#accessNetwork,
      file,
      at: this.host.deps.services.clock.now(),
    };
  }

  /** The invitee's 2xx answers the inviter's offer. False: they have nothing in common. */
  #settle(leg: InviteeLeg, theirs: SessionBody, response: SipResponse): boolean {
    const offer = this.plan.body!;
    const own = this.inviter.own!;
    if (!this.#agree(offer, theirs)) return false;
    this.#taken(leg);
    this.inviter.active = ourSetup(offer.media.setup) === "active";
    this.inviter.ours = answerFrom(offer, theirs, own, this.agreed!, this.negotiator);
    this.#up();
    this.inviter.call!.accept({ description: this.inviter.ours.description, headers: this.#headersFrom(response) });
    return true;
  }

  /** The inviter made no offer: it gets one, made from the invitee's answer to ours. */
  #ask(leg: InviteeLeg, theirs: SessionBody): boolean {
    const ours = offerFrom(theirs, this.inviter.own!, this.plan.kind, this.negotiator, false);
    if (ours === null) return false;
    this.invitee.theirs = theirs;
    this.#taken(leg);
    this.inviter.ours = ours;
    this.state = "confirming";
    this.inviter.call!.accept({ description: ours.description });
    return true;
  }

  #agree(inviter: SessionBody, invitee: SessionBody): boolean {
    const agreed = agreementOf(inviter.media, invitee.media, this.plan.kind, this.host.deps.settings);
    if (agreed === null) return false;
    this.agreed = agreed;
    this.inviter.theirs = inviter;
    this.invitee.theirs = invitee;
    return true;
  }

  #taken(leg: InviteeLeg): void {
    this.taken = leg;
    this.#ringing?.stop();
    this.#ringing = null;
    const { invitee } = this;
    invitee.call = leg.call;
    invitee.own = leg.attempt.own;
    invitee.ours = leg.attempt.ours;
    invitee.active = setupAfterAnswer(invitee.theirs?.media.setup) === "active";
    for (const other of this.#legs) if (other !== leg) other.cancel(ELSEWHERE);
  }

  /** A device said yes, but what it described cannot be had. */
  #unusable(leg: InviteeLeg, why: string): void {
    const file = why === "other" && this.plan.kind === "file";
    leg.call?.end(`SIP;cause=${file ? 603 : 488};text="Answer not usable"`);
    this.onDeclined(leg, file ? 603 : 488, null);
  }

  #up(): void {
    this.state = "up";
    this.exchange = null;
    this.#legs = this.taken === null ? [] : [this.taken];
    if (this.anchored) this.tellMedia(null);
    this.#watch.start();
    const { events } = this.host.deps;
    if (!events.heard("sessionStarted")) return;
    const binding = this.taken?.target.binding ?? null;
    const device = binding?.instance ?? "";
    events.emit("sessionStarted", { ...this.facts, device, deviceAccessNetwork: binding?.accessNetwork ?? "" });
  }

  #allDeclined(): void {
    const { deps } = this.host;
    const { recipient, kind, body } = this.plan;
    const best = this.#declined.length === 0 ? { status: 480, response: null } : bestRefusal(this.#declined);
    const status = nobodyThere(best.status) ? 480 : statusFor(best.status);
    const call = this.inviter.call!;
    if (recipient !== null) {
      const untaken = { exchange: this.exchange!, recipient, kind, body, status };
      if (deps.fallbacks.some((fallback) => fallback.take(call, untaken))) {
        this.#over();
        return;
      }
    }
    this.#refused(status, this.#legs.length === 0 ? "recipient rules" : "device");
    const parts = this.#declined.length === 0 ? { reason: "Recipient is not logged in" } : refusalParts(best);
    call.refuse(status, parts);
    this.#over();
  }

  #partyLeft(party: Party, end: CallEnd): void {
    if (this.state === "over") return;
    this.#end(endReason(party, end), { ...endWords(party), reason: end.reason || endWords(party).reason });
  }

  #end(why: SessionEndReason, words: EndWords): void {
    const { deps } = this.host;
    const from = this.media?.sentBy("inviter") ?? NOTHING;
    const back = this.media?.sentBy("invitee") ?? NOTHING;
    const facts = deps.events.heard("sessionEnded") ? this.facts : null;
    const calls = [this.inviter.call, this.invitee.call];
    const { duration_ms } = this.#watch;
    this.#over();
    for (const call of calls) if (call !== null && call.state !== "ended") call.end(words.reason);
    if (facts !== null) {
      deps.events.emit("sessionEnded", { ...facts, why, duration_ms, fromInviter: from, fromInvitee: back });
    }
  }

  #over(): void {
    this.state = "over";
    this.#ringing?.stop();
    this.#watch.stop();
    this.#renegotiation.stop();
    for (const leg of this.#legs) leg.cancel("");
    this.media?.close("session over");
    this.exchange = null;
    this.host.ended(this);
  }

  /** What the device says of how it answered (RFC 5373 §4.3.3), and of what it is about. */
  #headersFrom(response: SipResponse): ["Answer-Mode" | "Subject", string][] {
    const headers: ["Answer-Mode" | "Subject", string][] = [];
    for (const name of ["Answer-Mode", "Subject"] as const) {
      const value = response.get(name);
      if (value !== undefined) headers.push([name, value]);
    }
    return headers;
  }

  /** What descriptions of ours are made with. */
  get negotiator(): Negotiator {
    return { settings: this.host.deps.settings, ownFingerprint: this.host.deps.ownFingerprint };
  }

  #refused(status: number, by: "recipient rules" | "device" | "inviter"): void {
    const { events } = this.host.deps;
    if (events.heard("sessionRefused")) events.emit("sessionRefused", { ...this.facts, status, by });
  }

  #emit(name: "sessionPulledIn"): void {
    const { events } = this.host.deps;
    if (events.heard(name)) events.emit(name, this.facts);
  }

  #partyOf(from: Call | InviteeLeg): PartySide | null {
    return from === this.inviter.call ? this.inviter : from === this.taken ? this.invitee : null;
  }
}
