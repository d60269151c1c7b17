import { detached } from "../../../foundation/mod.ts";
import type { StoreOutcome, Subscriber } from "../../../storage/mod.ts";
import type { KeptOutcome, UndeliveredMessage } from "../../../transport/msrp/forward/mod.ts";
import { CPIM_TYPE, cpimContentType, mediaType, tryParseCpim } from "../../../transport/payload/mod.ts";
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
    const { settings, services, published } = this.#parts;
    const { kind, recipient, to } = plan;
    const { request, subscriber, trusted, originating, storable } = exchange;
    if (kind === "file") return null;
    const wants = (user: Subscriber) => () => deferralOf(user, published) !== "never";
    const invitee = recipient !== null && storable && mayDefer(request) ? wants(recipient) : NEVER;
    const isOurs = subscriber !== null && (!trusted || originating) && subscriber.aor === plan.from;
    const inviter = isOurs ? wants(subscriber) : NEVER;
    const toInvitee = invitee();
    if (!toInvitee && !inviter()) return null;
    let parties: StoredParties | null = null;
    if (toInvitee) {
      const found = partiesOf(exchange, to, services.clock.now(), settings, services.egress, kind);
      // Slices of the INVITE would hold all of it as long as the session stands.
      parties = { ...found, device: detached(found.device), headers: detached(found.headers), callId: "" };
    }
    return new Keeper(this.#parts, plan, detached(request.callId), parties, { invitee, inviter });
  }
}

/** What each party wants by now: they may change it while the session stands. */
type Wishes = Readonly<Record<Party, () => boolean>>;

const NEVER = (): boolean => false;

class Keeper implements SessionKeeper {
  readonly #parts: UndeliveredMessagesParts;
  readonly #plan: SessionPlan;
  readonly #callId: string;
  /** As the INVITE says; null: what is for the invitee is not stored. */
  readonly #toInvitee: StoredParties | null;
  readonly #wants: Wishes;

  constructor(
    parts: UndeliveredMessagesParts,
    plan: SessionPlan,
    callId: string,
    toInvitee: StoredParties | null,
    wants: Wishes,
  ) {
    this.#parts = parts;
    this.#plan = plan;
    this.#callId = callId;
    this.#toInvitee = toInvitee;
    this.#wants = wants;
  }

  mayKeep(to: Party): boolean {
    return (to === "inviter" || this.#toInvitee !== null) && this.#wants[to]();
  }

  keep(to: Party, { messageId, contentType, body }: UndeliveredMessage, done: KeptOutcome): void {
    if (!this.mayKeep(to)) return done(408, "The receiver is gone");
    if (isComposing(contentType, body)) return done(408, "The receiver is gone");
    const { deferred, services } = this.#parts;
    const mode = this.#plan.kind === "large" ? "large" : "session";
    const parties = to === "invitee" ? { ...this.#toInvitee!, callId: this.#callId } : this.#back();
    const parts = { mode, messageId, contentType, body, content: null } as const;
    deferred.post(sessionMessage(parties, parts, services.clock.now()), (outcome) => answer(outcome, done));
  }

  /** What the invitee says to the inviter. */
  #back(): StoredParties {
    const { from, to, recipient } = this.#plan;
    const asserted = recipient === null ? "" : `P-Asserted-Identity: <${to}>\r\n`;
    return {
      recipient: from,
      device: "",
      sender: to,
      headers: `From: <${to}>\r\nTo: <${from}>\r\n${asserted}`,
      callId: this.#callId,
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
