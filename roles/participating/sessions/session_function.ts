import {
  callerPreferences,
  type Dialog,
  parseParams,
  preferred,
  type SipRequest,
  tryParseUri,
} from "../../../transport/sip/mod.ts";
import {
  addressOf,
  bindingTarget,
  type CoreServices,
  type Element,
  type Exchange,
  type Handler,
  serviceState,
  type Target,
  targetsOf,
} from "../../sip_core/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { mayDefer } from "../../deferred/mod.ts";
import type { Description } from "../../../transport/sip/mod.ts";
import {
  namesLargeMode,
  namesService,
  type OwnSide,
  ownSide,
  readSessionBody,
  type SessionBody,
  type SessionKind,
  transportFor,
  transportOf,
} from "../../session_media/mod.ts";
import type { AccessDecision } from "../access.ts";
import { recipientOf } from "../access_element.ts";
import { askRules, assertedNumber, isAnonymous, phraseOf, type RulesOf } from "../ask_rules.ts";
import { SenderRate } from "../rate_limit.ts";
import { NOT_LOGGED_IN } from "../terminating.ts";
import { RECIPIENT_BUSY } from "../unwilling.ts";
import { FUNCTION_NOT_ALLOWED, NOT_AUTHORISED } from "../warning.ts";
import { overrideRefused } from "./answer_mode.ts";
import { inviteeLegs } from "./invitee_legs.ts";
import { offerProblem, offersFile } from "./offer_rules.ts";
import { bars, type PublishedSettings } from "./published_settings.ts";
import { forbidden, notAcceptable, type Refusal, refusedWith, reply } from "./refusal.ts";
import type { SessionDeps } from "./session_deps.ts";
import type { Sessions } from "./sessions.ts";

/** What an INVITE of this service brings. */
interface Invitation {
  readonly kind: SessionKind;
  readonly body: SessionBody | null;
  readonly description: Description | null;
}

/** What the first row found out about an INVITE of this service, for the second one. */
class Seen implements Invitation {
  readonly kind: SessionKind;
  readonly body: SessionBody | null;
  readonly description: Description | null;
  /** The sender is ours, and has been checked as one. */
  readonly sender: string;

  constructor({ kind, body, description }: Invitation, sender: string) {
    this.kind = kind;
    this.body = body;
    this.description = description;
    this.sender = sender;
  }
}

export interface SessionFunctionParts {
  readonly sessions: Sessions;
  readonly deps: SessionDeps;
  readonly published: PublishedSettings | null;
}

/**
 * The participating function for INVITE (oma-reference §3.2), as two rows of the routing table: `originating` asks whether this
 * sender may begin such a session, `terminating` whether the recipient wants it, and takes it up. INVITEs of other services
 * (telephony), and those between strangers, go on to the proxy.
 */
export class SessionFunction {
  readonly #deps: SessionDeps;
  readonly #sessions: Sessions;
  readonly #published: PublishedSettings | null;
  readonly #rate: SenderRate | null;

  constructor({ sessions, deps, published }: SessionFunctionParts) {
    this.#deps = deps;
    this.#sessions = sessions;
    this.#published = published;
    const { rate } = deps.settings;
    this.#rate = rate === null ? null : new SenderRate(rate, deps.services.clock);
  }

