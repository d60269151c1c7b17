import type { Timed, Timer } from "../foundation/mod.ts";
import {
  type Call,
  type CallEnd,
  type CallUser,
  type Description,
  descriptionOf,
  type HeaderName,
  type PeerOffer,
  type ReferOrder,
  type ReferUser,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from "../transport/sip/mod.ts";
import type { BodyPart } from "../transport/payload/mod.ts";
import type { MsrpSession } from "../transport/msrp/session/mod.ts";
import { fromText } from "./account.ts";
import { CallMedia } from "./call_media.ts";
import { type ClientWorld, contactParams, contactUser } from "./client_world.ts";
import type { Reason } from "./im_user.ts";
import { describedBy, describedWith, type TheirDescription } from "./media_offer.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { Seat } from "./media_place.ts";
import type { SideUser } from "./media_side.ts";
import { ascii, endReason, reason, refusalReason } from "./reason.ts";
import { Seating } from "./seating.ts";
import { type Asked, problemOf } from "./service_request.ts";
import { CLIENT_ALLOW, reply } from "./sip_line.ts";

/** What a call begins with. */
export interface CallWish {
  readonly to: string;
  /** Feature tags of our Contact, and of Accept-Contact. */
  readonly tags: string;
  readonly headers?: readonly (readonly [HeaderName, string])[];
  /** Goes beside the description: the people whom a room is to be for (RFC 5366). */
  readonly part?: BodyPart;
}

/** A session timer finds out about peers that are gone without a word (RFC 4028). */
const SESSION_EXPIRES_S = 1800;
/** The connecting side asks for a new connection after so long, one try after the other. */
const RETRY_MS = [300, 2_000, 5_000, 10_000, 20_000] as const;
/** The side that waits for a connection leaves it to the other one for so long. */
const PATIENCE_MS = 6_000;
/** An offer that comes while our relay is away is to come again after so long, seconds. */
const NO_SEAT_RETRY_S = 3;
const [RETRY, DRAINED] = [1, 2];

/** A call with one MSRP session in it: how it is set up and ended, and how another session follows one that is lost. */
export class MediaCall implements CallUser, SideUser, Timed {
  readonly #world: ClientWorld;
  readonly #owner: MediaOwner;
  readonly #media: CallMedia;
  readonly #seating: Seating;
  #call: Call | null = null;
  /** What their offer was, while it waits for `accept`. */
  #offer: TheirDescription | null = null;
  #accepting = false;
  /** Tries to get a new connection since one stood. */
  #tries = 0;
  #opened = false;
  #timer: Timer | null = null;
  #over = false;
  #unconfirmed = false;
  /** Set while we let what is queued go out before BYE. */
  #leaving: string | null = null;

  constructor(world: ClientWorld, owner: MediaOwner) {
    this.#world = world;
    this.#owner = owner;
    this.#media = new CallMedia(world, owner, this);
    this.#seating = new Seating(world.place, (seat) => this.#followSeat(seat));
  }

  get over(): boolean {
    return this.#over;
  }
  /** The other side is a room (RFC 4579). */
  get withFocus(): boolean {
    return this.#call?.peerIsFocus === true;
  }

  /** Where the other side is reached by anybody: a room's own URI (RFC 4579 §5.1); "" before it is known. */
  get remoteUri(): string {
    return this.#call?.dialog?.remoteTarget ?? "";
  }

  /** Asks a room to bring somebody in, or out (RFC 4579 §5.5, §5.11). False where there is no call. */
  refer(order: ReferOrder, user: ReferUser): boolean {
    return this.#call !== null && !this.#over && this.#world.refers.referInCall(this.#call, order, user) !== null;
  }

  /** Says something to the service about this call, inside of it (INFO, RFC 6086). False where it is not set up. */
  info(infoPackage: string, contentType: string, body: Uint8Array, done: Asked): boolean {
    if (this.#call?.state !== "confirmed" || this.#over) return false;
    const headers = [["Info-Package", infoPackage], ["Content-Disposition", "Info-Package"]] as const;
    this.#call.send("INFO", { headers, description: { contentType, body } }, (response) => done(problemOf(response)));
    return true;
  }

  /** Invites, as soon as there is a place for the session. What is wrong the owner hears in `onOver`, after this call. */
  invite(wish: CallWish): void {
    this.#seating.when({
      go: (seat) => this.#invite(wish, seat),
      otherwise: (problem) => this.#finish(reason(0, problem)),
    });
  }

  #invite(wish: CallWish, seat: Seat): void {
    const sdp = this.#media.offer(seat);
    if (typeof sdp === "string") return queueMicrotask(() => this.#finish(reason(0, sdp)));
    const { account, calls, flowId } = this.#world;
    this.#call = calls.invite({
      uri: wish.to,
      from: fromText(account),
      to: `<${wish.to}>`,
      contact: contactUser(this.#world),
      contactParams: contactParams(this.#world, wish.tags),
      headers: [["Accept-Contact", `*${wish.tags}`], ...(wish.headers ?? [])],
      flowId: flowId(),
      description: wish.part === undefined ? describedBy(sdp) : describedWith(sdp, wish.part),
      sessionExpires: SESSION_EXPIRES_S,
    }, this);
  }

  /**
   * Takes up an INVITE; `accept` or `refuse` follows. `offer` null: it came without one, ours goes into the 200. False where it
   * was nothing to take up (420, 422, 482, 503 …) and has that answer: it is over, and the owner hears no more of it.
   */
  receive(transaction: ServerTransaction, offer: TheirDescription | null, tags: string): boolean {
    this.#offer = offer;
    this.#call = this.#world.calls.incoming(transaction, this, {
      contact: contactUser(this.#world),
      contactParams: contactParams(this.#world, tags),
      sessionExpires: SESSION_EXPIRES_S,
    });
    this.#over = this.#call.state === "ended";
    return !this.#over;
  }

  progress(status: number): void {
    this.#call?.progress(status);
  }

  /** Answers 200 with our description, as soon as there is a place for the session; what makes that impossible refuses the call. */
  accept(): void {
    if (this.#over || this.#accepting || this.#call?.state !== "inviting") return;
    this.#accepting = true;
    this.#seating.when({
      go: (seat) => this.#accept(seat),
      otherwise: (problem) => this.#refuseFor(480, problem),
    });
  }

  #accept(seat: Seat): void {
    const offer = this.#offer;
    this.#offer = null;
    if (offer === null) {
      const sdp = this.#media.offer(seat);
      if (typeof sdp === "string") return this.#refuseFor(488, sdp);
      return this.#call!.accept({ description: describedBy(sdp) });
    }
    const outcome = this.#media.answer(seat, offer);
    if (outcome.kind === "refused") return this.#refuseFor(488, outcome.why);
    this.#call!.accept({ description: outcome.description });
    outcome.agree();
  }

  #refuseFor(status: number, why: string): void {
    this.refuse(status, why, [["Warning", `399 client "${ascii(why)}"`]]);
  }

  refuse(status: number, text: string, headers: readonly (readonly [HeaderName, string])[] = []): void {
    if (this.#over) return;
    this.#call?.refuse(status, { ...(text !== "" && { reason: ascii(text) }), headers });
    this.#finish(reason(status, text));
  }

  /** Ends it: what is queued may still go out for so long. */
  end(text: string, drain_ms = 0): void {
    if (this.#over || this.#leaving !== null) return;
    const { session, stands } = this.#media;
    if (drain_ms > 0 && session !== null && stands && this.#call?.state === "confirmed") {
      this.#leaving = text;
      this.#timer?.stop();
      this.#timer = this.#world.timers.start(drain_ms, this, DRAINED);
      session.drain(drain_ms, text);
      return;
    }
    this.#leave(text);
  }

  #leave(text: string): void {
    this.#call?.end(text === "" ? undefined : `SIP;cause=200;text="${ascii(text)}"`);
    this.#finish(reason(0, text));
  }

  // CallUser

  onProgress(_call: Call, response: SipResponse): void {
    if (response.status === 180) this.#owner.onRinging?.();
  }

  /** The service has answered in the place of a recipient who is not there (RFC 4964). */
  get unconfirmed(): boolean {
    return this.#unconfirmed;
  }

  onAccepted(_call: Call, response: SipResponse): void {
    if (this.#over) return;
    this.#unconfirmed = /^\s*unconfirmed\b/i.test(response.get("P-Answer-State") ?? "");
    const problem = this.#media.answered(descriptionOf(response));
    if (problem !== null) this.#fail(488, problem);
  }

  onRefused(_call: Call, status: number, response: SipResponse | null): void {
    this.#finish(refusalReason(status, response));
  }

  onCancelled(_call: Call, _cancel: SipRequest): void {
    this.#finish(reason(487, "the other side has given up"));
  }

  onConfirmed(_call: Call, ack: SipRequest): void {
    if (this.#over || this.#media.agreed) return;
    const problem = this.#media.answered(descriptionOf(ack));
    if (problem !== null) this.#fail(488, problem);
  }

  onOffer(_call: Call, offer: PeerOffer): void {
    const { described } = this.#media;
    if (this.#over || described === null) return offer.refuse(488);
    // They ask what we offer: what stands.
    if (offer.description === null) return offer.answer({ description: described });
    const outcome = this.#media.answerLater(offer.description, this.#seating.ready);
    if (outcome.kind === "refused") return offer.refuse(488, { reason: ascii(outcome.why) });
    if (outcome.kind === "later") return offer.refuse(500, { headers: [["Retry-After", `${NO_SEAT_RETRY_S}`]] });
    offer.answer({ description: outcome.description });
    outcome.agree();
  }

  onAnswer(_call: Call, description: Description | null, status: number): void {
    if (this.#over || !this.#media.offering) return;
    if (status >= 300) {
      this.#media.refusedNext();
      return this.#retry(`the other side refused a new connection (${status})`);
    }
    const problem = this.#media.answeredNext(description);
    if (problem !== null) return this.#fail(488, problem);
    this.#followSeat(this.#seating.ready);
  }

  onEnded(_call: Call, end: CallEnd): void {
    if (this.#leaving !== null) return this.#finish(reason(0, this.#leaving));
    this.#finish(endReason(end));
  }

  /** NOTIFYs tell how a REFER fares; there is nothing else. */
  onRequest(call: Call, transaction: ServerTransaction): void {
    if (!this.#world.refers.takes(call, transaction)) reply(transaction, 405, { headers: [["Allow", CLIENT_ALLOW]] });
  }

  onTimer(kind: number): void {
    this.#timer = null;
    if (this.#over) return;
    if (kind === DRAINED) return this.#leave(this.#leaving ?? "");
    this.#reinvite();
  }

  // SideUser

  sessionOpen(session: MsrpSession | null): void {
    if (this.#over || this.#media.session !== session) return;
    this.#tries = 0;
    this.#opened = true;
    this.#owner.onOpen();
  }

  sessionClosed(session: MsrpSession | null, why: string): void {
    if (this.#over || session === null || this.#media.session !== session) return;
    if (this.#leaving !== null) return this.#leave(this.#leaving);
    this.#owner.onLost(why);
    this.#retry(why);
  }

  /** The relays have another place for us: the session moves there before the former one ends (RFC 4976 §5.1). */
  #followSeat(seat: Seat | null): void {
    if (this.#over || this.#leaving !== null || this.#media.offering || seat === null) return;
    if (!this.#media.stands || !this.#media.isElsewhere(seat)) return;
    // It ends first: what is under way belongs to one session at a time, and goes on in the next.
    this.#media.session?.close("the relays have another place for it");
    this.#timer?.stop();
    this.#timer = null;
    this.#reinvite();
  }

  #retry(why: string): void {
    if (this.#over || this.#leaving !== null) return;
    if (this.#tries >= (this.#opened ? RETRY_MS.length : 1)) return this.#fail(503, `the connection is lost: ${why}`);
    const wait = this.#media.active ? RETRY_MS[this.#tries] : PATIENCE_MS + RETRY_MS[this.#tries];
    this.#tries++;
    this.#timer?.stop();
    this.#timer = this.#world.timers.start(wait, this, RETRY);
  }

  #reinvite(): void {
    if (this.#over) return;
    this.#seating.when({ go: (seat) => this.#offerAgain(seat), otherwise: (problem) => this.#retry(problem) });
  }

  #offerAgain(seat: Seat): void {
    const call = this.#call;
    if (call === null || this.#media.offering || this.#leaving !== null) return;
    // Their offer may have brought a new session meanwhile.
    if (this.#media.stands) return;
    if (call.state !== "confirmed") return this.#retry("the call is not set up yet");
    const sdp = this.#media.offer(seat);
    if (typeof sdp === "string") return this.#fail(488, sdp);
    call.offer(describedBy(sdp), "INVITE");
  }

  /** Ends the call because of something that is wrong with it. */
  #fail(status: number, text: string): void {
    const call = this.#call;
    // First: what the call says of its end is only that we ended it.
    this.#finish(reason(status, text));
    call?.end(`SIP;cause=${status};text="${ascii(text)}"`);
  }

  #finish(why: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#media.close(why.text);
    this.#seating.leave();
    this.#owner.onOver(why);
  }
}
