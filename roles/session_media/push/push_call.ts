import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import { type IncomingMessage, MsrpSession, type SessionLimits } from "../../../transport/msrp/session/mod.ts";
import type { Fingerprint, MsrpMedia } from "../../../transport/payload/mod.ts";
import { responseHead } from "../../../transport/sip/mod.ts";
import type {
  Calls,
  CallUser,
  Flow,
  HeaderName,
  PeerOffer,
  ServerTransaction,
  SipResponse,
} from "../../../transport/sip/mod.ts";
import { EMPTY } from "../../../foundation/mod.ts";
import type { Contents } from "../../../storage/mod.ts";
import type { CoreServices, Target } from "../../sip_core/mod.ts";
import { DeviceFork, type ForkOwner } from "../device_fork.ts";
import { type EndPointFacts, endPointOffer, peerOf, setupAfterAnswer } from "../end_point.ts";
import { type Attempt, InviteeLeg, type LegUser } from "../invitee_leg.ts";
import { type OwnSide, ownSide, transportFor } from "../own_side.ts";
import { readSessionBody } from "../session_body.ts";
import { IM_CONTACT, LARGE_CONTACT } from "../session_kind.ts";
import type { PushLoad } from "./push_load.ts";

/** Times of pushes by session; live. */
export interface PushSettings {
  /** How long devices may take to answer the INVITE that brings messages. */
  readonly answerWithin_s: number;
  /** The same for a file, which people are asked about as a rule. */
  readonly fileAnswerWithin_s: number;
  /** Session timer asked for (RFC 4028); 0: none. */
  readonly sessionExpires_s: number;
}

export const DEFAULT_PUSH_SETTINGS: PushSettings = {
  answerWithin_s: 30,
  fileAnswerWithin_s: 120,
  sessionExpires_s: 1800,
};

/** What pushes by MSRP session stand on. */
export interface PushDeps {
  readonly services: CoreServices;
  readonly calls: Calls;
  readonly node: MsrpNode;
  readonly contents: Pick<Contents, "read">;
  /** Live: read at each use. */
  readonly settings: PushSettings;
  /** One for all of them; absent: each is as if alone. */
  readonly load?: PushLoad;
  /** Fingerprint of our MSRP certificate where no public authority signed it; null: not said. */
  readonly ownFingerprint: () => Fingerprint | null;
  /** The name a party used to reach us, for our URI in its path; "" for that of the door. Null flow: not known yet. */
  readonly hostFor: (flow: Flow | null) => string;
}

/** In whose name an invitation goes out, and to whom. Header values; From and To without tags. */
export interface PushAddresses {
  readonly from: string;
  readonly to: string;
  /** P-Asserted-Identity; "" for none (toward a domain that is not trusted, or from a sender who hides). */
  readonly asserted: string;
  /** A room sends it: `isfocus` in our Contact (RFC 4579 §5.1). */
  readonly focus?: boolean;
  /** In Large Message Mode: one message, then BYE. */
  readonly large?: boolean;
  /** Further headers of the INVITE. */
  readonly headers?: readonly (readonly [HeaderName, string])[];
}

/** What a target said to the invitation: a status; 0 where it has not answered in time. */
export interface PushOutcome {
  readonly target: Target;
  readonly status: number;
}

/** The session that a device took. */
export interface PushSession {
  readonly target: Target;
  readonly session: MsrpSession;
  /** As the device described it. */
  readonly media: MsrpMedia;
  /** No relay and no other server stands between: the answer of the next hop is that of the device. */
  readonly direct: boolean;
  readonly callId: string;
}

/** What a push is for. Every method returns at once. */
export interface PushCallUser {
  /** What our offer says; the fingerprint is put in here. */
  readonly facts: Omit<EndPointFacts, "fingerprint">;
  readonly limits: Partial<SessionLimits>;
  readonly answerWithin_s: number;
  /** 0: what the device described will do; else the status that it counts as having answered. */
  unfit(media: MsrpMedia): number;
  /** A device has it; what is sent leaves as soon as both ends are bound. */
  onUp(up: PushSession): void;
  onMessage(message: IncomingMessage): number;
  /** No device took it. */
  onUntaken(outcomes: readonly PushOutcome[]): void;
  /** The session that stood is over, and not by us. */
  onDown(why: string): void;
}

