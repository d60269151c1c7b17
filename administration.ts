/**
 * The composition root of the console: the services that REST and pages stand on, built over the parts of a running box. Opened
 * after the service's own parts and closed before them. With `appliance.ts` the only file that knows every role.
 */
import type { Clock, Events, LogRing, LogWriter, Metrics, Timers } from "./foundation/mod.ts";
import { type Config, listenReader, type SettingsKeeper } from "./config.ts";
import type { CertificateKeeper } from "./certificates/mod.ts";
import type { StoredOperations, UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import type { Resolver } from "./transport/net/mod.ts";
import { interfaceAddresses, tryListen } from "./transport/net/machine/mod.ts";
import type { UserAgent } from "./transport/sip/mod.ts";
import type { SipWires } from "./transport/sip/flows/mod.ts";
import type { Newcomers, Registrar, SessionKeys } from "./roles/sip_core/mod.ts";
import { type DeferredDelivery, type DeferredEvents } from "./roles/deferred/mod.ts";
import {
  type AudienceFacts,
  Farewell,
  type NoticeBook,
  type ServiceGate,
  SystemMessages,
  watchQuota,
} from "./roles/system_messages/mod.ts";
import { clientDoors, createProvisioning } from "./roles/provisioning/mod.ts";
import {
  type AdminServices,
  BoxBackups,
  BoxUsers,
  type ConversationService,
  openAccess,
  SetUp,
  StoredTokenService,
} from "./roles/admin/mod.ts";
import type { Sessions } from "./roles/participating/mod.ts";
import {
  boxChecks,
  boxSeries,
  diskSpace,
  HEALTH_RECORDS,
  HealthList,
  HISTORY_RECORDS,
  LiveChatSessions,
  LiveRooms,
  MachineWatch,
  MessageTrace,
  MetricsHistory,
  optionsPing,
  RingLogs,
  SupportBundle,
  type WatchedRooms,
} from "./roles/admin/observe/mod.ts";
import type { LiveSettings } from "./live_settings.ts";
import { People } from "./people.ts";
import type { Xdm } from "./xdm.ts";
import { baseOf, doorFacts, isTrusted, linkBase, ownAddress, peerAt, registeredUsers, storeSize } from "./box_facts.ts";
import { lazyPortal } from "./portal_pages.ts";
import type { Web } from "./web/mod.ts";
import { WebConsole } from "./web_console.ts";

const DAY_MS = 86_400_000;
/** Octets of an uploaded backup. */
const MAX_UPLOAD = 8 * 1024 ** 3;

/** Changes of a user after which browsers must sign in anew. */
const ENDS_SESSIONS: ReadonlySet<UserChange> = new Set(["removed", "suspended", "barred", "replaced"]);

/** What the console needs of the box. */
export interface BoxParts {
  readonly config: Config;
  readonly settings: SettingsKeeper;
  readonly storage: ParleyStorage;
  readonly operations: StoredOperations;
  readonly certificates: CertificateKeeper;
  readonly registrar: Registrar;
  readonly wires: SipWires;
  readonly agent: UserAgent;
  readonly deferred: DeferredDelivery;
  readonly deferredEvents: Events<DeferredEvents>;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  readonly ring: LogRing;
  readonly version: string;
  /** When this version was made, ms. */
  readonly builtAt: number;
  /** Wall time, ms. */
  readonly startedAt: number;
  /** Doors that are open, as in the ready line. */
  readonly doors: () => readonly string[];
  /** The SIP ones among them: what clients are told. */
  readonly sipDoors: () => readonly string[];
  /** Chat sessions that stand. */
  readonly sessions: Sessions;
  /** Rooms that stand. */
  readonly rooms: WatchedRooms;
  readonly live: LiveSettings;
  readonly xdm: Xdm;
  readonly conversations: ConversationService;
  /** Of users' browser sessions. */
  readonly sessionKeys: SessionKeys;
  /** What users were told of what holds for them. */
  readonly book: NoticeBook;
  /** What system messages keep closed to whom. */
  readonly gate: ServiceGate;
  /** Members of a group by its address; null where there is no such group. */
  readonly membersOf: AudienceFacts["members"];
  readonly restart: (why: string, by: string) => void;
  readonly restore: (path: string, recoveryKey: string, by: string) => void;
}

/** The console at work. */
export interface Administration {
  readonly services: AdminServices;
  /** For the registrar (REG-2). */
  readonly newcomers: Newcomers;
  /** For the console: the link to set the box up; "" when there is nothing to set up. */
  readonly setUpLink: string;
  /** Whether that browser session stands, and is that user's. */
  sessionStands(session: string, aor: string): boolean;
  /** Adds REST and pages to the web application. */
  mount(web: Web): void;
  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void;
  /** A device of a user has registered. */
  registered(aor: string): void;
  readonly systemMessages: SystemMessages;
  start(): Promise<void>;
  /** Before the doors close: nothing new is answered. */
  quiesce(): void;
  close(): Promise<void>;
}

/** Builds everything, and starts nothing. Rejects with DamageError. */
export async function openAdministration(box: BoxParts): Promise<Administration> {
  const { config, storage, clock, timers, operations, settings, certificates, metrics } = box;
  const [domain] = config.domains;
  const log = box.log.child("admin");
  const audit = (event: string, actor: string, facts: Record<string, string | number>) =>
    storage.auditLog.append({ at: clock.now(), event, actor, facts });
  const { subscribers, deferredMessages } = storage;

  const access = await openAccess({
    storage,
    tokens: operations.tokens,
    clock,
    log,
    issuer: `Parley ${domain}`,
    settings: () => settings.config.console,
    stay: () => {
      const { stay_days, stay_idle_days } = settings.config.portal;
      return { longest_ms: stay_days * DAY_MS, idle_ms: stay_idle_days * DAY_MS };
    },
    userSessionEnded: (session) => box.sessionKeys.ended(session),
  });
  let health: HealthList | null = null;
  const boxLimits = () => {
    const { quota_messages: messages, quota_bytes: octets } = settings.config.deferred;
    return { messages, octets };
  };
  const users = new BoxUsers({
    ...box,
    subscribers,
    deferredMessages,
    domains: config.domains,
    boxLimits,
    audit,
    logins: (aor) => storage.auditLog.list({ limit: 5, event: "login", actor: aor }),
  });
  const backups = await BoxBackups.open({
    storage,
    clock,
    timers,
    log,
    data: config.data,
    audit,
    restore: box.restore,
    maxUpload: MAX_UPLOAD,
    changed: () =>
      void health?.run().catch((error: Error) => log.error("health checks failed", { error: error.message })),
  });
  const systemMessages = await SystemMessages.open({
    storage,
    deferred: box.deferred,
    events: box.deferredEvents,
    gate: box.gate,
    facts: {
      bindings: (aor) => box.registrar.location.bindings(aor),
      members: box.membersOf,
      isProfileIncomplete: async (aor) => {
        await box.xdm.mandatory.ready();
        return box.xdm.mandatory.missing(aor).length > 0;
      },
      isNew: (aor) => !people.profiles.isMade(aor),
    },
    clock,
    timers,
    log,
    domain,
    name: `${domain} service`,
    keep_ms: config.deferred.max_days * DAY_MS,
  });
  watchQuota(
    box.deferredEvents,
    deferredMessages,
    (aor) => subscribers.get(aor)?.quota ?? boxLimits(),
    systemMessages,
    log,
  );
  const people = new People({ ...box, config: () => settings.config, teller: systemMessages, log, audit });
  const farewell = new Farewell({
    ...box,
    events: box.deferredEvents,
    log,
    domain,
    name: `${domain} service`,
  });

  const page = new WebConsole(() => services, {
    clock,
    timers,
    log,
    max_upload: MAX_UPLOAD,
    secureUrl: () => {
      const base = baseOf(box);
      return base.startsWith("https:") ? base : null;
    },
  });
  const provisioning = await createProvisioning({
    records: (name, max) => storage.records(name, max),
    subscribers,
    operations,
    users,
    endSessions: (aor) => access.endSessionsOf("user", aor, ""),
    stayDays: () => settings.config.portal.stay_days,
    api: (request, connection) => page.api(request, connection),
    domains: config.domains,
    settings: () => settings.config.signup,
    base: () => baseOf(box),
    doors: () => clientDoors(box.sipDoors(), config.advertise.host, ownAddress()),
    certificateTrusted: () => isTrusted(certificates),
    xcapRoot: box.xdm.root,
    clock,
    timers,
    log,
    audit,
  });

  const portal = lazyPortal({
    api: (request, connection) => page.api(request, connection),
    xdm: box.xdm,
    access,
    keys: box.sessionKeys,
    subscribers,
    settings,
    clock,
    log,
  });

  const machine = new MachineWatch({ clock, log, disk: () => diskSpace(config.data) });
  const history = new MetricsHistory({
    rules: boxSeries(metrics, machine),
    records: await storage.records(HISTORY_RECORDS.name, HISTORY_RECORDS.max),
    clock,
    timers,
    log,
  });
  health = new HealthList({
    checks: boxChecks({
      clock,
      builtAt: box.builtAt,
      firstStart: backups.facts.since,
      clockOffset: () => Promise.resolve(null),
      disk: () => machine.space,
      storageTrouble: () => storage.trouble,
      storageWaiting: () => metrics.value("parley_storage_waiting") ?? 0,
      storageOctets: () => storeSize(config.storage.kv),
      certificates,
      backups,
      lastBackupFailure: () => {
        const { failure, failedAt } = backups.facts;
        return failure === "" ? null : { at: failedAt, reason: failure };
      },
      settings,
      settingsProblems: () => settings.problems.map(({ key, message }) => `${key}: ${message}`),
      deferred: {
        store: deferredMessages,
        limits: () => ({ messages: config.deferred.total_messages, octets: Infinity }),
      },
      registered: () => box.registrar.location.size,
      doors: () => doorFacts(box),
      dns: {
        resolver: box.resolver,
        domains: () => config.domains,
        advertised: () => config.advertise.host,
        isOwn: (address) => interfaceAddresses().includes(address),
      },
      peers: () =>
        config.peer.map((peer) => ({
          domain: peer.domain,
          ping: () => optionsPing({ agent: box.agent, timers, from: domain }, peer.next_hop),
        })),
      audit: storage.auditLog,
      logLost: () => box.log.lost,
      admins: () => access.listAdmins(),
    }),
    records: await storage.records(HEALTH_RECORDS.name, HEALTH_RECORDS.max),
    audit: storage.auditLog,
    clock,
    timers,
    log,
  });
  const setUp = new SetUp({
    isOpen: () => access.empty,
    version: box.version,
    domain,
    addresses: interfaceAddresses,
    readEntry: listenReader("udp", "tcp", "tls", "http", "https"),
    tryListen,
    doors: box.doors,
    resolver: box.resolver,
  });
  const status: AdminServices["box"] = {
    status: () => ({
      version: box.version,
      domains: config.domains,
      started_at: box.startedAt,
      now: clock.now(),
      doors: box.doors(),
      users: subscribers.size,
      registered: box.registrar.location.size,
      deferred_messages: deferredMessages.count,
      deferred_octets: deferredMessages.bytes,
      trouble: storage.trouble,
      restart_needed: settings.restartNeeded,
    }),
    restart: (why, by, notice) => {
      if (notice === undefined) return box.restart(why, by);
      void farewell.say(registeredUsers(box), notice.text, notice.within_ms).then((outcome) => {
        // Asked for twice: the first one restarts.
        if (outcome === null) return;
        log.info("users were told of the restart", { ...outcome });
        box.restart(why, by);
      });
    },
  };
  const services: AdminServices = {
    box: status,
    chatSessions: new LiveChatSessions(box.sessions, audit),
    rooms: new LiveRooms({ rooms: box.rooms, settings: box.live.rooms, openGroups: box.xdm.openGroups, audit }),
    access,
    users,
    tokens: new StoredTokenService(operations.tokens, storage.auditLog, clock),
    settings,
    certificates,
    backups,
    audit: storage.auditLog,
    logs: new RingLogs(box.ring),
    trace: new MessageTrace({
      trace: () => box.wires.trace,
      sourcesOf: (aor) => box.registrar.location.bindings(aor).map(({ source }) => source),
      peerAt: (host) => peerAt(config, host),
    }),
    history,
    health,
    support: new SupportBundle({
      box: status,
      settings,
      health,
      certificates,
      backups,
      metrics,
      logs: box.ring,
      build: () => ({ version: box.version, deno: Deno.version.deno, v8: Deno.version.v8, arch: Deno.build.arch }),
      audit: storage.auditLog,
      clock,
    }),
    provisioning: provisioning.service,
    systemMessages,
    contacts: people.contacts,
    profiles: people.profiles,
    searches: box.xdm.searches,
    documents: people.documents,
    publicRooms: people.publicRooms,
    conversations: box.conversations,
    setUp,
  };
  return {
    services,
    newcomers: provisioning.newcomers,
    get setUpLink() {
      return setUp.code === "" ? "" : `${linkBase(box)}/admin/set-up/${setUp.code}`;
    },
    sessionStands: (session, aor) => access.userOf(session) === aor,
    mount: (web) => page.mount(web, provisioning.app, portal),
    userChanged: (aor, change) => {
      provisioning.userChanged(aor, change);
      if (change === "removed") {
        systemMessages.forgetUser(aor).catch((error: Error) =>
          log.warn("marks of a removed user stay", { user: aor, error: error.message })
        );
      }
      people.userChanged(aor, change);
      if (!ENDS_SESSIONS.has(change)) return;
      access.endSessionsOf("user", aor, "").catch((error: Error) =>
        log.error("sessions of a user are not ended", { user: aor, error: error.message })
      );
    },
    registered: (aor) => people.came(aor),
    start: async () => {
      await machine.start();
      history.start();
      health.start();
      backups.start();
      systemMessages.start();
    },
    systemMessages,
    quiesce: () => page.close(),
    close: async () => {
      health.stop();
      await history.stop();
      machine.stop();
      provisioning.close();
      await people.close();
      await systemMessages.stop();
      await backups.stop();
    },
  };
}
