import {
  type Clock,
  detached,
  type Metrics,
  randomToken,
  type Timed,
  type Timer,
  type Timers,
} from "../../../foundation/mod.ts";
import type { Problem } from "../message.ts";

/** One piece of published state (RFC 3903 §4): soft, until it expires. */
export interface Publication {
  /** The entity-tag of now; another after each success. */
  readonly etag: string;
  readonly resource: string;
  /** Who published it, as the core vouches. */
  readonly publisher: string;
  /** Lower-case, parameters kept out. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Grows with each initial and modifying publication of the store: the greater is the newer. */
  readonly revision: number;
}

/** What a package says about the publications it takes. */
export interface PublicationRules {
  /** The event package. */
  readonly event: string;
  /** Media types it takes, lower-case. */
  readonly contentTypes: readonly string[];
  /** Seconds. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
  /** Octets of one body; default 32 KiB. More gets 413. */
  readonly maxBody?: number;
  /** Publications of one resource: one more takes the place of the oldest. Default 20. */
  readonly maxPerResource?: number;
  /** Publications in all; one more gets 503. Default 100,000. */
  readonly maxPublications?: number;
  /** True: what was answered with 200 outlasts a restart of the box. Default: it does not. */
  readonly durable?: boolean;
  /** Whether `publisher` may publish for `resource`; null when so (404 and 403 are the usual refusals). */
  authorize(resource: string, publisher: string): Problem | null;
  /** Whether the body is what its type says; null when so. Default: not looked at. */
  check?(contentType: string, body: Uint8Array): Problem | null;
  /** The live publications of a resource are others than before: compose its state anew. */
  changed(resource: string): void;
}

/** What a publication request wants, read from its headers. */
export interface PublicationRequest {
  readonly resource: string;
  readonly publisher: string;
  /** SIP-If-Match; "" for an initial publication. */
  readonly etag: string;
  /** Seconds wanted; -1 when not said. */
  readonly expires: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The outcome: stored (or removed, `expires` 0), or refused. */
export type PublicationResult =
  | { readonly status: 200; readonly etag: string; readonly expires: number; readonly changed: boolean }
  | { readonly status: 423; readonly minExpires: number }
  | { readonly status: 415; readonly accept: readonly string[] }
  | { readonly status: 503; readonly retryAfter: number }
  | { readonly status: 400 | 403 | 404 | 412 | 413; readonly reason: string };

/** The soft state of one event package, as the event state compositor keeps it (RFC 3903 §6). In memory: it expires. */
export class PublicationStore {
  readonly rules: PublicationRules;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #max: number;
  readonly #maxPerResource: number;
  readonly #maxBody: number;
  readonly #byResource = new Map<string, Map<string, Entry>>();
  #size = 0;
  #revision = 0;

