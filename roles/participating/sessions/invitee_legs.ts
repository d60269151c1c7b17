import type { CallUser } from "../../../transport/sip/mod.ts";
import { replacesValue } from "../../../transport/sip/mod.ts";
import type { MsrpTransport } from "../../../transport/msrp/mod.ts";
import type { Dialog, HeaderName } from "../../../transport/sip/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { answerModeHeaders } from "./answer_mode.ts";
import type { AnchoredSession } from "./anchored_session.ts";
import { invitationHead } from "./invitation_head.ts";
import { type Attempt, InviteeLeg } from "./invitee_leg.ts";
import { offerFrom, ownOffer } from "./negotiation.ts";
import { type OwnSide, ownSide, transportFor } from "./own_side.ts";
import { contactParams } from "./session_kind.ts";

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
  const sides = new Map<string, OwnSide | null>();
  const side = (transport: MsrpTransport, host: string): OwnSide | null => {
    const key = `${transport} ${host}`;
    let known = sides.get(key);
    if (known === undefined) sides.set(key, known = ownSide(deps.node, transport, host));
    return known;
  };
  const legs: InviteeLeg[] = [];
  for (const target of targets) {
    const attempts = plan.anchored ? anchoredAttempts(session, target, side) : passedAttempts(session);
    if (attempts.length === 0) continue;
    const settingsOfDevice = target.binding === null || published === null
      ? null
      : published.device(target.aor, target.binding.instance);
    const mayOverride = overrides || settingsOfDevice?.manualOverride === true;
    const headers: (readonly [HeaderName, string])[] = [
      ...head.headers,
      ...answerModeHeaders(exchange.request, settingsOfDevice?.answerMode ?? null, mayOverride),
    ];
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
        contactParams: contactParams(kind),
        sessionExpires: settings.sessionExpires_s,
      }, user);
    legs.push(new InviteeLeg(target, headers, attempts, invite, session));
  }
  return legs;
}

/**
 * As it came over: TLS for a device that came over TLS, WebSocket for a browser; for another domain as the inviter offered. Then
 * with messages converted; then, where the inviter's own way is not a secure one, over plain TCP.
 */
function anchoredAttempts(
  session: AnchoredSession,
  { binding, flow }: Target,
  side: (transport: MsrpTransport, host: string) => OwnSide | null,
): Attempt[] {
  const { plan, host: { deps }, negotiator } = session;
  const host = deps.hostFor(flow);
  const wanted = transportFor(binding === null ? (plan.own!.secure ? "tls" : "tcp") : binding.transport);
  const first = side(wanted, host);
  const attempts: Attempt[] = [];
  const add = (own: OwnSide | null, convert: boolean) => {
    if (own === null) return;
    const ours = plan.body === null
      ? ownOffer(own, plan.kind, negotiator)
      : offerFrom(plan.body, own, plan.kind, negotiator, convert);
    if (ours !== null) attempts.push({ own, description: ours.description, ours });
  };
  add(first, false);
  if (plan.body !== null) add(first, true);
  const plain = wanted === "tls" && !plan.own!.secure ? side("tcp", host) : null;
  if (first === null) add(side(wanted === "tls" ? "tcp" : "tls", host), false);
  else add(plain, false);
  return attempts;
}

/** As it was offered, octet by octet (IM-9). */
function passedAttempts({ plan }: AnchoredSession): Attempt[] {
  return plan.description === null ? [] : [{ own: null, description: plan.description, ours: null }];
}
