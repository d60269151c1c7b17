import { randomToken } from "../../../foundation/mod.ts";
import type {
  Call,
  CallEnd,
  CallUser,
  Description,
  Flow,
  HeaderName,
  PeerOffer,
  ServerTransaction,
  SipRequest,
  SipResponse,
} from "../../../transport/sip/mod.ts";
import type { KeptOutcome, UndeliveredMessage } from "../../../transport/msrp/forward/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import {
  contactParams,
  DeviceFork,
  type ForkOwner,
  type InviteeLeg,
  type LegUser,
  setupAfterAnswer,
} from "../../session_media/mod.ts";
import { focusContact } from "./focus_contact.ts";
import { refusalParts, statusFor } from "./device_refusal.ts";
import { FirstExchange, headersFrom } from "./first_exchange.ts";
import { passInside } from "./inside_request.ts";
import { ANONYMOUS } from "./anonymous.ts";
import type { Party, SessionMedia } from "./media_plane.ts";
import { MessageWay } from "./message_way.ts";
import { type Agreement, type Negotiator } from "./negotiation.ts";
import { PartySide } from "./party_side.ts";
import { RecordedWay } from "./recorded_session.ts";
import { Renegotiation } from "./renegotiation.ts";
import type { SessionDeps } from "./session_deps.ts";
import { endReason, reasonFrom, reasonOf, type Untimely, untimely } from "./session_end.ts";
import type { SessionEndReason } from "./session_events.ts";
import type { SessionPlan } from "./session_plan.ts";
import type { SessionRow } from "./session_row.ts";
import { SessionStory } from "./session_story.ts";
import type { SessionKeeper } from "./undelivered.ts";
import { SessionWatch, type Watched } from "./session_watch.ts";

/** Ends after which what is undelivered is not stored either. */
const STORES_NOTHING: ReadonlySet<SessionEndReason> = new Set(["access rules", "user not in service"]);

/** The table a session lives in. */
export interface SessionHost {
  readonly deps: SessionDeps;
  ended(session: AnchoredSession): void;
}

/**
 * A session between two parties with this box as the end of both calls (oma-reference §3.2): the invitation goes to all devices
 * at once and the first that takes it has it; the messages pass here (`anchored`), or not (IM-9), and whatever ends one side
 * ends the other.
 */
export class AnchoredSession implements CallUser, LegUser, ForkOwner, Watched {
  readonly id = randomToken(20);
  readonly plan: SessionPlan;
  readonly inviter = new PartySide("inviter");
  readonly invitee = new PartySide("invitee");
  readonly host: SessionHost;
  /** Neighbours in the list of all sessions. */
  next: AnchoredSession | null = null;
  previous: AnchoredSession | null = null;
  /** The INVITE; null once the session stands or is over: it holds buffers. */
  exchange: Exchange | null;
  /** What carried it. */
  readonly flow: Flow;
  agreed: Agreement | null = null;
  /** `confirming`: the inviter's answer is still to come in its ACK. */
  state: "ringing" | "confirming" | "up" | "over" = "ringing";
  readonly #first = new FirstExchange(this);
  readonly #renegotiation = new Renegotiation(this);
  readonly #watch: SessionWatch;
  readonly #since: number;
  readonly #fork = new DeviceFork(this);
  readonly #way: MessageWay;
  readonly #story: SessionStory;
  readonly #recorded: RecordedWay;
  /** Null: what does not arrive fails. */
  #keeper: SessionKeeper | null = null;

  constructor(host: SessionHost, plan: SessionPlan, exchange: Exchange) {
    this.host = host;
    this.plan = plan;
    this.exchange = exchange;
    this.flow = exchange.flow;
    this.#story = new SessionStory(this.id, host.deps, plan, exchange.request);
    const { services, settings } = host.deps;
    this.#recorded = new RecordedWay(this, host.deps);
    this.#watch = new SessionWatch(this, services, settings);
    this.#since = services.clock.now();
    const names = {
      kind: plan.kind,
      inviter: plan.anonymous || plan.from === "" ? ANONYMOUS : plan.from,
      invitee: plan.to,
    };
    this.#way = new MessageWay(host.deps.media, this.inviter, this.invitee, names, this.#watch);
    this.inviter.own = plan.own;
    this.inviter.theirs = plan.body;
  }

  /** The messages pass this box. */
  get anchored(): boolean {
    return this.#story.anchored;
  }

  /** Null where no messages pass here. */
  get media(): SessionMedia | null {
    return this.#way.media;
  }

  /** The leg that took it; null while none did. */
  get taken(): InviteeLeg | null {
    return this.#fork.taken;
  }

  /** What the invitee's device is told of INFOs that this box takes. */
  get infoHeaders(): readonly (readonly [HeaderName, string])[] {
    return this.#recorded.infoHeaders(this.plan.recipient?.aor ?? "");
  }