  /** Before `target class`. */
  readonly originating: Element = (next) => (exchange) => {
    const { request } = exchange;
    if (request.method !== "INVITE" || request.to.tag !== "") return next(exchange);
    const seen = this.#read(exchange);
    if (seen === null) return next(exchange);
    if ("status" in seen) return this.#refuse(exchange, "session", seen, "content rules");
    const refusal = this.#senderProblem(exchange);
    if (refusal !== null) return this.#refuse(exchange, seen.kind, refusal, "sender rules");
    const content = this.#contentProblem(seen);
    if (content !== null) return this.#refuse(exchange, seen.kind, content, "content rules");
    const late = this.#tooFast(exchange);
    if (late !== null) return this.#refuse(exchange, seen.kind, late, "sender rules");
    exchange.note = new Seen(seen, this.#isOurs(exchange) ? exchange.subscriber!.aor : "");
    next(exchange);
  };

  /** Before `proxy`. */
  readonly terminating: Element = (next) => (exchange) => {
    const seen = exchange.note;
    if (!(seen instanceof Seen)) return this.#pass(exchange, next);
    // Neither from one of ours nor for one: only on its way through.
    if (exchange.recipient === null && seen.sender === "") return next(exchange);
    exchange.note = null;
    const { recipient, request, identity } = exchange;
    const problem = recipient === null ? null : this.#recipientProblem(recipient);
    if (problem !== null) return this.#refuse(exchange, seen.kind, problem, "recipient rules");
    const communication = {
      from: seen.sender || (identity?.aor ?? ""),
      to: recipientOf(exchange),
      number: assertedNumber(exchange),
      kind: seen.kind,
      anonymous: isAnonymous(request),
    };
    const question = { exchange, communication, sender: seen.sender !== "", recipient: recipient !== null };
    const { access, services } = this.#deps;
    askRules(access, question, (_, __, decision, of) => this.#decided(exchange, seen, decision, of), services.log);
  };

  #decided(exchange: Exchange, seen: Seen, decision: AccessDecision, of: RulesOf): void {
    if (decision.verdict === "allow") {
      if (decision.stores === false) exchange.storable = false;
      const refusal = this.#take(exchange, seen, decision.overrides);
      if (refusal !== null) this.#refuse(exchange, seen.kind, refusal, "recipient rules");
      return;
    }
    this.#reject(exchange, seen.kind, decision, of);
  }

  /**
   * An INVITE that names no service of ours: the recipient's rules are asked all the same, for who is blocked is blocked for calls,
   * too; the sender's only where it may become a message session.
   */
  #pass(exchange: Exchange, next: Handler): void {
    const { request, recipient, subscriber, identity } = exchange;
    // A tag proves nothing; a token of ours proves the dialog, whose first INVITE was asked about.
    const inside = request.to.tag !== "" && exchange.inDialogThroughUs;
    if (request.method !== "INVITE" || recipient === null || inside) return next(exchange);
    const communication = {
      from: subscriber?.aor ?? identity?.aor ?? "",
      to: recipient.aor,
      number: assertedNumber(exchange),
      kind: "session",
      anonymous: isAnonymous(request),
    } as const;
    const { access, services } = this.#deps;
    askRules(
      access,
      { exchange, communication, sender: this.#isOurs(exchange) && mayBecomeSession(request), recipient: true },
      (_, __, decision, of) => {
        if (decision.verdict === "allow") next(exchange);
        else this.#reject(exchange, "session", decision, of);
      },
      services.log,
    );
  }

  #reject(
    exchange: Exchange,
    kind: SessionKind,
    decision: Exclude<AccessDecision, { verdict: "allow" }>,
    of: RulesOf,
  ): void {
    // Politely: it ends as that to a user without a device does. To let devices seem to ring would hold a call for nothing.
    if (decision.verdict === "drop") {
      return this.#refuse(exchange, kind, refusedWith(480, NOT_LOGGED_IN), "recipient rules");
    }
    const reason = of === "sender"
      ? "Sender may not invite this recipient"
      : decision.anonymity === true
      ? "Anonymous sessions are not accepted"
      : "Recipient does not accept this session";
    const refusal = forbidden(this.#deps.host, reason, phraseOf(decision));
    this.#refuse(exchange, kind, refusal, of === "sender" ? "sender rules" : "recipient rules");
  }

  /** Null for an INVITE of another service. */
  #read(exchange: Exchange): Invitation | Refusal | null {
    const { request } = exchange;
    const { host, settings } = this.#deps;
    const description: Description | null = request.body.length === 0
      ? null
      : { contentType: request.get("Content-Type") ?? "", body: request.body };
    const coding = request.get("Content-Encoding");
    const ours = namesService(request);
    if (description !== null && coding !== undefined && coding.toLowerCase() !== "identity") {
      return ours ? refusedWith(415, "Content encoding not understood", ["Accept-Encoding", "identity"]) : null;
    }
    const kind: SessionKind = namesLargeMode(request) ? "large" : "session";
    const reading = readSessionBody(description);
    switch (reading.kind) {
      case "session":
        return {
          kind: offersFile(reading.body) ? "file" : kind,
          body: reading.body,
          description,
        };
      case "none":
        if (!ours) return null;
        if (description === null) return { kind, body: null, description: null };
        return refusedWith(415, "A session description is needed", ["Accept", "application/sdp, multipart/mixed"]);
      case "malformed":
        return ours ? refusedWith(400, `Body malformed: ${printable(reading.reason)}`) : null;
      case "other":
        return ours ? notAcceptable(host, 304, "No message section that is in use", settings, kind) : null;
    }
  }

