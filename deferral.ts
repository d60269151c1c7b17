/**
 * What is kept for those who are not there, and brought when they come: in every mode, for users of the box and of other domains,
 * with its list and its notifications. Part of the composition root, beside `appliance.ts`.
 */
import { type Clock, Events, type Log, type Metrics, type Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import type { DeferredMessage, ParleyStorage } from "./storage/mod.ts";
import type { MsrpNode } from "./transport/msrp/mod.ts";
import type { Fingerprint } from "./transport/payload/mod.ts";
import { type Calls, type EventServer, type Flow, tryParseUri } from "./transport/sip/mod.ts";
import {
  type CoreEvents,
  type CoreServices,
  type Exchange,
  type Handler,
  insertBefore,
  type Row,
  rowsFrom,
  serviceState,
  type TrustedHops,
} from "./roles/sip_core/mod.ts";
import {
  AwayDelivery,
  awayElement,
  DEFAULT_INTAKE,
  DeferredDelivery,
  type DeferredEvents,
  DeferredLists,
  type IntakeRecorder,
  MAX_TOLD_MARKS,
  Onward,
  type OtherReferences,
  removeUndelivered,
  SessionIntake,
  StoredNotices,
  storesForOthers,
  type Teller,
  type ToldMark,
} from "./roles/deferred/mod.ts";
import {
  contentPolicy,
  deferralOf,
  type PublishedSettings,
  storedAdmission,
  storingAdmission,
  type Undelivered,
  UndeliveredMessages,
} from "./roles/participating/mod.ts";
import { DEFAULT_PUSH_SETTINGS, type PushDeps, PushLoad, type SessionFallback } from "./roles/session_media/mod.ts";
import type { ServedDocuments } from "./roles/xdm/mod.ts";
import type { LiveSettings } from "./live_settings.ts";

type PublishedUser = Pick<ReturnType<PublishedSettings["user"]>, "deferral">;

/** Why subscriptions to lists, and retrievals, end. */
const ENDS_LISTS: { readonly [change in UserChange]?: "noresource" | "rejected" | "deactivated" } = {
  suspended: "rejected",
  unsubscribed: "rejected",
  barred: "rejected",
  password: "deactivated",
};
/** Changes of a user after which nothing is stored in sessions for them, or from them. */
const ENDS_STORING: ReadonlySet<UserChange> = new Set(["removed", "suspended", "unsubscribed", "barred"]);
/** What every user publishes, as it were, where nothing is stored here. */
const NOTHING_STORED: PublishedUser = { deferral: "reject" };

export interface DeferralParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly services: CoreServices;
  readonly hops: TrustedHops;
  readonly coreEvents: Events<CoreEvents>;
  readonly eventServer: EventServer;
  readonly published: PublishedSettings;
  readonly rules: Parameters<typeof storedAdmission>[0];
  /** The usage's documents are served from here on. */
  readonly serve: (documents: ServedDocuments) => void;
  /** A document of a user is another one. */
  readonly remade: (key: { readonly auid: string; readonly owner: string; readonly name: string }) => void;
  /** True: nothing that waits goes out to this user now; `kick` comes when it may. */
  readonly holds: (aor: string) => boolean;
  /** What system messages keep closed: only the service itself is heard then. */
  readonly gate: {
    isOpen(aor: string): boolean;
    mayReceive(aor: string): boolean;
    mayTalk(aor: string): boolean;
    isOwn(sender: string): boolean;
  };
  /** What else a MESSAGE to `sip:delete@domain` may name; absent: nothing. */
  readonly otherReferences?: OtherReferences;
  /** Says something to a user in the name of the box. */
  readonly teller: Teller;
  /** Records sessions that are stored; null or absent: nothing does. */
  readonly recorder?: IntakeRecorder | null;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** Our side of sessions, for those that store and for those that bring. */
export interface SessionSide {
  readonly calls: Calls;
  readonly node: MsrpNode;
  readonly hostFor: (flow: Flow | null) => string;
  readonly ownFingerprint: () => Fingerprint | null;
}

/** The Deferred Messaging function with everything around it. */
export class Deferral {
  readonly events: Events<DeferredEvents>;
  readonly delivery: DeferredDelivery;
  /** What users wish for, as they publish it and as the operator allows. */
  readonly published: { user(aor: string): PublishedUser };
  /** Takes what broken sessions leave. */
  readonly undelivered: Undelivered;
  readonly #notices: StoredNotices;
  readonly #parts: DeferralParts;
  readonly #marks: Awaited<ReturnType<typeof marksOf>>;
  /** The box's own MESSAGEs; set with the routing table, before the doors open. */
  #asSender: Handler = unavailable;
  #asBox: Handler = unavailable;
  #intake: SessionIntake | null = null;
  #lists: DeferredLists | null = null;
  #away: AwayDelivery | null = null;

  private constructor(parts: DeferralParts, marks: Awaited<ReturnType<typeof marksOf>>) {
    this.#parts = parts;
    this.#marks = marks;
    const { live, storage, services, coreEvents, clock, metrics, log, published } = parts;
    const { subscribers } = storage;
    this.events = new Events<DeferredEvents>(parts.failed);
    this.published = { user: (aor) => live.waiting.enabled ? published.user(aor) : NOTHING_STORED };
    this.#notices = new StoredNotices({
      contents: storage.contents,
      subscribers,
      deliver: (exchange) => this.#asBox(exchange),
      domains: services.domains,
      clock,
      log,
      metrics,
    });
    const admits = storedAdmission(parts.rules);
    this.delivery = new DeferredDelivery({
      services,
      store: storage.deferredMessages,
      settings: live.deferral,
      coreEvents,
      events: this.events,
      metrics,
      mayReceive: (aor) => {
        const user = subscribers.get(aor);
        return user !== undefined && serviceState(user, clock) === "active" &&
          (parts.gate.isOpen(aor) || !parts.holds(aor));
      },
      admits: (message) =>
        parts.gate.mayReceive(message.recipient) ? admits(message) : parts.gate.isOwn(message.sender),
      wishes: (aor) => this.#notifies(aor) && parts.gate.mayTalk(aor) ? "notify" : "push",
      copies: live.waiting,
      knownDevices: storage.knownDevices,
      pager: live.pager,
      undelivered: (message) => this.#notices.failed(message),
    });
    this.events.on("deferredStored", ({ recipient, id }) => this.#stored(recipient, id));
    this.#notices.watch(this.events, (id) => storage.deferredMessages.read(id));
    this.undelivered = new UndeliveredMessages({
      deferred: this.delivery,
      services,
      settings: live.deferral,
      published: this.published,
    });
  }

  static async open(parts: DeferralParts): Promise<Deferral> {
    return new Deferral(parts, await marksOf(parts.storage));
  }

  /** Sessions can be had from now on. Gives who takes those that no device took. */
  join(side: SessionSide): SessionFallback {
    const { config, live, storage, services, coreEvents, eventServer, clock, timers, metrics, log } = this.#parts;
    const { contents, subscribers, deferredMessages: store } = storage;
    const push: PushDeps = { services, contents, settings: DEFAULT_PUSH_SETTINGS, load: new PushLoad(), ...side };
    const onward = new Onward({
      services,
      subscriber: (aor) => subscribers.get(aor),
      deliver: (exchange) => this.#asSender(exchange),
    });
    this.delivery.sessions = { ...push, onward: (cpim, user, done) => onward.send(cpim, user, done) };
    this.#lists = new DeferredLists({
      services,
      subscribers,
      store,
      delivery: this.delivery,
      push,
      eventServer,
      coreEvents,
      deferredEvents: this.events,
      marks: this.#marks,
      teller: this.#parts.teller,
      settings: live.lists,
      notifies: (aor) => this.#notifies(aor),
      remade: this.#parts.remade,
      others: this.#parts.otherReferences,
      clock,
      timers,
      log,
    });
    this.#lists.join(eventServer);
    this.#parts.serve(this.#lists.documents);
    this.#away = new AwayDelivery({
      services,
      store,
      events: this.events,
      notes: this.delivery.notes,
      push,
      settings: live.away,
      metrics,
      trusts: (flow) => this.#parts.hops.trusts(flow),
      failed: (message) => this.#notices.failed(message),
      notified: (notice, done) => this.#notices.onward(notice, done),
    });
    this.#intake = new SessionIntake({
      services,
      node: side.node,
      deferred: this.delivery,
      store,
      contents,
      recorder: this.#parts.recorder,
      deferral: live.deferral,
      policy: contentPolicy(live.sessions),
      settings: DEFAULT_INTAKE,
      mayStand: storingAdmission(this.#parts.rules),
      stillWanted: (aor) => this.#stores(aor),
      deferralOf: (user) => deferralOf(user, this.published),
      hostFor: side.hostFor,
      ownFingerprint: side.ownFingerprint,
      host: config.domains[0],
      coreEvents,
      events: this.events,
      metrics,
      storesForOthers: storesForOthers(live.away),
    });
    return this.#intake;
  }

  /** Takes sessions that are for many. After `join`. */
  get intake(): Pick<SessionIntake, "takeMany"> {
    return this.#intake!;
  }

  /** Something new is stored for somebody of another domain, to go out at once. */
  readonly soon = (recipient: string): void => this.#away?.soon(recipient);

  /** Puts its rows into the routing table, and sends its own MESSAGEs down the rest of it. After all others have joined. */
  route(table: Row[]): void {
    const { services, live } = this.#parts;
    insertBefore(table, "subscribe", this.#lists!.row);
    const away = { services, keeper: this.delivery, away: this.#away!, settings: live.away, pager: live.pager };
    insertBefore(table, "proxy", { name: "notifications for other domains", element: awayElement(away) });
    this.#asSender = rowsFrom(table, "originating");
    this.#asBox = rowsFrom(table, "target class");
  }

  start(): void {
    // What came for a user who was being removed when the box was killed.
    for (const aor of [...this.#parts.storage.deferredMessages.recipients()]) {
      if (this.#isGone(aor)) this.#removed(aor);
    }
    this.delivery.start();
    this.#away!.start();
    this.#lists!.start();
  }

  /**
   * Nothing begins any more, and sessions end; what is complete is still stored, and what was sent may still be confirmed for two
   * seconds. While the doors are open.
   */
  async stop(): Promise<void> {
    this.#intake?.close();
    this.#lists?.stop();
    await Promise.all([this.#away?.stop(), this.delivery.stop()]);
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (ENDS_STORING.has(change)) this.#intake?.endOf(aor);
    if (change === "resumed" || change === "subscribed") this.delivery.kick(aor);
    if (change === "removed") return this.#removed(aor);
    const reason = ENDS_LISTS[change];
    if (reason !== undefined) this.#lists?.end(aor, reason);
  }

  /** What a user wishes may be another thing now: who was to be told only may want it brought. */
  wishesChanged(aor: string): void {
    if (this.#parts.storage.deferredMessages.taken(aor).count > 0) this.delivery.kick(aor, false);
  }

  /** The service is open, or closed, to a user: what was held back may go, or the message that has to be answered first. */
  gateChanged(aor: string): void {
    if (!this.#parts.gate.mayTalk(aor)) this.#intake?.endFrom(aor);
    this.delivery.reconsider(aor);
    this.wishesChanged(aor);
  }

  /** A user's rules are others now: what they held back may go, and what they no longer want stored is stored no more. */
  rulesChanged(aor: string): void {
    this.delivery.reconsider(aor);
    this.#intake?.review(aor).catch((error: Error) =>
      this.#parts.log.error("sessions store on under rules that cannot be read", { user: aor, error: error.message })
    );
  }

  /**
   * Before a user is removed: what waits goes, and its senders are told. Whoever has the address next must not get what was meant for
   * this user. Rejects with StorageError.
   */
  forget(aor: string): Promise<void> {
    const { knownDevices, deferredMessages } = this.#parts.storage;
    this.#lists?.forget(aor);
    knownDevices.forget(aor);
    return this.#discard(deferredMessages.pending(aor).map(({ id }) => id));
  }

  /** The user is gone: once more, for what came meanwhile. */
  #removed(aor: string): void {
    this.forget(aor).catch((error: Error) => this.#stillThere(aor, error));
  }

  /** What was on its way into the store when its recipient was removed. */
  #stored(recipient: string, id: number): void {
    if (this.#isGone(recipient)) this.#discard([id]).catch((error: Error) => this.#stillThere(recipient, error));
  }

  /** An address of ours that no user has. */
  #isGone(aor: string): boolean {
    const { storage: { subscribers }, services: { domains } } = this.#parts;
    return subscribers.get(aor) === undefined && domains.has(tryParseUri(aor)?.host ?? "");
  }

  #discard(ids: readonly number[]): Promise<void> {
    const failed = (message: DeferredMessage): void => this.#notices.failed(message);
    return removeUndelivered(this.#parts.storage.deferredMessages, ids, failed);
  }

  #stillThere(aor: string, { message }: Error): void {
    this.#parts.log.error("messages of a removed user are still stored", { user: aor, error: message });
  }

  /** False for a user who wants nothing stored. Of other domains nobody has said so. */
  #stores(aor: string): boolean {
    const user = this.#parts.storage.subscribers.get(aor);
    return user === undefined ? this.#parts.live.waiting.enabled : deferralOf(user, this.published) !== "never";
  }

  #notifies(aor: string): boolean {
    return this.#parts.published.user(aor).deferral === "notify";
  }
}

function marksOf(storage: ParleyStorage) {
  return storage.records<ToldMark>("deferred_told", MAX_TOLD_MARKS);
}

function unavailable(exchange: Exchange): void {
  exchange.reply(503);
}
