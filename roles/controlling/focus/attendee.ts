import { EMPTY, type Timed, type Timer } from "../../../foundation/mod.ts";
import {
  type Call,
  type CallEnd,
  type CallUser,
  type Description,
  descriptionOf,
  type PeerOffer,
  responseHead,
  type ServerTransaction,
  type SipRequest,
} from "../../../transport/sip/mod.ts";
import {
  IM_CONTACT,
  ourSetup,
  type OwnDescription,
  type OwnSide,
  peerOf,
  type SessionBody,
  setupAfterAnswer,
} from "../../session_media/mod.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import type { LeftBy } from "../room.ts";
import type { Attendance, Entrant, LiveRoom, Seat } from "../rooms/live_room.ts";
import type { FocusDeps } from "./focus_deps.ts";
import { isRefusal, notAcceptable, partsOf, reasonValue } from "./focus_refusals.ts";
import { takesInfo } from "./recording_commands.ts";
import { legFacts, onHold, readInside, roomAnswer, samePath } from "./room_media.ts";

/** Our Contact in dialogs of rooms (RFC 4579 §5.1, oma-reference §2.1). */
export const FOCUS_CONTACT = `;isfocus${IM_CONTACT}`;
const ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, INFO";

/** A device that broke off finds its place again at once; after that it is looked for every so often. */
const REJOIN_MS = 1;
const AGAIN_MS = 3_000;
const REJOIN = 1, GIVE_UP = 2;

const LOST = reasonValue(503, "MSRP connection lost");
const NO_ROOM = reasonValue(503, "No room for more MSRP sessions");
const UNUSABLE = reasonValue(488, "Answer not usable");

/** Whoever has all dialogs of rooms. */
export interface AttendeeHost {
  readonly deps: FocusDeps;
  came(attendee: Attendee): void;
  gone(attendee: Attendee): void;
  /** A REFER in the dialog of a device in the room. */
  referred(attendee: Attendee, call: Call, transaction: ServerTransaction): void;
}

/** What a session in a room has been agreed on. */
export interface Agreed {
  readonly own: OwnSide;
  readonly ours: OwnDescription;
  readonly theirs: SessionBody;
  readonly setup: "active" | "passive";
}

/** One device in a room, or somebody on the way in: its dialog, for as long as that stands. */
export class Attendee implements CallUser, Attendance, Timed {
  readonly room: LiveRoom;
  readonly entrant: Entrant;
  /** While it is being invited: calls that off. */
  callOff: ((reason: string) => void) | null = null;
  readonly #host: AttendeeHost;
  #seat: Seat | null = null;
  #call: Call | null = null;
  #agreed: Agreed | null = null;
  /** We have offered, and the answer comes with the ACK. */
  #offered: Omit<Agreed, "theirs" | "setup"> | null = null;
  /** An offer of ours in a 200 to a re-INVITE waits for its answer. */
  #reoffered = false;
  #held = false;
  /** The media is gone, and the device may come again until the timer ends it. */
  #missing = false;
  #rejoin: Timer | null = null;
  #giveUp: Timer | null = null;
  #over = false;

  constructor(host: AttendeeHost, room: LiveRoom, entrant: Entrant) {
    this.#host = host;
    this.room = room;
    this.entrant = entrant;
  }

  get over(): boolean {
    return this.#over;
  }

  get seat(): Seat | null {
    return this.#seat;
  }