/** What carries a push: it calls `onUp` once the session stands. */
export interface PushCarrier {
  /** Once. Its outcome may come inside the call. */
  start(targets: readonly Target[]): void;
  /** Ends it; its user hears nothing more. `reason`: a Reason value (RFC 3326). */
  end(reason: string): void;
}

/** Bodies in descriptions that were not what they should be. */
const UNUSABLE = 488;
/** No door of ours that the device could come to; no room for more sessions. */
const NO_DOOR = 488;
const NO_ROOM = 503;
/** The only way to it is gone (RFC 5626 §5.3.1). */
const NO_FLOW = 430;

/** An invitation of the box's own to several targets, with an MSRP session behind it: the first that takes it has it. */
export class PushCall implements LegUser, ForkOwner {
  readonly #deps: PushDeps;
  readonly #addresses: PushAddresses;
  readonly #user: PushCallUser;
  readonly #fork = new DeviceFork(this);
  /** One for each way that devices were told of. */
  readonly #sessions = new Map<OwnSide, MsrpSession>();
  readonly #outcomes = new Map<Target, number>();
  #targets: readonly Target[] = [];
  #state: "ringing" | "up" | "over" = "ringing";
  /** Of the device that took it, as it described itself. */
  #path = "";

  constructor(deps: PushDeps, addresses: PushAddresses, user: PushCallUser) {
    this.#deps = deps;
    this.#addresses = addresses;
    this.#user = user;
  }

  get ringing(): boolean {
    return this.#state === "ringing";
  }

  /** Its outcome may come inside the call. */
  start(targets: readonly Target[]): void {
    this.#targets = targets;
    const legs = this.#legs();
    if (legs.length === 0) return this.#untaken();
    this.#fork.start(legs, this.#deps.services.timers, this.#user.answerWithin_s * 1000);
  }

  /** Ends it, whatever state it is in; its user hears nothing more. `reason`: a Reason value (RFC 3326). */
  end(reason: string): void {
    if (this.#state === "over") return;
    const call = this.#fork.taken?.call ?? null;
    this.#over(reason);
    if (call !== null && call.state !== "ended") call.end(reason);
  }

  // DeviceFork's owner.

  onUnanswered(): void {
    if (this.ringing) this.#untaken();
  }

  // The legs.

  onRinging(): void {}

  onTaken(leg: InviteeLeg, response: SipResponse): void {
    if (!this.ringing) return this.#fork.refuse(leg);
    const reading = readSessionBody(leg.answerIn(response));
    const unfit = reading.kind === "session" ? this.#user.unfit(reading.body.media) : UNUSABLE;
    if (reading.kind !== "session" || unfit !== 0) {
      leg.call?.end(`SIP;cause=${unfit};text="Answer not usable"`);
      return this.onDeclined(leg, unfit, null);
    }
    const { media } = reading.body;
    const own = leg.attempt.own!;
    const session = this.#sessions.get(own)!;
    this.#state = "up";
    this.#path = media.path.join(" ");
    this.#fork.take(leg);
    for (const [side, other] of this.#sessions) if (side !== own) other.close("another device took it");
    this.#user.onUp({
      target: leg.target,
      session,
      media,
      // Another domain's server is in the path of its users' sessions without being seen there: its 200 says nothing of the device.
      direct: leg.target.binding !== null && media.path.length === 1,
      callId: leg.call?.dialog?.callId ?? "",
    });
    // Behind it: whoever has connected early may break off inside of this.
    if (this.#isUp) session.start(setupAfterAnswer(media.setup), peerOf(media));
  }

  get #isUp(): boolean {
    return this.#state === "up";
  }

