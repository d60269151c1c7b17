import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import { MsrpSession, type OutgoingMessage, type OutgoingUser } from "../../../transport/msrp/session/mod.ts";
import { bestRefusal, type CallRefusal } from "../../../transport/sip/mod.ts";
import type { CallUser, PeerOffer, ServerTransaction, SipResponse } from "../../../transport/sip/mod.ts";
import type { Exchange, Target } from "../../sip_core/mod.ts";
import {
  type Attempt,
  endPointOffer,
  InviteeLeg,
  LARGE_CONTACT,
  type LegUser,
  type OwnSide,
  ownSide,
  peerOf,
  readSessionBody,
  setupAfterAnswer,
  transportFor,
} from "../../session_media/mod.ts";
import type { PagerSettings } from "../pager_settings.ts";
import { refusal, SIZE_EXCEEDED } from "../warning.ts";
import { statusFor } from "./device_refusal.ts";
import { passInside } from "./inside_request.ts";
import { invitationHead } from "./invitation_head.ts";
import type { SessionDeps } from "./session_deps.ts";

export interface LargeDeliveryParts {
  readonly deps: SessionDeps;
  readonly node: MsrpNode;
  readonly pager: PagerSettings;
}

/** A device that answers like this takes no large messages at all. */
const TAKES_NONE: ReadonlySet<number> = new Set([405, 406, 415, 420, 488, 501, 606]);
const DONE = 'SIP;cause=200;text="message delivered"';

/**
 * One MESSAGE carried as a large message: INVITE to all devices, the message over MSRP to the first that takes it, BYE. The
 * sender has its 200 when the message is there, or the reason why it is not, within the time a MESSAGE may take.
 */
export class LargeDelivery implements LegUser, OutgoingUser, Timed {
  readonly #parts: LargeDeliveryParts;
  readonly #exchange: Exchange;
  readonly #targets: readonly Target[];
  readonly #sessions = new Map<OwnSide, MsrpSession>();
  readonly #declined: CallRefusal[] = [];
  #legs: readonly InviteeLeg[] = [];
  #taken: InviteeLeg | null = null;
  #direct = false;
  #timer: Timer | null = null;
  #over = false;

