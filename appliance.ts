/**
 * The composition root: opens the storage, builds the roles, opens the doors, and closes them in the opposite order. The only
 * file that knows every role.
 */
import { Events, Metrics, systemClock, TimerQueues } from "./foundation/mod.ts";
import { type Config, readConfigText, SettingsKeeper } from "./config.ts";
import {
  type Handover,
  NO_HANDOVER,
  openControlDoor,
  type Restart,
  type RunningBox,
  type StartRequest,
} from "./cli/mod.ts";
import { openAdministration } from "./administration.ts";
import { Deferral } from "./deferral.ts";
import { ConversationHistory } from "./history.ts";
import { admissionOf, flowLimitsOf, openSipDoors, openWebDoors, watchDoors } from "./doors.ts";
import { Media } from "./media.ts";
import { Presence } from "./presence.ts";
import { RoomService } from "./rooms.ts";
import { nobodyHere } from "./roles/controlling/mod.ts";
import { Xdm } from "./xdm.ts";
import { applyToMachine, LiveSettings } from "./live_settings.ts";
import { StoredOperations, type UserChange } from "./operations/stored/mod.ts";
import { CERTIFICATE_RECORDS, CertificateKeeper, type CertificateRecord } from "./certificates/mod.ts";
import { deferredLimits, historyLimits, openConfiguredStorage, restoreFrom } from "./store.ts";
import { DnsResolver } from "./transport/net/mod.ts";
import { decodeContent, DenoDnsWire, systemDnsServers, systemHosts } from "./transport/net/machine/mod.ts";
import {
  DnsLocator,
  EventServer,
  parseUri,
  Receiver,
  statesByEvent,
  TransactionLayer,
  type TransportName,
  UserAgent,
} from "./transport/sip/mod.ts";
import { SipWires } from "./transport/sip/flows/mod.ts";
import { nodeHash } from "./transport/sip/digest/node_hash.ts";
import {
  type Binding,
  Core,
  type CoreEvents,
  type CoreServices,
  createAuthenticator,
  createRegistrar,
  deviceName,
  type Exchange,
  FlowTokens,
  insertBefore,
  ownTargets,
  Peers,
  proxy,
  publishElement,
  recordLogins,
  RegEvent,
  routingTable,
  rowsFrom,
  SessionKeys,
  subscribeElement,
  subscriberDevices,
  TrustedHops,
  TrustEgress,
  userResource,
} from "./roles/sip_core/mod.ts";
import {
  accessElement,
  contentRules,
  originating,
  type PagerEvents,
  PublishedSettings,
  repeatedMessages,
  terminating,
} from "./roles/participating/mod.ts";
import {
  ClientReleases,
  NoticeBook,
  ServiceGate,
  serviceGate,
  systemAddress,
  systemRow,
  type Teller,
} from "./roles/system_messages/mod.ts";
import { HISTORY_WORDS } from "./roles/history/mod.ts";
import { createWeb, Health } from "./web/mod.ts";
import manifest from "./package.json" with { type: "json" };

/** No clock is right that stands before this version was made. */
const BUILT_AT = Date.UTC(2026, 10, 21);
/** A page that asked for it still asks REST for what stands around its answer. */
const RESTART_AFTER_MS = 600;
/**
 * Changes of a user after which no device stays registered. With a new password, too: a connection that has registered is not
 * challenged again. (Who is barred stays: the end of the bar finds the devices.)
 */
const ENDS_REGISTRATIONS: ReadonlySet<UserChange> = new Set(["removed", "suspended", "unsubscribed", "password"]);
const PRODUCT = `IM-serv/OMA2.0 Parley/${manifest.version}`;

