import type { Timed, Timer } from "../../../foundation/mod.ts";
import { parsePresenceXml, PIDF_TYPE, PresenceProblem } from "../../../transport/presence/mod.ts";
import {
  type ClientSubscription,
  mediaType,
  type ReceivedNotification,
  type SubscriptionUser,
  tryParseUri,
} from "../../../transport/sip/mod.ts";
import { xmlAttribute } from "../../../transport/xml/mod.ts";
import type { ForeignParts } from "./foreign_watches.ts";

/** What one notifier said of somebody at another domain. */
export interface ForeignInstance {
  readonly id: string;
  readonly state: "active" | "pending" | "terminated";
  /** Of one that is terminated. */
  readonly reason: string;
  /** `application/pidf+xml`, well-formed; null where no state came. */
  readonly body: Uint8Array | null;
}

/** Who watches by a foreign watch: a member of a list. */
export interface ForeignListener {
  foreignChanged(): void;
}

/** Seconds a subscription is asked for. */
const EXPIRES_S = 3600;
/** Seconds until a subscription that ended is tried again: at first, and at most; and at most where the other side says how many. */
const FIRST_RETRY_S = 30, LAST_RETRY_S = 3600, LONGEST_RETRY_S = 86_400;
/** Seconds that a subscription held which was worth having: its end is none of a row of failures. */
const GOOD_S = 60;
/** Octets of what all notifiers of one watch say. */
const MOST_OCTETS = 16_384;
/** Notifiers that are kept apart. */
const INSTANCES = 8;

/**
 * A back-end subscription (RFC 4662 §4): a user of ours, as he is, watches somebody at another domain. Kept alive; tried again where it
 * ended, later each time, unless the other side says that there is nobody, or that he may not.
 */
export class ForeignWatch implements SubscriptionUser, Timed {
  readonly user: string;
  readonly uri: string;
  readonly listeners = new Set<ForeignListener>();
  readonly #parts: ForeignParts;
  /** By the notifier's tag; by "" that it ended. */
  readonly #instances = new Map<string, ForeignInstance>();
  #subscription: ClientSubscription | null = null;
  #number = 0;
  #retry: Timer | null = null;
  #retry_s = FIRST_RETRY_S;
  /** Monotonic, ms: when it was asked for last. */
  #askedAt = 0;
  /** It ended for good. */
  #isFinal = false;
  #isClosed = false;
  #over: (() => void) | null = null;

  constructor(user: string, uri: string, parts: ForeignParts) {
    this.user = user;
    this.uri = uri;
    this.#parts = parts;
  }

  get instances(): Iterable<ForeignInstance> {
    return this.#instances.values();
  }

  start(): void {
    const { subscriber, asserted, clock } = this.#parts;
    this.#askedAt = clock.monotonic();
    const { from, headers } = asserted(this.user, this.uri);
    const to = `<${this.uri}>`;
    try {
      this.#subscription = subscriber.subscribe(
        { event: "presence", uri: this.uri, from, to, headers, expires: EXPIRES_S, accept: [PIDF_TYPE] },
        this,
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#parts.log.warn("somebody at another domain is not watched", { uri: this.uri, reason: error.message });
      this.#ended("probation", -1);
    }
  }