  /** Nobody has taken it yet, and it is not over. */
  get ringing(): boolean {
    return this.state === "ringing";
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
      fromInviter: this.#way.sentBy("inviter"),
      fromInvitee: this.#way.sentBy("invitee"),
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
    const asked = legs(this);
    const first = asked.length === 0 ? null : asked[0].attempt.own;
    if (this.anchored && first !== null && !this.#way.open(first)) {
      call.refuse(503, { reason: "No more MSRP sessions at present", headers: [["Retry-After", "10"]] });
      this.#over();
      return false;
    }
    const within_ms = deps.settings.answerWithin_s * 1000;
    this.#fork.start(asked, deps.services.timers, within_ms);
    if (asked.length === 0) this.#allDeclined();
    return true;
  }

  // The inviter's call.

  onCancelled(_call: Call, cancel: SipRequest): void {
    this.#partyLeft("inviter", { by: "peer", reason: cancel.get("Reason") ?? "", status: 0 });
  }

  onConfirmed(_call: Call, ack: SipRequest): void {
    if (this.state === "confirming") {
      if (this.#first.confirmed(ack)) this.#up();
      else this.#end("failure", reasonOf("failure"), { status: 488, by: "inviter" });
    }
    if (this.state === "up" && this.anchored) this.#stands();
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
    const party = this.#partyOf(from);
    if (party !== null && this.#recorded.takes(party.party, transaction)) return;
    const other = from === this.inviter.call ? this.invitee.call : this.inviter.call;
    passInside(transaction, this.state === "up" ? other : null);
  }

  onEnded(_call: Call, end: CallEnd): void {
    this.#partyLeft("inviter", end);
  }

  // The invitee's legs.

  onRinging(_leg: InviteeLeg, response: SipResponse): void {
    if (!this.ringing || !this.#fork.isNews(response)) return;
    this.inviter.call!.progress(response.status, { reason: response.reason });
  }

  onTaken(leg: InviteeLeg, response: SipResponse): void {
    if (!this.ringing) {
      this.#fork.refuse(leg);
      return;
    }
    const theirs = leg.answerIn(response);
    const first = this.anchored
      ? this.#first.answered(theirs, response)
      : { parts: { description: theirs, headers: headersFrom(response) }, stands: true };
    if ("unusable" in first) return this.#unusable(leg, first.unusable);
    if (this.anchored && !this.#way.open(leg.attempt.own!)) return this.#letGo(leg, 503, "No more MSRP sessions");
    this.#taken(leg);
    if (!this.anchored) this.#renegotiation.passed(this.plan.description!, theirs);
    if (first.stands) this.#up();
    else this.state = "confirming";
    const room = focusContact(leg.call, this.plan.kind);
    if (room !== null) this.inviter.call!.standFor(room.contact, room.contactParams);
    const { headers = [] } = first.parts;
    const infos = this.#recorded.infoHeaders(this.plan.inviterUser);
    this.inviter.call!.accept(infos.length === 0 ? first.parts : { ...first.parts, headers: [...headers, ...infos] });
  }

  onDeclined(_leg: InviteeLeg, status: number, response: SipResponse | null): void {
    this.#fork.decline(status, response);
    if (this.ringing && this.#fork.declined) this.#allDeclined();
  }

  onUnanswered(): void {
    if (this.ringing) this.#allDeclined();
  }

  onLegEnded(leg: InviteeLeg, end: CallEnd): void {
    if (leg === this.taken) this.#partyLeft("invitee", end);
  }

  rejoin(party: Party): void {
    this.tellMedia(party === "inviter" ? this.inviter : this.invitee);
  }

  undelivered(party: Party, message: UndeliveredMessage, done: KeptOutcome): void {
    if (this.#keeper === null) done(408, "The receiver is gone");
    else this.#keeper.keep(party, message, done);
  }

  /** Ends it, whatever state it is in. */
  end(why: SessionEndReason): void {
    if (this.state === "over") return;
    // Nothing on the way is for, or from, somebody who may have it no longer.
    if (STORES_NOTHING.has(why)) this.#keeper = null;
    if (this.ringing) this.inviter.call?.refuse(480, { reason: "Session ended by the service" });
    this.#end(why, reasonOf(why), { status: 480, by: "recipient rules" });
  }

  /**
   * From now on the messages of this session pass here, which so far have not (oma-reference §3.1 rule 7): both parties are
   * invited anew. False where it is so already, or where it cannot be now.
   */
  pullIntoPath(): boolean {
    return this.state === "up" && !this.anchored && this.#renegotiation.pull();
  }

  /** From now on the parties may come to our sides. False where the MSRP node has no room for more. */
  openMedia(): boolean {
    return this.#way.open(this.invitee.own!);
  }

  /** Nobody is to come after all. */
  dropMedia(): void {
    this.#way.drop();
  }

  /** The messages pass here now. */
  pulledIn(): void {
    this.#story.pulledIn();
    this.#recorded.pulledIn();
  }

  /** What was agreed with a party holds for its messages; null: both. */
  tellMedia(party: PartySide | null): void {
    this.#way.tell(party, this.agreed!);
  }

  #taken(leg: InviteeLeg): void {
    this.#fork.take(leg);
    const { invitee } = this;
    invitee.call = leg.call;
    invitee.own = leg.attempt.own;
    invitee.ours = leg.attempt.ours;
    invitee.active = setupAfterAnswer(invitee.theirs?.media.setup) === "active";
  }

  /** A device said yes, but what it described cannot be had. */
  #unusable(leg: InviteeLeg, why: string): void {
    const file = why === "other" && this.plan.kind === "file";
    this.#letGo(leg, file ? 603 : 488, "Answer not usable");
  }

  #letGo(leg: InviteeLeg, status: number, why: string): void {
    leg.call?.end(`SIP;cause=${status};text="${why}"`);
    this.onDeclined(leg, status, null);
  }

  #up(): void {
    this.state = "up";
    if (this.anchored) this.#keep();
    this.#recorded.begin(this.exchange!);
    this.exchange = null;
    if (this.anchored) this.tellMedia(null);
    this.#watch.start();
    this.#story.started(this.taken?.target ?? null);
  }

  /** What only its beginning needs is let go. */
  #stands(): void {
    this.plan.body = null;
    this.inviter.stands();
    this.invitee.stands();
    this.taken?.stands();
  }

  /** What the INVITE says of the messages is noted, where they may have to be stored. */
  #keep(): void {
    const keeper = this.#keeper = this.host.deps.undelivered?.of(this.plan, this.exchange!) ?? null;
    for (const side of [this.inviter, this.invitee]) side.keeps = keeper !== null && keeper.mayKeep(side.party);
  }