/** Starts the box. Rejects, with everything closed again, where the storage or a door cannot be opened. */
export async function startAppliance(request: StartRequest): Promise<RunningBox> {
  const { config, handover: { restore }, log } = request;
  if (restore !== null) {
    const done = await restoreFrom(config, restore.path, { force: true, recoveryKey: restore.recoveryKey });
    log.warn("restored from a backup", { done });
  }
  const opened: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    return await build(request, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  { config: fileConfig, source, log, ring, handover }: StartRequest,
  opened: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<RunningBox> {
  const clock = systemClock;
  const startedAt = clock.monotonic();
  const restart = Promise.withResolvers<Restart>();
  const failed = (error: unknown): void => {
    log.error("unexpected failure", { error: error instanceof Error ? error.stack ?? error.message : String(error) });
  };
  const metrics = new Metrics();
  const timers = new TimerQueues(clock, failed);
  timers.run();
  opened.push(() => timers.stop());

  // The store is where file and environment say; what the console has set lies in it.
  const limits = { ...deferredLimits(fileConfig.deferred) };
  const recorded = { ...historyLimits(fileConfig.history) };
  const storage = await openConfiguredStorage(fileConfig, {
    clock,
    timers,
    metrics,
    log: log.child("storage"),
    version: manifest.version,
    deferred: limits,
    history: recorded,
    historyWords: HISTORY_WORDS,
  });
  opened.push(() => storage.close());
  const audit = (event: string, actor: string, facts: Readonly<Record<string, string | number>>) =>
    storage.auditLog.append({ at: clock.now(), event, actor, facts });
  const settings = await SettingsKeeper.open({
    source: readConfigText(source),
    settings: storage.settings,
    clock,
    timers,
    log: log.child("settings"),
    audit,
    handover: handover.settings,
  });
  opened.push(() => settings.close());
  const { config } = settings;
  const live = new LiveSettings(config, limits, recorded);
  const domains: ReadonlySet<string> = new Set(config.domains);
  const [domain] = config.domains;

  // The wires.
  const tls = await CertificateKeeper.open({
    config,
    clock,
    timers,
    log: log.child("tls"),
    records: await storage.records<CertificateRecord>(CERTIFICATE_RECORDS.name, CERTIFICATE_RECORDS.max),
    audit,
    metrics,
  });
  const sipLog = log.child("sip");
  const wires = new SipWires({
    log: sipLog,
    metrics,
    clock,
    timers,
    limits: flowLimitsOf(config),
    admission: admissionOf(config),
    tls: tls.options,
    advertise: config.advertise.host,
  });
  opened.push(() => wires.close());
  const transactions = new TransactionLayer({ wires, clock, timers, log: sipLog, metrics, timing: config.timers });
  wires.handler = new Receiver({ transactions, wires, clock, log: sipLog, metrics, limits: config.limits });

  const resolver = new DnsResolver({
    wire: new DenoDnsWire(),
    servers: config.dns.server === null ? systemDnsServers() : [config.dns.server],
    hosts: systemHosts(),
    clock,
    timers,
    log: log.child("dns"),
    metrics,
  });
  const peerUris = new Map(config.peer.map((peer) => [peer.domain, parseUri(peer.next_hop)]));
  const locator = new DnsLocator({
    resolver,
    clock,
    metrics,
    peers: peerUris,
    transports: new Set<TransportName>(config.listen.sip.map((entry) => entry.transport)),
    random: Math.random,
  });

  // SIP/IP Core.
  const coreEvents = new Events<CoreEvents>(failed);
  recordLogins(coreEvents, storage.auditLog);
  // Before anybody else hears of a registration: the service does not open before what has to be answered first.
  const gate = new ServiceGate(failed);
  coreEvents.on(
    "registered",
    ({ aor, binding, first }) => administration.systemMessages.registered(aor, binding, first),
  );
  const { subscribers } = storage;
  const hops = new TrustedHops(config.trust.hops);
  const registrar = createRegistrar({
    subscribers,
    registrations: storage.registrations,
    domains,
    wires,
    events: coreEvents,
    clock,
    timers,
    log: log.child("registrar"),
    metrics,
    // The console's rooms are built over the registrar, and decide about newcomers.
    newcomers: {
      confirmAt: (subscriber) => administration.newcomers.confirmAt(subscriber),
      admit: (aor, done) => administration.newcomers.admit(aor, done),
    },
    trusts: (host) => hops.trustsAddress(host),
    gruuKey: storage.secret("temporary gruu"),
    settings: config.registrar,
  });
  opened.push(() => registrar.close());
  const sessionKeys = new SessionKeys({
    secret: storage.secret("session keys"),
    clock,
    stands: (session, aor) => administration.sessionStands(session, aor),
    endRegistrations: (aor, callIds) => void registrar.reject(aor, (binding) => callIds.has(binding.callId)),
  });
  const services: CoreServices = {
    transactions,
    wires,
    locator,
    location: registrar.location,
    timers,
    clock,
    log: sipLog,
    egress: new TrustEgress(hops),
    tokens: new FlowTokens(wires),
    domains,
    salt: crypto.getRandomValues(new Uint32Array(1))[0],
  };
  const directory = { subscribers, gruus: registrar.location, nobodyCalled: nobodyHere(domain) };
  const peers = new Peers(peerUris, locator);
  const authenticate = createAuthenticator({
    subscribers,
    domains,
    hops,
    hash: nodeHash,
    clock,
    events: coreEvents,
    metrics,
    admitForeign: (exchange) => peers.admits(exchange),
    isRefresh: (request, aor) => registrar.isRefresh(request, aor),
    registeredOver: (aor, flowId) => registrar.registeredOver(aor, flowId),
    isOwn: (host, port) => wires.isOwn(host, port, null),
    sessionKeys,
    settings: {
      nonces: { lifetime: config.auth.nonce_lifetime * 1000 },
      lock_out: live.lockOut,
    },
  });

  // Event packages.
  const agent = new UserAgent({
    transactions,
    wires,
    locator,
    log: sipLog,
    metrics,
    product: PRODUCT,
    ownTarget: ownTargets(services, directory),
  });
  const eventServer = new EventServer({
    agent,
    clock,
    timers,
    log: sipLog,
    metrics,
    maxPerWatcher: config.presence.max_subscriptions,
    states: storage.subscriptions,
    devices: subscriberDevices({ location: registrar.location, wires }),
    decode: decodeContent,
  });
  const isBack = ({ aor, binding }: { readonly aor: string; readonly binding: Binding }) =>
    eventServer.deviceIsBack(aor, deviceName(binding), binding.path.length > 0 ? 0 : binding.flowId);
  coreEvents.on("registered", isBack);
  coreEvents.on("refreshed", isBack);
  const regEvent = new RegEvent({
    table: registrar.table,
    gruus: registrar.gruus,
    subscribers,
    domains,
    events: coreEvents,
    clock,
    isTrusted: () => false,
  });
  regEvent.join(eventServer);
  const user = userResource(directory, services);
  const watched = (exchange: Exchange) => presence?.listOf(exchange) ?? rooms.resourceOf(exchange) ?? user(exchange);

  // Documents.
  const web: string[] = [];
  const xdm = await Xdm.open({
    config,
    live,
    storage,
    sessionKeys,
    eventServer,
    clock,
    timers,
    metrics,
    log,
    webDoors: () => web,
    rulesChanged: (aor) => {
      deferral.rulesChanged(aor);
      media.rulesChanged(aor);
      rooms.rulesChanged(aor);
    },
    signUpOpen: () => settings.config.signup.open,
    failed,
  });
  opened.push(() => xdm.close());

  // Participating and Deferred Messaging functions.
  const pagerEvents = new Events<PagerEvents>(failed);
  const publications = statesByEvent(storage.publications);
  const published = new PublishedSettings({
    clock,
    timers,
    metrics,
    durable: publications("poc-settings"),
    log: sipLog,
    changed: (aor) => {
      deferral.wishesChanged(aor);
      history.publishedChanged(aor);
      presence?.settingsPublished(aor);
    },
  });
  eventServer.acceptPublications(published.store);
  // What the service says is said by the console's part, which is built over all others.
  const teller: Teller = {
    tell: (aor, cause, text) => administration.systemMessages.tell(aor, cause, text),
    forget: (aor, cause) => administration.systemMessages.forget(aor, cause),
  };
  const book = await NoticeBook.open(storage);
  const history = await ConversationHistory.open({
    config,
    live,
    storage,
    services,
    published,
    isGroup: (uri) => rooms.policies.isGroup(uri),
    serve: (documents) => xdm.serve(documents),
    remade: (key) => xdm.events.emit("documentRemade", { key }),
    teller,
    clock,
    timers,
    metrics,
    log,
    failed,
  });
  const deferral = await Deferral.open({
    config,
    live,
    storage,
    services,
    hops,
    coreEvents,
    eventServer,
    published,
    rules: xdm.rules,
    holds: (aor) => presence?.availability.holds(aor) === true,
    gate: {
      isOpen: (aor) => gate.isOpen(aor),
      mayReceive: (aor) => gate.mayReceive(aor),
      mayTalk: (aor) => gate.mayTalk(aor),
      isOwn: (sender) => sender === systemAddress(domain),
    },
    serve: (documents) => xdm.serve(documents),
    remade: (key) => xdm.events.emit("documentRemade", { key }),
    otherReferences: history,
    recorder: history.intakes,
    teller,
    clock,
    timers,
    metrics,
    log: log.child("deferred"),
    failed,
  });
  // Who has something to answer first is as if away: what comes is kept, or answered 480.
  const unwilling = (aor: string) => gate.mayReceive(aor) ? presence?.unwilling(aor) ?? null : "closed";
  // Sessions and rooms go both ways: who may only receive is away to them, and gets what is kept.
  const unwillingToTalk = (aor: string) => gate.mayTalk(aor) ? presence?.unwilling(aor) ?? null : "closed";
  const media = new Media({
    config,
    live,
    subscribers,
    sessionKeys,
    certificates: tls,
    services,
    coreEvents,
    access: xdm.access,
    recorder: history.sessions,
    published,
    unwilling: unwillingToTalk,
    unwillingToReceive: unwilling,
    deferral,
    agent,
    resolver,
    clock,
    timers,
    metrics,
    log,
    failed,
  });
  opened.push(() => media.close());
  history.join(media.side);
  xdm.said = history.conversations;

  // Presence.
  const presence: Presence | null = !config.presence.enabled ? null : await Presence.open({
    config,
    live,
    storage,
    xdm,
    services,
    coreEvents,
    eventServer,
    publications: publications("presence"),
    agent,
    published,
    sessionEvents: media.sessionEvents,
    sessionStands: (id) => media.sessions.get(id) !== undefined,
    returning: (aor) => registrar.table.isReturning(aor),
    isClosed: (aor) => !gate.mayReceive(aor),
    release: (aor) => deferral.delivery.kick(aor, false),
    clock,
    timers,
    metrics,
    log,
    failed,
  });
  opened.push(() => presence === null ? eventServer.close() : presence.close());

  // Rooms.
  const rooms = await RoomService.open({
    config,
    live,
    storage,
    services,
    xdm,
    media,
    deferral,
    eventServer,
    agent,
    access: xdm.access,
    published,
    unwilling: unwillingToTalk,
    recorder: history.rooms,
    copies: history.copies,
    teller,
    clock,
    timers,
    metrics,
    log,
    failed,
  });
  gate.events.on("serviceLevelChanged", ({ aor }) => {
    deferral.gateChanged(aor);
    presence?.gateChanged(aor);
    if (gate.mayTalk(aor)) return;
    // What is said in sessions passes no gate. What has been said and is not there yet is kept.
    media.sessions.endOf(aor, "registration lost");
    rooms.rooms.userClosed(aor);
  });
  eventServer.restore();
  presence?.start();
  const pagerParts = {
    services,
    settings: live.pager,
    events: pagerEvents,
    published: deferral.published,
    unwilling,
  };
  const terminatingElement = terminating({ ...pagerParts, deferred: deferral.delivery });
  const access = accessElement({ ...pagerParts, access: xdm.access, host: domain });
  // Rules may have changed since the invitation of which it is the message.
  media.deliver = access(terminatingElement(proxy(services)));
  const table = routingTable(services, {
    directory,
    authenticate,
    registrar: registrar.element((exchange) => exchange.reply(404, { reason: "No such domain here" })),
    subscribe: subscribeElement(eventServer, watched),
    publish: publishElement(eventServer, user),
    contentRules: contentRules(live.pager, domain, media.largeMessages),
    originating: originating({
      settings: live.pager,
      location: registrar.location,
      domains,
      clock,
      events: pagerEvents,
      host: domain,
    }),
    terminating: terminatingElement,
  });
  const releases = new ClientReleases({
    settings: live.clients,
    book,
    teller,
    host: domain,
    log: log.child("clients"),
  });
  insertBefore(table, "register", { name: "service gate", element: serviceGate({ gate, host: domain }) });
  insertBefore(table, "register", { name: "client releases", element: releases.element });
  insertBefore(
    table,
    "subscribe",
    systemRow({
      host: domain,
      clock,
      answer: (aor, given) => administration.systemMessages.answer(aor, given),
      failed,
    }),
  );
  insertBefore(table, "terminating", { name: "access rules", element: access });
  insertBefore(table, "content rules", { name: "repeated messages", element: repeatedMessages(clock) });
  media.join(table);
  presence?.join(table);
  history.routeMessages(table);
  rooms.join(table, rowsFrom(table, "target class"));
  history.route(table);
  deferral.route(table);
  transactions.user = new Core(services, table, directory, metrics, rooms.dialogs);

  // The doors.
  const health = new Health();
  health.add("storage", () => storage.trouble);
  watchDoors(health, config, wires, media.wires);
  const sip: string[] = [], msrp: string[] = [];
  const operations = new StoredOperations({
    storage,
    clock,
    data: config.data,
    domains: config.domains,
    version: manifest.version,
    actor: "cli",
    renewCertificate: (use) => tls.renewOwn(use, "cli"),
    forget: (aor) =>
      Promise.all([xdm.forget(aor), deferral.forget(aor), history.forget(aor)]).then(() => rooms.forget(aor)),
    defaults: () => live.profile,
    changed: (aor: string, change: UserChange) => {
      if (ENDS_REGISTRATIONS.has(change)) registrar.reject(aor);
      deferral.userChanged(aor, change);
      history.userChanged(aor, change);
      media.userChanged(aor, change);
      xdm.userChanged(aor, change);
      presence?.userChanged(aor, change);
      rooms.userChanged(aor, change);
      administration.userChanged(aor, change);
    },
    live: () => ({
      pid: Deno.pid,
      uptime_seconds: Math.floor((clock.monotonic() - startedAt) / 1000),
      registered: registrar.location.size,
      doors: [...sip, ...msrp, ...web],
    }),
  });
  // After the answer to whoever asked has gone out.
  const restartOn = (why: string, next: Handover) =>
    timers.start(RESTART_AFTER_MS, { onTimer: () => restart.resolve({ why, handover: next }) }, 0);
  const administration = await openAdministration({
    config,
    settings,
    storage,
    operations,
    certificates: tls,
    registrar,
    wires,
    agent,
    deferred: deferral.delivery,
    deferredEvents: deferral.events,
    resolver,
    clock,
    timers,
    metrics,
    log,
    ring,
    version: manifest.version,
    builtAt: BUILT_AT,
    startedAt: clock.now(),
    doors: () => [...sip, ...msrp, ...web],
    sipDoors: () => sip,
    sessions: media.sessions,
    conversations: history.conversations,
    live,
    xdm,
    sessionKeys,
    book,
    gate,
    membersOf: (group) => rooms.membersOf(group),
    restart: (why, by) => {
      audit("restart", by, { why });
      restartOn(why, { settings: settings.handover, restore: null });
    },
    restore: (path, recoveryKey) =>
      restartOn("a backup is restored", { ...NO_HANDOVER, restore: { path, recoveryKey } }),
  });
  opened.push(() => administration.close());
  coreEvents.on("registered", ({ aor }) => administration.registered(aor));
  settings.onRestart((why, next) => restartOn(why, { settings: next, restore: null }));
  const applyLive = (now: Config) => {
    live.apply(now);
    applyToMachine(now, log, wires, clock);
    media.settingsChanged();
    history.settingsChanged();
    presence?.settingsChanged();
  };
  applyToMachine(config, log, wires, clock);
  settings.onLive(applyLive);
  // Everything behind them stands: whom the service was closed to, it is closed to again.
  sip.push(...await openSipDoors(wires, config));
  msrp.push(...await media.open());
  const control = await openControlDoor(config.data, operations, log.child("control"));
  opened.push(() => control.close());
  const application = createWeb({
    metrics,
    health,
    mayReadMetrics: (token) => operations.tokenAllows(token, "metrics"),
    acceptWebSocket: (socket, remote, local, secure) => void wires.acceptWebSocket(socket, remote, local, secure),
    mount: (app) => {
      xdm.mount(app);
      administration.mount(app);
    },
    log: log.child("web"),
  });
  const webDoors = { config, web: application, certificates: tls, sip: wires, msrp: media.wires };
  await openWebDoors({ ...webDoors, clock, timers, metrics, log: log.child("web") }, (door) => {
    media.reachedOver(door.url);
    opened.push(() => door.close());
    web.push(door.url);
  });
  tls.onRenewed((pair) => {
    wires.setCertificates([pair]);
    media.setCertificates([pair]);
  });
  opened.push(tls.watch());
  // Over the doors that are still open, those of WebSockets among them.
  opened.push(() => media.goodbye());
  opened.push(() => rooms.goodbye());
  // Before rooms end: what users ordered for them outlasts a restart.
  opened.push(() => history.stop());
  opened.push(() => administration.quiesce());
  // Before the goodbyes: what a session has sent whole is stored first.
  opened.push(() => deferral.stop());
  // First of all: devices whose connections end with the box have not left.
  opened.push(() => registrar.close());
  deferral.start();
  history.start();
  rooms.start();
  await administration.start();
  return {
    ready: { sip, msrp, web, domain },
    setUpLink: web.length === 0 ? "" : administration.setUpLink,
    restart: restart.promise,
    close,
  };
}
