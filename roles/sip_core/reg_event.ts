import type { Clock, Events } from "../../foundation/mod.ts";
import {
  type Admission,
  type EventPackage,
  type Notification,
  type Notifier,
  parseParams,
  type Subscription,
  tryParseUri,
} from "../../transport/sip/mod.ts";
import type { Subscribers } from "../../storage/mod.ts";
import { ChangeLog } from "./change_log.ts";
import type { CoreEvents } from "./core_events.ts";
import type { GruuMaker } from "./gruu.ts";
import type { HeldBinding } from "./held_binding.ts";
import type { Binding } from "./location.ts";
import type { LocationTable } from "./location_table.ts";
import { REGINFO_TYPE, type ReginfoContact, reginfoDocument } from "./reginfo.ts";
import { subscriberOf } from "./subscriber_lookup.ts";

/** What the package stands on. */
export interface RegEventParts {
  readonly table: LocationTable;
  readonly gruus: GruuMaker;
  readonly subscribers: Subscribers;
  readonly domains: ReadonlySet<string>;
  readonly events: Events<CoreEvents>;
  readonly clock: Clock;
  /** True for the identity of a server of our trust domain, which may watch everybody (an IMS application server). */
  readonly isTrusted: (watcher: string) => boolean;
  /** Users whose changes are remembered, at most. Default 20,000. */
  readonly limit?: number;
}

type ContactEvent = ReginfoContact["event"];
interface Change {
  readonly binding: HeldBinding;
  readonly state: "active" | "terminated";
  readonly event: ContactEvent;
}
/** What is remembered for those who watch an address-of-record. */
interface Watched {
  readonly log: ChangeLog<Change>;
  /** Monotonic, ms: nobody can be subscribed any longer unless a SUBSCRIBE comes. */
  until: number;
}
/** What one subscription was told of: up to that number of that log. Another log counts anew. */
interface Told {
  readonly log: ChangeLog<Change>;
  readonly number: number;
}

const EXPIRES = { default: 3761, min: 60, max: 7200 } as const;
const CHANGES = 64;
const WATCHED = 20_000;

/**
 * The registration event package (RFC 3680) with GRUUs (RFC 5628): who may see it is told at once of every contact that
 * comes, is refreshed, or goes. After the first, complete document each subscriber gets the contacts that changed.
 */
export class RegEvent implements EventPackage {
  readonly name = "reg";
  readonly contentTypes: readonly string[] = [REGINFO_TYPE];
  readonly expires = EXPIRES;
  readonly #parts: RegEventParts;
  readonly #watched = new Map<string, Watched>();
  readonly #told = new WeakMap<Subscription, Told>();
  /** Somebody was let go of who may be watched still. */
  #hasForgotten = false;
  #notifier: Notifier | null = null;

