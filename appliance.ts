/** The composition root: opens the storage, builds the roles, opens the doors, and closes them in the opposite order. */
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
import { openSipDoors, openWebDoors, watchDoors } from "./doors.ts";
import { createSipCore } from "./core.ts";
import { createRoutes } from "./routes.ts";
import { openSipStack } from "./sip_stack.ts";
import { Media } from "./media.ts";
import { Presence } from "./presence.ts";
import { RoomService } from "./rooms.ts";
import { Xdm } from "./xdm.ts";
import { applyToMachine, LiveSettings } from "./live_settings.ts";
import { StoredOperations, type UserChange } from "./operations/stored/mod.ts";
import { deferredLimits, historyLimits, openConfiguredStorage, restoreFrom } from "./store.ts";
import { statesByEvent } from "./transport/sip/mod.ts";
import { Core, type CoreEvents, recordLogins } from "./roles/sip_core/mod.ts";
import { PublishedSettings } from "./roles/participating/mod.ts";
import { NoticeBook, ServiceGate, systemAddress, type Teller } from "./roles/system_messages/mod.ts";
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
  const [domain] = config.domains;

  const stack = await openSipStack({ config, storage, audit, clock, timers, metrics, log });
  const { tls, wires, transactions, resolver } = stack;
  opened.push(() => wires.close());
  const sipLog = log.child("sip");

  // SIP/IP Core.
  const coreEvents = new Events<CoreEvents>(failed);
  recordLogins(coreEvents, storage.auditLog);
  // Before anybody else hears of a registration: the service does not open before what has to be answered first.
  const gate = new ServiceGate(failed);
  coreEvents.on(
    "registered",
    ({ aor, binding, first }) => administration.systemMessages.registered(aor, binding, first),
  );
  const core = createSipCore({
    config,
    live,
    storage,
    stack,
    events: coreEvents,
    product: PRODUCT,
    newcomers: {
      confirmAt: (subscriber) => administration.newcomers.confirmAt(subscriber),
      admit: (aor, done) => administration.newcomers.admit(aor, done),
    },
    sessionStands: (session, aor) => administration.sessionStands(session, aor),
    clock,
    timers,
    metrics,
    log,
  });
  const { hops, registrar, sessionKeys, services, directory, agent, eventServer } = core;
  opened.push(() => registrar.close());

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
    subscribers: storage.subscribers,
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
  const table = createRoutes({
    live,
    core,
    xdm,
    deferral,
    media,
    presence,
    rooms,
    history,
    gate,
    book,
    teller,
    unwilling,
    answer: (aor, given) => administration.systemMessages.answer(aor, given),
    seen: (aor, messageIds) => administration.systemMessages.seen(aor, messageIds),
    domain,
    clock,
    log,
    failed,
  });
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
    rooms: rooms.rooms,
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