  #allDeclined(): void {
    const { deps } = this.host;
    const { recipient, to, kind, body } = this.plan;
    const answered = this.#fork.best;
    const best = answered ?? { status: 480, response: null };
    const status = statusFor(best.status);
    const call = this.inviter.call!;
    // One of another domain is taken only for a sender of ours (oma-reference §3.4, placement).
    if (recipient !== null || this.exchange!.subscriber !== null) {
      const untaken = {
        exchange: this.exchange!,
        to,
        recipient,
        kind,
        body,
        status,
        asked: !this.#fork.empty,
        since: this.#since,
      };
      if (deps.fallbacks.some((fallback) => fallback.take(call, untaken))) {
        this.#over();
        return;
      }
    }
    this.#story.refused(status, this.#fork.empty ? "recipient rules" : "device");
    const parts = answered === null ? { reason: "Recipient is not logged in" } : refusalParts(best);
    call.refuse(status, parts);
    this.#over();
  }

  #partyLeft(party: Party, end: CallEnd): void {
    if (this.state === "over") return;
    const reason = reasonFrom(party, end);
    const [own, other] = party === "inviter" ? [this.inviter, this.invitee] : [this.invitee, this.inviter];
    // Whoever has had 200 for a file may hang up: the other is sent away when it is there.
    let isThere = false, isOver = false;
    this.#way.drain(party, () => {
      isThere = true;
      if (isOver) hangUp(other.call, reason);
    });
    this.#end(endReason(party, end), reason, untimely(party, end), [own]);
    isOver = true;
    if (isThere) hangUp(other.call, reason);
  }

  /** `reason`: a Reason value for those parties who are to hang up. `unstood`: how it counts where it never stood. */
  #end(why: SessionEndReason, reason: string, unstood: Untimely, parties = [this.inviter, this.invitee]): void {
    if (this.state === "over") return;
    const stood = this.state === "up";
    const { duration_ms } = this.#watch;
    this.#over(reason);
    for (const { call } of parties) hangUp(call, reason);
    if (stood) this.#way.counted((from, back) => this.#story.ended(why, duration_ms, from, back));
    else this.#story.refused(unstood.status, unstood.by);
  }

  #over(reason = ""): void {
    this.state = "over";
    this.#watch.stop();
    this.#renegotiation.stop();
    this.#fork.stop(reason);
    this.#way.close();
    this.#recorded.close();
    this.exchange = null;
    this.host.ended(this);
  }

  /** What descriptions of ours are made with. */
  get negotiator(): Negotiator {
    return { settings: this.host.deps.settings, ownFingerprint: this.host.deps.ownFingerprint };
  }

  #partyOf(from: Call | InviteeLeg): PartySide | null {
    return from === this.inviter.call ? this.inviter : from === this.taken ? this.invitee : null;
  }
}

function hangUp(call: Call | null, reason: string): void {
  if (call !== null && call.state !== "ended") call.end(reason);
}
