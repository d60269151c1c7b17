/**
 * What carries chat sessions, large messages and files: MSRP doors and connections, the relay, the calls of the box. Part of
 * the composition root, beside `appliance.ts`.
 */
import { type Clock, Events, type LogWriter, type Metrics, type TimerQueues } from "./foundation/mod.ts";
import { type Config, mediaDoors, type MsrpListen } from "./config.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import type { Subscriber, Subscribers } from "./storage/mod.ts";
import type { CertificateKeeper } from "./certificates/mod.ts";
import { type Endpoint, endpointText, isWildcard, type Resolver } from "./transport/net/mod.ts";
import { admissionOf } from "./doors.ts";
import { certificateFacts, type CertificatePair } from "./transport/net/machine/mod.ts";
import { CallTable, type Flow, type UserAgent } from "./transport/sip/mod.ts";
import { nodeHash } from "./transport/sip/digest/node_hash.ts";
import { Relay, Switchboard } from "./transport/msrp/mod.ts";
import { MsrpWires, type WireDoor } from "./transport/msrp/flows/mod.ts";
import type { Fingerprint } from "./transport/payload/mod.ts";
import {
  accountOf,
  type CoreEvents,
  type CoreServices,
  ha1Of,
  type Handler,
  insertBefore,
  isInForce,
  LockOut,
  type Row,
  serviceState,
  type SessionKeys,
} from "./roles/sip_core/mod.ts";
import {
  type AccessRules,
  BridgedMedia,
  deferralOf,
  LargeMessages,
  LargeToPager,
  MediaThreads,
  type PublishedSettings,
  reviewSessions,
  type SessionEvents,
  SessionFunction,
  type SessionRecorder,
  Sessions,
  startMediaWorker,
  type UnwillingPolicy,
} from "./roles/participating/mod.ts";
import type { Deferral, SessionSide } from "./deferral.ts";
import type { LiveSettings } from "./live_settings.ts";

/** What the media stands on. */
export interface MediaParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly subscribers: Subscribers;
  /** Of users' browser sessions. */
  readonly sessionKeys: SessionKeys;
  readonly certificates: CertificateKeeper;
  readonly services: CoreServices;
  readonly coreEvents: Events<CoreEvents>;
  readonly access: AccessRules;
  /** Records sessions that pass here; null or absent: nothing does. */
  readonly recorder?: SessionRecorder | null;
  /** What clients publish about themselves. */
  readonly published: PublishedSettings;
  /** Of sessions, in which both sides can send. */
  readonly unwilling: UnwillingPolicy;
  /** Of what only comes to a user: large messages. */
  readonly unwillingToReceive: UnwillingPolicy;
  /** Takes what no device takes, and what a broken session leaves. */
  readonly deferral: Pick<Deferral, "join" | "undelivered" | "published">;
  readonly agent: UserAgent;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly timers: TimerQueues;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** Changes of a user after which nobody's session with them goes on. */
const ENDS_SESSIONS: ReadonlySet<UserChange> = new Set(["removed", "suspended", "unsubscribed", "barred"]);
/** How long calls have to say goodbye when the box goes down. */
const GOODBYE_MS = 2000;
/** The same for those that have begun while the doors closed. */
const LAST_GOODBYE_MS = 200;

/** Everything of MSRP, of calls and of sessions that is one for the whole box. */
export class Media {
  readonly wires: MsrpWires;
  readonly switchboard: Switchboard;
  readonly calls: CallTable;
  readonly relay: Relay | null;
  readonly sessionEvents: Events<SessionEvents>;
  readonly sessions: Sessions;
  /** Our side of sessions, for whoever is an end of some. */
  readonly side: SessionSide;
  /** Pager messages over their limit. */
  readonly largeMessages: LargeMessages;
  /** Delivers a MESSAGE to a user of ours; set before the doors open. */
  deliver: Handler = (exchange) => exchange.reply(503);
  readonly #threads: MediaThreads;
  readonly #function: SessionFunction;
  readonly #parts: MediaParts;
  /** Our doors are on all addresses and have no name: they are called as each party has reached us. */
  readonly #nameless: boolean;
  #fingerprint: { readonly certificate: string; readonly value: Fingerprint } | null = null;