  /** The sender's side is served here: its own user, or one a trusted hop wants served as such (IM-2). */
  #isOurs({ subscriber, trusted, originating }: Exchange): boolean {
    return subscriber !== null && (!trusted || originating);
  }

  #senderProblem(exchange: Exchange): Refusal | null {
    const { identity, subscriber, trusted, originating } = exchange;
    const { host, services, settings } = this.#deps;
    if (identity === null || (trusted && !originating)) return null;
    const forbid = (reason: string) => forbidden(host, reason, NOT_AUTHORISED);
    if (subscriber === null) {
      const domain = identity.aor.slice(identity.aor.lastIndexOf("@") + 1);
      return services.domains.has(domain) ? forbid("Sender has no account for this service") : null;
    }
    switch (serviceState(subscriber, services.clock)) {
      case "unsubscribed":
        return forbid("Sender is not subscribed to this service");
      case "suspended":
        return forbid("Sender is suspended");
      case "barred":
        return forbid("Sender is barred");
    }
    if (settings.requireLogin && !trusted && services.location.bindings(subscriber.aor).length === 0) {
      return forbid("Sender is not logged in: register first");
    }
    return this.#tooMany(subscriber.aor, "Sender has as many sessions as are allowed");
  }

  /** Why this sender may begin nothing now, with one other or with many; null: may. Each time it is asked counts as a beginning. */
  senderRefusal(exchange: Exchange): Refusal | null {
    return this.#senderProblem(exchange) ?? this.#tooFast(exchange);
  }

  #tooFast(exchange: Exchange): Refusal | null {
    const wait = this.#isOurs(exchange) && this.#rate !== null ? this.#rate.take(exchange.subscriber!.aor) : 0;
    return wait === 0 ? null : refusedWith(503, "Too many sessions from this sender", ["Retry-After", String(wait)]);
  }

  #contentProblem({ kind, body }: Invitation): Refusal | null {
    return body === null ? null : offerProblem(body, kind, this.#deps.settings, this.#deps.host);
  }

  #tooMany(aor: string, reason: string): Refusal | null {
    const { concurrent } = this.#deps.settings;
    return concurrent > 0 && this.#sessions.of(aor) >= concurrent
      ? refusedWith(486, `${reason} (${concurrent})`)
      : null;
  }

  /** Takes the invitation up, or says why not. */
  #take(exchange: Exchange, seen: Seen, overrides: boolean): Refusal | null {
    const { recipient, request } = exchange;
    const deps = this.#deps;
    // Closed since the row at which requests are refused: rules had to be read first.
    if (seen.sender !== "" && deps.unwilling?.(seen.sender) === "closed") {
      return forbidden(deps.host, "The service is closed to the sender", NOT_AUTHORISED);
    }
    const from = exchange.identity?.aor ?? "";
    const to = recipient?.aor ?? exchange.target;
    const many = recipient === null ? null : this.#tooMany(to, "Recipient has as many sessions as are allowed");
    if (many !== null) return many;
    if (this.#sessions.size >= deps.settings.maxSessions) {
      return refusedWith(503, "No more sessions at present", ["Retry-After", "10"]);
    }
    const replaced = this.#replaced(request, to);
    if (replaced !== null && "status" in replaced) return replaced;
    const held = replaced === null && recipient !== null ? deps.unwilling?.(to) ?? null : null;
    const storing = this.#storing(exchange);
    if (held === "busy" || (held === "defer" && storing === "never")) return refusedWith(486, RECIPIENT_BUSY);
    // Stored first: no device is asked, and the fallbacks take it as if none were there.
    const targets = held === "defer" || held === "closed" || storing === "always" ? [] : this.#targets(exchange);
    if (targets === null) return refusedWith(400, "Accept-Contact or Reject-Contact malformed");
    if (!overrides && overrideRefused(request, this.#deviceOverrides(to, targets))) {
      return forbidden(deps.host, "Manual answer override not permitted", `${FUNCTION_NOT_ALLOWED} answer mode`);
    }
    const recorded = deps.recorder?.wants(seen.sender, recipient?.aor ?? "", seen.kind) ?? false;
    // Nothing is charged here: `chargingOnly` is as `never`.
    const anchored = deps.settings.mediaPath === "always" || seen.description === null || recorded;
    const own = anchored ? this.#ownSide(exchange, seen.body, targets, recorded) : null;
    if (anchored && own === null) {
      return notAcceptable(deps.host, 302, "No MSRP door for this transport here", deps.settings, seen.kind);
    }
    const { kind, body } = seen;
    const description = anchored ? null : kept(seen.description);
    const file = body?.media.file?.selector.name ?? "";
    this.#sessions.begin(
      exchange,
      {
        kind,
        from,
        inviterUser: seen.sender,
        number: assertedNumber(exchange),
        anonymous: isAnonymous(request),
        to,
        recipient,
        body,
        description,
        anchored,
        own,
        file,
      },
      (session) => inviteeLegs(session, { targets, overrides, replaces: replaced?.dialog ?? null }),
    );
    return null;
  }

  #recipientProblem(recipient: Subscriber): Refusal | null {
    const { services } = this.#deps;
    const { aor } = recipient;
    if (serviceState(recipient, services.clock) !== "active") {
      return refusedWith(480, "Recipient cannot receive sessions at present");
    }
    const instances = services.location.bindings(aor).map((binding) => binding.instance);
    return this.#published?.barred(aor, instances) === true
      ? refusedWith(480, "Recipient takes no sessions at present")
      : null;
  }

  /** When this is to be stored for the recipient; `never` also where it must not be. */
  #storing({ recipient, request, storable }: Exchange): Subscriber["deferral"] {
    const { deferralOf } = this.#deps;
    if (deferralOf === undefined || recipient === null || !storable || !mayDefer(request)) return "never";
    return deferralOf(recipient);
  }

  /** The devices to ask, all at once: those that the sender wants and that do not bar. Null: preferences that are none. */
  #targets(exchange: Exchange): Target[] | null {
    const { services } = this.#deps;
    const targets = targetsOf(exchange, services).map((target) => alive(target, services)).filter((target) =>
      target !== null
    );
    if (exchange.recipient === null || targets.every((target) => target.binding === null)) return targets;
    if (targets.length === 1 && !hasPreferences(exchange.request)) return this.#barsItself(targets[0]) ? [] : targets;
    let preferences;
    try {
      preferences = callerPreferences(exchange.request);
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
    const candidates = targets.filter((target) => !this.#barsItself(target)).map((target) => {
      const text = `*${target.binding!.params}`;
      return { target, q: target.q, params: parseParams(text, 1, text.length) };
    });
    return preferred(candidates, preferences).map(({ target }) => target);
  }

  #barsItself({ aor, binding }: Target): boolean {
    const settings = binding === null ? null : this.#published?.device(aor, binding.instance) ?? null;
    return settings !== null && bars(settings);
  }

  #deviceOverrides(to: string, targets: readonly Target[]): boolean {
    return targets.some(({ binding }) =>
      binding !== null && this.#published?.device(to, binding.instance)?.manualOverride === true
    );
  }

  /**
   * A session of ours that this one takes the place of: the invitee's own dialog with us (RFC 3891). Only for the one who is in
   * it: to anybody else its identifiers would be the means to speak in it (§5).
   */
  #replaced(request: SipRequest, to: string): { readonly dialog: Dialog } | Refusal | null {
    if (!request.has("Replaces")) return null;
    const found = this.#deps.calls.replaced(request);
    if (found === null) return null;
    const gone = "The session to be replaced is not there";
    if ("status" in found) return refusedWith(found.status, gone);
    const partner = this.#sessions.partnerOf(found.call);
    const dialog = partner === null || !sameParty(partner.uri, to) ? null : partner.call?.dialog ?? null;
    return dialog === null ? refusedWith(481, gone) : { dialog };
  }

  /** Our side toward the inviter: as it offered; over the transport it came by where it made no offer. */
  #ownSide(
    { flow }: Exchange,
    body: SessionBody | null,
    targets: readonly Target[],
    watched: boolean,
  ): OwnSide | null {
    const transport = body === null ? transportFor(flow.transport) : transportOf(body.media);
    if (transport === null) return null;
    const { media, hostFor } = this.#deps;
    const invitees = targets.map(({ binding }) => transportFor(binding?.transport ?? ""));
    return ownSide(media.doorsFor([transport, ...invitees], watched), transport, hostFor(flow));
  }

  #refuse(
    exchange: Exchange,
    kind: SessionKind,
    refusal: Refusal,
    by: "sender rules" | "recipient rules" | "content rules",
  ): void {
    reply(exchange, refusal);
    const { events, services } = this.#deps;
    if (!events.heard("sessionRefused")) return;
    events.emit("sessionRefused", {
      id: "",
      callId: exchange.request.callId,
      kind,
      from: exchange.identity?.aor ?? "",
      to: exchange.recipient?.aor ?? exchange.target,
      anchored: false,
      accessNetwork: exchange.request.get("P-Access-Network-Info") ?? "",
      file: "",
      at: services.clock.now(),
      status: refusal.status,
      by,
    });
  }
}