  constructor(parts: LargeDeliveryParts, exchange: Exchange, targets: readonly Target[]) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#targets = targets;
  }

  start(): void {
    const { deps, pager } = this.#parts;
    try {
      this.#legs = this.#makeLegs();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#fail(503, "No more MSRP sessions at present");
    }
    if (this.#legs.length === 0) return this.#fail(480, "No MSRP door for the recipient's devices");
    this.#timer = deps.services.timers.start(pager.answerWithin_ms, this, 0);
    for (const leg of this.#legs) if (!this.#over) leg.start();
  }

  onRinging(): void {}

  onTaken(leg: InviteeLeg, response: SipResponse): void {
    const reading = readSessionBody(leg.answerIn(response));
    if (this.#over || this.#taken !== null || reading.kind !== "session") {
      leg.call?.end();
      if (!this.#over && this.#taken === null) this.onDeclined(leg, 488, null);
      return;
    }
    this.#taken = leg;
    for (const other of this.#legs) other.cancel('SIP;cause=200;text="Call completed elsewhere"');
    const { media } = reading.body;
    const session = this.#sessions.get(leg.attempt.own!)!;
    this.#direct = media.path.length === 1;
    session.start(setupAfterAnswer(media.setup), peerOf(media));
    const { request } = this.#exchange;
    const sent = session.send({
      contentType: request.get("Content-Type")!,
      body: request.body.slice(),
      successReport: true,
      user: this,
    });
    if (sent === null) this.#fail(503, "Message could not be queued");
  }

  onDeclined(_leg: InviteeLeg, status: number, response: SipResponse | null): void {
    this.#declined.push({ status, response });
    // One that says no for the user as a whole says it for all (RFC 3261 §16.7 step 5).
    if (status >= 600) { for (const leg of this.#legs) leg.cancel(`SIP;cause=${status}`); }
    if (this.#over || this.#taken !== null || !this.#legs.every((leg) => leg.settled)) return;
    const best = bestRefusal(this.#declined)!;
    const told = statusFor(best.status);
    if (TAKES_NONE.has(best.status)) this.#tooLarge();
    else if (told === 480) this.#fail(480, "Recipient not reachable");
    else this.#fail(told, best.response?.reason ?? "Recipient refused");
  }

  onOffer(leg: InviteeLeg, offer: PeerOffer): void {
    // Nothing about one message on its way is to be changed.
    if (offer.description === null) offer.answer({ description: leg.attempt.description });
    else offer.refuse(488);
  }

  onAnswer(): void {}

  onRequest(_leg: InviteeLeg, transaction: ServerTransaction): void {
    passInside(transaction, null);
  }

  onLegEnded(leg: InviteeLeg): void {
    if (leg === this.#taken) this.#fail(480, "Recipient left before the message was there");
  }

  /** The next hop has it: the device itself, where no relay stands between. */
  onSent(): void {
    if (this.#direct) this.#done();
  }

  onDelivered(): void {
    this.#done();
  }

  onFailed(_message: OutgoingMessage, status: number): void {
    if (status === 413) this.#tooLarge();
    else this.#fail(status === 415 ? 415 : status === 403 ? 403 : 480, "Message was not taken");
  }

  onTimer(): void {
    this.#fail(480, "Recipient did not take the message in time");
  }

  #done(): void {
    if (!this.#end()) return;
    this.#exchange.reply(200);
  }

  #tooLarge(): void {
    if (!this.#end()) return;
    const more = `${this.#exchange.request.body.length} bytes sent, recipient's device takes no large messages`;
    this.#exchange.reply(413, refusal(this.#parts.deps.host, "Message too large", SIZE_EXCEEDED, more));
  }

  #fail(status: number, reason: string): void {
    if (!this.#end()) return;
    this.#exchange.reply(status, status === 503 ? { reason, headers: [["Retry-After", "10"]] } : { reason });
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#timer?.stop();
    for (const leg of this.#legs) leg.cancel("");
    const call = this.#taken?.call ?? null;
    if (call !== null && call.state !== "ended") call.end(DONE);
    for (const session of this.#sessions.values()) session.close("message delivered");
    return true;
  }

  #makeLegs(): InviteeLeg[] {
    const { deps } = this.#parts;
    const { services, calls, settings } = deps;
    const { request } = this.#exchange;
    const head = invitationHead(this.#exchange, services, this.#targets[0].binding !== null);
    const headers = [...head.headers];
    if (!request.has("Accept-Contact")) headers.push(["Accept-Contact", "*;+g.oma.sip-im.large-message"]);
    const byTransport = new Map<string, Attempt | null>();
    const legs: InviteeLeg[] = [];
    for (const target of this.#targets) {
      const transport = transportFor(target.binding?.transport ?? "tcp");
      let attempt = byTransport.get(transport);
      if (attempt === undefined) {
        attempt = this.#attempt(ownSide(deps.node, transport, deps.hostFor(target.flow)));
        byTransport.set(transport, attempt);
      }
      if (attempt === null) continue;
      const invite = (attempt: Attempt, user: CallUser) =>
        calls.invite({
          uri: target.uri,
          routes: target.routes,
          flowId: target.flow?.id ?? 0,
          from: head.from,
          to: head.to,
          headers,
          maxForwards: Math.max(0, (request.maxForwards < 0 ? 70 : request.maxForwards) - 1),
          description: attempt.description,
          contactParams: LARGE_CONTACT,
          sessionExpires: settings.sessionExpires_s,
        }, user);
      legs.push(new InviteeLeg(target, headers, attempt, null, invite, this));
    }
    return legs;
  }

  /** One message of one type, nothing back. */
  #attempt(own: OwnSide | null): Attempt | null {
    if (own === null) return null;
    const { deps, node } = this.#parts;
    const { services, ownFingerprint } = deps;
    const type = this.#exchange.request.get("Content-Type")!.split(";")[0].trim().toLowerCase();
    const ours = endPointOffer(own, {
      acceptTypes: [type],
      direction: "sendonly",
      fingerprint: ownFingerprint(),
    });
    const session = new MsrpSession({
      node,
      sessionId: own.sessionId,
      uri: own.uri,
      acceptTypes: [type],
      user: {
        // The session is for one message of ours.
        onMessage: () => 403,
        onClosed: (reason) => {
          if (this.#taken?.attempt.own === own) this.#fail(480, `MSRP session ended: ${printable(reason)}`);
        },
      },
      clock: services.clock,
      timers: services.timers,
    });
    this.#sessions.set(own, session);
    return { own, description: ours.description, ours };
  }
}

/** Words of others in a reason phrase. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}