  onDeclined(leg: InviteeLeg, status: number, response: SipResponse | null): void {
    this.#outcomes.set(leg.target, status);
    this.#fork.decline(status, response);
    if (this.ringing && this.#fork.declined) this.#untaken();
  }

  onOffer(leg: InviteeLeg, offer: PeerOffer): void {
    // A session timer's refresh, or a question for our offer: what stands goes on. Nothing else is to be changed.
    const reading = offer.description === null ? null : readSessionBody(offer.description);
    const refresh = reading === null ||
      (reading.kind === "session" && reading.body.media.path.join(" ") === this.#path);
    if (refresh) offer.answer({ description: leg.attempt.description });
    else offer.refuse(488);
  }

  onAnswer(): void {}

  onRequest(_leg: InviteeLeg, transaction: ServerTransaction): void {
    const head = responseHead(transaction.request, 405, { headers: [["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"]] });
    transaction.respond(405, head, EMPTY);
  }

  onLegEnded(leg: InviteeLeg): void {
    if (leg === this.#fork.taken) this.#down("the device left");
  }

  #down(why: string): void {
    if (this.#state !== "up") return;
    this.end(`SIP;cause=480;text="${printable(why)}"`);
    this.#user.onDown(why);
  }

  #untaken(): void {
    const outcomes = this.#targets.map((target) => ({ target, status: this.#outcomes.get(target) ?? 0 }));
    this.#over("");
    this.#user.onUntaken(outcomes);
  }

  #over(reason: string): void {
    this.#state = "over";
    this.#fork.stop(reason);
    for (const session of this.#sessions.values()) session.close("done");
  }

  #legs(): InviteeLeg[] {
    const attempts = new Map<string, Attempt | number>();
    const legs: InviteeLeg[] = [];
    for (const target of this.#targets) {
      if (target.dead) {
        this.#outcomes.set(target, NO_FLOW);
        continue;
      }
      const { node, hostFor } = this.#deps;
      // As it came over: TLS for a device that came over TLS, WebSocket for a browser; to another domain as securely as can be.
      const wanted = target.binding === null ? "tls" : transportFor(target.binding.transport);
      const host = hostFor(target.flow);
      const key = `${wanted} ${host}`;
      let attempt = attempts.get(key);
      if (attempt === undefined) {
        const own = ownSide(node, wanted, host) ?? ownSide(node, wanted === "tls" ? "tcp" : "tls", host);
        attempt = own === null ? NO_DOOR : this.#attempt(own) ?? NO_ROOM;
        attempts.set(key, attempt);
      }
      if (typeof attempt === "number") this.#outcomes.set(target, attempt);
      else legs.push(this.#leg(target, attempt));
    }
    return legs;
  }

  #leg(target: Target, attempt: Attempt): InviteeLeg {
    const { calls, settings } = this.#deps;
    const { from, to, asserted, large = false, focus = false, headers = [] } = this.#addresses;
    const all: (readonly [HeaderName, string])[] = [...headers, ["Accept-Contact", `*${IM_CONTACT}`]];
    if (asserted !== "") all.push(["P-Asserted-Identity", asserted]);
    const invite = ({ description }: Attempt, user: CallUser) =>
      calls.invite({
        uri: target.uri,
        routes: target.routes,
        flowId: target.flow?.id ?? 0,
        from,
        to,
        headers: all,
        description,
        contactParams: `${focus ? ";isfocus" : ""}${large ? LARGE_CONTACT : IM_CONTACT}`,
        sessionExpires: settings.sessionExpires_s,
      }, user);
    return new InviteeLeg(target, all, attempt, null, invite, this);
  }

  /** Null where the MSRP node has no room for more. */
  #attempt(own: OwnSide): Attempt | null {
    const { node, services, ownFingerprint } = this.#deps;
    const { facts, limits } = this.#user;
    // Who receives nothing bounds nothing: what is taken there is up to their side alone.
    const direction = this.#addresses.large === true ? "sendonly" : facts.direction;
    const ours = endPointOffer(own, { ...facts, direction, fingerprint: ownFingerprint() });
    try {
      const session = new MsrpSession({
        node,
        sessionId: own.sessionId,
        uri: own.uri,
        acceptTypes: facts.acceptTypes,
        user: {
          onMessage: (message) => this.#state === "up" ? this.#user.onMessage(message) : 481,
          onClosed: (reason) => {
            if (this.#fork.taken?.attempt.own === own) this.#down(reason);
          },
        },
        clock: services.clock,
        timers: services.timers,
        limits,
      });
      this.#sessions.set(own, session);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
    return { own, description: ours.description, ours };
  }
}

/** Words of others in a header of ours. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 80);
}
