import {
  type Clock,
  type Counter,
  detached,
  type Log,
  type Metrics,
  silentLog,
  type Timers,
} from "../../../foundation/mod.ts";
import {
  HeldPublication,
  newVersion,
  type PublicationHolder,
  type PublicationState,
  tagOf,
} from "./held_publication.ts";
import { KeyedRate } from "./keyed_rate.ts";
import type {
  Publication,
  PublicationContent,
  PublicationProblem,
  PublicationRequest,
  PublicationResult,
  PublicationRules,
} from "./publication_rules.ts";
import { StoredPublications } from "./stored_publications.ts";

type Done = (result: PublicationResult) => void;

/** PUBLISH requests that may wait for the one before them to be stored; one more gets 503. */
const MAX_WAITING = 8;
const RETRY_AFTER_S = 60;
const MAX_BODY = 32_768;
/** So many bodies of full size fit into one resource: any number of usual ones does. */
const FULL_BODIES = 4;
const NONE: readonly HeldPublication[] = [];

/**
 * The soft state of one event package, as the event state compositor keeps it (RFC 3903 §6). What the rules want to be durable is
 * stored before it is answered and before anybody sees it; nothing changes where it cannot be stored.
 */
export class PublicationStore implements PublicationHolder {
  readonly rules: PublicationRules;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #max: number;
  readonly #maxPerResource: number;
  /** Of all publications of one resource. */
  readonly #maxOctets: number;
  readonly #rate = new KeyedRate();
  readonly #slowed: Counter;
  readonly #stored: StoredPublications | null;
  /** Of each resource, in order of revision. */
  readonly #byResource = new Map<string, HeldPublication[]>();
  #size = 0;
  #revision = 0;
  #number = 0;