/** False where it offers media, all of them of other services: what offers nothing has its offer in the answer (RFC 3261 §13.2.1). */
function mayBecomeSession(request: SipRequest): boolean {
  const coding = request.get("Content-Encoding");
  if (request.body.length === 0 || (coding !== undefined && coding.toLowerCase() !== "identity")) return true;
  return readSessionBody({ contentType: request.get("Content-Type") ?? "", body: request.body }).kind !== "other";
}

/** A body that comes in is part of a buffer that must not live as long as a session. */
function kept(description: Description | null): Description | null {
  return description === null ? null : { contentType: description.contentType, body: description.body.slice() };
}

/** The target on a flow of the device that lives; null where it has to register anew (RFC 5626 §5.3.1). */
function alive(target: Target, { location, wires }: CoreServices): Target | null {
  while (target.dead) {
    const { aor, binding, alternates } = target;
    location.flowFailed(aor, binding!);
    if (alternates === null || alternates.length === 0) return null;
    const [next, ...rest] = alternates;
    target = bindingTarget(aor, next, wires, rest.length === 0 ? null : rest);
  }
  return target;
}

/** Without any, a single device is never ruled out (RFC 3841 §7.2.4). */
function hasPreferences(request: SipRequest): boolean {
  return request.has("Accept-Contact") || request.has("Reject-Contact");
}

function sameParty(one: string, other: string): boolean {
  if (one === other) return true;
  const a = tryParseUri(one), b = tryParseUri(other);
  return a !== null && b !== null && addressOf(a).aor === addressOf(b).aor;
}

/** Words of others in a reason phrase or a Warning. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 120);
}