  constructor(parts: MediaParts) {
    this.#parts = parts;
    const { config, certificates, agent, resolver, clock, timers, metrics } = parts;
    const { advertise, listen } = config;
    this.#nameless = advertise.host === "" && [...listen.msrp, ...listen.web].every(({ host }) => isWildcard(host));
    const log = parts.log.child("msrp");
    this.wires = new MsrpWires({
      log,
      metrics,
      clock,
      timers,
      resolver,
      admission: admissionOf(config),
      tls: certificates.options,
    });
    this.switchboard = new Switchboard({ clock, timers, log, metrics, dialer: this.wires });
    this.wires.accept = (duplex) => void this.switchboard.accept(duplex);
    this.calls = new CallTable({
      agent,
      clock,
      timers,
      log: parts.log.child("calls"),
      metrics,
      timing: config.timers,
      // Those of the participating function (RFC 3840, 3323, 5373) and of rooms (RFC 5366, 5368).
      supported: ["pref", "privacy", "answermode", "recipient-list-invite", "multiple-refer"],
    });
    this.relay = config.relay.enabled ? this.#openRelay() : null;
    this.switchboard.doorman = this.relay;

    const { live, services, coreEvents, deferral, published } = parts;
    this.sessionEvents = new Events<SessionEvents>(parts.failed);
    const node = this.switchboard;
    const shared = {
      services,
      settings: live.sessions,
      recorder: parts.recorder,
      hostFor: (flow: Flow | null) => this.#nameFor(flow),
      ownFingerprint: this.ownFingerprint,
    };
    const toPager = new LargeToPager({
      deps: shared,
      node,
      pager: live.pager,
      deliver: (exchange) => this.deliver(exchange),
    });
    const { hostFor, ownFingerprint } = shared;
    this.side = { calls: this.calls, node, hostFor, ownFingerprint };
    const stored = deferral.join(this.side);
    this.#threads = this.#makeThreads(new BridgedMedia({ node, clock, timers, settings: live.sessions }));
    const deps = {
      ...shared,
      calls: this.calls,
      node,
      media: this.#threads,
      events: this.sessionEvents,
      metrics,
      host: config.domains[0],
      access: parts.access,
      fallbacks: [toPager, stored],
      deferralOf: (user: Subscriber) => deferralOf(user, deferral.published),
      undelivered: deferral.undelivered,
      published,
      unwilling: parts.unwilling,
    };
    this.sessions = new Sessions(deps);
    this.sessions.watch(coreEvents);
    this.#function = new SessionFunction({ sessions: this.sessions, deps, published });
    this.largeMessages = new LargeMessages({
      deps: { ...deps, unwilling: parts.unwillingToReceive },
      node,
      pager: live.pager,
    });
  }

  /** Rules for whoever begins a session, with one other or with many. */
  get senders(): Pick<SessionFunction, "senderRefusal"> {
    return this.#function;
  }

