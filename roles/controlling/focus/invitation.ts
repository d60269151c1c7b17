import type { BodyPart } from "../../../transport/payload/mod.ts";
import type {
  CallEnd,
  CallUser,
  Description,
  PeerOffer,
  ServerTransaction,
  SipResponse,
} from "../../../transport/sip/mod.ts";
import type { GrowingSession } from "../../participating/mod.ts";
import {
  type Attempt,
  type Attempts,
  DeviceFork,
  endPointOffer,
  type ForkOwner,
  InviteeLeg,
  type LegUser,
  ownSide,
  setupAfterAnswer,
  transportFor,
} from "../../session_media/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import type { LeftBy } from "../room.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import type { Entrant, LiveRoom } from "../rooms/live_room.ts";
import type { Person } from "./addresses.ts";
import { Attendee, type AttendeeHost, FOCUS_CONTACT } from "./attendee.ts";
import { isDevice } from "./device_address.ts";
import { isRefusal, reasonValue } from "./focus_refusals.ts";
import { invitationHead, withHistory } from "./invitation_head.ts";
import { askBoth, subscriberOf, targetsFor, unavailable } from "./invitee_rules.ts";
import type { OfferedSessions } from "./offered_sessions.ts";
import { infoHeaders } from "./recording_commands.ts";
import { readInside, roomFacts } from "./room_media.ts";
import { userPart } from "./user_part.ts";

/** Who is asked into which room, and by whom. */
export interface InvitationPlan {
  readonly room: LiveRoom;
  readonly by: Entrant;
  readonly person: Person;
  /** Friendly name, "" for none; in nobody's roster; unnamed. */
  readonly name: string;
  readonly hidden: boolean;
  readonly anonymous: boolean;
  /** Who else was asked, for them to see; null: nothing is said of it. */
  readonly history: BodyPart | null;
  /** The chat of two that this takes the place of; null for none. */
  readonly growing: GrowingSession | null;
  /** The outcome, once: 200, or why not. Progress before: 180. */
  readonly told: (status: number) => void;
}

export interface InvitationHost extends AttendeeHost {
  /** MSRP sessions of ours that devices have been told of and that nobody has taken yet. */
  readonly offered: OfferedSessions;
}

const UNUSABLE = 488;
/** No door of ours that the device could come to. */
const NO_DOOR = 488;
/** By these a device says that it cannot take the place of another dialog, or has none such (RFC 3891 §3). */
const NO_REPLACEMENT: ReadonlySet<number> = new Set([420, 481]);
const CALLED_OFF = reasonValue(200, "Invitation called off");

/** Somebody is asked into a room: their rules, then all their devices at once; the first that takes it has it. */
export class Invitation implements LegUser, ForkOwner {
  readonly plan: InvitationPlan;
  readonly attendee: Attendee;
  readonly #host: InvitationHost;
  readonly #settled: (invitation: Invitation) => void;
  #fork = new DeviceFork(this);
  #growing: GrowingSession | null;
  #offers: string[] = [];
  #state: "waiting" | "asking" | "ringing" | "over" = "waiting";

  /** `settled`: it has its outcome; somebody else's turn. */
  constructor(host: InvitationHost, plan: InvitationPlan, settled: (invitation: Invitation) => void) {
    this.#host = host;
    this.plan = plan;
    this.#settled = settled;
    this.#growing = plan.growing;
    const user = subscriberOf(host.deps, plan.person);
    const entrant: Entrant = {
      aor: user?.aor ?? plan.person.aor,
      number: plan.person.number,
      anonymous: plan.anonymous,
      name: plan.name || user?.displayName || "",
      how: "dialed-out",
      hidden: plan.hidden,
    };
    this.attendee = new Attendee(host, plan.room, entrant);
    this.attendee.callOff = (reason) => this.#settle(487, reason);
  }

  get ringing(): boolean {
    return this.#state === "ringing";
  }

