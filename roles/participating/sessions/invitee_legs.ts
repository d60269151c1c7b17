import type { CallUser } from "../../../transport/sip/mod.ts";
import { replacesValue } from "../../../transport/sip/mod.ts";
import type { MsrpTransport } from "../../../transport/msrp/mod.ts";
import type { Dialog, HeaderName } from "../../../transport/sip/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import {
  type Attempt,
  type Attempts,
  contactParams,
  InviteeLeg,
  type OwnSide,
  ownSide,
  transportFor,
} from "../../session_media/mod.ts";
import { focusContact } from "./focus_contact.ts";
import { answerModeHeaders } from "./answer_mode.ts";
import type { AnchoredSession } from "./anchored_session.ts";
import { invitationHead } from "./invitation_head.ts";
import { offerFrom, ownOffer } from "./negotiation.ts";

/** Whom an invitation goes to, and with what beside it. */
export interface Invited {
  readonly targets: readonly Target[];
  /** The recipient's rules let this sender override manual answer. */
  readonly overrides: boolean;
  /** The dialog of the invitee that this session takes the place of (RFC 3891); null for a new one. */
  readonly replaces: Dialog | null;
}

/** The legs of a session: each device is asked in the way it can be had, and in other ways where it refuses the description. */
export function inviteeLegs(session: AnchoredSession, { targets, overrides, replaces }: Invited): InviteeLeg[] {
  const { plan, host: { deps } } = session;
  const { kind } = plan;
  const exchange = session.exchange!;
  const { settings, calls, services, published } = deps;
  const hops = exchange.request.maxForwards < 0 ? 70 : exchange.request.maxForwards;
  const toUser = targets.length > 0 && targets[0].binding !== null;
  const head = invitationHead(exchange, services, toUser);
  const sides: { readonly transport: MsrpTransport; readonly host: string; readonly own: OwnSide | null }[] = [];
  const side = (transport: MsrpTransport, host: string): OwnSide | null => {
    const known = sides.find((each) => each.transport === transport && each.host === host);
    if (known !== undefined) return known.own;
    // At the same doors as the inviter's: a connection cannot move to others.
    const own = ownSide(plan.own!.doors, transport, host);
    sides.push({ transport, host, own });
    return own;
  };
  const legs: InviteeLeg[] = [];
  for (const target of targets) {
    const attempts = plan.anchored ? new AnchoredAttempts(session, target, side) : null;
    const first = attempts === null ? passedAttempt(session) : attempts.next();
    if (first === null) continue;
    const settingsOfDevice = target.binding === null || published === null
      ? null
      : published.device(target.aor, target.binding.instance);
    const mayOverride = overrides || settingsOfDevice?.manualOverride === true;
    const modes = answerModeHeaders(exchange.request, settingsOfDevice?.answerMode ?? null, mayOverride);
    const headers: (readonly [HeaderName, string])[] = [...head.headers, ...modes, ...session.infoHeaders];
    if (replaces !== null) headers.push(["Replaces", replacesValue(replaces)], ["Require", "replaces"]);
    const invite = (attempt: Attempt, user: CallUser) =>
      calls.invite({
        uri: target.uri,
        routes: target.routes,
        flowId: target.flow?.id ?? 0,
        from: head.from,
        to: head.to,
        headers,
        // RFC 7332 §4: what comes round to us again must come to an end.
        maxForwards: Math.max(0, hops - 1),
        description: attempt.description,
        ...focusContact(session.inviter.call, kind) ?? { contactParams: contactParams(kind) },
        sessionExpires: settings.sessionExpires_s,
      }, user);
    legs.push(new InviteeLeg(target, headers, first, attempts, invite, session));
  }
  return legs;
}

/** Our side for that transport under that name: one for all devices that are asked alike. */
type SideFor = (transport: MsrpTransport, host: string) => OwnSide | null;

/**
 * As it came over: TLS for a device that came over TLS, WebSocket for a browser; for another domain as the inviter offered. Then
 * with messages converted; then, where the inviter's own way is not a secure one, over plain TCP.
 */
class AnchoredAttempts implements Attempts {
  readonly #session: AnchoredSession;
  readonly #side: SideFor;
  readonly #host: string;
  readonly #wanted: MsrpTransport;
  #step = 0;

  constructor(session: AnchoredSession, { binding, flow }: Target, side: SideFor) {
    const { plan, host: { deps } } = session;
    this.#session = session;
    this.#side = side;
    this.#host = deps.hostFor(flow);
    this.#wanted = transportFor(binding === null ? (plan.own!.secure ? "tls" : "tcp") : binding.transport);
  }

  next(): Attempt | null {
    while (this.#step < 3) {
      const attempt = this.#make(this.#step++);
      if (attempt !== null) return attempt;
    }
    return null;
  }

  #make(step: number): Attempt | null {
    const first = this.#side(this.#wanted, this.#host);
    if (step === 0) return this.#over(first, false);
    if (step === 1) return this.#session.plan.body === null ? null : this.#over(first, true);
    return this.#over(this.#second(first), false);
  }

  /** The other transport that may be had. */
  #second(first: OwnSide | null): OwnSide | null {
    if (first === null) return this.#side(this.#wanted === "tls" ? "tcp" : "tls", this.#host);
    return this.#wanted === "tls" && !this.#session.plan.own!.secure ? this.#side("tcp", this.#host) : null;
  }

  #over(own: OwnSide | null, convert: boolean): Attempt | null {
    if (own === null) return null;
    const { plan, negotiator } = this.#session;
    const ours = plan.body === null
      ? ownOffer(own, plan.kind, negotiator)
      : offerFrom(plan.body, own, plan.kind, negotiator, convert);
    return ours === null ? null : { own, description: ours.description, ours };
  }
}

/** As it was offered, octet by octet (IM-9). */
function passedAttempt({ plan }: AnchoredSession): Attempt | null {
  return plan.description === null ? null : { own: null, description: plan.description, ours: null };
}