  /** Puts the participating function for INVITE into the routing table. */
  join(table: Row[]): void {
    insertBefore(table, "target class", { name: "sessions originating", element: this.#function.originating });
    insertBefore(table, "terminating", { name: "large messages", element: this.largeMessages.element });
    insertBefore(table, "proxy", { name: "sessions terminating", element: this.#function.terminating });
  }

  /** Opens the doors of the settings; their URLs. Rejects, with the address in the message, where one cannot be had. */
  async open(): Promise<string[]> {
    const { config: { listen, advertise } } = this.#parts;
    const urls: string[] = [];
    for (const entry of listen.msrp) {
      const address = addressOf(entry);
      const door: WireDoor = await this.wires.listen(address).catch((error: Error) => {
        throw new Error(`${address}: cannot be opened: ${error.message}`, { cause: error });
      });
      const advertised: Endpoint = { host: this.#reachedAs(advertise.host, door.local.host), port: door.local.port };
      this.switchboard.addDoor({ transport: door.transport, advertised });
      urls.push(`${door.transport}://${endpointText(door.local)}`);
    }
    return [...urls, ...await this.#threads.start()];
  }

  /** The live settings have changed. */
  settingsChanged(): void {
    const { live, log } = this.#parts;
    this.#threads.apply(live.sessions, log.level);
  }

  /** Other certificates on all doors from the next handshake on. */
  setCertificates(pairs: readonly CertificatePair[]): void {
    this.wires.setCertificates(pairs);
    this.#threads.setCertificates(pairs);
  }

  /** MSRP over WebSocket comes through this web door, too. */
  reachedOver(url: string): void {
    const { protocol, hostname, port } = new URL(url);
    const transport = protocol === "https:" ? "wss" : "ws";
    const local = hostname.replace(/^\[(.*)\]$/, "$1");
    const host = this.#reachedAs(this.#parts.config.advertise.host, local);
    const standard = transport === "wss" ? 443 : 80;
    this.switchboard.addDoor({ transport, advertised: { host, port: port === "" ? standard : Number(port) } });
  }

  /** SHA-256 of the certificate that our doors show now (RFC 8122). */
  readonly ownFingerprint = (): Fingerprint => {
    const { certificate } = this.#parts.certificates.pair;
    if (this.#fingerprint?.certificate !== certificate) {
      const value = { hash: "sha-256", value: certificateFacts(certificate).fingerprint };
      this.#fingerprint = { certificate, value };
    }
    return this.#fingerprint.value;
  };

  /** BYE to every call; to be done while all doors are open. Resolves when they are answered, or in a moment. */
  goodbye(): Promise<void> {
    return this.#endCalls(GOODBYE_MS);
  }

  /** Ends what has begun since `goodbye`, then the connections. */
  async close(): Promise<void> {
    await this.#endCalls(LAST_GOODBYE_MS);
    this.relay?.close("going down");
    this.switchboard.close("going down");
    await Promise.all([this.wires.close(), this.#threads.close()]);
  }

  /** What this user's rules let no longer stand ends. */
  rulesChanged(aor: string): void {
    if (this.sessions.of(aor) === 0) return;
    const { access, log } = this.#parts;
    reviewSessions(this.sessions, access, aor).catch((error: Error) =>
      log.child("calls").error("sessions go on under rules that cannot be read", { user: aor, error: error.message })
    );
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (ENDS_SESSIONS.has(change)) this.sessions.endOf(aor);
    if (change === "removed") this.#parts.published.forget(aor);
  }

  #endCalls(within_ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.sessions.endAll();
    this.calls.endAll('SIP;cause=503;text="Service going down"', within_ms, resolve);
    return promise;
  }

  /** The address by which a party has reached us, for its path, where our doors are on all addresses and have no name. */
  #nameFor(flow: Flow | null): string {
    return flow === null || !this.#nameless || isWildcard(flow.local.host) ? "" : flow.local.host;
  }

  /** A door on all addresses is called as the settings say, or else by the domain: a path must name something. */
  #reachedAs(advertised: string, local: string): string {
    if (advertised !== "") return advertised;
    return isWildcard(local) ? this.#parts.config.domains[0] : local;
  }

  /** `here`: for sessions that none of them can carry; all of them where the settings want no threads. */
  #makeThreads(here: BridgedMedia): MediaThreads {
    const { config, live, certificates, clock, timers, metrics, log } = this.#parts;
    const { listen, session, advertise } = config;
    const wishes = mediaDoors(listen.msrp, listen.media_port, listen.msrp.length === 0 ? 0 : session.media_threads);
    return new MediaThreads({
      start: startMediaWorker,
      doors: wishes.map((doors) =>
        doors.map((door) => ({ url: addressOf(door), advertised: this.#reachedAs(advertise.host, hostOf(door)) }))
      ),
      setup: () => ({
        admission: admissionOf(config),
        tls: certificates.options,
        dns: config.dns.server,
        settings: { ...live.sessions },
        level: log.level,
      }),
      here,
      clock,
      timers,
      log,
      metrics,
    });
  }

  #openRelay(): Relay {
    const { config, live, subscribers, sessionKeys, clock, timers, metrics, log } = this.#parts;
    const realms = config.domains;
    return new Relay({
      node: this.switchboard,
      clock,
      timers,
      metrics,
      log: log.child("msrp"),
      hash: nodeHash,
      accounts: {
        realms,
        ha1: (username, realm, algorithm) => {
          const account = accountOf(username, realm, subscribers, sessionKeys);
          return account === null ? null : ha1Of(account, algorithm);
        },
        mayRelay: (username, realm) => {
          const account = accountOf(username, realm, subscribers, sessionKeys);
          return account !== null && isInForce(account) && serviceState(account.subscriber, clock) === "active" &&
            this.#parts.unwillingToReceive(account.subscriber.aor) !== "closed";
        },
      },
      lockOut: new LockOut(clock, live.lockOut),
      limits: { expires: config.relay.default_expires, max_expires: config.relay.max_expires },
      requireTls: !config.relay.plain,
    });
  }
}

function hostOf({ host }: MsrpListen): string {
  return host === "localhost" ? "127.0.0.1" : host;
}

/** `tcp://127.0.0.1:2855` */
function addressOf(door: MsrpListen): string {
  return `${door.transport}://${endpointText({ host: hostOf(door), port: door.port })}`;
}