  /** Takes a seat; or says why there is none. */
  sit(): RoomRefusal | null {
    const seat = this.room.seat(this.entrant, this);
    if (isRefusal(seat)) {
      this.#over = true;
      return seat;
    }
    this.#seat = seat;
    // Who was dismissed while it sat down has left already.
    if (this.#over) seat.leave("failed");
    else this.#host.came(this);
    return null;
  }

  /** What both sides have described holds. False, and nothing has changed: there is no room for one more MSRP session. */
  stand(call: Call, agreed: Agreed): boolean {
    if (this.#over) return false;
    this.#agreed = agreed;
    if (!this.#bind()) return false;
    this.#call = call;
    this.callOff = null;
    if (onHold(agreed.theirs.media)) this.#hold(true);
    return true;
  }

  /** The 2xx that goes out holds an offer of ours; the answer comes with the ACK. */
  offer(call: Call, own: OwnSide, ours: OwnDescription): void {
    this.#call = call;
    this.#offered = { own, ours };
  }

  /** The messages may flow; behind whatever told the device so. */
  open(): void {
    const { seat } = this, agreed = this.#agreed;
    if (!this.#over && agreed !== null) seat?.leg?.start(agreed.setup, peerOf(agreed.theirs.media));
  }

  /** It came to nothing: nobody need be told but the room. */
  fail(how: LeftBy): void {
    this.#end("", how);
  }

  /** Ends the dialog, whatever state it is in. `reason`: a Reason value (RFC 3326). */
  end(reason: string, how: LeftBy | "absent"): void {
    this.#end(reason, how);
  }

  // The room.

  onMediaClosed(why: "slow" | "lost" | "closed", reason: string): void {
    if (this.#over) return;
    // What it has not had yet waits for it, should it come again.
    if (why === "slow") return this.#end(reasonValue(480, reason || "too slow for this room"), "absent");
    if (!this.#missing) {
      this.#missing = true;
      const { settings, services: { timers } } = this.#host.deps;
      this.#giveUp = timers.start(settings.reconnectWithin_s * 1000, this, GIVE_UP);
      this.#later(REJOIN_MS);
    } else this.#later(AGAIN_MS);
  }

  onDismissed(reason: string): void {
    this.#end(/^SIP\s*;/i.test(reason) ? reason : reasonValue(200, reason), "booted");
  }

  // Its call.

  onCancelled(): void {
    this.#end("", "departed");
  }

  onConfirmed(call: Call, ack: SipRequest): void {
    const offered = this.#offered;
    if (offered === null || this.#over) return;
    this.#offered = null;
    const theirs = readInside(descriptionOf(ack));
    if (isRefusal(theirs)) return this.#end(UNUSABLE, "failed");
    if (this.stand(call, { ...offered, theirs, setup: setupAfterAnswer(theirs.media.setup) })) this.open();
    else this.#end(NO_ROOM, "failed");
  }

  onOffer(_call: Call, offer: PeerOffer): void {
    const agreed = this.#agreed;
    if (this.#over || agreed === null) return offer.refuse(491);
    if (offer.description === null) {
      this.#reoffered = true;
      return offer.answer({ description: agreed.ours.description });
    }
    const theirs = readInside(offer.description);
    const { deps } = this.#host;
    if (isRefusal(theirs)) return offer.refuse(theirs.status, partsOf(theirs, deps.host));
    const held = onHold(theirs.media);
    if (held && this.#leg?.hold === undefined) {
      const refusal = notAcceptable(399, "A room cannot be held; leave it, and come again");
      return offer.refuse(488, partsOf(refusal, deps.host));
    }
    const ours = roomAnswer(deps, this.room.terms, theirs, agreed.own, agreed.ours);
    this.#renew({ own: agreed.own, ours, theirs, setup: ourSetup(theirs.media.setup) }, held, () => {
      offer.answer({ description: ours.description });
    });
  }

  /** The answer to what a re-INVITE without an offer asked us for. */
  onAnswer(_call: Call, description: Description | null, status: number): void {
    const agreed = this.#agreed;
    if (!this.#reoffered || this.#over || agreed === null) return;
    this.#reoffered = false;
    if (status >= 300) return;
    const theirs = readInside(description);
    if (isRefusal(theirs)) return this.#end(UNUSABLE, "absent");
    const held = onHold(theirs.media) && this.#leg?.hold !== undefined;
    this.#renew({ ...agreed, theirs, setup: setupAfterAnswer(theirs.media.setup) }, held, () => {});
  }

  onRequest(call: Call, transaction: ServerTransaction): void {
    const { request } = transaction;
    const { deps } = this.#host;
    if (deps.refers.takes(call, transaction) || takesInfo(deps, this.room.uri, this.entrant.aor, transaction)) return;
    if (request.method === "REFER" && !this.#over) return this.#host.referred(this, call, transaction);
    transaction.respond(405, responseHead(request, 405, { headers: [["Allow", ALLOW]] }), EMPTY);
  }

  onEnded(_call: Call, { by }: CallEnd): void {
    // Who says goodbye has left; who is merely no longer heard of may come again.
    this.#end("", by === "peer" ? "departed" : by === "no-ack" ? "failed" : "absent");
  }

  onTimer(kind: number): void {
    if (this.#over) return;
    if (kind === REJOIN) {
      this.#rejoin = null;
      if (!this.#missing) return;
      if (this.#bind()) return this.open();
      return this.#end(NO_ROOM, "absent");
    }
    this.#giveUp = null;
    if (this.#leg?.open === true) this.#found();
    else this.#end(LOST, "absent");
  }

  get #leg() {
    return this.#seat?.leg ?? null;
  }

  /** Our side of the media is made, anew where it was before. */
  #bind(): boolean {
    const { own, theirs } = this.#agreed!;
    try {
      this.#seat!.join(legFacts(own, theirs.media));
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
  }

  /** Something else holds from now on; `told` tells the device. */
  #renew(agreed: Agreed, held: boolean, told: () => void): void {
    const before = this.#agreed!;
    this.#agreed = agreed;
    const moved = !samePath(before.theirs.media, agreed.theirs.media);
    // Who comes by SIP has no need to be waited for at the old place.
    const unbound = this.#missing && this.#leg?.open !== true;
    if (unbound) {
      this.#rejoin?.stop();
      this.#rejoin = null;
      if (!this.#bind()) {
        told();
        return this.#end(NO_ROOM, "absent");
      }
    }
    told();
    if (this.#over) return;
    if (held !== this.#held || unbound) this.#hold(held);
    if (moved || unbound) this.open();
  }

  #hold(held: boolean): void {
    this.#held = held;
    this.#leg?.hold?.(held);
  }

  #found(): void {
    this.#missing = false;
    this.#rejoin?.stop();
    this.#rejoin = null;
  }

  #later(delay_ms: number): void {
    this.#rejoin ??= this.#host.deps.services.timers.start(delay_ms, this, REJOIN);
  }

  #end(reason: string, how: LeftBy | "absent"): void {
    if (this.#over) return;
    this.#over = true;
    this.#rejoin?.stop();
    this.#giveUp?.stop();
    this.#rejoin = this.#giveUp = null;
    const call = this.#call, { callOff } = this;
    this.callOff = null;
    this.#seat?.leg?.close("session over");
    this.#seat?.leave(how);
    this.#host.gone(this);
    if (call !== null && call.state !== "ended") call.end(reason);
    callOff?.(reason);
  }
}