  /** The user asked again: what ended for good is tried once more. */
  renew(): void {
    if (!this.#isFinal || this.#isClosed) return;
    this.#isFinal = false;
    this.start();
  }

  /** `over` is told once nothing is under way any more, perhaps inside the call. */
  close(over: () => void): void {
    this.#isClosed = true;
    this.#retry?.stop();
    if (this.#subscription === null) return over();
    this.#over = over;
    this.#subscription.unsubscribe();
  }

  onTimer(): void {
    this.#retry = null;
    this.start();
  }

  onNotification(subscription: ClientSubscription, { notifier, state, contentType, body }: ReceivedNotification): void {
    if (this.#isClosed || subscription !== this.#subscription || state === "terminated") return;
    const known = this.#instances.get(notifier);
    const told = state === "active" ? this.#stateIn(notifier, contentType, body) : null;
    if (known === undefined) {
      // What another subscription said is over.
      for (const [tag, { state }] of this.#instances) if (state === "terminated") this.#instances.delete(tag);
      if (this.#instances.size >= INSTANCES) return;
    }
    const id = known?.id ?? String(++this.#number);
    const before = state === "active" ? known?.body ?? null : null;
    this.#instances.set(notifier, { id, state, reason: "", body: told ?? before });
    this.#tell();
  }

  onEnded(
    subscription: ClientSubscription,
    { status, reason, retryAfter }: { status: number; reason: string; retryAfter: number },
  ): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    if (this.#isClosed) this.#over?.();
    else this.#ended(status === 0 ? reason : reasonOf(status), retryAfter);
  }

  /** @param retryAfter seconds; -1 where nothing is said */
  #ended(reason: string, retryAfter: number): void {
    this.#isFinal = FINAL.has(reason);
    const { timers, clock, random } = this.#parts;
    const wasGood = clock.monotonic() - this.#askedAt >= GOOD_S * 1000;
    if (wasGood) this.#retry_s = FIRST_RETRY_S;
    // RFC 6665 §4.1.3: of these one may come again at once. Not of those that end as soon as they begin.
    const isOver = wasGood && (reason === "timeout" || reason === "deactivated");
    const told = this.#isFinal ? reason : "probation";
    const isNew = this.#instances.get("")?.reason !== told;
    if (isNew) {
      this.#instances.clear();
      this.#instances.set("", { id: String(++this.#number), state: "terminated", reason: told, body: null });
    }
    if (!this.#isFinal) {
      const wait_s = isOver ? 1 : Math.max(Math.min(retryAfter, LONGEST_RETRY_S), this.#retry_s);
      // Another half at random: those that ended together do not come again together.
      this.#retry = timers.start(wait_s * 1000 * (1 + random() / 2), this, 0);
      this.#retry_s = Math.min(2 * this.#retry_s, LAST_RETRY_S);
    }
    if (isNew) this.#tell();
  }

  /** Null where it is none that we could show: what was known before stays. */
  #stateIn(notifier: string, contentType: string, body: Uint8Array): Uint8Array | null {
    if (body.length === 0) return null;
    try {
      if (mediaType(contentType) !== PIDF_TYPE) {
        throw new PresenceProblem("invalid", `it is ${contentType.slice(0, 80)}`);
      }
      let octets = body.length;
      for (const [tag, { body }] of this.#instances) if (tag !== notifier) octets += body?.length ?? 0;
      if (octets > MOST_OCTETS) throw new PresenceProblem("too-large", `with what is known it has ${octets} octets`);
      const { root } = parsePresenceXml(body);
      const entity = xmlAttribute(root, "entity") ?? "";
      if (!this.#maySpeakFor(entity)) throw new PresenceProblem("invalid", `it is of ${entity.slice(0, 80)}`);
      return body.slice();
    } catch (error) {
      if (!(error instanceof PresenceProblem)) throw error;
      this.#parts.log.debug("presence of somebody at another domain left out", {
        uri: this.uri,
        reason: error.message,
      });
      return null;
    }
  }

  /** A domain tells of its own people: there are clients that show a document as that of whom it names, whatever the list says. */
  #maySpeakFor(entity: string): boolean {
    const named = tryParseUri(entity.trim().replace(/^(?:pres|im):/i, "sip:"));
    return named !== null && named.host === tryParseUri(this.uri)?.host;
  }

  #tell(): void {
    for (const listener of this.listeners) listener.foreignChanged();
  }
}

/** Reasons after which nobody tries again by himself (RFC 6665 §4.1.3). */
const FINAL: ReadonlySet<string> = new Set(["rejected", "noresource", "invariant"]);

/** Answers that say that there is no presence, or none that we could take: a list there has 421. */
const NOBODY_THERE: ReadonlySet<number> = new Set([404, 405, 406, 410, 416, 420, 421, 484, 485, 489, 501, 604]);
const REFUSED: ReadonlySet<number> = new Set([401, 403, 407, 603]);

/** What an answer to a SUBSCRIBE means for the member, as a reason of Subscription-State. */
function reasonOf(status: number): string {
  return NOBODY_THERE.has(status) ? "noresource" : REFUSED.has(status) ? "rejected" : "probation";
}