  /** Reads what is stored, where the rules say so: `live` tells it from then on. */
  constructor(rules: PublicationRules, clock: Clock, timers: Timers, metrics: Metrics, log: Log = silentLog) {
    this.rules = rules;
    this.#clock = clock;
    this.#timers = timers;
    this.#max = rules.maxPublications ?? 100_000;
    this.#maxPerResource = rules.maxPerResource ?? 20;
    this.#maxOctets = FULL_BODIES * (rules.maxBody ?? MAX_BODY);
    const name = rules.event.replace(/[^A-Za-z0-9]/g, "_");
    metrics.gauge(`sip_publications_${name}`, `Publications held for ${rules.event}`, () => this.#size);
    this.#slowed = metrics.counter(
      "parley_publications_slowed_total",
      "PUBLISH requests refused because their publisher sent too many",
    );
    this.#stored = rules.durable === undefined ? null : new StoredPublications({
      event: rules.event,
      states: rules.durable,
      clock,
      timers,
      log,
      all: () => this.#all(),
    });
    this.#restore();
  }

  /** Publications held. */
  get size(): number {
    return this.#size;
  }

  /** Resources that something is published for. */
  resources(): Iterable<string> {
    return this.#byResource.keys();
  }

  /** Live publications of a resource, the newest last. */
  live(resource: string): Publication[] {
    const now = this.#clock.monotonic();
    return (this.#byResource.get(resource) ?? NONE).filter((held) => held.until > now);
  }

  /**
   * Works one PUBLISH off, wholly or not at all. `done` is told once: inside the call, or once the publication is stored. The rules'
   * `changed` or `refreshed` (the result says which) is for the caller to call when the answer was sent.
   */
  publish(request: PublicationRequest, done: Done): void {
    const refused = this.rules.authorize(request.resource, request.publisher) ?? this.#tooOften(request);
    if (refused !== null) done(refused);
    else this.#work(request, done);
  }

  /** Forgets all that is published for a resource (its user was removed). */
  clear(resource: string): void {
    for (const held of [...this.#byResource.get(resource) ?? NONE]) this.#discard(held);
  }

  /** Called by a publication whose time is over. */
  expired(held: HeldPublication): void {
    // What is being stored decides; where that fails, `#failed` comes back to it.
    if (held.waiting !== null) return;
    this.#discard(held);
    this.rules.changed(held.resource);
  }

  #tooOften({ resource, publisher }: PublicationRequest): PublicationProblem | null {
    const { rate } = this.rules;
    if (rate === undefined) return null;
    const key = resource === publisher ? resource : `${publisher} ${resource}`;
    const wait_ms = this.#rate.take(key, rate, this.#clock.monotonic());
    if (wait_ms === 0) return null;
    this.#slowed.add();
    return busy("Published Too Often", Math.ceil(wait_ms / 1000));
  }

  #work(request: PublicationRequest, done: Done): void {
    const { rules } = this;
    let known: HeldPublication | null = null;
    if (request.etag !== "") {
      known = this.#find(request.resource, request.etag);
      if (known === null) return done({ status: 412, reason: "Entity-Tag Unknown" });
      // Whether its entity-tag is still the one of now is seen when what is under way is stored, or is not.
      if (known.waiting !== null) {
        if (known.waiting.length < MAX_WAITING) known.waiting.push({ request, done });
        else done(busy("Published Too Often", 1));
        return;
      }
    }
    const wanted = request.expires < 0 ? rules.expires.default : request.expires;
    if (wanted > 0 && wanted < rules.expires.min) {
      return done({ status: 423, reason: "Interval Too Brief", headers: [["Min-Expires", String(rules.expires.min)]] });
    }
    const expires = Math.min(wanted, rules.expires.max);
    if (request.body.length > 0) {
      const content = this.#contentOf(request, known);
      if ("status" in content) return done(content);
      if (known === null) this.#initial(request, content, expires, done);
      else if (expires === 0) this.#remove(known, done);
      else this.#commit(known, request, content, newVersion(), expires, done);
    } else if (known === null) {
      // RFC 3903 §6 step 5: an initial publication without state.
      done({ status: 400, reason: "Nothing Published" });
    } else if (expires === 0) this.#remove(known, done);
    else this.#refresh(known, request, expires, done);
  }

  /** What is to be stored, in memory of its own; or the answer to what cannot be. */
  #contentOf(
    { contentType, body, resource }: PublicationRequest,
    before: Publication | null,
  ): PublicationContent | PublicationProblem {
    const { rules } = this;
    const maxBody = rules.maxBody ?? MAX_BODY;
    if (!rules.contentTypes.includes(contentType)) {
      return { status: 415, reason: "Unsupported Media Type", headers: [["Accept", rules.contentTypes.join(", ")]] };
    }
    if (body.length > maxBody) return tooLarge(maxBody);
    const checked = rules.check?.(contentType, body, before, resource) ?? null;
    // A view into a datagram's buffer would keep all of it.
    if (checked === null) return { contentType: detached(contentType), body: body.slice() };
    if (!("status" in checked) && checked.body.length > maxBody) return tooLarge(maxBody);
    return checked;
  }

  #initial(request: PublicationRequest, content: PublicationContent, expires: number, done: Done): void {
    const version = newVersion();
    // Expires 0 and no tag: there is nothing to remove and nothing to keep (RFC 3903 §6 step 5).
    if (expires === 0) {
      return done({ status: 200, etag: tagOf(version, 0), expires, effect: "none", publication: null });
    }
    const others = this.#byResource.get(request.resource);
    // It takes the place of the oldest where there are as many as may be.
    const displaces = others !== undefined && others.length >= this.#maxPerResource;
    if (this.#size >= this.#max && !displaces) return done(busy("As Much Published As Is Held", RETRY_AFTER_S));
    const { origin } = request;
    const resource = detached(request.resource);
    const publisher = request.publisher === request.resource ? resource : detached(request.publisher);
    const held = new HeldPublication(this, ++this.#number, resource, publisher, origin);
    this.#add(held);
    this.#commit(held, request, content, version, expires, done);
  }

  /** Stores what is to be, and then makes it so. */
  #commit(
    held: HeldPublication,
    { resource, origin }: PublicationRequest,
    { contentType, body, kept }: PublicationContent,
    version: string,
    expires: number,
    done: Done,
  ): void {
    const next: PublicationState = {
      contentType,
      body,
      kept,
      version,
      refreshes: 0,
      revision: ++this.#revision,
      origin,
      device: this.rules.deviceOf?.(resource, origin) ?? "",
      publishedAt: this.#clock.now(),
    };
    if (this.#stored === null) return this.#settle(held, next, expires, done, null);
    held.waiting = [];
    const expiresAt = this.#clock.now() + expires * 1000;
    this.#stored.write(held, next, expiresAt, (error) => this.#settle(held, next, expires, done, error));
  }

  #settle(held: HeldPublication, next: PublicationState, expires: number, done: Done, error: Error | null): void {
    const waiting = held.waiting;
    held.waiting = null;
    if (held.gone) {
      // Removed with its user, or displaced by newer ones, while it was written.
      done({ status: 412, reason: "Publication Displaced" });
    } else if (error !== null) this.#failed(held, done);
    else {
      held.become(next);
      this.#makeNewest(held);
      this.#schedule(held, expires);
      this.#displace(held);
      done({ status: 200, etag: held.etag, expires, effect: "changed", publication: held });
    }
    this.#goOn(waiting);
  }

  #remove(held: HeldPublication, done: Done): void {
    const etag = tagOf(newVersion(), 0);
    const removed = (error: Error | null) => {
      const waiting = held.waiting;
      held.waiting = null;
      if (error !== null && !held.gone) this.#failed(held, done);
      else {
        this.#leave(held);
        done({ status: 200, etag, expires: 0, effect: "changed", publication: null });
      }
      this.#goOn(waiting);
    };
    if (this.#stored === null) return removed(null);
    held.waiting = [];
    this.#stored.remove(held, removed);
  }

  /**
   * Nothing but its time is another: written within a second. What a crash loses of that is a refresh whose entity-tag is known
   * nevertheless.
   */
  #refresh(held: HeldPublication, request: PublicationRequest, expires: number, done: Done): void {
    const asked = parseInt(request.etag.slice(request.etag.lastIndexOf(".") + 1), 36);
    held.refreshes = asked + 1;
    held.restored = false;
    held.origin = request.origin;
    held.device = this.rules.deviceOf?.(held.resource, request.origin) ?? "";
    this.#schedule(held, expires);
    this.#stored?.writeLazily(held, this.#clock.now() + expires * 1000);
    done({ status: 200, etag: held.etag, expires, effect: "refreshed", publication: held });
  }

  /** It could not be stored: all is as it was before. */
  #failed(held: HeldPublication, done: Done): void {
    const isNew = held.until === 0;
    // What was reported as lost may arrive in the store all the same: what holds is written behind it.
    if (isNew) this.#discard(held);
    else this.#stored?.writeLazily(held, this.#clock.now() + held.until - this.#clock.monotonic());
    done(busy("Publication Cannot Be Stored", RETRY_AFTER_S));
    if (!isNew && held.until <= this.#clock.monotonic()) this.expired(held);
  }

  #goOn(waiting: HeldPublication["waiting"]): void {
    // Each may begin a write, behind which the rest waits again.
    for (const { request, done } of waiting ?? []) this.#work(request, done);
  }

  #find(resource: string, etag: string): HeldPublication | null {
    const now = this.#clock.monotonic();
    for (const held of this.#byResource.get(resource) ?? NONE) {
      if (held.until > now && held.matches(etag)) return held;
    }
    return null;
  }

  #schedule(held: HeldPublication, expires_s: number): void {
    held.timer?.stop();
    held.until = this.#clock.monotonic() + expires_s * 1000;
    held.timer = this.#timers.start(expires_s * 1000, held, 0);
  }

  #add(held: HeldPublication): void {
    const all = this.#byResource.get(held.resource);
    if (all === undefined) this.#byResource.set(held.resource, [held]);
    else all.push(held);
    this.#size++;
  }

  #makeNewest(held: HeldPublication): void {
    const all = this.#byResource.get(held.resource)!;
    // Nearly always.
    if (all.length === 1) return;
    all.splice(all.indexOf(held), 1);
    let at = all.length;
    while (at > 0 && all[at - 1].revision > held.revision) at--;
    all.splice(at, 0, held);
  }

  /** The oldest go where a resource has more than it may, or larger ones. */
  #displace(newest: HeldPublication): void {
    const all = this.#byResource.get(newest.resource)!;
    let octets = 0;
    for (const { body } of all) octets += body.length;
    while (all.length > this.#maxPerResource || octets > this.#maxOctets) {
      const oldest = all.find((held) => held.until > 0 && held !== newest);
      if (oldest === undefined) return;
      octets -= oldest.body.length;
      this.#discard(oldest);
    }
  }

  /** Out of the tables, and out of the store some time. */
  #discard(held: HeldPublication): void {
    this.#leave(held);
    this.#stored?.remove(held, null);
  }

  #leave(held: HeldPublication): void {
    held.timer?.stop();
    if (held.gone) return;
    held.gone = true;
    const all = this.#byResource.get(held.resource)!;
    all.splice(all.indexOf(held), 1);
    if (all.length === 0) this.#byResource.delete(held.resource);
    this.#size--;
  }

  *#all(): Iterable<HeldPublication> {
    for (const all of this.#byResource.values()) yield* all;
  }

  #restore(): void {
    if (this.#stored === null) return;
    const latest_s = this.rules.expires.max;
    for (const { number, resource, publisher, state, left_ms } of this.#stored.load()) {
      if (left_ms <= 0) {
        this.#stored.forget(number);
        continue;
      }
      const held = new HeldPublication(this, number, resource, publisher, state.origin);
      held.become(state);
      held.restored = true;
      this.#revision = Math.max(this.#revision, held.revision);
      this.#add(held);
      this.#makeNewest(held);
      // A clock that was wrong must not make it last for ever.
      this.#schedule(held, Math.min(left_ms / 1000, latest_s));
    }
    this.#number = this.#stored.last;
  }
}

function busy(reason: string, retryAfter_s: number): PublicationProblem {
  return { status: 503, reason, headers: [["Retry-After", String(retryAfter_s)]] };
}

function tooLarge(max: number): PublicationProblem {
  return { status: 413, reason: `Published State Over ${max} Octets` };
}
