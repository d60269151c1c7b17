/**
 * The Controlling Function with everything around it: rooms and groups, who watches them, messages to lists. Part of the composition
 * root, beside `appliance.ts`.
 */
import { type Clock, Events, type LogWriter, type Metrics, type Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import { type ParleyStorage, sharedStates, type States } from "./storage/mod.ts";
import { MsrpSwitchRoom, OctetBudget, type SwitchLimits } from "./transport/msrp/mod.ts";
import { type EventServer, Refers, type UserAgent } from "./transport/sip/mod.ts";
import {
  addressOfText,
  type CoreServices,
  type Exchange,
  type Handler,
  insertBefore,
  type Row,
  serviceState,
} from "./roles/sip_core/mod.ts";
import {
  type AccessRules,
  contentPolicy,
  deferralOf,
  type PublishedSettings,
  type UnwillingPolicy,
} from "./roles/participating/mod.ts";
import { BlockedPresent, type Teller } from "./roles/system_messages/mod.ts";
import { forgetInContacts, USAGES } from "./roles/xdm/mod.ts";
import {
  adhocTerms,
  ConferencePackage,
  type CopyRecorder,
  DEFAULT_FOCUS,
  dialogsOf,
  DocumentPolicies,
  Exploder,
  exploderUri,
  type ExplosionEvents,
  factoryUri,
  Focus,
  type LargeDeps,
  LargeFunction,
  ListFunction,
  type RecordingCommands,
  type RoomEvents,
  RoomFiles,
  type RoomRecorder,
  RoomTable,
  UnusedGroups,
} from "./roles/controlling/mod.ts";
import type { Deferral } from "./deferral.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { Media } from "./media.ts";
import type { Xdm } from "./xdm.ts";

/** What rooms stand on. */
export interface RoomServiceParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly services: CoreServices;
  readonly xdm: Xdm;
  readonly media: Media;
  /** After its `join`: takes large messages to many, and keeps the copies. */
  readonly deferral: Pick<Deferral, "intake" | "delivery" | "events" | "published" | "soon">;
  readonly eventServer: EventServer;
  readonly agent: UserAgent;
  readonly access: AccessRules;
  readonly published: PublishedSettings;
  readonly unwilling: UnwillingPolicy;
  /** Records rooms; null or absent: nothing does. */
  readonly recorder?: (RoomRecorder & RecordingCommands) | null;
  /** Records copies of large messages; null or absent: nobody does. */
  readonly copies?: CopyRecorder | null;
  /** Says something to a user. */
  readonly teller: Teller;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** Memory for messages of rooms that come in pieces, all together, octets. */
const PIECES = 64 * 1024 * 1024;
/** Changes of a user after which nobody has them in a room. */
const ENDS_PRESENCE: ReadonlySet<UserChange> = new Set(["removed", "suspended", "unsubscribed", "barred"]);

/** Rooms, groups and lists: one for the whole box. */
export class RoomService {
  readonly events: Events<RoomEvents>;
  readonly listEvents: Events<ExplosionEvents>;
  readonly rooms: RoomTable;
  readonly policies: DocumentPolicies;
  /** What belongs to dialogs of the box, for the core. */
  readonly dialogs: ReturnType<typeof dialogsOf>;
  readonly #focus: Focus;
  readonly #lists: ListFunction;
  readonly #exploder: Exploder;
  readonly #large: LargeFunction;
  readonly #unused: UnusedGroups;
  readonly #domain: string;
  /** Copies of messages to lists; set with the routing table, before the doors open. */
  #deliver: Handler = (exchange) => exchange.reply(503);

  private constructor(
    parts: RoomServiceParts,
    events: Events<RoomEvents>,
    policies: DocumentPolicies,
    rooms: RoomTable,
    states: ReturnType<typeof sharedStates>,
  ) {
    const { config, live, storage, services, xdm, media, eventServer, agent, clock, timers, metrics } = parts;
    const log = parts.log.child("rooms");
    const [host] = config.domains;
    const { subscribers } = storage;
    this.#domain = host;
    this.events = events;
    this.listEvents = new Events<ExplosionEvents>(parts.failed);
    this.policies = policies;
    this.rooms = rooms;
    const refers = new Refers({ agent, clock, timers, metrics });
    this.dialogs = dialogsOf(media.calls, refers);
    const largeDeps = this.#largeDeps(parts, states("large"));
    this.#large = new LargeFunction(largeDeps);
    const files = new RoomFiles({ ...largeDeps, sessions: live.sessions }, this.#large.jobs);
    this.#focus = new Focus({
      ...media.side,
      early: media.switchboard,
      senders: media.senders,
      services,
      refers,
      rooms,
      policies,
      rules: live.rooms,
      settings: DEFAULT_FOCUS,
      types: () => contentPolicy(live.sessions).admitted(["*"]),
      access: parts.access,
      subscriber: (aor) => subscribers.get(aor),
      byNumber: (e164) => subscribers.byNumber(e164),
      unwilling: parts.unwilling,
      published: parts.published,
      sessions: media.sessions,
      recording: parts.recorder,
      files,
      metrics,
      host,
    });
    this.#unused = new UnusedGroups({
      documents: storage.documents,
      service: xdm.documents,
      states: states("groups"),
      settings: live.rooms,
      inUse: () => [...rooms.all()].map(({ group }) => group),
      gone: async (group) => {
        await forgetInContacts(group, { documents: storage.documents, service: xdm.documents });
      },
      clock,
      timers,
      metrics,
      log,
    });
    const used = ({ room: { group } }: { readonly room: { readonly group: string } }) => {
      if (group !== "") this.#unused.used(group);
    };
    events.on("roomBegan", used);
    events.on("roomEnded", used);
    eventServer.register(
      new ConferencePackage({
        rooms,
        events,
        settings: live.rooms,
        clock,
        timers,
        nextTurn: (work) => void setTimeout(work, 0),
        host,
        callerOf: (aor) => ({ aor, number: subscribers.get(aor)?.e164 ?? "", anonymous: false }),
      }),
    );
    this.#exploder = new Exploder({
      states: states("lists"),
      deliver: (exchange) => this.#deliver(exchange),
      isService: (uri) => this.isService(uri),
      maySend: (aor) => {
        const sender = subscribers.get(aor);
        if (sender === undefined) return !services.domains.has(addressOfText(aor).domain);
        return serviceState(sender, clock) === "active";
      },
      domains: services.domains,
      events: this.listEvents,
      clock,
      log,
      metrics,
    });
    this.#lists = new ListFunction({
      exploder: this.#exploder,
      policies,
      settings: live.rooms,
      deferral: live.deferral,
      events: this.listEvents,
      clock,
      log,
      host,
    });
  }

  /** What large messages to many, and files for rooms, stand on. */
  #largeDeps(parts: RoomServiceParts, states: States): LargeDeps {
    const { live, storage, services, media, deferral, metrics } = parts;
    const { subscribers } = storage;
    return {
      services,
      calls: media.calls,
      intake: deferral.intake,
      deferred: deferral.delivery,
      deferredEvents: deferral.events,
      store: storage.deferredMessages,
      contents: storage.contents,
      copies: parts.copies,
      states,
      policies: this.policies,
      settings: live.rooms,
      deferral: live.deferral,
      away: live.away,
      soon: deferral.soon,
      access: parts.access,
      subscriber: (aor) => subscribers.get(aor),
      byNumber: (e164) => subscribers.byNumber(e164),
      unwilling: parts.unwilling,
      deferralOf: (user) => deferralOf(user, deferral.published),
      senders: media.senders,
      isService: (uri) => this.isService(uri),
      deliver: (exchange) => this.#deliver(exchange),
      events: this.listEvents,
      metrics,
      host: this.#domain,
    };
  }

  /** With the rooms that stood before. Rejects where they cannot be read. */
  static async open(parts: RoomServiceParts): Promise<RoomService> {
    const { config, live, storage, services, xdm, media, clock, timers, metrics } = parts;
    const { domains } = services;
    const log = parts.log.child("rooms");
    const events = new Events<RoomEvents>(parts.failed);
    const states = sharedStates(storage.rooms);
    const [domain] = config.domains;
    let rooms: RoomTable | null = null;
    const policies = new DocumentPolicies({
      service: xdm.documents,
      documents: storage.documents,
      usages: USAGES,
      subscribers: storage.subscribers,
      domains,
      root: xdm.root,
      settings: live.rooms,
      birthDates: xdm.birthDates,
      events: xdm.events,
      isService: (uri) => isServiceOf(domain, rooms, uri),
      clock,
      timers,
      metrics,
      log,
      changed: (group) => rooms?.groupChanged(group),
    });
    const budget = new OctetBudget(PIECES);
    const limits = switchLimits(live);
    const blockedPresent = new BlockedPresent(parts.teller, log);
    events.on("roomEnded", ({ room }) => blockedPresent.ended(room));
    rooms = await RoomTable.open({
      domain,
      clock,
      timers,
      log,
      settings: live.rooms,
      policies,
      adhocTerms: (subject) => adhocTerms(live.rooms, subject),
      makeSwitch: (owner) => new MsrpSwitchRoom({ node: media.switchboard, clock, timers, log, limits, owner, budget }),
      states: states("rooms"),
      messages: storage.roomMessages,
      recorder: parts.recorder,
      events,
      blocks: (owner, person) => xdm.rules.blocks(owner, person),
      blockedPresent: (aor, room) => blockedPresent.present(aor, room),
    });
    metrics.gauge("parley_rooms", "Rooms that stand", () => rooms!.size);
    return new RoomService(parts, events, policies, rooms, states);
  }

  /** Puts its rows into the routing table, and sends copies of messages to lists down the rest of it. After all others have joined. */
  join(table: Row[], deliver: Handler): void {
    this.#deliver = deliver;
    insertBefore(table, "content rules", { name: "messages to lists", element: this.#lists.listElement });
    insertBefore(table, "sessions originating", { name: "large messages to many", element: this.#large.element });
    insertBefore(table, "sessions originating", { name: "rooms", element: this.#focus.element });
    insertBefore(table, "sessions originating", { name: "messages to groups", element: this.#lists.element });
  }

  /** Goes on with what a restart cut off. With the doors open. */
  start(): void {
    this.#exploder.start();
    this.#large.start();
  }

  /** The room, or the group, that a SUBSCRIBE is for; null for everything else. */
  readonly resourceOf = ({ request, target }: Exchange): string | null => {
    if (!/^\s*conference\s*(?:;|$)/i.test(request.get("Event") ?? "")) return null;
    const { aor } = addressOfText(target);
    return this.policies.isGroup(aor) || this.rooms.find(aor) !== undefined || this.rooms.isOver(aor) ? aor : null;
  };

  /** True for a folded address of a room, a group, or the service itself: nobody is there to be sent something. */
  isService(uri: string): boolean {
    return isServiceOf(this.#domain, this.rooms, uri) || this.policies.isGroup(uri);
  }

  /** Members of a group, as its document has them; null where there is no such group. Rejects where it cannot be read. */
  async membersOf(group: string): Promise<readonly string[] | null> {
    const policy = await this.policies.policyOf(group);
    if (!("status" in policy)) return policy.members;
    if (policy.status === 404) return null;
    throw new Error(policy.reason);
  }

  rulesChanged(aor: string): void {
    this.rooms.rulesChanged(aor);
  }

  /** What was read of this user's documents is read anew: the user is being removed. */
  forget(aor: string): void {
    this.policies.forget(aor);
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (ENDS_PRESENCE.has(change)) this.rooms.userGone(aor);
  }

  /** Every dialog ends, and everybody may come again. While the doors are open. */
  goodbye(): void {
    this.#exploder.stop();
    this.#large.stop();
    this.#focus.close();
    this.rooms.close();
    this.#unused.close();
  }
}

/** The box itself under one of its names, or one of its rooms. `rooms` is null while they are being opened. */
function isServiceOf(domain: string, rooms: RoomTable | null, uri: string): boolean {
  return uri === factoryUri(domain) || uri === exploderUri(domain) || rooms?.find(uri) !== undefined ||
    rooms?.isOver(uri) === true;
}

/** A device that is so far behind, or so silent, is out: nobody waits for it. */
function switchLimits({ rooms }: LiveSettings): SwitchLimits {
  return {
    get message() {
      return rooms.message_bytes;
    },
    window: 100,
    windowOctets: 262_144,
    behind: 5_000,
    behindOctets: 16 * 1024 * 1024,
    silence_ms: 30_000,
  };
}
