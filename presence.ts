/**
 * Presence: what is known of users, who may know it, and how they are told. Part of the composition root, beside `appliance.ts`.
 */
import { type Clock, Events, type LogWriter, type Metrics, type Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage, Records } from "./storage/mod.ts";
import {
  type DurableStates,
  type EventServer,
  EventSubscriber,
  tryParseUri,
  type UserAgent,
} from "./transport/sip/mod.ts";
import {
  type CoreEvents,
  type CoreServices,
  type Exchange,
  insertBefore,
  type Row,
  serviceState,
  subscriberOf,
} from "./roles/sip_core/mod.ts";
import type { PublishedSettings, SessionEvents, UnwillingPolicy } from "./roles/participating/mod.ts";
import {
  Beat,
  BoxPresence,
  GatheredStates,
  ListService,
  type PresenceEvents,
  PresencePackage,
  PresenceRules,
  PresenceWatches,
  Presentities,
  type PrivacyDocuments,
  RecipientAvailability,
  type WaitingRecord,
  WATCH_LIMITS,
  WatcherInfoPackage,
} from "./roles/presence/mod.ts";
import { USAGES } from "./roles/xdm/mod.ts";
import type { Xdm } from "./xdm.ts";

/** Records of those who wait for a decision: some more than may wait, while the oldest are being removed. */
const WAITING = { name: "waiting_watchers", max: WATCH_LIMITS.waiting + 1000 } as const;

/** What presence stands on. */
export interface PresenceParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly xdm: Xdm;
  readonly services: CoreServices;
  readonly coreEvents: Events<CoreEvents>;
  readonly eventServer: EventServer;
  /** Where publications of presence outlast a restart. */
  readonly publications: DurableStates;
  readonly agent: UserAgent;
  readonly published: PublishedSettings;
  readonly sessionEvents: Events<SessionEvents>;
  readonly sessionStands: (id: string) => boolean;
  /** A device of this user had a connection to the box before it was started, and is about to come back. */
  readonly returning: (aor: string) => boolean;
  /** The service is closed to this user: nobody sees them as online (SMSG-9). `gateChanged` comes when it is so, and no longer. */
  readonly isClosed: (aor: string) => boolean;
  /** What waits for a user may go out now. */
  readonly release: (aor: string) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** The Presence Server and what stands around it: one for the whole box. */
export class Presence {
  /** What becomes of messages and sessions for those who do not want any now. */
  readonly availability: RecipientAvailability;
  readonly #parts: PresenceParts;
  readonly #stops: Records<Stop>;
  readonly #events: Events<PresenceEvents>;
  readonly #rules: PresenceRules;
  readonly #box: BoxPresence;
  readonly #publications: GatheredStates;
  readonly #states: Presentities;
  readonly #watches: PresenceWatches;
  readonly #lists: ListService;
  readonly #subscriber: EventSubscriber;