  constructor(parts: RegEventParts) {
    this.#parts = parts;
    const { events } = parts;
    events.on("registered", ({ aor, binding }) => this.#changed(aor, binding, "active", "registered"));
    events.on("unregistered", ({ aor, binding, why }) => this.#changed(aor, binding, "terminated", ENDED[why]));
    events.on(
      "refreshed",
      ({ aor, binding, shortened }) => this.#changed(aor, binding, "active", shortened ? "shortened" : "refreshed"),
    );
  }

  /** Joins the framework; changes before that are told to nobody. */
  join(notifier: Notifier): void {
    this.#notifier = notifier;
    notifier.register(this);
  }

  /** Users may watch themselves, trusted servers everybody (RFC 3680 §4.6). */
  admit(resource: string, watcher: string): Admission {
    const aor = this.#aorOf(resource);
    if (aor !== null && (this.#aorOf(watcher) === aor || this.#parts.isTrusted(watcher))) return { state: "active" };
    // Whether there is such a user is nobody else's business.
    return { state: "refused", status: 403, reason: "Registrations are shown to their own user only" };
  }

  full(subscription: Subscription): Notification {
    const aor = this.#aorOf(subscription.resource) ?? subscription.resource;
    const watched = this.#watch(aor);
    this.#toldAll(subscription, watched.log);
    const bindings = this.#parts.table.known(aor)?.bindings ?? [];
    const contacts = bindings.map((binding) =>
      this.#contact(subscription, aor, {
        binding,
        state: "active",
        event: "registered",
      })
    );
    return this.#document(subscription, aor, "full", bindings.length > 0 ? "active" : "init", contacts);
  }

  partial(subscription: Subscription): Notification | null {
    const aor = this.#aorOf(subscription.resource) ?? subscription.resource;
    const told = this.#told.get(subscription);
    const log = this.#watched.get(aor)?.log;
    const changes = log === undefined || told?.log !== log ? null : log.since(told.number);
    if (log === undefined || changes === null) return this.full(subscription);
    if (changes.length === 0) return null;
    this.#toldAll(subscription, log);
    const active = (this.#parts.table.known(aor)?.bindings.length ?? 0) > 0;
    const contacts = changes.map((change) => this.#contact(subscription, aor, change));
    return this.#document(subscription, aor, "partial", active ? "active" : "terminated", contacts);
  }

  #changed(aor: string, binding: Binding, state: Change["state"], event: ContactEvent): void {
    const watched = this.#watched.get(aor);
    if (watched === undefined) {
      // Its watchers get complete documents.
      if (this.#hasForgotten) this.#notifier?.changed(this.name, aor);
      return;
    }
    if (watched.until < this.#parts.clock.monotonic()) {
      this.#watched.delete(aor);
      return;
    }
    // The registrar's own bindings come with their number.
    const held = binding as HeldBinding;
    watched.log.add(String(held.id), { binding: held, state, event });
    this.#notifier?.changed(this.name, aor);
  }

  #toldAll(subscription: Subscription, log: ChangeLog<Change>): void {
    this.#told.set(subscription, { log, number: log.number });
  }

  #watch(aor: string): Watched {
    const { clock, limit = WATCHED } = this.#parts;
    let watched = this.#watched.get(aor);
    if (watched === undefined) {
      if (this.#watched.size >= limit) this.#forget(limit);
      this.#watched.set(aor, watched = { log: new ChangeLog(CHANGES), until: 0 });
    }
    watched.until = clock.monotonic() + (EXPIRES.max + 60) * 1000;
    return watched;
  }

  /** Makes room: those whom nobody can be watching, else the oldest, whose watchers get complete documents from now on. */
  #forget(limit: number): void {
    const now = this.#parts.clock.monotonic();
    for (const [aor, { until }] of this.#watched) if (until < now) this.#watched.delete(aor);
    if (this.#watched.size < limit) return;
    this.#watched.delete(this.#watched.keys().next().value!);
    this.#hasForgotten = true;
  }

  #contact(subscription: Subscription, aor: string, { binding, state, event }: Change): ReginfoContact {
    const { gruus, table } = this.#parts;
    const now = table.nowMs;
    const instance = binding.instance;
    const epoch = instance === "" ? undefined : table.known(aor)?.gruus.find((epoch) => epoch.instance === instance);
    // Temporary GRUUs only for who may register for that user (RFC 5628 §5).
    const own = this.#aorOf(subscription.watcher) === aor;
    return {
      id: `c${binding.id}`,
      state,
      event,
      uri: binding.contact,
      registeredFor: Math.max(0, Math.floor((now - binding.registeredAt) / 1000)),
      expires: state === "active" ? Math.max(0, Math.ceil((binding.expiresAt - now) / 1000)) : -1,
      q: binding.q,
      callId: binding.callId,
      cseq: binding.cseq,
      params: parseParams(binding.params, 0, binding.params.length),
      publicGruu: instance === "" ? "" : gruus.publicGruu(aor, instance),
      temporaryGruu: own && state === "active" ? epoch?.latest ?? "" : "",
      firstCseq: epoch?.firstCseq ?? 0,
    };
  }

  #document(
    subscription: Subscription,
    aor: string,
    state: "full" | "partial",
    registration: "init" | "active" | "terminated",
    contacts: readonly ReginfoContact[],
  ): Notification {
    const info = { version: subscription.sent, state, aor, id: idOf(aor), registration, contacts };
    return { contentType: REGINFO_TYPE, body: reginfoDocument(info) };
  }

  /** Users are watched by any of their names. Null for who is no user of ours. */
  #aorOf(text: string): string | null {
    const uri = tryParseUri(text);
    if (uri === null) return null;
    return subscriberOf(uri, this.#parts.subscribers, this.#parts.domains)?.aor ?? null;
  }
}

const ENDED: Readonly<Record<CoreEvents["unregistered"]["why"], ContactEvent>> = {
  removed: "unregistered",
  expired: "expired",
  // The device may come back at once, and should.
  flow: "deactivated",
  rejected: "rejected",
};

/** The same for an address-of-record at all times; what it says is nothing. FNV-1a, 32 bits. */
function idOf(aor: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < aor.length; i++) hash = Math.imul(hash ^ aor.charCodeAt(i), 0x01000193);
  return `r${(hash >>> 0).toString(16)}`;
}