  /** Takes the seat, so that everybody sees that they are being asked; or says at once why they are not. */
  enter(): RoomRefusal | null {
    const { room, person } = this.plan;
    if (room.ended) return { status: 404, reason: "This session is over", warning: "" };
    const status = unavailable(this.#host.deps, person, subscriberOf(this.#host.deps, person));
    if (status === 404) return { status, reason: "No such user", warning: "" };
    return this.attendee.sit();
  }

  /** Its turn has come. */
  start(): void {
    if (this.#state !== "waiting") return;
    const { deps } = this.#host, { person, by } = this.plan;
    const status = unavailable(deps, person, subscriberOf(deps, person));
    if (status !== 0) return this.#settle(status);
    this.#state = "asking";
    isDevice(deps, person, (device) =>
      this.#asked(() => {
        if (device) return this.#settle(403);
        askBoth(deps, by, this.attendee.entrant, (refused) =>
          this.#asked(() => {
            if (refused !== 0) this.#settle(refused);
            else this.#ring();
          }));
      }));
  }

  /** An answer that was waited for. Whatever goes wrong behind it, the invitation does not stay. */
  #asked(then: () => void): void {
    if (this.#state !== "asking") return;
    try {
      then();
    } catch (error) {
      this.#host.deps.services.log.error("invitation failed", {
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      this.#settle(500);
    }
  }

  /** Nobody is wanted any more. */
  cancel(reason = CALLED_OFF): void {
    this.#settle(487, reason);
  }

  // The devices.

  onRinging(_leg: InviteeLeg, response: SipResponse): void {
    if (!this.ringing || !this.#fork.isNews(response) || response.status !== 180) return;
    this.attendee.seat?.says("alerting");
    this.plan.told(180);
  }

  onTaken(leg: InviteeLeg, response: SipResponse): void {
    if (!this.ringing) return this.#fork.refuse(leg);
    const theirs = readInside(leg.answerIn(response));
    const { own, ours } = leg.attempt, { call } = leg;
    if (isRefusal(theirs) || own === null || ours === null || call === null) return this.#letGo(leg, UNUSABLE);
    // What the device says from now on is said to the room.
    call.user = this.attendee;
    if (!this.attendee.stand(call, { own, ours, theirs, setup: setupAfterAnswer(theirs.media.setup) })) {
      call.user = leg;
      return this.#letGo(leg, 503);
    }
    this.#fork.take(leg);
    this.#over();
    this.attendee.open();
    this.#growing?.end();
    this.plan.told(200);
    this.#settled(this);
  }

  onDeclined(_leg: InviteeLeg, status: number, response: SipResponse | null): void {
    this.#fork.decline(status, response);
    if (this.ringing && this.#fork.declined) this.#declined();
  }

  onUnanswered(): void {
    if (this.ringing) this.#settle(408);
  }

  onOffer(_leg: InviteeLeg, offer: PeerOffer): void {
    offer.refuse(491);
  }

  onAnswer(_leg: InviteeLeg, _description: Description | null, _status: number): void {}

  onRequest(leg: InviteeLeg, transaction: ServerTransaction): void {
    if (leg.call !== null) this.attendee.onRequest(leg.call, transaction);
  }

  onLegEnded(_leg: InviteeLeg, _end: CallEnd): void {}

  #ring(): void {
    const { room } = this.plan;
    if (room.ended || this.attendee.over) return this.#settle(487);
    this.#state = "ringing";
    const legs = this.#legs();
    if (legs.length === 0) return this.#declined();
    this.attendee.seat!.says("dialing-out");
    const { services, settings } = this.#host.deps;
    this.#fork.start(legs, services.timers, settings.answerWithin_s * 1000);
  }

  #letGo(leg: InviteeLeg, status: number): void {
    leg.call?.end(reasonValue(status, "Answer not usable"));
    this.onDeclined(leg, status, null);
  }

  #declined(): void {
    const best = this.#fork.best?.status ?? 480;
    if (this.#growing !== null && NO_REPLACEMENT.has(best)) {
      // It is asked plainly; its old session goes on until it has taken this.
      this.#growing = null;
      this.#fork.stop();
      this.#fork = new DeviceFork(this);
      return this.#ring();
    }
    this.#settle(best);
  }

  #settle(status: number, reason = ""): void {
    if (this.#state === "over") return;
    this.#over(reason);
    this.attendee.fail(leftBy(status));
    this.plan.told(status);
    this.#settled(this);
  }

  #over(reason = ""): void {
    const rang = this.#state === "ringing";
    this.#state = "over";
    this.attendee.callOff = null;
    if (rang) this.#fork.stop(reason);
    for (const id of this.#offers) this.#host.offered.settle(id);
    this.#offers = [];
  }

  #legs(): InviteeLeg[] {
    const { deps } = this.#host, { person } = this.plan;
    const user = subscriberOf(deps, person);
    const attempts = new Map<string, Attempt | null>();
    const legs: InviteeLeg[] = [];
    for (const target of targetsFor(deps, person, user)) {
      // As it came over: TLS for a device that came over TLS, WebSocket for a browser; to another domain as securely as can be.
      const wanted = target.binding === null ? "tls" : transportFor(target.binding.transport);
      const host = deps.hostFor(target.flow);
      const key = `${wanted} ${host}`;
      let attempt = attempts.get(key);
      if (attempt === undefined) {
        attempt = this.#attempt(wanted, host);
        attempts.set(key, attempt);
      }
      if (attempt === null) this.#fork.decline(NO_DOOR, null);
      else legs.push(this.#leg(target, attempt));
    }
    return legs;
  }

  #attempt(wanted: ReturnType<typeof transportFor>, host: string): Attempt | null {
    const { deps, offered } = this.#host;
    const own = ownSide(deps.node, wanted, host) ?? ownSide(deps.node, wanted === "tls" ? "tcp" : "tls", host);
    if (own === null) return null;
    const ours = endPointOffer(own, roomFacts(deps, this.plan.room.terms, "sendrecv"));
    offered.add(own.sessionId);
    this.#offers.push(own.sessionId);
    return { own, ours, description: withHistory(ours.description, this.plan.history) };
  }

  #leg(target: Target, attempt: Attempt): InviteeLeg {
    const { deps } = this.#host, { room, by, person } = this.plan;
    const trusted = target.binding !== null;
    const { from, to, headers: said } = invitationHead(room, by, person, trusted, this.#growing);
    const headers = [...said, ...infoHeaders(deps, person.aor)];
    const invite = ({ description }: Attempt, user: CallUser) =>
      deps.calls.invite({
        uri: target.uri,
        routes: target.routes,
        flowId: target.flow?.id ?? 0,
        from,
        to,
        headers,
        description,
        contact: userPart(room),
        contactParams: FOCUS_CONTACT,
        sessionExpires: deps.settings.sessionExpires_s,
      }, user);
    return new InviteeLeg(target, headers, attempt, this.#otherWay(target, attempt), invite, this);
  }

  /** For another domain that cannot have it over TLS: over plain TCP. A device is asked as it came. */
  #otherWay(target: Target, { own }: Attempt): Attempts | null {
    if (target.binding !== null || own?.secure !== true) return null;
    let left = true;
    return {
      next: () => {
        const attempt = left ? this.#attempt("tcp", this.#host.deps.hostFor(target.flow)) : null;
        left = false;
        return attempt;
      },
    };
  }
}

/** What the roster says of somebody who did not come (RFC 4575 §5.7.5). */
function leftBy(status: number): LeftBy {
  return status === 486 || status === 600 ? "busy" : "failed";
}