  private constructor(parts: PresenceParts, { waiting, stops, keptAll }: Awaited<ReturnType<typeof readStored>>) {
    const { config, live, storage, xdm, services, coreEvents, eventServer, published, clock, timers, metrics } = parts;
    const { subscribers } = storage;
    const { domains, location } = services;
    const log = parts.log.child("presence");
    const common = { clock, timers, metrics, log };
    const documents = {
      service: xdm.documents,
      documents: storage.documents,
      usages: USAGES,
      subscribers,
      domains,
      root: xdm.root,
    };
    const later = (work: () => void, wait_ms: number): void => void setTimeout(work, wait_ms);
    const nextTurn = (work: () => void): void => later(work, 0);
    const tellingBeat = new Beat(clock, TELLING_BEAT_MS);
    const isUser = (address: string): boolean => this.#userOf(address) === address;
    const salt = storage.secret("presence ids").toHex();
    this.#parts = parts;
    this.#stops = stops;
    this.#events = new Events<PresenceEvents>(parts.failed);
    this.#rules = new PresenceRules({
      ...common,
      ...documents,
      events: this.#events,
      documentEvents: xdm.events,
      settings: live.presence,
      privacy: live.privacy,
      sphereOf: (presentity) => this.#states.sphere(presentity),
    });
    const privacy: PrivacyDocuments = {
      invisible: (aor) => parts.isClosed(aor) || this.#rules.privacyOf(aor)?.invisible,
      prepare: (aor) => this.#rules.prepare(aor),
    };
    this.#box = new BoxPresence({
      ...common,
      location,
      subscribers,
      published,
      coreEvents,
      sessionEvents: parts.sessionEvents,
      sessionStands: parts.sessionStands,
      returning: parts.returning,
      privacy,
      salt,
      changed: (aor) => this.#states.touch(aor),
    });
    this.#publications = new GatheredStates(parts.publications, clock, later);
    this.#states = new Presentities({
      ...common,
      events: this.#events,
      coreEvents,
      location,
      own: this.#box,
      documents: xdm.documents,
      xdmEvents: xdm.events,
      subscribers,
      domains,
      salt,
      settings: live.presence,
      durable: this.#publications,
    });
    this.#watches = new PresenceWatches({
      ...common,
      states: this.#states,
      decisions: this.#rules,
      privacy,
      isUser,
      events: this.#events,
      waiting,
      nextTurn,
      nextBeat: (work) => later(work, tellingBeat.take()),
      limits: {
        ...WATCH_LIMITS,
        list: {
          ...WATCH_LIMITS.list,
          get giveUp_s() {
            return live.presence.give_up_days * DAY_S;
          },
        },
      },
    });
    this.#subscriber = new EventSubscriber({ agent: parts.agent, ...common });
    this.#lists = new ListService({
      ...common,
      ...documents,
      watches: this.#watches,
      presenceEvents: this.#events,
      xdmEvents: xdm.events,
      subscriber: this.#subscriber,
      // Whom the other side trusts is known by its own rules; a From of ours is as good as what our proxy sends there.
      asserted: (user) => ({ from: `<${user}>`, headers: [] }),
      userOf: (watcher) => this.#userOf(watcher),
      presentityOf: (aor) => this.#presentityOf(aor),
      keptAll,
      host: config.domains[0],
      settings: live.presence,
      random: Math.random,
    });
    this.availability = new RecipientAvailability({
      states: this.#states,
      isRegistered: (aor) => this.#box.isRegistered(aor),
      settings: live.presence,
      clock,
      release: parts.release,
    });
    const lists = (contents: Parameters<ListService["listVariant"]>[0]) => this.#lists.listVariant(contents);
    const telling = { watches: this.#watches, isUser, settings: live.presence };
    eventServer.register(new PresencePackage({ ...telling, lists, nextTurn, keptAll }));
    eventServer.register(this.#lists.eventPackage);
    eventServer.register(new WatcherInfoPackage(telling));
    eventServer.acceptPublications(this.#states.publications);
    this.#events.on("rulesChanged", ({ presentity }) => this.#box.privacyChanged(presentity));
    this.#events.on("presenceChanged", ({ presentity }) => this.availability.changed(presentity));
  }

  /** Rejects with StorageError where those who wait cannot be read. */
  static async open(parts: PresenceParts): Promise<Presence> {
    return new Presence(parts, await readStored(parts.storage));
  }

  /** The resource of a SUBSCRIBE that is to a list; null for any other. */
  listOf({ request }: Exchange): string | null {
    return this.#lists.addressOf(request.uri);
  }

  readonly unwilling: UnwillingPolicy = (aor) => this.availability.policyFor(aor);

  /** NOTIFYs of other domains come in for the box's own subscriptions. */
  join(table: Row[]): void {
    insertBefore(table, "authenticate", {
      name: "notifications for the box",
      element: (next) => (exchange) => {
        if (this.#subscriber.owns(exchange.request)) this.#subscriber.handleNotify(exchange.transaction);
        else next(exchange);
      },
    });
  }

  /** The service is open, or closed, to a user: who may see what is another thing now. */
  gateChanged(aor: string): void {
    this.#events.emit("rulesChanged", { presentity: aor });
  }

  /** What a user publishes about the service is something else. */
  settingsPublished(aor: string): void {
    this.#box.review(aor);
  }

  settingsChanged(): void {
    this.availability.settingsChanged();
    this.#watches.reconsider();
  }

  /** Once subscriptions are back: who was removed or suspended while the box was down watches nobody any more. */
  start(): void {
    const { eventServer, services: { domains } } = this.#parts;
    for (const watcher of [...eventServer.watchers]) {
      const isOurs = domains.has(tryParseUri(watcher)?.host ?? "");
      if (isOurs && !this.#isInService(watcher)) eventServer.terminateWatcher(watcher, PACKAGES, "rejected");
    }
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    const reason = ENDS_WATCHING[change] ?? (this.#isInService(aor) ? undefined : "rejected");
    if (reason !== undefined) {
      this.#parts.eventServer.terminateWatcher(aor, PACKAGES, reason);
      // Who may publish no more cannot take back what was published either.
      this.#states.unpublish(aor);
    }
    if (change !== "removed") return this.#box.review(aor);
    this.#watches.remove(aor);
    this.#lists.remove(aor);
    this.#box.forget(aor);
    this.#rules.forget(aor);
    this.#states.forget(aor);
    this.availability.forget(aor);
  }

  /** What was to be written a moment later is written, and that all of it was. */
  async close(): Promise<void> {
    const { eventServer, clock } = this.#parts;
    this.#publications.flush();
    await this.#watches.flush();
    await eventServer.close();
    await this.#stops.put(STOPS.id, { at: clock.now() });
  }

  #isInService(aor: string): boolean {
    const user = this.#parts.storage.subscribers.get(aor);
    return user !== undefined && serviceState(user, this.#parts.clock) === "active";
  }

  /** The user of ours whom this address means, in service or not; null for nobody. */
  #userOf(address: string): string | null {
    const { storage: { subscribers }, services: { domains } } = this.#parts;
    const uri = tryParseUri(address);
    return uri === null ? null : subscriberOf(uri, subscribers, domains)?.aor ?? null;
  }

  #presentityOf(aor: string): string | null {
    const known = this.#userOf(aor);
    if (known !== null) return known;
    return this.#parts.services.domains.has(tryParseUri(aor)?.host ?? "") ? aor : null;
  }
}

const DAY_S = 86_400;
/** Milliseconds between two times of telling watchers while much changes. */
const TELLING_BEAT_MS = 50;
/** Why what a user watches ends: with a new password whoever had the old one may not see more, too. */
const ENDS_WATCHING: { readonly [change in UserChange]?: "rejected" | "deactivated" } = {
  removed: "rejected",
  suspended: "rejected",
  unsubscribed: "rejected",
  barred: "rejected",
  password: "deactivated",
};
const PACKAGES: ReadonlySet<string> = new Set(["presence", "presence.winfo"]);

/** That the box was stopped in order, until it starts again: else not everything was written that watchers were told. */
const STOPS = { name: "presence_stops", max: 1, id: "last" } as const;
interface Stop {
  /** ms since 1970. */
  readonly at: number;
}

async function readStored(storage: ParleyStorage) {
  const waiting = await storage.records<WaitingRecord>(WAITING.name, WAITING.max);
  const stops = await storage.records<Stop>(STOPS.name, STOPS.max);
  return { waiting, stops, keptAll: await stops.remove(STOPS.id) };
}
