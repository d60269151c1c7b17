import type { CallParts, Description, SipRequest, SipResponse } from "../../../transport/sip/mod.ts";
import {
  type BodyReading,
  ourSetup,
  readSessionBody,
  type SessionBody,
  setupAfterAnswer,
} from "../../session_media/mod.ts";
import type { AnchoredSession } from "./anchored_session.ts";
import { agreementOf, answerFrom, offerFrom } from "./negotiation.ts";

/** What the invitee's 2xx makes of the invitation. */
export type FirstAnswer =
  /** The inviter's 2xx. `stands` false: it carries an offer, whose answer is still to come in the ACK. */
  | { readonly parts: CallParts; readonly stands: boolean }
  /** Nothing can be made of it. */
  | { readonly unusable: Exclude<BodyReading["kind"], "session"> | "types" };

/** The first offer and answer of a session whose messages pass this box: with each party one (RFC 3264 §5, §6). */
export class FirstExchange {
  readonly #session: AnchoredSession;

  constructor(session: AnchoredSession) {
    this.#session = session;
  }

  /** The invitee has answered ours. */
  answered(theirs: Description, response: SipResponse): FirstAnswer {
    const reading = readSessionBody(theirs);
    if (reading.kind !== "session") return { unusable: reading.kind };
    const headers = headersFrom(response);
    return this.#session.plan.body === null
      ? this.#ask(reading.body, headers)
      : this.#settle(this.#session.plan.body, reading.body, headers);
  }

  /** The inviter's ACK, which carries its answer. False: it has none, or nothing in common with the invitee. */
  confirmed(ack: SipRequest): boolean {
    const { inviter, invitee } = this.#session;
    const reading = readSessionBody(
      ack.body.length === 0 ? null : { contentType: ack.get("Content-Type") ?? "", body: ack.body },
    );
    if (reading.kind !== "session" || !this.#agree(reading.body, invitee.theirs!)) return false;
    inviter.active = setupAfterAnswer(reading.body.media.setup) === "active";
    return true;
  }

  /** The invitee's answer is one to the inviter's offer. */
  #settle(offer: SessionBody, theirs: SessionBody, headers: CallParts["headers"]): FirstAnswer {
    const { inviter, negotiator } = this.#session;
    if (!this.#agree(offer, theirs)) return { unusable: "types" };
    inviter.active = ourSetup(offer.media.setup) === "active";
    inviter.ours = answerFrom(offer, theirs, inviter.own!, this.#session.agreed!, negotiator);
    return { parts: { description: inviter.ours.description, headers }, stands: true };
  }

  /** The inviter made no offer: it gets one, made from the invitee's answer to ours. */
  #ask(theirs: SessionBody, headers: CallParts["headers"]): FirstAnswer {
    const { inviter, invitee, plan, negotiator } = this.#session;
    const ours = offerFrom(theirs, inviter.own!, plan.kind, negotiator, false);
    if (ours === null) return { unusable: "types" };
    invitee.theirs = theirs;
    inviter.ours = ours;
    return { parts: { description: ours.description, headers }, stands: false };
  }

  #agree(inviter: SessionBody, invitee: SessionBody): boolean {
    const session = this.#session;
    const agreed = agreementOf(inviter.media, invitee.media, session.plan.kind, session.host.deps.settings);
    if (agreed === null) return false;
    session.agreed = agreed;
    session.inviter.theirs = inviter;
    session.invitee.theirs = invitee;
    return true;
  }
}

/** What the device says of how it answered (RFC 5373 §4.3.3), and of what it is about. */
export function headersFrom(response: SipResponse): readonly ["Answer-Mode" | "Subject", string][] {
  const headers: ["Answer-Mode" | "Subject", string][] = [];
  for (const name of ["Answer-Mode", "Subject"] as const) {
    const value = response.get(name);
    if (value !== undefined) headers.push([name, value]);
  }
  return headers;
}
