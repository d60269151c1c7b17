/** The SIP/IP Core over its stack: registrar, digest, user agent, event server. Part of the composition root, beside `appliance.ts`. */
import type { Clock, Events, Log, Metrics, TimerQueues } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import type { SipStack } from "./sip_stack.ts";
import { nobodyHere } from "./roles/controlling/mod.ts";
import {
  type Binding,
  type CoreEvents,
  type CoreServices,
  createAuthenticator,
  createRegistrar,
  deviceName,
  FlowTokens,
  ownTargets,
  Peers,
  RegEvent,
  SessionKeys,
  subscriberDevices,
  TrustedHops,
  TrustEgress,
  userResource,
} from "./roles/sip_core/mod.ts";
import { decodeContent } from "./transport/net/machine/mod.ts";
import { EventServer, UserAgent } from "./transport/sip/mod.ts";
import { nodeHash } from "./transport/sip/digest/node_hash.ts";

type RegistrarParts = Parameters<typeof createRegistrar>[0];

export interface SipCoreParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly stack: SipStack;
  readonly events: Events<CoreEvents>;
  /** As User-Agent and Server tell it. */
  readonly product: string;
  /** Decides about newcomers: the console's rooms, which are built over the registrar. */
  readonly newcomers: RegistrarParts["newcomers"];
  /** Whether that browser session stands, and is that user's. */
  readonly sessionStands: (session: string, aor: string) => boolean;
  readonly clock: Clock;
  readonly timers: TimerQueues;
  readonly metrics: Metrics;
  readonly log: Log;
}

export type SipCore = ReturnType<typeof createSipCore>;

/** Closed by closing the registrar. */
export function createSipCore(parts: SipCoreParts) {
  const { config, live, storage, events, clock, timers, metrics, log } = parts;
  const { wires, transactions, locator, peerUris } = parts.stack;
  const { subscribers } = storage;
  const sipLog = log.child("sip");
  const domains: ReadonlySet<string> = new Set(config.domains);
  const hops = new TrustedHops(config.trust.hops);
  const registrar = createRegistrar({
    subscribers,
    registrations: storage.registrations,
    domains,
    wires,
    events,
    clock,
    timers,
    log: log.child("registrar"),
    metrics,
    newcomers: parts.newcomers,
    trusts: (host) => hops.trustsAddress(host),
    gruuKey: storage.secret("temporary gruu"),
    settings: config.registrar,
  });
  const sessionKeys = new SessionKeys({
    secret: storage.secret("session keys"),
    clock,
    stands: parts.sessionStands,
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
  const directory = { subscribers, gruus: registrar.location, nobodyCalled: nobodyHere(config.domains[0]) };
  const peers = new Peers(peerUris, locator);
  const authenticate = createAuthenticator({
    subscribers,
    domains,
    hops,
    hash: nodeHash,
    clock,
    events,
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
    product: parts.product,
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
  events.on("registered", isBack);
  events.on("refreshed", isBack);
  const regEvent = new RegEvent({
    table: registrar.table,
    gruus: registrar.gruus,
    subscribers,
    domains,
    events,
    clock,
    isTrusted: () => false,
  });
  regEvent.join(eventServer);
  return {
    domains,
    hops,
    registrar,
    sessionKeys,
    services,
    directory,
    authenticate,
    agent,
    eventServer,
    /** What may be subscribed to at a user's address. */
    user: userResource(directory, services),
  };
}
