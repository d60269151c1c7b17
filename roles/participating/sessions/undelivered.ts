import { EMPTY } from "../../../foundation/mod.ts";
import type { StoreOutcome, Subscriber } from "../../../storage/mod.ts";
import type { KeptOutcome, UndeliveredMessage } from "../../../transport/msrp/forward/mod.ts";
import { CPIM_TYPE, cpimContentType, mediaType, tryParseCpim } from "../../../transport/payload/mod.ts";
import { NO_LIMITS, parseMessage, type SipRequest } from "../../../transport/sip/mod.ts";
import {
  type DeferralSettings,
  type DeferredDelivery,
  mayDefer,
  partiesOf,
  sessionMessage,
  type StoredParties,
} from "../../deferred/mod.ts";
import type { CoreServices, Exchange } from "../../sip_core/mod.ts";
import { deferralOf, type TerminatingDeps } from "../terminating.ts";
import type { Party } from "./media_plane.ts";
import type { SessionPlan } from "./session_plan.ts";

/** Takes what sessions leave undelivered. */
export interface Undelivered {
  /** Asked once, when a session stands; its exchange is let go then. Null: nothing of it is to be stored. */
  of(plan: SessionPlan, exchange: Exchange): SessionKeeper | null;
}

/** Takes the undelivered messages of one session. */
export interface SessionKeeper {
  /** Messages to that party may be stored. */
  mayKeep(to: Party): boolean;
  /** `done` comes after the commit. */
  keep(to: Party, message: UndeliveredMessage, done: KeptOutcome): void;
}

export interface UndeliveredMessagesParts {
  readonly deferred: Pick<DeferredDelivery, "post">;
  readonly services: Pick<CoreServices, "clock" | "egress">;
  readonly settings: DeferralSettings;
  readonly published?: TerminatingDeps["published"];
}

/** What is true for a moment only. */
const COMPOSING = "application/im-iscomposing+xml";

/**
 * Stores the small messages that a session whose receiver went away left undelivered (oma-reference §3.4), for parties who are
 * users here and whose settings do not forbid it. Files are not stored: their receiver asks for the rest (RFC 5547 §8.4).
 */
export class UndeliveredMessages implements Undelivered {
  readonly #parts: UndeliveredMessagesParts;

  constructor(parts: UndeliveredMessagesParts) {
    this.#parts = parts;
  }

  of(plan: SessionPlan, exchange: Exchange): SessionKeeper | null {
    const { kind, recipient, from } = plan;
    const { request, subscriber, trusted, originating, storable } = exchange;
    if (kind === "file") return null;
    const isOurs = subscriber !== null && (!trusted || originating) && subscriber.aor === from;
    const keeper = new Keeper(this.#parts, plan, exchange, {
      invitee: storable && mayDefer(request) ? recipient : null,
      inviter: isOurs ? subscriber : null,
    });
    return keeper.mayKeep("invitee") || keeper.mayKeep("inviter") ? keeper : null;
  }
}

/** Whose wishes count for what is for each party, as they are by now; null: it is never stored. */
type Users = Readonly<Record<Party, Subscriber | null>>;

class Keeper implements SessionKeeper {
  readonly #parts: UndeliveredMessagesParts;
  readonly #plan: SessionPlan;
  readonly #users: Users;
  /** The INVITE, without the buffer that its body is part of: its call keeps the same text. It is read when it has to be. */
  readonly #head: string;
  readonly #trusted: boolean;
  readonly #identity: Exchange["identity"];
  readonly #device: string;

  constructor(parts: UndeliveredMessagesParts, plan: SessionPlan, exchange: Exchange, users: Users) {
    this.#parts = parts;
    this.#plan = plan;
    this.#users = users;
    this.#head = exchange.request.head;
    this.#trusted = exchange.trusted;
    this.#identity = exchange.identity;
    this.#device = exchange.device;
  }

  mayKeep(to: Party): boolean {
    const user = this.#users[to];
    return user !== null && deferralOf(user, this.#parts.published) !== "never";
  }

  keep(to: Party, { messageId, contentType, body }: UndeliveredMessage, done: KeptOutcome): void {
    if (!this.mayKeep(to)) return done(408, "The receiver is gone");
    if (isComposing(contentType, body)) return done(408, "The receiver is gone");
    const { deferred, services } = this.#parts;
    const mode = this.#plan.kind === "large" ? "large" : "session";
    const request = parseMessage(this.#head, EMPTY, NO_LIMITS) as SipRequest;
    const parties = to === "invitee" ? this.#onward(request, mode) : this.#back(request.callId);
    const parts = { mode, messageId, contentType, body, content: null } as const;
    deferred.post(sessionMessage(parties, parts, services.clock.now()), (outcome) => answer(outcome, done));
  }

  /** What the inviter says to the invitee. */
  #onward(request: SipRequest, mode: "session" | "large"): StoredParties {
    const { settings, services: { clock, egress } } = this.#parts;
    const invite = { request, trusted: this.#trusted, identity: this.#identity, device: this.#device };
    return partiesOf(invite, this.#plan.to, clock.now(), settings, egress, mode);
  }

  /** What the invitee says to the inviter. */
  #back(callId: string): StoredParties {
    const { from, to, recipient } = this.#plan;
    const asserted = recipient === null ? "" : `P-Asserted-Identity: <${to}>\r\n`;
    return {
      recipient: from,
      device: "",
      sender: to,
      headers: `From: <${to}>\r\nTo: <${from}>\r\n${asserted}`,
      callId,
      lifetime_s: this.#parts.settings.default_s,
    };
  }
}

/** That somebody is typing, in a wrapper too. */
function isComposing(contentType: string, body: Uint8Array): boolean {
  const type = mediaType(contentType);
  if (type !== CPIM_TYPE) return type === COMPOSING;
  const cpim = tryParseCpim(body);
  return cpim !== null && mediaType(cpimContentType(cpim)) === COMPOSING;
}

function answer(outcome: StoreOutcome, done: KeptOutcome): void {
  switch (outcome.kind) {
    case "stored":
    case "duplicate":
      return done(200, "OK");
    case "quota":
      return done(413, "The receiver is gone, and no more can be stored for it");
    case "failed":
      return done(408, "The receiver is gone, and the message could not be stored");
  }
}