  constructor(rules: PublicationRules, clock: Clock, timers: Timers, metrics: Metrics) {
    this.rules = rules;
    this.#clock = clock;
    this.#timers = timers;
    this.#max = rules.maxPublications ?? 100_000;
    this.#maxPerResource = rules.maxPerResource ?? 20;
    this.#maxBody = rules.maxBody ?? 32_768;
    const name = rules.event.replace(/[^A-Za-z0-9]/g, "_");
    metrics.gauge(`sip_publications_${name}`, `Publications held for ${rules.event}`, () => this.#size);
  }

  /** Publications held. */
  get size(): number {
    return this.#size;
  }

  /** Live publications of a resource, the newest last. */
  live(resource: string): Publication[] {
    const now = this.#clock.monotonic();
    const entries = [...this.#byResource.get(resource)?.values() ?? []].filter((entry) => entry.until > now);
    return entries.sort((a, b) => a.revision - b.revision);
  }

  /** Works one PUBLISH off, wholly or not at all. `rules.changed` is for the caller to call once the answer is sent. */
  publish(request: PublicationRequest): PublicationResult {
    const { rules } = this;
    const refused = rules.authorize(request.resource, request.publisher);
    if (refused !== null) return { status: refused.status as 403 | 404, reason: refused.reason };
    const known = request.etag === "" ? undefined : this.#byResource.get(request.resource)?.get(request.etag);
    if (request.etag !== "" && (known === undefined || known.until <= this.#clock.monotonic())) {
      return { status: 412, reason: "Entity-Tag Unknown" };
    }
    const wanted = request.expires < 0 ? rules.expires.default : request.expires;
    if (wanted > 0 && wanted < rules.expires.min) return { status: 423, minExpires: rules.expires.min };
    const expires = Math.min(wanted, rules.expires.max);
    if (request.body.length > 0) {
      if (!rules.contentTypes.includes(request.contentType)) return { status: 415, accept: rules.contentTypes };
      if (request.body.length > this.#maxBody) {
        return { status: 413, reason: `Published State Over ${this.#maxBody} Octets` };
      }
      const wrong = rules.check?.(request.contentType, request.body) ?? null;
      if (wrong !== null) return { status: wrong.status as 400, reason: wrong.reason };
    } else if (known === undefined) {
      // RFC 3903 §6 step 5: an initial publication without state.
      return { status: 400, reason: "Nothing Published" };
    }
    return known === undefined ? this.#initial(request, expires) : this.#update(known, request, expires);
  }

  /** Forgets all that is published for a resource (its user was removed). */
  clear(resource: string): void {
    for (const entry of [...this.#byResource.get(resource)?.values() ?? []]) this.#remove(entry);
  }

  /** Called by an entry whose time is over. */
  expired(entry: Entry): void {
    this.#remove(entry);
    this.rules.changed(entry.resource);
  }

  #initial(request: PublicationRequest, expires: number): PublicationResult {
    const etag = randomToken(16);
    // Expires 0 and no tag: there is nothing to remove and nothing to keep (RFC 3903 §6 step 5).
    if (expires === 0) return { status: 200, etag, expires, changed: false };
    const others = this.#byResource.get(request.resource);
    if (others !== undefined && others.size >= this.#maxPerResource) {
      this.#remove([...others.values()].reduce((a, b) => a.revision < b.revision ? a : b));
    }
    if (this.#size >= this.#max) return { status: 503, retryAfter: 60 };
    const entry = new Entry(this, etag, detached(request.resource), detached(request.publisher));
    this.#fill(entry, request);
    this.#add(entry);
    this.#schedule(entry, expires);
    return { status: 200, etag, expires, changed: true };
  }

  #update(entry: Entry, request: PublicationRequest, expires: number): PublicationResult {
    const etag = randomToken(16);
    this.#remove(entry);
    if (expires === 0) return { status: 200, etag, expires, changed: true };
    entry.etag = etag;
    const changed = request.body.length > 0;
    if (changed) this.#fill(entry, request);
    this.#add(entry);
    this.#schedule(entry, expires);
    return { status: 200, etag, expires, changed };
  }

  #fill(entry: Entry, request: PublicationRequest): void {
    entry.contentType = detached(request.contentType);
    // A view into a datagram's buffer would keep all of it.
    entry.body = request.body.slice();
    entry.revision = ++this.#revision;
  }

  #schedule(entry: Entry, expires_s: number): void {
    entry.until = this.#clock.monotonic() + expires_s * 1000;
    entry.timer = this.#timers.start(expires_s * 1000, entry, 0);
  }

  #add(entry: Entry): void {
    const entries = this.#byResource.get(entry.resource);
    if (entries === undefined) this.#byResource.set(entry.resource, new Map([[entry.etag, entry]]));
    else entries.set(entry.etag, entry);
    this.#size++;
  }

  #remove(entry: Entry): void {
    entry.timer?.stop();
    const entries = this.#byResource.get(entry.resource);
    if (entries === undefined || !entries.delete(entry.etag)) return;
    this.#size--;
    if (entries.size === 0) this.#byResource.delete(entry.resource);
  }
}

class Entry implements Publication, Timed {
  readonly resource: string;
  readonly publisher: string;
  readonly #store: PublicationStore;
  etag: string;
  contentType = "";
  body: Uint8Array = new Uint8Array(0);
  revision = 0;
  until = 0;
  timer: Timer | null = null;

  constructor(store: PublicationStore, etag: string, resource: string, publisher: string) {
    this.#store = store;
    this.etag = etag;
    this.resource = resource;
    this.publisher = publisher;
  }

  onTimer(): void {
    this.#store.expired(this);
  }
}
